"""Which sound event is which: what was there and what was told, matched one to one.

After Mesaros, Heittola, Virtanen, Metrics for polyphonic sound event detection, Applied Sciences
6(6), 2016, section 3.2, in the reading of their toolbox sed_eval, against whose examples the tests
hold this.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hlaska.measures import Hits
from hlaska.sound.scores import SoundEvent

ONSET_COLLAR_S = 0.5
"""So far from the true onset an event may be told: as in DCASE 2017, task 2 (rare sound events)."""
ENOUGH = 0.005
"""Of thresholds whose F lies so close to the best one's, the highest wins: fewest alarms."""
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class EventErrors:
    """What became of the events of some recordings. Sums over recordings are sums of counts."""

    found: int = 0
    """Right in class and time."""
    substituted: int = 0
    """Right in time, of another class."""
    deleted: int = 0
    """There, and not told."""
    inserted: int = 0
    """Told, and not there."""

    @property
    def true(self) -> int:
        """How many were there."""
        return self.found + self.substituted + self.deleted

    @property
    def told(self) -> int:
        """How many were told."""
        return self.found + self.substituted + self.inserted

    @property
    def hits(self) -> Hits:
        """The same without substitutions: each is one event missed and one told falsely."""
        return Hits(self.found, self.told - self.found, self.true - self.found)

    @property
    def error_rate(self) -> float:
        """Substitutions, deletions and insertions per true event; 0 is best, it has no upper end.

        NaN without true events.
        """
        wrong = self.substituted + self.deleted + self.inserted
        return wrong / self.true if self.true else math.nan

    def __add__(self, other: Self) -> "EventErrors":
        return EventErrors(
            self.found + other.found,
            self.substituted + other.substituted,
            self.deleted + other.deleted,
            self.inserted + other.inserted,
        )


@dataclass(frozen=True, slots=True)
class Matching:
    """Which events of one recording belong together; by number, each at most once."""

    found: tuple[tuple[int, int], ...]
    """True and told events of the same class."""
    substituted: tuple[tuple[int, int], ...]
    """Those left over that agree in time alone."""
    deleted: tuple[int, ...]
    """True events without a partner."""
    inserted: tuple[int, ...]
    """Told events without a partner."""

    @property
    def errors(self) -> EventErrors:
        """How many of each."""
        return EventErrors(
            len(self.found), len(self.substituted), len(self.deleted), len(self.inserted)
        )


def match(
    truth: Sequence[SoundEvent],
    told: Sequence[SoundEvent],
    *,
    collar_s: float = ONSET_COLLAR_S,
    offset_share: float | None = None,
) -> Matching:
    """The events of one recording, matched one to one: as many pairs as can be, and the nearest.

    Two events agree in time when their onsets differ by `collar_s` or less. (sed_eval's default is
    greedy matching by order; its `optimal` finds as many pairs as this.)

    Args:
        truth: What was there.
        told: What was told.
        collar_s: Largest distance of onsets, in seconds.
        offset_share: Asks for the offsets too: they may differ by this share of the true event's
            length, or by `collar_s` where that is more. Default: offsets do not matter.
    """
    near_s = _onset_distances(truth, told)
    agree = near_s <= collar_s
    if offset_share is not None:
        agree &= _offsets_agree(truth, told, collar_s, offset_share)
    same = np.array([[one.sound == other.sound for other in told] for one in truth], bool)
    found = _pairs(agree & same.reshape(agree.shape), near_s)
    left, over = ({pair[side] for pair in found} for side in (0, 1))
    rest = agree.copy()
    rest[list(left)] = False
    rest[:, list(over)] = False
    substituted = _pairs(rest, near_s)
    left |= {one for one, _ in substituted}
    over |= {other for _, other in substituted}
    return Matching(
        found=found,
        substituted=substituted,
        deleted=tuple(one for one in range(len(truth)) if one not in left),
        inserted=tuple(other for other in range(len(told)) if other not in over),
    )


