"""The alerts of a site in memory: what each event does to them, and what time does.

`belonging` has the rule for which events are one activity.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TypeVar

from hlaska.alerts.alert import SYSTEM, Alert, State
from hlaska.alerts.belonging import KEPT, Held, Wanted, named_by
from hlaska.alerts.changes import changed, entry
from hlaska.alerts.joining import joined, matter_of, opened, why_told
from hlaska.alerts.outages import RESTORED
from hlaska.alerts.places import Places
from hlaska.alerts.silences import Silence, hiding
from hlaska.alerts.telling import escalated, tell
from hlaska.errors import AlertError
from hlaska.events import Event
from hlaska.kinds import Family, Kind, kind_of
from hlaska.sites import Site

OPENS_FROM = 2
"""The least severity that opens an alert; what is less only joins one."""
OLDEST = timedelta(hours=24)
"""An event that was observed so long before it came is history, and opens nothing."""
MOST_FUTURE = timedelta(seconds=60)
"""A clock that is so much ahead is wrong about when it happened."""
SWEEP = timedelta(seconds=60)
MOST_REMEMBERED = 50_000
"""Ids of events that are known to be in an alert, and of those that events of one have named."""

_V = TypeVar("_V")


class Grouping:
    """The open alerts of one site and the lately closed ones, in memory.

    The same events, silences and orders in the same order give the same alerts.

    Args:
        site: The site.
        alerts: Those that were stored: the open ones and those closed in the last two hours.

    Raises:
        AlertError: an alert is of another site.
    """

    def __init__(self, site: Site, alerts: Iterable[Alert] = ()) -> None:
        self._site = site.id
        self._places = Places(site)
        self._families: dict[Family, dict[str, Held]] = {family: {} for family in Family}
        self._in: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._named: OrderedDict[str, str] = OrderedDict()
        self._swept_at: datetime | None = None
        for alert in alerts:
            self.replace(alert)

    def replace(self, alert: Alert) -> None:
        """Go on from an alert as somebody else left it, or take in one that was not known.

        What was joined to an older version of it here is forgotten: those events may come again.

        Raises:
            AlertError: it is of another site.
        """
        self._check_site(alert.site, f"alert {alert.id}")
        old = self._families[alert.family].get(alert.id)
        if old is not None and old.alert == alert:
            return
        if old is not None:
            lost = [
                event
                for event, (of, version) in self._in.items()
                if of == alert.id and version >= alert.version
            ]
            for event in lost:
                del self._in[event]
        for event in alert.events:
            self._remember(event, alert)
        self._hold(alert)

    def take(self, event: Event, at: datetime, silences: Sequence[Silence] = ()) -> Alert | None:
        """The alert that is new or another for an event; None: the event changes none.

        The event has joined it, but for one of the kind `RESTORED`: that ends an alert, and is
        none of its events.

        Args:
            event: What was observed, of any kind and age; the same one again changes nothing.
            at: When it was received, aware. No clock is read.
            silences: Those of the site; which of them hold at `at` is found here.

        Raises:
            AlertError: the event is of another site, or `at` has no time zone.
        """
        self._check_site(event.site, f"event {event.id}")
        _check_aware(at)
        self._sweep(at)
        kind = kind_of(event.kind)
        if event.id in self._in or not at - OLDEST <= event.observed_at <= at + MOST_FUTURE:
            return None
        if kind.name == RESTORED:
            return self._restore(event, at)
        if kind.family is Family.MOBILITY or kind.severity == 0:
            return None
        zone = self._places.zone(event)
        home = self._home(event, kind, zone, at)
        if home is None:
            alert = self._open(event, kind, zone, at, silences)
        elif event.id in home.events:
            return None
        else:
            alert = _with(home, event, kind, zone, at, silences)
        if alert is not None:
            self._remember(event.id, alert)
            for name in named_by(event):
                _put(self._named, name, alert.id)
            self._hold(alert)
        return alert

    def heed(self, silences: Sequence[Silence], now: datetime) -> list[Alert]:
        """The open alerts that silences hide from now on, or hide no more; these are told.

        Raises:
            AlertError: `now` has no time zone.
        """
        _check_aware(now)
        found = []
        for held in self._open_ones():
            silence = hiding(silences, held.alert, now)
            if held.alert.silence != (silence.id if silence else None):
                found.append(tell(held.alert, silence, now, ""))
        return self._held(found)

    def escalate(self, now: datetime) -> list[Alert]:
        """The alerts that nobody has acknowledged for too long, one step further.

        Raises:
            AlertError: `now` has no time zone.
        """
        _check_aware(now)
        self._sweep(now)
        found = (escalated(held.alert, now) for held in self._open_ones())
        return self._held([alert for alert in found if alert is not None])

    def alerts(self) -> list[Alert]:
        """All that are held, in the order in which they were opened."""
        found = [held.alert for family in self._families.values() for held in family.values()]
        return sorted(found, key=lambda alert: (alert.opened_at, alert.id))

    def _home(self, event: Event, kind: Kind, zone: str | None, at: datetime) -> Alert | None:
        """The alert that an event belongs to."""
        tied = {self._in[name][0] for name in named_by(event) if name in self._in}
        tied |= {self._named[event.id]} if event.id in self._named else set()
        wanted = Wanted(event, kind, zone, self._places.of(event), matter_of(event), tied)
        ranks = ((wanted.rank(held, at), held) for held in self._families[kind.family].values())
        fits = ((rank, held.alert) for rank, held in ranks if rank is not None)
        return min(fits, key=itemgetter(0), default=(None, None))[1]

    def _open(
        self,
        event: Event,
        kind: Kind,
        zone: str | None,
        at: datetime,
        silences: Sequence[Silence],
    ) -> Alert | None:
        if kind.severity < OPENS_FROM:
            return None
        alert = opened(event, zone, at)
        if alert.id in self._families[kind.family]:
            return None
        silence = hiding(silences, alert, at)
        if silence is None:
            return alert
        hidden = tell(alert, silence, at, alert.told_why)
        return hidden.model_copy(update={"version": alert.version})

    def _restore(self, event: Event, at: datetime) -> Alert | None:
        """Resolve the alert about a source that works again, unless that is older news."""
        matter = matter_of(event)
        open_ones = [
            held.alert
            for held in self._families[Family.HEALTH].values()
            if held.alert.is_open
            and event.source in held.alert.sources
            and held.alert.matter == matter
            and held.alert.last_at <= event.observed_at
        ]
        if not open_ones:
            return None
        alert = max(open_ones, key=lambda alert: (alert.last_at, alert.id))
        words = f"{event.source} works again"
        line = entry(at=at, by=SYSTEM, did="resolve", words=words)
        # Until then it was wrong: what comes late about that time is no new trouble.
        over = {"state": State.RESOLVED, "closed_at": at, "last_at": event.observed_at}
        restored = changed(alert, line, untold="", **over)
        self._remember(event.id, restored)
        self._hold(restored)
        return restored

    def _open_ones(self) -> Iterator[Held]:
        for family in self._families.values():
            yield from sorted(
                (held for held in family.values() if held.alert.is_open),
                key=lambda held: held.alert.id,
            )

    def _held(self, alerts: list[Alert]) -> list[Alert]:
        for alert in alerts:
            self._hold(alert)
        return alerts

    def _hold(self, alert: Alert) -> None:
        reach_m = max(kind_of(name).reach_m for name in alert.kinds)
        held = Held(alert, self._places.of_alert(alert), reach_m)
        self._families[alert.family][alert.id] = held

    def _remember(self, event: str, alert: Alert) -> None:
        if event not in self._in:
            _put(self._in, event, (alert.id, alert.version))

    def _sweep(self, now: datetime) -> None:
        """Forget what was closed long ago; not at each event, for that would cost time."""
        if self._swept_at is not None and abs(now - self._swept_at) < SWEEP:
            return
        self._swept_at = now
        for family in self._families.values():
            for alert in [held.alert for held in family.values()]:
                if alert.closed_at is not None and alert.closed_at + KEPT < now:
                    del family[alert.id]

    def _check_site(self, site: str, what: str) -> None:
        if site != self._site:
            raise AlertError(
                f"{what} is of the site {site}; this grouping is of {self._site}: each site has "
                "its own"
            )


def _with(
    alert: Alert,
    event: Event,
    kind: Kind,
    zone: str | None,
    at: datetime,
    silences: Sequence[Silence],
) -> Alert:
    """The next version of an alert, with an event."""
    values = joined(alert, event, zone)
    if not alert.is_open:
        return changed(alert, **values)
    silence = hiding(silences, alert.model_copy(update=values), at) if silences else None
    return tell(alert, silence, at, why_told(alert, kind), **values)


def _put(table: OrderedDict[str, _V], key: str, value: _V) -> None:
    table[key] = value
    if len(table) > MOST_REMEMBERED:
        table.popitem(last=False)


def _check_aware(moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise AlertError(f"{moment.isoformat()} has no time zone; give it one")
