"""What a running system adds: trouble of a camera's picture and of its network, as one finding."""

from collections.abc import Iterable, Mapping
from typing import cast

from catalogs.exercise.script import Script
from hlaska.events import Event
from hlaska.sites import Site
from serving.client import Gateway
from serving.cyber.picture_guard import PictureGuard
from serving.exercise.performed import SCORED, Performed, marked, moment
from serving.outbox import Outbox

GUARD_S = 0.3
"""From the event that completes a finding to the finding; an estimate."""


def tied(items: Iterable[Performed], script: Script, site: Site) -> list[Performed]:
    """What the picture guard finds in a day's events.

    Args:
        items: In the order in which they arrive.
        script: Whose day it is.
        site: Where it happened.
    """
    now = [script.begins]
    kept = _Kept()
    # Never started, so its client of a gateway stays unused: it is shown the events one by one.
    guard = PictureGuard(
        site,
        lambda: Gateway("http://unused.invalid"),
        cast(Outbox, kept),
        clock=lambda: now[0],
    )
    found = []
    try:
        for item in items:
            now[0] = moment(script.begins, item.at_s)
            guard.take(item.event)
            for event in kept.taken():
                found.append(Performed(marked(event, SCORED), item.at_s + GUARD_S, item.activity))
    finally:
        guard.close()
    return found


class _Kept:
    """The part of an outbox that the guard uses: keeps what it is given."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def event(self, event: Event, _evidence: Mapping[str, bytes]) -> None:
        self._events.append(event)

    def taken(self) -> list[Event]:
        events, self._events = self._events, []
        return events
