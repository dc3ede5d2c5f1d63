"""Which box is which: boxes of two tables, frame by frame, matched one to one."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import supervision as sv
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hlaska.columns import FRAME
from hlaska.measures import Hits
from training.evaluation.observations import BOX

LEAST_IOU = 0.5
"""Overlap from which two boxes are of the same object (Everingham et al., The PASCAL Visual Object
Classes Challenge, IJCV 88, 2010, section 4.2)."""


def overlaps(
    truth: pd.DataFrame, seen: pd.DataFrame, frames: range
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame, NDArray[np.float64]]]:
    """For each frame: its rows of both tables, and the overlap (IoU, 0..1) of each with each."""
    true_rows, seen_rows = dict(list(truth.groupby(FRAME))), dict(list(seen.groupby(FRAME)))
    for frame in frames:
        one, other = true_rows.get(frame, truth[:0]), seen_rows.get(frame, seen[:0])
        iou = sv.box_iou_batch(one[BOX].to_numpy(np.float64), other[BOX].to_numpy(np.float64))
        yield one, other, np.asarray(iou, np.float64).reshape(len(one), len(other))


def pairs(
    iou: NDArray[np.float64], least: float = LEAST_IOU
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns that belong together: each at most once, with the greatest overlap in all.

    The assignment is optimal (Kuhn, The Hungarian method for the assignment problem, Naval Research
    Logistics 2, 1955), among pairs that overlap by `least` or more.
    """
    worth = np.where(iou >= least, iou, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    real = worth[rows, columns] > 0
    return rows[real], columns[real]


def detection_hits(truth: pd.DataFrame, seen: pd.DataFrame, frames: range) -> Hits:
    """How many true boxes were found, how many boxes are false, how many were missed."""
    found = false = missed = 0
    for one, other, iou in overlaps(truth, seen, frames):
        hits = len(pairs(iou)[0])
        found += hits
        false += len(other) - hits
        missed += len(one) - hits
    return Hits(found=found, false=false, missed=missed)
