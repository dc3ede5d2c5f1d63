"""Boxes of all classes as if each class had its own film: so that only like matches like.

Frames in which nobody is and nobody was seen are left out: they change no measure, and a night has
many of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import supervision as sv
from numpy.typing import NDArray

from hlaska.columns import FRAME, OBJECT_CLASS
from hlaska.measures import Hits
from training.evaluation.matching import pairs
from training.evaluation.observations import BOX


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Two tables of boxes under new numbers of frames, from 0 without gaps, in their order."""

    truth: pd.DataFrame
    seen: pd.DataFrame
    was: NDArray[np.int64]
    """The frame that each new number stands for."""

    @property
    def frames(self) -> range:
        """The new numbers."""
        return range(len(self.was))

    def overlaps(self) -> Iterator[tuple[slice, slice, NDArray[np.float64]]]:
        """For each frame: which rows of both tables it is, and the overlap (IoU) of each with each.

        As `training.evaluation.matching.overlaps`, for many frames: it makes no table of each.
        """
        edges = [
            pairwise(np.searchsorted(each[FRAME].to_numpy(), np.arange(len(self.was) + 1)))
            for each in (self.truth, self.seen)
        ]
        true, told = (each[BOX].to_numpy(np.float64) for each in (self.truth, self.seen))
        for (first, end), (start, stop) in zip(*edges, strict=True):
            iou = np.zeros((end - first, stop - start))
            if iou.size:
                iou[:] = sv.box_iou_batch(true[first:end], told[start:stop])
            yield slice(first, end), slice(start, stop), iou

    def hits(self) -> Hits:
        """How many boxes match at IoU 0.5, how many are false, how many are missed."""
        found = sum(len(pairs(iou)[0]) for _, _, iou in self.overlaps() if iou.size)
        return Hits(found=found, false=len(self.seen) - found, missed=len(self.truth) - found)


def stacked(truth: pd.DataFrame, seen: pd.DataFrame, kinds: Sequence[str], frames: range) -> Stack:
    """Truth and boxes of some frames, class after class and in each frame after frame.

    Args:
        truth: `frame`, `object_class` and more.
        seen: The same.
        kinds: Classes to keep, in this order.
        frames: Frames to keep.
    """
    parts, was, done = [], [], 0
    for kind in kinds:
        one, other = (_part(each, kind, frames) for each in (truth, seen))
        busy = np.union1d(one[FRAME].to_numpy(np.int64), other[FRAME].to_numpy(np.int64))
        parts.append(
            tuple(
                each.assign(**{FRAME: done + np.searchsorted(busy, each[FRAME].to_numpy())})
                for each in (one, other)
            )
        )
        was.append(busy)
        done += len(busy)
    if not parts:
        return Stack(truth[:0], seen[:0], np.empty(0, np.int64))
    ones, others = zip(*parts, strict=True)
    one, other = (pd.concat(each).sort_values(FRAME, kind="stable") for each in (ones, others))
    return Stack(one, other, np.concatenate(was).astype(np.int64))


def inside(frames: NDArray[np.int64], part: range) -> NDArray[np.bool_]:
    """Which of these frames are in a range."""
    return (frames >= part.start) & (frames < part.stop) & ((frames - part.start) % part.step == 0)


def _part(rows: pd.DataFrame, kind: str, frames: range) -> pd.DataFrame:
    return rows[
        (rows[OBJECT_CLASS] == kind).to_numpy() & inside(rows[FRAME].to_numpy(np.int64), frames)
    ]
