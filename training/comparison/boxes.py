"""How well boxes are found and ranked: mAP as COCO defines it, and F1 of the boxes that count."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.bootstrap import f1
from hlaska.columns import CONFIDENCE, FRAME, OBJECT_CLASS
from training.comparison.facts import Absent, Facts
from training.comparison.figures import Figures, averaged, summed
from training.comparison.stacking import inside, stacked
from training.evaluation.detection import IOUS, average_precision, greedy_hits

KEYS = ("map50", "map", "f1")


def box_figures(truth: Facts, seen: Facts, frames: range, stretches: Sequence[range]) -> Figures:
    """Mean average precision at IoU .5 and over .5 to .95, and F1 at IoU .5, class by class.

    A box is of a class: found as another one it is false, and missed. Classes that the truth does
    not have are not judged.

    Args:
        truth: Its boxes.
        seen: The system's.
        frames: That are judged.
        stretches: Parts that they fall into.
    """
    for part in (truth.tracks, seen.candidates, seen.detections):
        if isinstance(part, Absent):
            return dict.fromkeys(KEYS, part)
    real, told, counts = truth.tracks, seen.candidates, seen.detections
    assert isinstance(real, pd.DataFrame) and isinstance(told, pd.DataFrame)
    assert isinstance(counts, pd.DataFrame)
    kinds = kinds_of(real)
    ranked = [ranking_of(real, told, frames, kind) for kind in kinds]
    whole, *parts = (_precisions(ranked, part) for part in (frames, *stretches))
    hits = [stacked(real, counts, kinds, part).hits() for part in stretches]
    return {
        "map50": averaged(_mean(whole[:, :1]), np.array([_mean(part[:, :1]) for part in parts])),
        "map": averaged(_mean(whole), np.array([_mean(part) for part in parts])),
        "f1": summed(np.array([[one.found, one.false, one.missed] for one in hits], float), f1),
    }


def kinds_of(rows: pd.DataFrame) -> list[str]:
    """The classes of a table, sorted."""
    return sorted(rows[OBJECT_CLASS].unique())


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The boxes of one class with their scores, and whether each is true at each IoU."""

    true_frames: NDArray[np.int64]
    """In which each true box is."""
    frames: NDArray[np.int64]
    """In which each box is."""
    scores: NDArray[np.float64]
    hits: NDArray[np.bool_]
    """IoUs x boxes."""

    def precisions(self, frames: range) -> NDArray[np.float64]:
        """The average precision at each of `IOUS` on some frames; NaN where nothing is true."""
        true = int(inside(self.true_frames, frames).sum())
        if not true:
            return np.full(len(IOUS), np.nan)
        here = inside(self.frames, frames)
        return np.array(
            [average_precision(self.scores[here], hits[here], true) for hits in self.hits]
        )


def ranking_of(truth: pd.DataFrame, seen: pd.DataFrame, frames: range, kind: str) -> Ranking:
    """Matches the boxes of a class frame by frame, as COCO does.

    Args:
        truth: True boxes, of all classes.
        seen: Boxes with their scores.
        frames: Those to look at.
        kind: The class.
    """
    both = stacked(truth, seen, [kind], frames)
    scores = both.seen[CONFIDENCE].to_numpy(np.float64)
    hits = np.zeros((len(IOUS), len(scores)), bool)
    for _, here, iou in both.overlaps():
        if iou.size:
            hits[:, here] = [greedy_hits(iou, scores[here], least) for least in IOUS]
    true_frames, frames_of = (
        both.was[rows[FRAME].to_numpy(np.int64)] for rows in (both.truth, both.seen)
    )
    return Ranking(true_frames, frames_of, scores, hits)


def _precisions(ranked: Sequence[Ranking], frames: range) -> NDArray[np.float64]:
    """Classes x IoUs."""
    return np.array([one.precisions(frames) for one in ranked]).reshape(-1, len(IOUS))


def _mean(precisions: NDArray[np.float64]) -> float:
    """Over the classes that have a true box there, and the IoUs."""
    known = precisions[~np.isnan(precisions)]
    return float(known.mean()) if len(known) else float("nan")