def class_hits(
    truth: Sequence[SoundEvent], told: Sequence[SoundEvent], matching: Matching, sound: str
) -> Hits:
    """What became of the events of one class; an event told as another class is missed."""
    missed = [*matching.deleted, *(one for one, _ in matching.substituted)]
    false = [*matching.inserted, *(other for _, other in matching.substituted)]
    return Hits(
        found=sum(truth[one].sound == sound for one, _ in matching.found),
        false=sum(told[other].sound == sound for other in false),
        missed=sum(truth[one].sound == sound for one in missed),
    )


def between(
    truth: Sequence[SoundEvent],
    told: Sequence[SoundEvent],
    matching: Matching,
    begin_s: float,
    end_s: float,
) -> Matching:
    """The part of a matching that begins between two times: by true onsets, else by told ones.

    At the edges of a recording a listener hears less than in a stream that never ends.
    """

    def inside(event: SoundEvent) -> bool:
        return begin_s <= event.onset_s < end_s

    return Matching(
        found=tuple(pair for pair in matching.found if inside(truth[pair[0]])),
        substituted=tuple(pair for pair in matching.substituted if inside(truth[pair[0]])),
        deleted=tuple(one for one in matching.deleted if inside(truth[one])),
        inserted=tuple(other for other in matching.inserted if inside(told[other])),
    )


def volleys(events: Iterable[SoundEvent], *, gap_s: float) -> list[SoundEvent]:
    """Events with those of one class joined that pause for `gap_s` or less, by onset.

    What is heard as one volley is one event, in the truth as in what is told.
    """
    joined: list[SoundEvent] = []
    last: dict[str, int] = {}
    for event in sorted(events, key=lambda one: one.onset_s):
        place = last.get(event.sound)
        before = None if place is None else joined[place]
        if place is not None and before is not None and event.onset_s - before.offset_s <= gap_s:
            joined[place] = SoundEvent(
                event.sound,
                before.onset_s,
                max(before.offset_s, event.offset_s),
                max(before.score, event.score),
            )
        else:
            last[event.sound] = len(joined)
            joined.append(event)
    return joined


def _onset_distances(
    truth: Sequence[SoundEvent], told: Sequence[SoundEvent]
) -> NDArray[np.float64]:
    one = np.array([event.onset_s for event in truth], np.float64)
    other = np.array([event.onset_s for event in told], np.float64)
    return np.abs(one[:, None] - other)


def _offsets_agree(
    truth: Sequence[SoundEvent], told: Sequence[SoundEvent], collar_s: float, share: float
) -> NDArray[np.bool_]:
    one = np.array([event.offset_s for event in truth], np.float64)
    other = np.array([event.offset_s for event in told], np.float64)
    length = np.array([event.offset_s - event.onset_s for event in truth], np.float64)
    allowed = np.maximum(collar_s, share * length)
    return np.asarray(np.abs(one[:, None] - other) <= allowed[:, None])


def _pairs(
    agree: NDArray[np.bool_], distance_s: NDArray[np.float64]
) -> tuple[tuple[int, int], ...]:
    """As many pairs as can be; among those, the ones with the least distance in all."""
    if not agree.any():
        return ()
    # All nearness together is worth less than one pair.
    nearness = 1 - distance_s / (distance_s[agree].max() + 1)
    worth = np.where(agree, 1 + nearness / (2 * min(agree.shape)), 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return tuple(
        (int(row), int(column))
        for row, column in zip(rows, columns, strict=True)
        if agree[row, column]
    )


def sounding(events: Iterable[SoundEvent], alarm: SoundEvent) -> str:
    """What else there was when a false alarm began; its own sound only where nothing else was."""
    near = [
        one.sound
        for one in events
        if one.onset_s - ONSET_COLLAR_S <= alarm.onset_s <= one.offset_s + ONSET_COLLAR_S
    ]
    others = [one for one in near if one != alarm.sound]
    return (others or near or [NOTHING])[0]


def best_threshold(hits: Sequence[Hits], recall_weight: float = 1.0) -> int:
    """Of falling thresholds, the number of the highest whose F is about as good as the best."""
    f = np.nan_to_num([one.f(recall_weight) for one in hits])
    return int(np.argmax(f >= f.max() - ENOUGH))
