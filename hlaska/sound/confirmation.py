"""Several windows that hold the same moment must agree before it counts, and a volley is one event.

A model hears its windows one by one, and each shows it the same moment at another place. What it
finds wherever the moment stands in the window is there; what it finds once is chance. Windows
follow each other so closely that `of` of them hold every moment, and `needs` of those must agree.
Time is counted in cells: of the same length for all, about that of the model's frames.

What was confirmed reaches as far as the average score stays above a second, lower threshold: the
first shot of a volley may be less sure than the rest (double thresholds, as in Dinkel, Wu, Yu,
Towards duration robust weakly supervised sound event detection, IEEE/ACM TASLP 29, 2021).
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REMEMBERED = 9
"""Candidates of which is told how many were kept."""
LOWER = 0.5
"""The second threshold, as a share of the first."""
HISTORY_S = 14.0
"""Scores that are kept: the longest volley, and what is shown before and after it."""


@dataclass(frozen=True, slots=True)
class Volley:
    """Activities of one class with no longer pause than the gap: what becomes one event."""

    column: int
    """Number of the class."""
    first: int
    """Its first cell that is above the second threshold."""
    last: int
    agreed: int
    """Windows that agreed, at the moment where most did."""
    confidence: float
    """Greatest average of the scores of all windows that hold a moment."""


@dataclass(slots=True)
class _Open:
    first: int
    last: int
    agreed: int
    confidence: float
    told: bool = False


@dataclass(slots=True)
class _Candidate:
    last: int
    agreed: int


class Confirmation:
    """Confirms what one microphone's windows were scored; they come in order.

    Args:
        thresholds: Lowest score that counts, one a class; infinite for what is not listened for.
        lasting: Which classes go on and on, as a scream does: they are told once until they pause.
            Of the others (shots) every further `longest_s` is told.
        cell_s: Length of a cell.
        step: Cells from the beginning of a window to that of the next.
        of: Windows that hold a moment; a window is `of` x `step` cells.
        needs: How many of them must agree.
        tolerance_s: So far apart two windows may see the same moment.
        gap_s: Longest pause within a volley.
        longest_s: A volley is told after so long, even if it goes on.
    """

    def __init__(
        self,
        thresholds: Sequence[float],
        lasting: Sequence[bool],
        *,
        cell_s: float,
        step: int,
        of: int,
        needs: int,
        tolerance_s: float = 0.12,
        gap_s: float = 1.2,
        longest_s: float = 5.0,
    ) -> None:
        self._thresholds = np.asarray(thresholds, np.float32)
        self._lasting = tuple(lasting)
        self._step, self._of, self._needs = step, of, needs
        self._tolerance = round(tolerance_s / cell_s)
        self._gap = max(1, round(gap_s / cell_s))
        self._longest = max(1, round(longest_s / cell_s))
        cells, classes = round(HISTORY_S / cell_s) + 2 * of * step, len(self._thresholds)
        self._base = 0
        self._held = np.zeros(cells, np.int16)
        self._agreed = np.zeros((cells, classes), np.int16)
        self._seen = np.zeros((cells, classes), np.bool_)
        self._total = np.zeros((cells, classes), np.float32)
        self._heard = self._decided = 0
        self._open: dict[int, _Open] = {}
        self._forming: dict[int, _Candidate] = {}
        self._told: dict[int, int] = {}
        """Last cell of the volley told last, by class."""
        self._closed: dict[int, int] = {}
        """The same, of one that has ended by itself."""
        self._agreements: deque[int] = deque(maxlen=REMEMBERED)

    @property
    def pending(self) -> bool:
        """Whether more windows may make, prolong or end a volley."""
        return bool(self._open) or bool(self._seen[self._at(self._decided) :].any())

    @property
    def candidates(self) -> int:
        """How many of the last candidates are remembered."""
        return len(self._agreements)

    @property
    def kept(self) -> int:
        """How many of them were confirmed."""
        return sum(agreed >= self._needs for agreed in self._agreements)

    def use(self, thresholds: Sequence[float]) -> None:
        """From now on scores count from these thresholds on; what goes on, goes on."""
        self._thresholds = np.asarray(thresholds, np.float32)

    def add(self, first: int, scores: NDArray[np.float32] | None) -> list[Volley]:
        """Take the next window.

        Args:
            first: Its first cell, later than that of the window before; where sound is missing,
                a window's length later, so that they do not overlap.
            scores: Cells x classes; None where nobody scored it, which counts as zeros.

        Returns:
            The volleys that are over.
        """
        end = first + self._of * self._step
        # Behind a gap: what was heard before it has all the windows that it will get.
        over = self._decide(self._heard) if first >= self._heard else []
        self._make_room(first, end)
        here = slice(self._at(first), self._at(end))
        self._held[here] += 1
        if scores is not None:
            self._total[here] += scores
            hits = scores >= self._thresholds
            if hits.any():
                self._seen[here] |= hits
                self._agreed[here] += _dilated(hits, self._tolerance)
        self._heard = end
        return over + self._decide(first + self._step)

    def finish(self) -> list[Volley]:
        """The volleys that were going on when the sound ended."""
        over = self._decide(self._heard)
        self._remember(self._heard + 2 * self._tolerance + 2)
        over += [self._volley(column) for column, volley in self._open.items() if not volley.told]
        self._open.clear()
        return over

    def averages(self, first: int, end: int) -> NDArray[np.float32]:
        """Average scores of the windows that hold each cell, cells x classes; 0 where none did."""
        found = np.zeros((end - first, len(self._thresholds)), np.float32)
        begin, until = max(first, self._base), min(end, self._base + len(self._held))
        if begin < until:
            here = slice(self._at(begin), self._at(until))
            found[begin - first : until - first] = (
                self._total[here] / np.maximum(self._held[here], 1)[:, None]
            )
        return found

    def _at(self, cell: int) -> int:
        return max(0, cell - self._base)

    def _make_room(self, first: int, end: int) -> None:
        surplus = end - self._base - len(self._held)
        if surplus <= 0:
            return
        # Rarely and by much, not often and by little.
        keep = min(len(self._held) - self._of * self._step, max(0, len(self._held) - surplus))
        for table in (self._held, self._agreed, self._seen, self._total):
            table[:keep] = table[len(table) - keep :].copy()
            table[keep:] = 0
        self._base += len(self._held) - keep
        if end - self._base > len(self._held):
            # After a long silence: nothing of before is of interest.
            for table in (self._held, self._agreed, self._seen, self._total):
                table[:] = 0
            self._base = first

    def _decide(self, until: int) -> list[Volley]:
        """Judge the cells that no further window will hold."""
        until = max(until, self._decided)
        over: list[Volley] = []
        seen = self._seen[self._at(self._decided) : self._at(until)]
        begin = max(self._decided, self._base)
        if seen.any():
            for offset, column in np.argwhere(seen):
                over += self._take(begin + int(offset), int(column))
        self._decided = until
        self._remember(until)
        over += self._ended()
        return over

    def _take(self, cell: int, column: int) -> list[Volley]:
        agreed = int(self._agreed[self._at(cell), column])
        forming = self._forming.get(column)
        if forming is not None and cell - forming.last <= 2 * self._tolerance + 1:
            forming.last, forming.agreed = cell, max(forming.agreed, agreed)
        else:
            if forming is not None:
                self._agreements.append(forming.agreed)
            self._forming[column] = _Candidate(cell, agreed)
        if agreed < self._needs:
            return []
        score = float(self._total[self._at(cell), column] / self._held[self._at(cell)])
        volley = self._open.get(column)
        over: list[Volley] = []
        if volley is not None and cell - volley.last > self._gap:
            over = [] if volley.told else [self._volley(column)]
            volley = None
        closed = self._closed.get(column)
        if volley is None and closed is not None and cell - closed <= 2 * self._tolerance:
            # A window that came late sees the end of what has been told already.
            return over
        if volley is None:
            self._open[column] = _Open(cell, cell, agreed, score)
        else:
            volley.last = cell
            volley.agreed = max(volley.agreed, agreed)
            volley.confidence = max(volley.confidence, score)
        return over

    def _remember(self, until: int) -> None:
        for column, forming in list(self._forming.items()):
            if until - forming.last > 2 * self._tolerance + 1:
                self._agreements.append(forming.agreed)
                del self._forming[column]

    def _ended(self) -> list[Volley]:
        over = []
        for column, volley in list(self._open.items()):
            reach = volley.last + self._gap + 1
            coming = self._seen[self._at(self._decided) : self._at(reach), column].any()
            if self._heard >= reach and not coming:
                over += [] if volley.told else [self._volley(column)]
                self._closed[column] = volley.last
                del self._open[column]
            elif self._decided - volley.first >= self._longest and not volley.told:
                over.append(self._volley(column))
                volley.told = True
                if not self._lasting[column]:
                    del self._open[column]
        return over

    def _volley(self, column: int) -> Volley:
        volley = self._open[column]
        first, last = self._reach(column, volley.first, volley.last)
        self._told[column] = last
        return Volley(column, first, last, volley.agreed, volley.confidence)

    def _reach(self, column: int, first: int, last: int) -> tuple[int, int]:
        """From where to where the second threshold is passed, with pauses of the gap at most."""
        told = self._told.get(column, self._base)
        earliest = min(first, max(self._base, first - self._longest, told + 1))
        end = min(self._decided, last + self._gap)
        average = self.averages(earliest, max(end, last + 1))[:, column]
        loud = earliest + np.flatnonzero(average >= LOWER * self._thresholds[column])
        for cell in loud[loud < first][::-1]:
            if first - cell > self._gap:
                break
            first = int(cell)
        return first, max(last, int(loud.max(initial=last)))


def _dilated(hits: NDArray[np.bool_], cells: int) -> NDArray[np.bool_]:
    """Hits, and so many cells before and after each."""
    wide = hits.copy()
    for shift in range(1, cells + 1):
        wide[shift:] |= hits[:-shift]
        wide[:-shift] |= hits[shift:]
    return wide
