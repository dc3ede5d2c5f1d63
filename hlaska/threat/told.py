"""What one sensor told of one kind: as much of it as can matter, however much it repeats itself.

Of one sensor and kind the three strongest pieces count (`weighing.STRONGEST`). Long after they
happened these stay the same three, so the rest goes (`Repeats`). Only a refuted event can bring
others back: for that the events themselves are kept, up to a bound (`Told`).
"""

import heapq
from bisect import bisect_right, insort
from collections.abc import Collection, Sequence
from itertools import chain

from hlaska.threat.weighing import AHEAD_S, NOTHING, STRONGEST, Heard, Piece, Valued, fading, piece

MOST_TOLD = 2048
"""Events of one sensor and kind that may be taken back exactly."""


class Repeats:
    """What one sensor told of one kind, as evidence of one zone.

    Args:
        half_life_s: Of the kind.
    """

    __slots__ = ("_half_life_s", "_lately", "_long_ago", "_most", "_seconds")

    def __init__(self, half_life_s: float) -> None:
        self._half_life_s = half_life_s
        # The strongest, of all that happened up to the time since when all times may be asked
        # about; and of each second after it, in order.
        self._long_ago: list[Piece] = []
        self._lately: dict[int, list[Piece]] = {}
        self._seconds: list[int] = []
        self._most = 0.0

    def add(self, new: Piece, since_s: float) -> None:
        """Take in a piece, in any order, once; of what happened up to `since_s` only the strongest.

        Args:
            new: The piece.
            since_s: No earlier time is asked about, in seconds since 1970.
        """
        at_s = new.heard.at_s
        if at_s <= since_s:
            _put(self._long_ago, new)
            return
        same = self._lately.get(at_s)
        if same is None:
            same = self._lately[at_s] = []
            insort(self._seconds, at_s)
        _put(same, new)
        self._most = max(self._most, new.peak)

    @property
    def events(self) -> set[str]:
        """Ids of those whose pieces are kept."""
        return {one.id for one in chain(self._long_ago, *self._lately.values())}

    def drop(self, events: Collection[str]) -> None:
        """Forget the pieces of those events."""
        self._long_ago = [one for one in self._long_ago if one.id not in events]
        for at_s, same in list(self._lately.items()):
            left = [one for one in same if one.id not in events]
            if left:
                self._lately[at_s] = left
            else:
                del self._lately[at_s]
        self._seconds = sorted(self._lately)

    def forget(self, since_s: float) -> bool:
        """Keep what can matter at a time or later; whether anything is left."""
        gone = bisect_right(self._seconds, since_s)
        for at_s in self._seconds[:gone]:
            for one in self._lately.pop(at_s):
                _put(self._long_ago, one)
        del self._seconds[:gone]
        if not self._seconds:
            self._most = 0.0
        if self._long_ago and not self._long_ago[-1].value(since_s):
            self._long_ago = [one for one in self._long_ago if one.value(since_s)]
        return bool(self._seconds or self._long_ago)

    def strongest(self, first_s: float, last_s: float) -> list[Valued]:
        """What counts most at any time between two, strongest first; each at the best time for it.

        So it is exact where the two are one time, and otherwise no less than at any of them.
        """
        best: list[Valued] = []
        for at_s in reversed(self._seconds[: bisect_right(self._seconds, last_s + AHEAD_S)]):
            left = fading(max(first_s, at_s - AHEAD_S) - at_s, self._half_life_s)
            # The older, the less is left: nothing stronger follows.
            if len(best) == STRONGEST and best[-1][0] >= self._most * left:
                break
            for one in self._lately[at_s]:
                if not _enter(best, one.peak * left, one):
                    break
        for one in self._long_ago:
            if one.heard.at_s - AHEAD_S <= last_s:
                left = fading(first_s - one.heard.at_s, self._half_life_s)
                _enter(best, one.peak * left, one)
        return best

    def from_now_on(self, now_s: float) -> list[Piece]:
        """What can count now or later, if nothing more happens: strongest at some such time."""
        best: list[Valued] = []
        kept = []
        # The newest first: what is older and worth less now is worth less ever after.
        for at_s in reversed(self._seconds[: bisect_right(self._seconds, now_s + AHEAD_S)]):
            left = fading(now_s - at_s, self._half_life_s)
            if len(best) == STRONGEST and best[-1][0] >= self._most * left:
                break
            for one in self._lately[at_s]:
                if not _enter(best, one.peak * left, one):
                    break
                kept.append(one)
        return kept + [one for one in self._long_ago if one.heard.at_s <= now_s]

    def onsets(self, first_s: float, last_s: float) -> list[int]:
        """When pieces begin to count, after one time and up to another."""
        first = bisect_right(self._seconds, first_s + AHEAD_S)
        last = bisect_right(self._seconds, last_s + AHEAD_S)
        return [at_s - AHEAD_S for at_s in self._seconds[first:last]]


