"""Takes in the alerts of one foreign detector, however they come, and says once what is wrong.

A wrong clock, a word that the site file does not know, a field that is missing: each becomes one
`health.degraded` event (what cannot be read, one a day) and not one for every alert, as an alert
may be repeated a thousand times.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from hlaska.detectors import ForeignDetector
from hlaska.errors import EventError
from hlaska.events import Event, Location, event_id
from hlaska.sites import Site
from serving.foreign import to_event

MOST_ALERTS = 500
"""In one message, or one request."""
MOST_REMEMBERED = 50
"""Complaints and wrong clocks of one detector that are told apart; alerts may be hostile."""


@dataclass(frozen=True)
class Memory:
    """What has been said about a detector already."""

    clocks_off: frozenset[str] = frozenset()
    """Devices whose clock is off."""
    complaints: frozenset[str] = frozenset()
    day: date | None = None
    """When, in UTC, the complaints were made: what is still wrong the next day is said again."""


@dataclass
class Taken:
    """What became of some alerts."""

    memory: Memory
    """What will have been said, once all this is kept."""
    alerts: list[Event] = field(default_factory=list)
    health: list[Event] = field(default_factory=list)
    """What is to be said about the detector itself."""
    refused: list[str] = field(default_factory=list)
    """Why the others could not be read."""


class AlertDesk:
    """Where the alerts of one detector are read.

    Args:
        site: Where it hangs.
        detector: The detector.
    """

    def __init__(self, site: Site, detector: ForeignDetector) -> None:
        self.detector = detector
        self._site = site
        self._memory = Memory()

    def take(
        self, alerts: Sequence[Any], received_at: datetime, *, waited_since: datetime | None = None
    ) -> Taken:
        """Read alerts. Nothing is remembered until `remember`: what is not kept is said again.

        Args:
            alerts: As `serving.messages.items_in` gives them.
            received_at: When they came, aware.
            waited_since: As `serving.foreign.to_event` takes it.
        """
        taken = Taken(self._memory)
        for number, alert in enumerate(alerts):
            try:
                event = to_event(
                    self.detector, self._site, alert, received_at, waited_since=waited_since
                )
            except EventError as error:
                taken.refused.append(f"alert {number}: {error}")
                self._complain(taken, str(error), received_at)
            else:
                taken.alerts.append(event)
                self._see_clock(taken, event, received_at)
        return taken

    def refuse(self, reason: str, at: datetime) -> Taken:
        """A message in which no alerts can be found: a complaint like any other."""
        taken = Taken(self._memory, refused=[reason])
        self._complain(taken, reason, at)
        return taken

    def remember(self, taken: Taken) -> None:
        """What was taken is kept for good: its complaints need not be repeated."""
        self._memory = taken.memory

    def health(self, kind: str, state: str, reason: str, at: datetime) -> Event:
        """An event about the detector itself."""
        at = at.astimezone(UTC)
        place = self.detector.position
        return Event(
            id=event_id(
                site=self._site.id,
                source=self.detector.id,
                kind=kind,
                place=state,
                object_class=reason,
                started_at=at,
                epoch=at,
            ),
            site=self._site.id,
            source=self.detector.id,
            kind=kind,
            observed_at=at,
            confidence=1.0,
            location=None if place is None else Location(lon=place.lon, lat=place.lat),
            attributes={"state": state, "reason": reason[:500], "vendor": self.detector.vendor},
        )

    def _complain(self, taken: Taken, reason: str, at: datetime) -> None:
        day = at.astimezone(UTC).date()
        said = taken.memory.complaints if taken.memory.day == day else frozenset()
        if reason in said or len(said) >= MOST_REMEMBERED:
            return
        taken.memory = replace(taken.memory, complaints=said | {reason}, day=day)
        about = f"an alert cannot be read: {reason}"
        taken.health.append(self.health("health.degraded", "unreadable", about, at))

    def _see_clock(self, taken: Taken, event: Event, at: datetime) -> None:
        device = str(event.attributes.get("device", ""))
        whose = f"the clock of device {device}" if device else "its clock"
        off = taken.memory.clocks_off
        off_s = event.attributes.get("clock_off_s")
        if off_s is not None and device not in off and len(off) < MOST_REMEMBERED:
            taken.memory = replace(taken.memory, clocks_off=off | {device})
            reason = f"{whose} is off by {off_s} s; when its alerts are received counts instead"
            taken.health.append(self.health("health.degraded", "clock-off", reason, at))
        if off_s is None and device in off:
            taken.memory = replace(taken.memory, clocks_off=off - {device})
            reason = f"{whose} is right again"
            taken.health.append(self.health("health.restored", "clock-right", reason, at))
