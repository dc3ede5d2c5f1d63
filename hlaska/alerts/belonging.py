"""Which events are one activity: they join one alert, however often a sensor says it again.

An event joins an alert of its family that is near in time, and near in place: in the same zone, of
a sensor that is in it already (or about one: a finding on the network names the camera behind a
device), within reach of its location, or named by an event of it (or naming one) as what a finding
was put together from. Where several fit, it joins one of them: an open one
before a closed one; of those the one that it is tied to by name, else by zone or source, else by
distance; then the nearest in time, then the smallest id. Alerts never merge: an event that names
events of two alerts joins the one that comes first by that order.

What is wrong with a source is an alert of its own, for each source and matter (the connection, a
clock …), so that a source that works again resolves that alert and no other.

A closed alert takes in, silently, what belongs to it and comes late; nothing that would have been
told, for nobody has judged what had not happened yet: that opens a new alert.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import dist

from hlaska.alerts.alert import Alert
from hlaska.alerts.joining import sensors_of, why_told
from hlaska.alerts.places import Metres
from hlaska.events import Event
from hlaska.kinds import Family, Kind

NEAR_IN_TIME = timedelta(seconds=600)
"""From an alert's first or last event; an expert prior."""
STILL_TAKEN = timedelta(seconds=60)
"""How long after an alert was closed its events may still have been observed."""
KEPT = timedelta(hours=2)
"""How long a closed alert is remembered."""

Rank = tuple[bool, int, timedelta, str]
"""The smallest is where an event belongs: closed, how loosely tied, how far in time, id."""


@dataclass(frozen=True, slots=True)
class Held:
    """An alert with what is worked out of it."""

    alert: Alert
    at: Metres | None
    reach_m: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """An event that looks for its alert, with what is worked out of it."""

    event: Event
    kind: Kind
    zone: str | None
    at: Metres | None
    matter: str
    tied: Collection[str]
    """Ids of alerts with an event that this one names, or that names this one."""

    def rank(self, held: Held, at: datetime) -> Rank | None:
        """How well it belongs to an alert of its family, received at `at`; None: not at all."""
        alert = held.alert
        health = self.kind.family is Family.HEALTH
        tie = self._same_trouble(alert) if health else self._tie(held)
        if tie is None:  # First, for it costs least, and of many alerts it is true of most.
            return None
        observed_at = self.event.observed_at
        gap = max(alert.first_at - observed_at, observed_at - alert.last_at)
        if gap > NEAR_IN_TIME and not (health and alert.is_open):
            return None
        if not (alert.is_open or self._comes_late_to(alert, at)):
            return None
        return not alert.is_open, tie, max(gap, timedelta()), alert.id

    def _same_trouble(self, alert: Alert) -> int | None:
        same = self.event.source in alert.sources and self.matter == alert.matter
        # What happened after it was over is a new trouble, however soon.
        return 1 if same and (alert.is_open or self.event.observed_at <= alert.last_at) else None

    def _tie(self, held: Held) -> int | None:
        alert = held.alert
        if alert.id in self.tied:
            return 0
        same_zone = self.zone is not None and self.zone == alert.zone
        if same_zone or any(name in alert.sources for name in sensors_of(self.event)):
            return 1
        if self.at is None or held.at is None:
            return None
        return 2 if dist(self.at, held.at) <= max(self.kind.reach_m, held.reach_m) else None

    def _comes_late_to(self, alert: Alert, at: datetime) -> bool:
        if alert.closed_at is None or alert.closed_at + KEPT < at or why_told(alert, self.kind):
            return False
        # Of danger to life nothing that happened later: whoever closed it did not know of that.
        grace = timedelta() if self.kind.life_safety else STILL_TAKEN
        return self.event.observed_at <= alert.closed_at + grace


def named_by(event: Event) -> list[str]:
    """Ids of the events that an event was put together from."""
    said = (str(event.attributes.get(key, "")) for key in ("heard_by", "because"))
    return [name for text in said for name in text.split()]
