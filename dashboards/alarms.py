"""Which events tell of one and the same alarm, and which microphones hear now. Pure.

A microphone says what it heard; when several heard the same, the locator says where it was, and
names their events in the attribute `heard_by`. So too for an attack on a video: the network says
that a stream has moved, a camera that its picture repeats, and the finding names both events in the
attribute `because`. A dispatcher sees one alarm as one row: the whole in place of its parts.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from hlaska.events import Event, StoredEvent
from hlaska.sites import PICTURE_GUARD
from hlaska.tracks import SILENT_S, StreamStatus

FAMILY = "audio."
"""Kinds of sound begin so."""
NETWORK = "cyber."
"""Kinds of what is found on the network begin so."""
HEARS = 0.5
"""A microphone with a higher score than this hears something at this moment."""
ALARM_S = 10.0
"""For so long after an alarm its microphones are still marked."""

Known = Mapping[str, Event]
"""Events by their ids."""


def is_sound(event: Event) -> bool:
    """Whether it tells of a sound."""
    return event.kind.startswith(FAMILY)


def is_network(event: Event) -> bool:
    """Whether it tells of what was found on the network."""
    return event.kind.startswith(NETWORK)


def parts_of(event: Event) -> tuple[str, ...]:
    """Ids of the events that an alarm was put together from, the best first.

    An event that names itself was not found from itself.
    """
    if is_sound(event):
        named = event.attributes.get("heard_by", "")
    elif is_network(event) and event.source == PICTURE_GUARD:
        named = event.attributes.get("because", "")
    else:
        return ()
    return tuple(name for name in dict.fromkeys(str(named).split()) if name != event.id)


def part_events(event: Event, known: Known) -> tuple[Event, ...]:
    """The events that an alarm was put together from, as far as they are known."""
    named = (known.get(name) for name in parts_of(event))
    return tuple(one for one in named if one is not None and _part_of(event, one))


def heard_by(event: Event) -> tuple[str, ...]:
    """Ids of the microphones' events that a located one was found from, the best first."""
    return parts_of(event) if is_sound(event) else ()


def microphones_of(event: Event) -> int:
    """How many microphones heard it; of a located sound, how many agree on the place."""
    told = event.attributes.get("microphones", len(heard_by(event)))
    return max(1, int(told))


def heard_events(event: Event, known: Known) -> tuple[Event, ...]:
    """The microphones' events that a located one was found from, as far as they are known."""
    return part_events(event, known) if is_sound(event) else ()


def successors(events: Iterable[StoredEvent]) -> dict[str, str]:
    """Which alarm stands in place of which of its parts: its id by theirs. Newest first.

    No alarm that has parts is ever replaced, so that whatever events name each other, none is lost.
    """
    events = list(events)
    known = {stored.event.id: stored.event for stored in events}
    return {
        one.id: stored.event.id
        for stored in reversed(events)  # the newest has the last word
        for one in part_events(stored.event, known)
        if not parts_of(one)
    }


def one_row_each(events: Iterable[StoredEvent]) -> list[StoredEvent]:
    """The same events in the same order, without those that an alarm among them replaces."""
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


def _part_of(whole: Event, one: Event) -> bool:
    if one.site != whole.site:
        return False
    return one.kind == whole.kind if is_sound(whole) else one.kind.startswith(("video.", NETWORK))
