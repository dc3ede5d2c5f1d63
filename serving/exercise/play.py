"""A performance into a running gateway: now, and at a pace that somebody can follow."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from catalogs.exercise.truth import Activity
from hlaska.errors import HlaskaError
from hlaska.events import Event
from hlaska.sites import PICTURE_GUARD, SOUND_LOCATOR
from serving.client import Gateway
from serving.exercise.performed import Performance, Performed, moment

FOUND_ANYWAY = frozenset({SOUND_LOCATOR, PICTURE_GUARD})
"""Sources that are part of a running system."""
BURST_S = 3.0
"""Events of one activity that arrive so soon after each other keep their distances in time: places
are worked out from them."""


def paced(items: Sequence[Performed], *, longest_s: float, rate: float) -> list[float]:
    """When each event is sent, seconds from the beginning.

    Args:
        items: In the order in which they arrive.
        longest_s: A longer pause is cut to this, before it is sped up.
        rate: How much faster than it happens.
    """
    offsets: list[float] = []
    at_s = 0.0
    for number, item in enumerate(items):
        if number:
            at_s += min(item.at_s - items[number - 1].at_s, longest_s) / rate
        offsets.append(at_s)
    return offsets


def as_of_now(
    items: Sequence[Performed], offsets: Sequence[float], begins: datetime, now: datetime
) -> Iterator[Performed]:
    """The events as if the day began now, each with an id of its own.

    Args:
        items: The events of a day.
        offsets: When each is sent, seconds from `now`.
        begins: When that day began.
        now: When the first is sent, UTC.
    """
    last: dict[str, tuple[float, timedelta]] = {}
    for item, offset_s in zip(items, offsets, strict=True):
        before = last.get(item.activity)
        if before is not None and item.at_s - before[0] <= BURST_S:
            shift = before[1]
        else:
            shift = now + timedelta(seconds=offset_s) - moment(begins, item.at_s)
        last[item.activity] = item.at_s, shift
        yield Performed(_moved(item.event, shift, now), item.at_s, item.activity, item.evidence)


def _moved(event: Event, shift: timedelta, now: datetime) -> Event:
    again = hashlib.sha256(f"{event.id} {now.isoformat()}".encode()).hexdigest()[:32]
    return event.model_copy(update={"id": again, "observed_at": event.observed_at + shift})


def play(
    performance: Performance,
    gateway: Gateway,
    *,
    longest_s: float,
    rate: float,
    begun: Callable[[Activity], object],
    progress: Callable[[int, int], object],
    wait: Callable[[float], object] = time.sleep,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Plays a day into a running system.

    What is found from several events (the place of a sound, an attack on a picture) is left out: a
    running system finds that by itself.

    Args:
        performance: The day.
        gateway: Of the system.
        longest_s: A longer pause is cut to this.
        rate: How much faster than it happens.
        begun: Told of each activity when its first event is about to be sent.
        progress: Told how many events are sent, of how many.
        wait: Waits for so many seconds.
        clock: Tells the time, UTC.

    Returns:
        How many events were sent.

    Raises:
        HlaskaError: the gateway does not guard this site.
        GatewayError: it does not answer, or refuses.
    """
    script = performance.script
    guarded = [site.id for site in gateway.sites()]
    if script.site not in guarded:
        raise HlaskaError(
            f"the gateway at {gateway.url} guards {', '.join(guarded) or 'no site'}; the exercise "
            f"is of {script.site}: start it with `hlaska up --site {script.site}`"
        )
    items = [item for item in performance.items if item.event.source not in FOUND_ANYWAY]
    offsets = paced(items, longest_s=longest_s, rate=rate)
    start = clock()
    seen: set[str] = set()
    for number, (item, offset_s) in enumerate(
        zip(as_of_now(items, offsets, script.begins, start), offsets, strict=True), start=1
    ):
        wait(max(0.0, offset_s - (clock() - start).total_seconds()))
        if item.activity not in seen:
            seen.add(item.activity)
            begun(script.activity(item.activity))
        for piece in item.event.evidence:
            if piece.sha256 in item.evidence:
                gateway.send_evidence(piece.sha256, piece.media_type, item.evidence[piece.sha256])
        gateway.send_events([item.event])
        progress(number, len(items))
    return len(items)
