"""What an event makes of an alert: of a new one, and of one that it joins."""

import hashlib
from datetime import datetime
from typing import Any

from hlaska.alerts.alert import MOST_EVENTS, MOST_EVIDENCE, SYSTEM, Alert
from hlaska.alerts.changes import entry
from hlaska.events import Event, Evidence
from hlaska.kinds import Kind, kind_of
from hlaska.records import is_name

MOST_SOURCES = 200
"""Of an alert; a site has fewer sensors near one place, and forged ones fill no memory."""
_MATTERS = {"clock-off": "clock", "clock-right": "clock", "unreadable": "unreadable"}
"""States of other makers' detectors that are not about the connection."""


def alert_id(event: Event) -> str:
    """The id of the alert that an event opens: the same on any machine, 16 hexadecimal digits."""
    facts = (event.site, kind_of(event.kind).family, event.id)
    return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()[:16]


def matter_of(event: Event) -> str:
    """What of its source a health event is about; empty: the connection, or no health event."""
    if kind_of(event.kind).modality != "health":
        return ""
    return str(event.attributes.get("what", "")) or _MATTERS.get(str(event.attributes["state"]), "")


def sensors_of(event: Event) -> tuple[str, ...]:
    """Who tells it, and the sensor behind the device that a finding on the network is about.

    What somebody else's finding calls a sensor may be any words: those name none.
    """
    carried = str(event.attributes.get("carries", ""))
    told = (event.source, carried) if is_name(carried) else (event.source,)
    return tuple(dict.fromkeys(told))


def opened(event: Event, zone: str | None, at: datetime) -> Alert:
    """The first version of the alert that an event opens, told at `at`."""
    kind = kind_of(event.kind)
    return Alert(
        id=alert_id(event),
        site=event.site,
        family=kind.family,
        matter=matter_of(event),
        zone=zone,
        location=event.location,
        placed=0 if event.location is None else kind.severity,
        severity=kind.severity,
        confidence=event.confidence,
        worst=event.id,
        kinds=(kind.name,),
        sources=sensors_of(event),
        events=(event.id,),
        count=1,
        evidence=_together(event.evidence),
        first_at=event.observed_at,
        last_at=event.observed_at,
        opened_at=at,
        told_at=at,
        playbook=kind.playbook,
        history=(entry(at=at, by=SYSTEM, did="open", words=kind.name),),
    )


def why_told(alert: Alert, kind: Kind) -> str:
    """Why an alert is told again when an event of a kind joins it; empty: it is not."""
    reasons = []
    if kind.severity > alert.severity:
        reasons.append(f"severity {alert.severity} to {kind.severity}")
    if kind.modality not in alert.modalities:
        reasons.append(f"{kind.modality} joins")
    return ", ".join(reasons)


def joined(alert: Alert, event: Event, zone: str | None) -> dict[str, Any]:
    """The values of an alert that are others after an event joined it.

    Its zone is that of the first event that has one, until a worse one has another; so is its
    playbook: it does not change under a dispatcher's hands without need.
    """
    kind = kind_of(event.kind)
    rises = kind.severity > alert.severity
    values: dict[str, Any] = {
        "count": alert.count + 1,
        "first_at": min(alert.first_at, event.observed_at),
        "last_at": max(alert.last_at, event.observed_at),
    }
    if len(alert.events) < MOST_EVENTS:
        values["events"] = (*alert.events, event.id)
    if kind.name not in alert.kinds:
        values["kinds"] = (*alert.kinds, kind.name)
    new = [name for name in sensors_of(event) if name not in alert.sources]
    if new and len(alert.sources) < MOST_SOURCES:
        values["sources"] = (*alert.sources, *new)
    if (kind.severity, event.confidence) > (alert.severity, alert.confidence):
        values |= {
            "worst": event.id,
            "severity": kind.severity,
            "confidence": event.confidence,
        }
    if zone is not None and (rises or alert.zone is None):
        values["zone"] = zone
    if kind.playbook and (rises or not alert.playbook):
        values["playbook"] = kind.playbook
    if event.location is not None and _places_better(alert, event, kind):
        values |= {"location": event.location, "placed": kind.severity}
    if event.evidence and rises:
        values["evidence"] = _together(event.evidence, alert.evidence)
    elif event.evidence and len(alert.evidence) < MOST_EVIDENCE:
        values["evidence"] = _together(alert.evidence, event.evidence)
    return values


def _places_better(alert: Alert, event: Event, kind: Kind) -> bool:
    if alert.location is None or event.location is None:
        return alert.location is None
    old, new = alert.location.uncertainty_m, event.location.uncertainty_m
    return (kind.severity, -new) > (alert.placed, -old)


def _together(*pieces: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Each piece once, as many as an alert shows."""
    once = {piece.sha256: piece for group in reversed(pieces) for piece in reversed(group)}
    return tuple(reversed(once.values()))[:MOST_EVIDENCE]
