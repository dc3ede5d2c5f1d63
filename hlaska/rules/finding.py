"""What a rule gives back, and what every rule is."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hlaska.events import Scalar
from hlaska.tracks import Scene


@dataclass(frozen=True, slots=True)
class Finding:
    """The beginning of one activity; the stream that runs the rule makes the `Event` of it."""

    kind: str
    started_at: datetime
    """When the activity began: with the place it is the identity of the event."""
    observed_at: datetime
    """When the rule was sure."""
    confidence: float
    zone: str | None = None
    line: str | None = None
    object_class: str = ""
    direction: str = ""
    track_ids: tuple[int, ...] = ()
    attributes: dict[str, Scalar] = field(default_factory=dict)


class Rule(Protocol):
    """A rule of one zone or line: it is shown each scene in order and remembers what it must."""

    def update(self, scene: Scene) -> list[Finding]:
        """The activities that begin with this scene."""
        ...