class Told:
    """What one sensor told of one kind, for every place that is assessed.

    Args:
        half_life_s: Of the kind.
        places: How many places there are; the last one is the whole site.
    """

    def __init__(self, half_life_s: float, places: int) -> None:
        self._half_life_s = half_life_s
        self.of: list[Repeats | None] = [None] * places
        """What it is as evidence of each place; None where it is none."""
        self._log: dict[str, tuple[float, Heard, Sequence[float] | None]] = {}

    def add(self, heard: Heard, distances: Sequence[float] | None, since_s: float) -> None:
        """Take in an event, in any order, once.

        Args:
            heard: The event.
            distances: From each place but the last; None: it counts for the last one only.
            since_s: No earlier time is asked about.
        """
        whole = piece(heard, 0.0)
        if whole is None or (heard.at_s <= since_s and not whole.value(since_s)):
            return
        self._log[heard.id] = whole.rank, heard, distances
        if len(self._log) > 2 * MOST_TOLD:
            self._log = dict(
                heapq.nlargest(MOST_TOLD, self._log.items(), key=lambda item: item[1][0])
            )
        self._add_to(len(self.of) - 1, whole, since_s)
        for place, distance_m in enumerate(distances or ()):
            if new := piece(heard, distance_m):
                self._add_to(place, new, since_s)

    def drop(self, events: Collection[str], since_s: float) -> None:
        """Forget those events: what they hid counts again, if it is among those remembered."""
        pieces = [repeats for repeats in self.of if repeats is not None]
        kept = self._log.keys() | set().union(*(repeats.events for repeats in pieces))
        if kept.isdisjoint(events):
            return
        for repeats in pieces:
            repeats.drop(events)
        log = {name: kept for name, kept in self._log.items() if name not in events}
        self._log = {}
        for _, heard, distances in log.values():
            self.add(heard, distances, since_s)

    def forget(self, since_s: float) -> bool:
        """Keep what can matter at a time or later; whether anything is left."""
        for place, repeats in enumerate(self.of):
            if repeats is not None and not repeats.forget(since_s):
                self.of[place] = None
        return any(repeats is not None for repeats in self.of)

    def _add_to(self, place: int, new: Piece, since_s: float) -> None:
        repeats = self.of[place]
        if repeats is None:
            repeats = self.of[place] = Repeats(self._half_life_s)
        repeats.add(new, since_s)


def _rank(one: Piece) -> tuple[float, str]:
    return -one.rank, one.id


def _put(pieces: list[Piece], new: Piece) -> None:
    """Keep the strongest, in order."""
    if len(pieces) == STRONGEST and new.rank < pieces[-1].rank:
        return
    if all(one.id != new.id for one in pieces):
        pieces.append(new)
        pieces.sort(key=_rank)
        del pieces[STRONGEST:]


def _enter(best: list[Valued], value: float, new: Piece) -> bool:
    """Put a piece among the strongest; whether it was strong enough."""
    if value < NOTHING:
        return False
    if len(best) == STRONGEST:
        if (-value, new.id) >= (-best[-1][0], best[-1][1].id):
            return False
        best.pop()
    best.append((value, new))
    best.sort(key=_first)
    return True


def _first(one: Valued) -> tuple[float, str]:
    return -one[0], one[1].id
