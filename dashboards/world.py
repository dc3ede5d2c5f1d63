"""What a process of dashboards knows at one moment, and how each message changes it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dashboards.counts import KIND as CROSSING
from dashboards.counts import Counts
from hlaska.alerts.alert import Alert
from hlaska.alerts.silences import Silence
from hlaska.events import StoredEvent
from hlaska.playbooks import Playbooks
from hlaska.sites import Site
from hlaska.threat.levels import Threats
from hlaska.tracks import StreamStatus
from serving.messages import (
    Hello,
    Lost,
    Message,
    NewAlert,
    NewEvent,
    NewPicture,
    NewSilences,
    NewStatus,
    NewThreats,
)

Key = tuple[str, str]
"""Site and source."""

EVENTS_KEPT = 200
"""Events of which a process remembers the newest; older ones are in the journal."""
HISTORY = timedelta(hours=2)
"""How far back crossings are kept for the chart."""
CLOSED_KEPT = timedelta(hours=2)
"""For so long an alert is remembered after it was closed: somebody may reopen it, or ask for it."""
ALERTS_KEPT = 1000
"""Alerts of which a process remembers the open and the newest ones; the rest is in the journal."""


@dataclass(frozen=True, slots=True)
class Link:
    """The connection to the gateway."""

    connected: bool
    since: datetime
    """Connected since then; or, when lost, the last time that anything came."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """All that is known now; replaced, never changed, so that `is` tells whether there is news."""

    link: Link
    heard_at: datetime
    """When the last message came."""
    sites: tuple[Site, ...] = ()
    statuses: Mapping[Key, StreamStatus] = field(default_factory=dict)
    pictures: Mapping[Key, NewPicture] = field(default_factory=dict)
    events: tuple[StoredEvent, ...] = ()
    """The newest events but crossings, the last to reach the journal first."""
    crossings: tuple[StoredEvent, ...] = ()
    """The newest crossings, in the same order."""
    counts: Mapping[str, Counts] = field(default_factory=dict)
    """By site."""
    threats: Mapping[str, Threats] = field(default_factory=dict)
    """How threatened each site and its zones are, by site."""
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    """By id: all that are open, and those that were closed lately."""
    silences: Mapping[str, tuple[Silence, ...]] = field(default_factory=dict)
    """Those that hide something, or wait for a second person, by site."""
    playbooks: Mapping[str, Playbooks] = field(default_factory=dict)
    """By site, then by name."""

    @classmethod
    def unknown(cls, now: datetime) -> "World":
        """The world before the first message."""
        return cls(link=Link(False, now, "not connected yet"), heard_at=now)

    def site(self, name: str) -> Site | None:
        """The site of that name; the first one when the name is empty; None when unknown."""
        return next((site for site in self.sites if name in ("", site.id)), None)

    def learnt(
        self,
        *,
        sites: Iterable[Site],
        past: Iterable[StoredEvent],
        counts: Mapping[str, Counts],
        threats: Iterable[Threats] = (),
        alerts: Iterable[Alert] = (),
        silences: Mapping[str, tuple[Silence, ...]] | None = None,
        playbooks: Mapping[str, Playbooks] | None = None,
    ) -> "World":
        """With what the gateway knew when the connection was made; it replaces what was known."""
        events = sorted(past, key=lambda stored: -stored.seq)
        return replace(
            self,
            sites=tuple(sites),
            events=tuple(s for s in events if s.event.kind != CROSSING)[:EVENTS_KEPT],
            crossings=tuple(s for s in events if s.event.kind == CROSSING)[:EVENTS_KEPT],
            counts=dict(counts),
            threats={one.site: one for one in threats},
            alerts={alert.id: alert for alert in alerts},
            silences=dict(silences or {}),
            playbooks=dict(playbooks or {}),
        )

    def after(self, message: Message, now: datetime) -> "World":
        """With one more message taken in. Taking an event in twice changes nothing."""
        if isinstance(message, Lost):
            since = self.heard_at if self.link.connected else self.link.since
            return replace(self, link=Link(False, since, message.reason))
        world = replace(self, heard_at=now)
        if isinstance(message, Hello):
            return replace(world, link=Link(True, now))
        if isinstance(message, NewStatus):
            key = (message.status.site, message.status.source)
            return replace(world, statuses={**self.statuses, key: message.status})
        if isinstance(message, NewPicture):
            key = (message.site, message.source)
            return replace(world, pictures={**self.pictures, key: message})
        if isinstance(message, NewThreats):
            return world._with_threats(message.threats)
        if isinstance(message, NewAlert):
            return world.with_alerts([message.alert], now)
        if isinstance(message, NewSilences):
            return replace(world, silences={**self.silences, message.site: message.silences})
        return world._with_event(message, now)

    def with_alerts(self, changed: Iterable[Alert], now: datetime) -> "World":
        """With alerts as they are now; of one alert the greatest version stays."""
        alerts = dict(self.alerts)
        for alert in changed:
            if alert.id not in alerts or alert.version > alerts[alert.id].version:
                alerts[alert.id] = alert
        kept = {key: one for key, one in alerts.items() if _still_wanted(one, now)}
        if len(kept) > ALERTS_KEPT:
            order = sorted(kept.values(), key=lambda one: (one.is_open, one.told_at), reverse=True)
            kept = {one.id: one for one in order[:ALERTS_KEPT]}
        return replace(self, alerts=kept)

    def _with_threats(self, threats: Threats) -> "World":
        before = self.threats.get(threats.site)
        if before is not None and before.at > threats.at:
            return self
        return replace(self, threats={**self.threats, threats.site: threats})

    def _with_event(self, message: NewEvent, now: datetime) -> "World":
        stored = StoredEvent(seq=message.seq, event=message.event)
        if message.event.kind != CROSSING:
            return replace(self, events=_inserted(self.events, stored))
        counts = dict(self.counts)
        site = message.event.site
        if site in counts:
            counts[site] = counts[site].plus(stored).since(now - HISTORY)
        return replace(self, crossings=_inserted(self.crossings, stored), counts=counts)


def _still_wanted(alert: Alert, now: datetime) -> bool:
    return alert.closed_at is None or now - alert.closed_at <= CLOSED_KEPT


def _inserted(events: tuple[StoredEvent, ...], new: StoredEvent) -> tuple[StoredEvent, ...]:
    if not events or new.seq > events[0].seq:
        return (new, *events[: EVENTS_KEPT - 1])
    if any(stored.seq == new.seq for stored in events):
        return events
    later = sum(stored.seq > new.seq for stored in events)
    return (*events[:later], new, *events[later:])[:EVENTS_KEPT]
