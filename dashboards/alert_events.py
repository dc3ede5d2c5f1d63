"""The chosen alert's events: those that the page remembers, the others from the journal."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from dashboards.feed import Feed
from dashboards.questions import Questions
from dashboards.world import World
from hlaska.alerts.alert import Alert
from hlaska.events import Event, StoredEvent

MOST_EVENTS = 500
"""Of one kind, in the time of an alert: of more the newest are looked through."""
_TICK = timedelta(microseconds=1)


class AlertEvents:
    """What is known of an alert's events; without it an old alert would show another's evidence.

    Args:
        feed: The subscription of this process, which remembers the newest events of all.
        notify: Called, in another thread, when something has come; then call `known` again.
    """

    def __init__(self, feed: Feed, notify: Callable[[], None]) -> None:
        self._feed, self._questions = feed, Questions(notify)
        self._asked: tuple[str, tuple[str, ...]] = ("", ())
        self._found: dict[str, Event] = {}

    def known(self, alert: Alert | None, world: World) -> dict[str, Event]:
        """All events that are known, by id; those that the alert lacks are asked for."""
        self._questions.show()
        remembered = {stored.event.id: stored.event for stored in world.events}
        if alert is None:
            return remembered
        missing = tuple(name for name in alert.events if name not in remembered)
        if self._asked != (alert.id, missing):
            if self._asked[0] != alert.id:
                self._found = {}
            self._asked = (alert.id, missing)
            if any(name not in self._found for name in missing):
                self._ask(alert)
        return {**self._found, **remembered}

    def close(self) -> None:
        """Ask no more."""
        self._questions.close()

    def _ask(self, alert: Alert) -> None:
        asked = partial(
            self._feed.gateway.events,
            site=alert.site,
            since=alert.first_at,
            until=alert.last_at + _TICK,
            limit=MOST_EVENTS,
        )
        own = frozenset(alert.events)

        def take(told: list[StoredEvent]) -> None:
            self._found |= {one.event.id: one.event for one in told if one.event.id in own}

        def ask() -> list[StoredEvent]:
            return [one for kind in alert.kinds for one in asked(kind=kind)]

        self._questions.ask("events", ask, take, lambda _: None)
