"""The last seconds of a microphone's sound, by position, and when each sample was taken."""

from collections import deque
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from hlaska.sound.scores import RATE_HZ

LOUDEST = 32767


class Tape:
    """Keeps so many samples, in 16 bits each: half the memory, and what microphones give.

    Args:
        length: Samples that are kept.
    """

    def __init__(self, length: int) -> None:
        self._kept = np.zeros(length, np.int16)
        self._anchors: deque[tuple[int, datetime]] = deque()
        self.end = 0
        """Position behind the newest sample."""

    @property
    def begin(self) -> int:
        """Position of the oldest sample that is kept."""
        return max(0, self.end - len(self._kept))

    def write(self, samples: NDArray[np.float32], started_at: datetime) -> None:
        """Put sound behind what is there.

        Args:
            samples: No more than the tape keeps.
            started_at: When the first of them was taken, UTC.
        """
        self._anchors.append((self.end, started_at))
        bits = np.round(np.clip(samples, -1, 1) * LOUDEST).astype(np.int16)
        self._put(bits)
        oldest = self.end - len(self._kept)
        while len(self._anchors) > 1 and self._anchors[1][0] <= oldest:
            self._anchors.popleft()

    def skip(self, to: int) -> None:
        """Leave a gap: the next sample stands at `to`; nothing is heard before it."""
        silence = min(to - self.end, len(self._kept))
        self.end = to - silence
        self._put(np.zeros(silence, np.int16))

    def cut(self, begin: int, end: int) -> NDArray[np.float32]:
        """The samples from one position to another; zeros where they are not kept, or not yet."""
        cut = np.zeros(max(0, end - begin), np.float32)
        first = max(begin, self.begin)
        last = min(end, self.end)
        if first < last:
            place, count = first % len(self._kept), last - first
            straight = min(count, len(self._kept) - place)
            part = cut[first - begin : last - begin]
            part[:straight] = self._kept[place : place + straight]
            part[straight:] = self._kept[: count - straight]
            part *= np.float32(1 / LOUDEST)
        return cut

    def time_at(self, position: int) -> datetime:
        """When the sample at that position was taken; the tape must have been written to."""
        # The newest first: that is what is asked for most.
        for anchor, at in reversed(self._anchors):
            if anchor <= position:
                return at + timedelta(seconds=(position - anchor) / RATE_HZ)
        anchor, at = self._anchors[0]
        return at + timedelta(seconds=(position - anchor) / RATE_HZ)

    def _put(self, bits: NDArray[np.int16]) -> None:
        place = self.end % len(self._kept)
        straight = min(len(bits), len(self._kept) - place)
        self._kept[place : place + straight] = bits[:straight]
        self._kept[: len(bits) - straight] = bits[straight:]
        self.end += len(bits)
