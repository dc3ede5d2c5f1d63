"""From another maker's alert to an event, by the mapping in the site file. Pure.

Whatever JSON comes, `to_event` gives an event or an EventError that says where it looked and what
it found. What can be done without is done without: an alert of a gunshot is not refused because
its coordinates are broken; the event then says so in its attribute `reason`.
"""

import hashlib
import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from hlaska.detectors import ForeignDetector
from hlaska.errors import EventError
from hlaska.events import CLOUDEVENTS_VERSION, Event, Location, Scalar
from hlaska.kinds import kind_of
from hlaska.sites import FARTHEST_KM, Site

MOST_CHARACTERS = 100
"""Of a maker's text, so many are kept."""
START_OF_UNIX_TIME = datetime(1970, 1, 1, tzinfo=UTC)
WHOLE_NUMBERS = 2**63
"""Whole numbers are words and names below it; none of a maker's is larger."""


def to_event(
    detector: ForeignDetector,
    site: Site,
    payload: Any,  # noqa: ANN401 - whatever JSON came
    received_at: datetime,
    *,
    waited_since: datetime | None = None,
) -> Event:
    """The event of one alert.

    Args:
        detector: Who sent it, and how its alerts are read.
        site: Where it hangs.
        payload: The alert, as JSON was read: the maker's object, or a CloudEvent around it.
        received_at: When it came, aware.
        waited_since: Since when it may have waited on its way to us, as messages do in a broker
            while we are away; a time after that is believed. None: it came at once.

    Returns:
        The event. Where the detector's clock is off, it happened when it was received, and the
        attribute `clock_off_s` says by how much: no position is to be found from such a time.
        A repeat has the same id: made from the maker's message id where there is one, else from
        the alert's own time; of one kind and device in both cases.

    Raises:
        EventError: it cannot be read: says at which path, what stood there, and what to do.
    """
    alert = _unwrapped(payload)
    mapping = detector.mapping
    word = _name(_needed(alert, mapping.word, "word"), mapping.word, "word")
    if word not in mapping.kinds:
        raise EventError(
            f"{mapping.word} (mapping.word) is {_shown(word)}, a word that mapping.kinds does not "
            f"have; add it there. Known: {', '.join(sorted(mapping.kinds))}"
        )
    kind = mapping.kinds[word]
    device = _optional_name(alert, mapping.device, "device")
    attributes: dict[str, Scalar] = {"vendor": _text(detector.vendor), "what": _text(word)}
    if device:
        attributes["device"] = _text(device)
    if "state" in kind_of(kind).attributes:
        attributes["state"] = _text(word)
    received_at = received_at.astimezone(UTC)
    own_time = _time(alert, detector)
    observed_at = received_at if own_time is None else own_time
    bound = timedelta(seconds=detector.clock_bound_s)
    if (
        not min(waited_since or received_at, received_at) - bound
        <= observed_at
        <= (received_at + bound)
    ):
        attributes["clock_off_s"] = round((observed_at - received_at).total_seconds(), 3)
        observed_at = received_at
    location, reason = _location(alert, detector, site, device)
    if reason:
        attributes["reason"] = reason
    return Event(
        id=_identity(alert, detector, site, kind, device, own_time),
        site=site.id,
        source=detector.id,
        kind=kind,
        observed_at=observed_at,
        confidence=_confidence(alert, detector),
        location=location,
        attributes=attributes,
    )


def _unwrapped(payload: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON came
    """The maker's own object; the attributes of a CloudEvent around it under `cloudevent`."""
    if not isinstance(payload, dict):
        raise EventError(f"{_shown(payload)} came; send one JSON object for each alert")
    if "specversion" not in payload:
        return payload
    if payload["specversion"] != CLOUDEVENTS_VERSION:
        raise EventError(
            f"specversion is {_shown(payload['specversion'])}; send CloudEvents "
            f"{CLOUDEVENTS_VERSION}"
        )
    data = payload.get("data", {})
    if "data_base64" in payload or not isinstance(data, dict):
        found = "base64" if "data_base64" in payload else _shown(data)
        raise EventError(f"the CloudEvent's data is {found}; send a JSON object as `data`")
    envelope = {key: value for key, value in payload.items() if key != "data"}
    return data | {"cloudevent": envelope}


def _found(alert: dict[str, Any], path: str) -> Any:  # noqa: ANN401 - whatever stands there
    """What stands at a path; None where nothing does."""
    here: Any = alert
    for step in path.split("."):
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list) and step.isascii() and step.isdigit() and len(step) < 10:
            here = here[int(step)] if int(step) < len(here) else None
        else:
            return None
    return here


def _needed(alert: dict[str, Any], path: str, key: str) -> Any:  # noqa: ANN401 - whatever stands there
    value = _found(alert, path)
    if value is None:
        keys = ", ".join(_shown(name) for name in list(alert)[:10]) or "nothing"
        raise EventError(
            f"nothing stands at {path} (mapping.{key}); the alert holds {keys}. Correct the path "
            "in the site file, or have the detector send it"
        )
    return value


def _wrong(path: str, key: str, value: object, wanted: str) -> EventError:
    return EventError(f"{path} (mapping.{key}) is {_shown(value)}; wanted is {wanted}")


