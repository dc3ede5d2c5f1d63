"""Scripted events: of our own sensors as they are, of foreign detectors as alerts in their JSON."""

from datetime import datetime
from typing import Any

from catalogs.exercise.cues import Telling
from hlaska.detectors import ForeignDetector
from hlaska.errors import EventError
from hlaska.events import Event, Location, event_id
from hlaska.sites import Site
from serving.exercise.performed import SCRIPTED, Performed, marked, moment
from serving.foreign import to_event


def told(telling: Telling, site: Site, begins: datetime) -> Performed:
    """The event of a telling.

    Args:
        telling: What is told.
        site: Whose sensors tell it.
        begins: When the day begins, UTC.

    Raises:
        EventError: a foreign detector has no word for it.
    """
    at, arrives_s = moment(begins, telling.at_s), telling.at_s + telling.delay_s
    if telling.device:
        event = foreign_event(
            site,
            telling.source,
            device=telling.device,
            kind=telling.kind,
            at=at,
            received_at=moment(begins, arrives_s),
            confidence=telling.confidence,
        )
    else:
        event = Event(
            id=event_id(
                site=site.id,
                source=telling.source,
                kind=telling.kind,
                place=f"{telling.activity} {telling.line or telling.zone or ''}",
                started_at=at,
                epoch=begins,
            ),
            site=site.id,
            source=telling.source,
            kind=telling.kind,
            observed_at=at,
            confidence=round(telling.confidence, 4),
            zone=telling.zone,
            line=telling.line,
            location=None
            if telling.place is None
            else Location(
                lon=telling.place.lon, lat=telling.place.lat, uncertainty_m=telling.place.within_m
            ),
            attributes=dict(telling.attributes),
        )
    return Performed(marked(event, SCRIPTED), arrives_s, telling.activity)


def foreign_event(
    site: Site,
    source: str,
    *,
    device: str,
    kind: str,
    at: datetime,
    received_at: datetime,
    confidence: float,
) -> Event:
    """What the gateway makes of the alert that a foreign detector would send.

    Raises:
        EventError: the detector has no word for that kind.
    """
    detector = site.detector(source)
    alert = _alert(detector, kind, at, confidence, device)
    return to_event(detector, site, alert, received_at)


def _alert(
    detector: ForeignDetector, kind: str, at: datetime, confidence: float, device: str
) -> dict[str, Any]:
    mapping = detector.mapping
    word = next((word for word, meant in mapping.kinds.items() if meant == kind), None)
    if word is None:
        raise EventError(
            f"{detector.id} has no word for {kind}; add one to its mapping.kinds in the site file. "
            f"Known: {', '.join(sorted(mapping.kinds.values()))}"
        )
    unix_s = at.timestamp()
    times: dict[str, str | float] = {
        "iso": at.isoformat(),
        "unix-s": unix_s,
        "unix-ms": round(unix_s * 1000),
    }
    alert: dict[str, Any] = {}
    for path, value in (
        (mapping.word, word),
        (mapping.time, times[mapping.time_format]),
        (mapping.confidence, round(confidence * mapping.confidence_scale, 3)),
        (mapping.device, device),
        (mapping.message_id, f"{device} {unix_s:.3f}"),
    ):
        if path is not None:
            _put(alert, path, value)
    return alert


def _put(alert: dict[str, Any], path: str, value: str | float) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        alert = alert.setdefault(parent, {})
    alert[last] = value
