"""What comes of a script: events, each with when it arrives and what it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from catalogs.exercise.script import Script
from hlaska.events import Event

MARK, SCORED, SCRIPTED = "exercise", "scored", "scripted"


@dataclass(frozen=True, slots=True)
class Performed:
    """An event of an exercise."""

    event: Event
    at_s: float
    """When it arrives, seconds of the day."""
    activity: str
    evidence: Mapping[str, bytes] = field(default_factory=dict)
    """By SHA-256."""


@dataclass(frozen=True, slots=True)
class Medium:
    """How one sort of sense was played."""

    name: str
    cues: int
    events: int
    by: str
    """What scored it, or why it is scripted."""
    scored: bool


@dataclass(frozen=True, slots=True)
class Performance:
    """A day as its sensors told it."""

    script: Script
    items: tuple[Performed, ...]
    """In the order in which they arrive."""
    media: tuple[Medium, ...]


def moment(begins: datetime, at_s: float) -> datetime:
    """A second of the day as a time."""
    return begins + timedelta(seconds=at_s)


def seconds(begins: datetime, at: datetime) -> float:
    """A time as a second of the day."""
    return (at - begins).total_seconds()


def marked(event: Event, how: str, **changes: object) -> Event:
    """The event, saying how it was made; other fields changed as given."""
    attributes = event.attributes | {MARK: how}
    return Event.model_validate({**dict(event), **changes, "attributes": attributes})
