"""How well boxes are found and ranked, whatever the score they begin to count from: mAP.

It is the measure in which detectors are compared and published, as COCO defines it: Lin et al.,
Microsoft COCO: Common Objects in Context, ECCV 2014, and https://cocodataset.org/#detection-eval.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.columns import CONFIDENCE, FRAME, OBJECT_CLASS
from training.evaluation.matching import LEAST_IOU, overlaps

IOUS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""Overlaps from which a box is found, .50, .55 … .95: the mean over them asks for close boxes."""
RECALLS = np.linspace(0, 1, 101)
"""Where a curve of precision over recall is read."""
POINT = 0.01
"""A point of mAP, as people speak of it."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Mean average precision of a detector, 0..1; NaN where the truth has no box."""

    map50: float
    """At IoU 0.5, mean over classes."""
    map50_95: float
    """Mean over the IoUs of `IOUS` and over classes."""
    by_class: dict[str, float]
    """At IoU 0.5, of each class that is in the truth."""

    def __str__(self) -> str:
        return f"mAP@.5 {self.map50:.3f}, mAP@.5:.95 {self.map50_95:.3f}"


def precision_of(*, truth: pd.DataFrame, seen: pd.DataFrame, frames: range) -> Precision:
    """COCO's mean average precision, without its crowds, its areas and its limit of 100 boxes.

    In each frame the boxes of a class are taken from the best score down; each is matched with the
    free true box that it overlaps most, if by the IoU that is asked for. Precision at a recall is
    the best at that recall or a higher one, read at 101 recalls and averaged.

    Args:
        truth: Rows with `frame`, `object_class` and the box in pixels.
        seen: The same and `confidence`. Boxes whose class is not in the truth are no class here
            and do not count.
        frames: Those that were shown.
    """
    inside = truth[truth[FRAME].between(frames.start, frames.stop - 1)]
    classes = sorted(inside[OBJECT_CLASS].unique())
    if not classes:
        return Precision(float("nan"), float("nan"), {})
    table = np.array([_by_iou(inside, seen, frames, name) for name in classes])
    at_half = table[:, IOUS.index(LEAST_IOU)]
    return Precision(
        map50=float(at_half.mean()),
        map50_95=float(table.mean()),
        by_class={name: float(value) for name, value in zip(classes, at_half, strict=True)},
    )


def best_points(*, truth: pd.DataFrame, seen: pd.DataFrame, frames: range) -> dict[str, float]:
    """From which score each class of the truth counts best: where its F1 at IoU 0.5 is greatest.

    Of equal ones the highest; 1 where nothing true was seen. For the arguments see `precision_of`.
    """
    points = {}
    for name in sorted(truth[OBJECT_CLASS].unique()):
        scores, hits, boxes = _ranked(truth, seen, frames, name, LEAST_IOU)
        order = np.argsort(-scores, kind="stable")
        found = np.cumsum(hits[order])
        f1 = 2 * found / (boxes + np.arange(1, len(order) + 1))
        points[name] = float(scores[order][f1.argmax()]) if found.any() else 1.0
    return points


def average_precision(scores: NDArray[np.float64], hits: NDArray[np.bool_], boxes: int) -> float:
    """Area under the curve of precision over recall, read at 101 recalls; 0..1.

    Args:
        scores: Of n detections.
        hits: Whether each of them is true.
        boxes: How many true boxes there are, 1 or more.
    """
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(hits[order])
    recall = found / boxes
    precision = found / np.arange(1, len(order) + 1)
    # From the right: the best precision at this recall or a higher one.
    best = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, RECALLS, side="left")
    reached = places < len(best)
    return float(best[places[reached]].sum() / len(RECALLS))


def greedy_hits(
    iou: NDArray[np.float64], scores: NDArray[np.float64], least: float
) -> NDArray[np.bool_]:
    """Which detections (columns) take a true box (rows), the best score first.

    Args:
        iou: Overlaps, true boxes x detections.
        scores: Of the detections.
        least: Overlap from which a box is found.
    """
    hits = np.zeros(iou.shape[1], bool)
    free = np.ones(iou.shape[0], bool)
    for column in np.argsort(-scores, kind="stable"):
        here = np.where(free, iou[:, column], -1.0)
        if len(here) and here.max() >= least:
            # Of equal overlaps the last, as COCO's own program does.
            row = len(here) - 1 - int(here[::-1].argmax())
            free[row], hits[column] = False, True
    return hits


def _by_iou(truth: pd.DataFrame, seen: pd.DataFrame, frames: range, name: str) -> list[float]:
    """The average precision of a class at each of `IOUS`."""
    return [average_precision(*_ranked(truth, seen, frames, name, least)) for least in IOUS]


def _ranked(
    truth: pd.DataFrame, seen: pd.DataFrame, frames: range, name: str, least: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_], int]:
    """The scores of a class, which of them are true, and how many true boxes there are."""
    true_rows, seen_rows = (rows[rows[OBJECT_CLASS] == name] for rows in (truth, seen))
    scores, hits, boxes = [np.empty(0)], [np.empty(0, bool)], 0
    for one, other, iou in overlaps(true_rows, seen_rows, frames):
        scores.append(other[CONFIDENCE].to_numpy(np.float64))
        hits.append(greedy_hits(iou, scores[-1], least))
        boxes += len(one)
    return np.concatenate(scores), np.concatenate(hits), boxes
