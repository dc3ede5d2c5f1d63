"""The level of one place over time: what it was, what is shown now, and when that falls."""

import math
from collections.abc import Callable, Sequence

from hlaska.threat.exposure import Exposure, People
from hlaska.threat.told import Repeats
from hlaska.threat.weighing import Piece, Weighed, level_of, total, weigh

HOLDS_S = 120.0
"""A level falls when it was lower so long; an expert prior: else it would flicker."""
EXACT_S = 0.5
"""So exactly a time is looked for at which a level falls."""


class Outlook:
    """One place as it stands now.

    Args:
        repeats: All that was told of it.
        exposure: Who is there.
        now_s: The time, in seconds since 1970.
    """

    def __init__(self, repeats: Sequence[Repeats], exposure: Exposure, now_s: float) -> None:
        self._repeats = repeats
        self._exposure = exposure
        self._now_s = now_s
        self.weighed: list[Weighed] = self._weighed(now_s, now_s)
        self.people: People = exposure.people(now_s)
        self.exposed: float = self.people.exposure if self.weighed else 0.0
        """Nats that people at risk add now: none where there is no evidence."""
        self.score: float = total(self.weighed) + self.exposed
        self.level: int = level_of(self.score)
        """The greatest of the last `HOLDS_S`."""
        self._held_from_s: float | None = None
        if repeats:
            self._look_back()

    def falls_at_s(self) -> float | None:
        """When the level falls if nothing more happens, as a whole second; None at level 0."""
        if self.level == 0:
            return None
        pieces = [one for repeats in self._repeats for one in repeats.from_now_on(self._now_s)]

        def holds(at_s: float) -> bool:
            return self._level_of(pieces, at_s) >= self.level

        if self._held_from_s is None:
            falls_s = self._end_s(self._now_s, holds) + HOLDS_S
        else:
            last_s = min((at for at in self._points() if at > self._held_from_s), default=math.inf)
            end_s = _bisected(self._held_from_s, min(last_s, self._now_s), self._held)
            falls_s = end_s + HOLDS_S
        seen_s = self._now_s
        while rises := self._exposure.rises(seen_s, falls_s):
            seen_s = rises[0]
            if holds(seen_s):
                falls_s = self._end_s(seen_s, holds) + HOLDS_S
        return float(math.ceil(falls_s))

    def _look_back(self) -> None:
        """Raise the level to what it was lately."""
        first_s = self._now_s - HOLDS_S
        highest = self._highest(first_s, self._now_s)
        if highest == self.level:
            return
        points = self._points()
        for level in range(highest, self.level, -1):
            held_s = self._last_of(points, level)
            if held_s is not None:
                self.level, self._held_from_s = level, held_s
                return

    def _points(self) -> list[float]:
        """The times of the last `HOLDS_S` between which scores only fall, in order."""
        first_s = self._now_s - HOLDS_S
        rises: set[float] = {first_s, *self._exposure.rises(first_s, self._now_s)}
        for repeats in self._repeats:
            rises.update(repeats.onsets(first_s, self._now_s))
        return sorted(rises)

    def _last_of(self, points: Sequence[float], level: int) -> float | None:
        """The last of some times at which it was at a level or above."""
        if self._highest(points[0], points[-1]) < level:
            return None
        if len(points) == 1:
            return points[0]
        half = len(points) // 2
        last_s = self._last_of(points[half:], level)
        return self._last_of(points[:half], level) if last_s is None else last_s

    def _held(self, at_s: float) -> bool:
        return self._highest(at_s, at_s) >= self.level

    def _highest(self, first_s: float, last_s: float) -> int:
        """The level at one time; between two, one that it was nowhere above."""
        weighed = self._weighed(first_s, last_s)
        if not weighed:
            return 0
        return level_of(total(weighed) + self._exposure.people(first_s, last_s).exposure)

    def _weighed(self, first_s: float, last_s: float) -> list[Weighed]:
        return weigh(one for each in self._repeats for one in each.strongest(first_s, last_s))

    def _level_of(self, pieces: Sequence[Piece], at_s: float) -> int:
        weighed = weigh((one.value(at_s), one) for one in pieces)
        return level_of(total(weighed) + self._exposure.people(at_s).exposure) if weighed else 0

    def _end_s(self, held_s: float, holds: Callable[[float], bool]) -> float:
        """When the level ends that holds at a time; if it does not before exposure rises, then."""
        step_s = HOLDS_S
        while True:
            rises = self._exposure.rises(held_s, held_s + step_s)
            ended_s = rises[0] if rises else held_s + step_s
            if rises or not holds(ended_s):
                return _bisected(held_s, ended_s, holds)
            held_s, step_s = ended_s, 2 * step_s


def _bisected(holds_s: float, ended_s: float, holds: Callable[[float], bool]) -> float:
    """A time at which something has ended, `EXACT_S` after it at most."""
    while ended_s - holds_s > EXACT_S:
        middle_s = (holds_s + ended_s) / 2
        if holds(middle_s):
            holds_s = middle_s
        else:
            ended_s = middle_s
    return ended_s
