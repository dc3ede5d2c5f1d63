"""How well a student says what its teacher says, and from which score on it is to be believed.

Judged on pictures that neither learnt from, against the teacher alone: the truth is not asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hlaska.tracks import PERSON, Detections
from serving.video.yolo import LOWEST_SCORE
from training.video.student.labels import Labels, iou

LEAST_IOU = 0.5
"""Of a detection and a label, to agree."""
STRICT_IOU = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Detections of all pictures, the best first, and which of them a label agrees with."""

    scores: NDArray[np.float32]
    agrees: NDArray[np.bool_]
    labels: int

    @property
    def average_precision(self) -> float:
        """Area under precision over recall, every point taken; 0..1, 0 without labels."""
        if not self.labels or not len(self.scores):
            return 0.0
        hits = np.cumsum(self.agrees)
        precision = hits / np.arange(1, len(hits) + 1)
        best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
        return float(best_from_here[self.agrees].sum() / self.labels)

    def f1(self, point: float) -> float:
        """Of the detections from this score on."""
        counted = self.scores >= point
        hits = int(self.agrees[counted].sum())
        return 2 * hits / max(1, int(counted.sum()) + self.labels)


def agreement(
    found: Sequence[Detections], labels: Sequence[Labels], *, least_iou: float = LEAST_IOU
) -> Agreement:
    """Matches detections of people with labels, picture by picture, each at most once.

    A detection that only meets a doubtful box counts neither way.
    """
    scores: list[NDArray[np.float32]] = []
    agrees: list[NDArray[np.bool_]] = []
    for seen, one in zip(found, labels, strict=True):
        people = seen.classes == PERSON
        boxes, score = seen.boxes_px[people], seen.scores[people]
        overlap = iou(boxes, one.boxes_px)
        hit = np.zeros(len(boxes), bool)
        # Below the limit nothing is gained, whoever is assigned to whom.
        rows, columns = linear_sum_assignment(
            np.where(overlap >= least_iou, -1 - overlap * score[:, None], 0)
        )
        hit[rows] = overlap[rows, columns] >= least_iou
        unknown = ~hit & (iou(boxes, one.doubtful_px) >= least_iou).any(axis=1)
        scores.append(score[~unknown])
        agrees.append(hit[~unknown])
    told = np.concatenate(scores) if scores else np.empty(0, np.float32)
    order = np.argsort(-told, kind="stable")
    right = np.concatenate(agrees) if agrees else np.empty(0, bool)
    return Agreement(told[order], right[order], sum(len(one.boxes_px) for one in labels))


def merit(found: Sequence[Detections], labels: Sequence[Labels]) -> float:
    """What an epoch is chosen by: the mean of the average precisions at IoU 0.5 and 0.75."""
    return float(
        np.mean(
            [
                agreement(found, labels, least_iou=least).average_precision
                for least in (LEAST_IOU, STRICT_IOU)
            ]
        )
    )


def operating_point(found: Agreement) -> float:
    """The score from which on F1 is greatest, in hundredths; the middle of the best where many."""
    points = np.round(np.arange(LOWEST_SCORE, 0.91, 0.01), 2)
    reached = np.array([found.f1(point) for point in points])
    best = points[reached >= reached.max() - 1e-9]
    return float(best[len(best) // 2])