def _name(value: object, path: str, key: str) -> str:
    """A word, device or message id: text, or a whole number as text."""
    if isinstance(value, str) and value:
        return value
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and abs(value) < WHOLE_NUMBERS:  # type: ignore[arg-type] # it is an int
        return str(value)
    raise _wrong(path, key, value, "a text or a whole number")


def _optional_name(alert: dict[str, Any], path: str | None, key: str) -> str:
    value = None if path is None else _found(alert, path)
    return "" if path is None or value in (None, "") else _name(value, path, key)


def _number(value: object, path: str, key: str) -> float:
    """A finite number, which may also be written as a text."""
    try:
        short = not isinstance(value, str) or len(value) <= MOST_CHARACTERS
        if isinstance(value, int | float | str) and not isinstance(value, bool) and short:
            number = float(value)
            if math.isfinite(number):
                return number
    except (ValueError, OverflowError):
        pass
    raise _wrong(path, key, value, "a finite number")


def _time(alert: dict[str, Any], detector: ForeignDetector) -> datetime | None:
    """When it happened by the detector's own clock; None where the mapping has no time."""
    mapping = detector.mapping
    if mapping.time is None:
        return None
    value = _needed(alert, mapping.time, "time")
    try:
        if mapping.time_format != "iso":
            scale = 1 if mapping.time_format == "unix-s" else 1000
            seconds = _number(value, mapping.time, "time") / scale
            return START_OF_UNIX_TIME + timedelta(seconds=seconds)
        if isinstance(value, str) and len(value) <= MOST_CHARACTERS:
            moment = datetime.fromisoformat(value)
            if moment.utcoffset() is not None:
                return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _wrong(
        mapping.time,
        "time",
        value,
        "a time such as 2026-05-01T12:00:00Z (with its offset)"
        if mapping.time_format == "iso"
        else f"a time in {mapping.time_format.removeprefix('unix-')} since 1970",
    )


def _confidence(alert: dict[str, Any], detector: ForeignDetector) -> float:
    mapping = detector.mapping
    if mapping.confidence is None:
        return mapping.confidence_assumed
    value = _needed(alert, mapping.confidence, "confidence")
    number = _number(value, mapping.confidence, "confidence")
    if not 0 <= number <= mapping.confidence_scale:
        raise _wrong(
            mapping.confidence,
            "confidence",
            value,
            f"0 to {mapping.confidence_scale:g}; set mapping.confidence_scale to the figure that "
            "means certain",
        )
    return number / mapping.confidence_scale


def _location(
    alert: dict[str, Any], detector: ForeignDetector, site: Site, device: str
) -> tuple[Location | None, str]:
    """Where it happened, and what is wrong with that.

    As the alert says; else near the device, else near the detector.
    """
    notes = []
    try:
        if (told := _place(alert, detector, site)) is not None:
            return told, ""
    except EventError as error:
        notes.append(f"its place is not believed: {error}")
    places = detector.places
    if detector.devices and device not in places:
        unknown = f"the site file does not know its device {_shown(device)}"
        notes.append(unknown if device else "it names no device")
    nearest = places.get(device) or detector.position
    reason = "; ".join(notes)[:500]
    if nearest is None:
        return None, reason
    return Location(lon=nearest.lon, lat=nearest.lat, uncertainty_m=detector.range_m), reason


def _place(alert: dict[str, Any], detector: ForeignDetector, site: Site) -> Location | None:
    """The place that the alert tells, if it tells one."""
    mapping = detector.mapping
    if mapping.lon is None or mapping.lat is None:
        return None
    told = _found(alert, mapping.lon), _found(alert, mapping.lat)
    if told == (None, None):
        return None
    lon, lat = _number(told[0], mapping.lon, "lon"), _number(told[1], mapping.lat, "lat")
    if abs(lon) > 180 or abs(lat) > 90:
        raise EventError(f"{lon:g}, {lat:g} is not on Earth")
    away_km = float(np.linalg.norm(site.plane.to_metres((lon, lat)))) / 1000
    if away_km > FARTHEST_KM:
        raise EventError(f"{lon:g}, {lat:g} is {away_km:,.0f} km from the centre of the site")
    return Location(lon=lon, lat=lat, uncertainty_m=mapping.place_within_m)


def _identity(
    alert: dict[str, Any],
    detector: ForeignDetector,
    site: Site,
    kind: str,
    device: str,
    own_time: datetime | None,
) -> str:
    path = detector.mapping.message_id
    name = _optional_name(alert, path, "message_id")
    if not name and own_time is None:
        _needed(alert, str(path), "message_id")
    told = ["message", name] if name or own_time is None else ["time", own_time.isoformat()]
    # As JSON, so that no text of the maker's can look like two facts.
    facts = json.dumps([site.id, detector.id, kind, device, *told])
    return hashlib.sha256(facts.encode()).hexdigest()[:32]


def _text(text: str) -> str:
    """A maker's text, fit to be kept and shown: bounded, on one line, nothing unprintable."""
    shown = "".join(sign if sign.isprintable() else "�" for sign in text[:MOST_CHARACTERS])
    return shown if len(text) <= MOST_CHARACTERS else shown[:-1] + "…"


def _shown(value: object) -> str:
    """What came, in a few words."""
    if isinstance(value, str):
        return f"'{_text(value)}'"
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= WHOLE_NUMBERS:
        return "a huge number"
    return json.dumps(value) if isinstance(value, bool | int | float | None) else "no JSON"
