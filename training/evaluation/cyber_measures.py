"""Measures of flow models: precision and recall, calibration, recall at a rate of false alarms."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from training.cyber.operating import FALSE_ALARMS_PER_HOUR, above, alarms, found, hours, threshold
from training.cyber.windows import Rows

BINS = 15

Scores = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """How far probabilities can be taken at their word; 0 is best."""

    brier: float
    """Mean squared difference from what was so (Brier, Monthly Weather Review 78, 1950)."""
    error: float
    """Expected calibration error: how far, on average, the mean probability of a bin is from the
    share that was so; `BINS` of equal width, weighted by their rows (Naeini, Cooper, Hauskrecht,
    AAAI 2015)."""


def calibrated(probabilities: Scores, truth: NDArray[np.bool_]) -> Calibrated:
    """Calibration of one probability a row; NaN without rows."""
    if not len(truth):
        return Calibrated(np.nan, np.nan)
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    gap = np.bincount(places, truth - probabilities, BINS)
    return Calibrated(
        brier=float(np.mean((probabilities - truth) ** 2)),
        error=float(np.abs(gap).sum() / len(truth)),
    )


def pr_auc(scores: Scores, truth: NDArray[np.bool_]) -> float:
    """Average precision: the area under precision and recall; NaN where nothing is to be found."""
    if not truth.any():
        return float("nan")
    return float(average_precision_score(truth, scores))


@dataclass(frozen=True, slots=True)
class AtRate:
    """What is found when the threshold allows so many false alarms an hour."""

    point: float
    attacks: int
    """Found …"""
    of: int
    """… of so many."""
    rows: float
    """Share of the rows of attacks that is over it."""

    @property
    def recall(self) -> float:
        """Share of the attacks that is found."""
        return self.attacks / self.of if self.of else float("nan")


def at_rate(
    rows: Rows, scores: Scores, truth: NDArray[np.bool_], per_hour: float = FALSE_ALARMS_PER_HOUR
) -> AtRate:
    """Recall at the lowest threshold with so many false alarms an hour on these very rows.

    The threshold is chosen on what is measured: it compares systems, and promises nothing. What a
    fixed threshold does is `at_point`.
    """
    allowed = per_hour * hours(rows.windows)
    point = threshold(rows.take(rows.quiet), scores[rows.quiet], allowed)
    # A system that says the same of everything has found nothing.
    if len(scores):
        point = max(point, above(scores.min()))
    return _at(rows, scores, truth, point)


def _at(rows: Rows, scores: Scores, truth: NDArray[np.bool_], point: float) -> AtRate:
    hit = scores >= point
    wanted = rows.take(truth)
    told, there = found(wanted, hit[truth])
    share = float(hit[truth].mean()) if truth.any() else float("nan")
    return AtRate(point, told, there, share)


def false_alarms_per_hour(rows: Rows, scores: Scores, point: float) -> float:
    """Alarms about what is no attack, at a fixed threshold, an hour; NaN without time."""
    time_h = hours(rows.windows)
    if not time_h:
        return float("nan")
    return alarms(rows.take(rows.quiet), scores[rows.quiet] >= point) / time_h
