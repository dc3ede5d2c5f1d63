"""Which events of sound tell of one and the same alarm, and which microphones hear now. Pure.

A microphone says what it heard; when several heard the same, the locator says where it was, and
names their events in the attribute `heard_by`. A dispatcher sees one alarm as one row: the located
event in place of those it was found from.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from hlaska.events import Event, StoredEvent
from hlaska.tracks import SILENT_S, StreamStatus

FAMILY = "audio."
"""Kinds of sound begin so."""
HEARS = 0.5
"""A microphone with a higher score than this hears something at this moment."""
ALARM_S = 10.0
"""For so long after an alarm its microphones are still marked."""

Known = Mapping[str, Event]
"""Events by their ids."""


def is_sound(event: Event) -> bool:
    """Whether it tells of a sound."""
    return event.kind.startswith(FAMILY)


def heard_by(event: Event) -> tuple[str, ...]:
    """Ids of the microphones' events that a located one was found from, the best first.

    An event that names itself was not found from itself.
    """
    if not is_sound(event):
        return ()
    named = dict.fromkeys(str(event.attributes.get("heard_by", "")).split())
    return tuple(name for name in named if name != event.id)


def microphones_of(event: Event) -> int:
    """How many microphones heard it; of a located sound, how many agree on the place."""
    told = event.attributes.get("microphones", len(heard_by(event)))
    return max(1, int(told))


def heard_events(event: Event, known: Known) -> tuple[Event, ...]:
    """The microphones' events that a located one was found from, as far as they are known."""
    named = (known.get(name) for name in heard_by(event))
    return tuple(one for one in named if one is not None and _told_by(event, one))


def successors(events: Iterable[StoredEvent]) -> dict[str, str]:
    """Which located event stands in place of which: its id by theirs. Newest first.

    No located event is ever replaced, so that whatever events name each other, no alarm is lost.
    """
    events = list(events)
    known = {stored.event.id: stored.event for stored in events}
    return {
        one.id: stored.event.id
        for stored in reversed(events)  # the newest has the last word
        for one in heard_events(stored.event, known)
        if not heard_by(one)
    }


def one_row_each(events: Iterable[StoredEvent]) -> list[StoredEvent]:
    """The same events in the same order, without those that a located one among them replaces."""
    events = list(events)
    replaced = successors(events)
    return [stored for stored in events if stored.event.id not in replaced]


def hearing_now(
    statuses: Mapping[str, StreamStatus], events: Iterable[StoredEvent], now: datetime
) -> dict[str, str]:
    """What each microphone that hears something hears, by its id; see `mark_of` for others.

    It does while a score is above `HEARS`, and for `ALARM_S` after an event of its own.
    """
    found = {
        mark_of(
            stored.event.source, str(stored.event.attributes.get("device", ""))
        ): stored.event.kind.removeprefix(FAMILY)
        for stored in events
        # An event "from the future" comes from a clock that is wrong: it must not ring for ever.
        if is_sound(stored.event)
        and abs((now - stored.event.observed_at).total_seconds()) <= ALARM_S
    }
    for source, status in statuses.items():
        if (now - status.at).total_seconds() > SILENT_S:
            continue
        sound, score = highest(status)
        if score > HEARS:
            found[source] = sound
    return found


def mark_of(source: str, device: str = "") -> str:
    """By which name a sensor's place on the map goes; a foreign detector may have many devices."""
    return f"{source}/{device}" if device else source


def highest(status: StreamStatus) -> tuple[str, float]:
    """The sound with the highest score, and that score; no sound and 0 without any."""
    if status.sound is None or not status.sound.scores:
        return "", 0.0
    return max(status.sound.scores.items(), key=lambda one: one[1])


def _told_by(located: Event, one: Event) -> bool:
    return one.kind == located.kind and one.site == located.site
