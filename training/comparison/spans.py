"""The time of a scene: its frames, the intervals of counts, the stretches that are drawn."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.columns import FRAME

_US = 1_000_000
_EPOCH = pd.Timestamp(0, tz="UTC")


@dataclass(frozen=True, slots=True)
class Interval:
    """A piece of the clock, such as a quarter of an hour, as far as it was watched."""

    starts_at: datetime
    ends_at: datetime

    @property
    def hours(self) -> float:
        """How long it was watched."""
        return (self.ends_at - self.starts_at) / timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Spans:
    """When everything of a scene happened, in UTC."""

    starts_at: datetime
    """Of frame 0; aware."""
    fps: float
    """Frames a second, above 0."""
    frames: range
    """Those that are judged, from, to, and every how many."""
    interval_s: int
    """Length of an interval; intervals begin at whole multiples of it since 1970 UTC, so that
    quarters of an hour are those of the clock."""
    stretch_s: float
    """Length of the stretches that intervals of figures come from."""

    def at(self, frame: int) -> datetime:
        """When a frame was taken, to the microsecond."""
        return self.starts_at + timedelta(microseconds=round(frame * _US / self.fps))

    def frames_at(self, times: "pd.Series[pd.Timestamp]") -> NDArray[np.int64]:
        """The frame nearest to each time; also before and after the scene."""
        since_us = (times - pd.Timestamp(self.starts_at)) / pd.Timedelta(microseconds=1)
        return np.rint(since_us.to_numpy(np.float64) * self.fps / _US).astype(np.int64)

    @property
    def begins_at(self) -> datetime:
        """When the first judged frame was taken."""
        return self.at(self.frames.start)

    @property
    def ends_at(self) -> datetime:
        """When the frame after the last judged one would have been taken."""
        return self.at(self.frames.stop)

    @property
    def days(self) -> float:
        """How long is judged."""
        return (self.ends_at - self.begins_at) / timedelta(days=1)

    def intervals(self) -> list[Interval]:
        """The intervals of the clock that the judged frames lie in, in their order."""
        first, last = self._number(self.begins_at), self._number(self.ends_at, up=True)
        length = timedelta(seconds=self.interval_s)
        edges = [(_EPOCH + number * length).to_pydatetime() for number in range(first, last + 1)]
        return [
            Interval(max(start, self.begins_at), min(end, self.ends_at))
            for start, end in pairwise(edges)
        ]

    def interval_of(self, frames: NDArray[np.int64]) -> NDArray[np.int64]:
        """In which of `intervals` each frame lies, from 0; frames that are judged."""
        start_us = round((pd.Timestamp(self.starts_at) - _EPOCH) / pd.Timedelta(microseconds=1))
        at_us = start_us + np.rint(frames * _US / self.fps).astype(np.int64)
        return np.asarray(at_us // (self.interval_s * _US) - self._number(self.begins_at))

    def interval_at(self, times: "pd.Series[pd.Timestamp]") -> NDArray[np.int64]:
        """In which of `intervals` each time lies, from 0; below 0 or too many outside the scene."""
        at_us = ((times - _EPOCH) // pd.Timedelta(microseconds=1)).to_numpy(np.int64)
        return np.asarray(at_us // (self.interval_s * _US) - self._number(self.begins_at))

    def interval_between(
        self, starts: "pd.Series[pd.Timestamp]", ends: "pd.Series[pd.Timestamp]"
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """In which of `intervals` each period lies, and whether it lies in that one whole."""
        first = self.interval_at(starts)
        last = self.interval_at(ends - pd.Timedelta(microseconds=1))
        return first, last <= first

    def stretches(self) -> list[range]:
        """The judged frames in stretches, one after the other; the last takes the rest with it.

        One stretch of everything where the scene is shorter than two.
        """
        step, stop = self.frames.step, self.frames.stop
        length = max(1, round(self.stretch_s * self.fps / step)) * step
        starts = range(self.frames.start, stop - length + 1, length)[1:]
        edges = [self.frames.start, *starts, stop]
        return [range(start, end, step) for start, end in pairwise(edges)]

    def judged(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table with `frame` that are of judged frames."""
        first, step = self.frames.start, self.frames.step
        here = rows[FRAME].between(first, self.frames.stop - 1)
        return rows[here & ((rows[FRAME] - first) % step == 0)]

    def _number(self, at: datetime, *, up: bool = False) -> int:
        whole = (pd.Timestamp(at) - _EPOCH) / pd.Timedelta(seconds=self.interval_s)
        return math.ceil(whole) if up else math.floor(whole)
