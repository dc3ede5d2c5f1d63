"""An incident as it went: what was known of it at each moment. Pure, but for asking for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.event_detail import witnesses_of
from dashboards.period import Period
from dashboards.same_minute import SENSES, View, shows
from hlaska.alerts.alert import Alert
from hlaska.events import Event
from hlaska.threat.levels import LevelChange
from serving.client import Gateway

BEFORE, AFTER = timedelta(minutes=2), timedelta(minutes=5)
"""So much is shown of the time around an alert."""
LONGEST = timedelta(hours=24)
"""An alert that was open for longer is replayed from its beginning, so far."""
MINUTE = timedelta(minutes=1)
MOST_EVENTS = 1000
"""Of one domain; of more the first ones are shown."""
DOMAINS = ("video.", "audio.", "cyber.", "gas.", "health.")
"""What is replayed: crossings are counted, not shown."""


@dataclass(frozen=True)
class Replay:
    """All that is needed to replay one alert."""

    alert: Alert
    period: Period
    events: tuple[Event, ...]
    """Of its site, the earliest first."""
    levels: tuple[LevelChange, ...]
    cut: bool = False
    """Whether there were more events than are shown."""

    def until(self, moment: datetime) -> tuple[Event, ...]:
        """What had been observed up to a moment."""
        return tuple(event for event in self.events if event.observed_at <= moment)


def window(alert: Alert, now: datetime) -> Period:
    """The time that is replayed: from before its first event to after it was closed, or its last.

    Never longer than a day, never into the future, and at least a minute.
    """
    since = alert.first_at - BEFORE
    last = max(alert.closed_at or alert.last_at, alert.last_at) + AFTER
    until = max(min(last, now, since + LONGEST), since + MINUTE)
    return Period(since=since, until=until)


def ask_replay(gateway: Gateway, alert: str, now: datetime) -> Replay:
    """Ask the gateway for all of it; the alert itself comes as it is now.

    Raises:
        GatewayError: it cannot be had.
    """
    current = gateway.alert(alert)
    period = window(current, now)
    told = [
        gateway.events(
            site=current.site,
            kind=domain,
            since=period.since,
            until=period.until,
            newest_first=False,
            limit=MOST_EVENTS,
        )
        for domain in DOMAINS
    ]
    events = [stored.event for domain in told for stored in domain]
    return Replay(
        alert=current,
        period=period,
        events=tuple(sorted(events, key=lambda event: (event.observed_at, event.id))),
        levels=tuple(gateway.levels(current.site, period.since, period.until)),
        cut=any(len(domain) >= MOST_EVENTS for domain in told),
    )


def views_at(replay: Replay, moment: datetime) -> dict[str, View | None]:
    """What each sense had to show at a moment; None: nothing up to then.

    Of the last minute, an event with evidence comes first, then one of the alert, then the newest.
    When the minute had none, the same holds for the time before.
    """
    known = {event.id: event for event in replay.until(moment)}
    return {sense: _view(replay, sense, moment, known) for sense in SENSES}


def _view(replay: Replay, sense: str, moment: datetime, known: Mapping[str, Event]) -> View | None:
    own = frozenset(replay.alert.events)
    told = [event for event in known.values() if event.kind.startswith(f"{sense}.")]
    lately = [event for event in told if event.observed_at > moment - MINUTE]

    def worth(event: Event) -> tuple[bool, bool, datetime]:
        return shows(event, sense, known), event.id in own, event.observed_at

    best = max(lately or told, key=worth, default=None)
    if best is None:
        return None
    age = moment - best.observed_at
    return View(best, best.id in own, witnesses_of(best, known), age)
