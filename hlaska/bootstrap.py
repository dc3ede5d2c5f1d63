"""Is one system better than another, or was it luck? Both judged on the same units, resampled."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000

Counts = NDArray[np.float64]
Measure = Callable[[Counts], NDArray[np.float64]]
"""From summed counts (... x k) to a figure (...): a ratio of sums, such as F1."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference, and between which bounds it lies."""

    low: float
    value: float
    """As measured on all units once."""
    high: float

    @property
    def reach(self) -> float:
        """How far the lower bound is below the value."""
        return self.value - self.low


def paired_difference(
    one: Counts,
    other: Counts,
    measure: Measure,
    *,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
) -> Interval:
    """How much more `measure` is for one system than for the other, with a percentile interval.

    Units are drawn with replacement, and each draw counts for both systems: what makes a unit hard
    makes it hard for both, and falls out of the difference. (Efron and Tibshirani, An introduction
    to the bootstrap, 1993: chapter 13 for the interval; units of a time series are whole stretches,
    as neighbouring moments are alike: Künsch, The jackknife and the bootstrap for general
    stationary observations, Annals of Statistics 17, 1989.) With few units such intervals are
    somewhat too narrow.

    Args:
        one: n units x k counts that add up over units.
        other: The same units, judged by the other system.
        measure: What is made of sums of counts.
        rng: All chance.
        resamples: How often units are drawn.
        confidence: Of the interval, 0..1.

    Returns:
        All NaN where the measure has no value; draws for which it has none are left out.

    Raises:
        ValueError: the units are not the same number, there are none, or `confidence` is no share.
    """
    if one.shape != other.shape or one.ndim != 2 or not len(one):
        raise ValueError(f"units of {one.shape} and {other.shape}; both need the same n x k, n > 0")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}; give a share between 0 and 1, such as 0.95")
    n = len(one)
    value = float(measure(one.sum(axis=0)) - measure(other.sum(axis=0)))
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)
    differences = measure(drawn @ one) - measure(drawn @ other)
    known = differences[np.isfinite(differences)]
    if not math.isfinite(value) or not len(known):
        return Interval(math.nan, math.nan, math.nan)
    tail = 50 * (1 - confidence)
    low, high = np.percentile(known, [tail, 100 - tail])
    return Interval(float(low), value, float(high))


def f1(counts: Counts) -> NDArray[np.float64]:
    """F1 of found, false, missed (the last axis); NaN where nothing was asked or answered."""
    found, false, missed = np.moveaxis(counts, -1, 0)
    return ratio(np.stack([2 * found, 2 * found + false + missed], axis=-1))


def ratio(counts: Counts) -> NDArray[np.float64]:
    """The first count over the second (the last axis); NaN over nothing."""
    part, whole = np.moveaxis(counts, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
