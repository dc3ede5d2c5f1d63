"""Measures, each with its source. Where nothing was asked the answer is NaN, not a good mark."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Hits:
    """How often something was found, missed, and found where nothing was.

    The measures are those of van Rijsbergen, Information Retrieval, 2nd ed., 1979, chapter 7.
    """

    found: int
    """True positives."""
    false: int
    """False positives."""
    missed: int
    """False negatives."""

    @property
    def precision(self) -> float:
        """Share of the answers that is true, found / (found + false); 0..1."""
        return _ratio(self.found, self.found + self.false)

    @property
    def recall(self) -> float:
        """Share of the truth that is found, found / (found + missed); 0..1."""
        return _ratio(self.found, self.found + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 2 found / (2 found + false + missed); 0..1."""
        return self.f(1)

    def f(self, weight: float) -> float:
        """The F measure in which recall counts so many times as much as precision; 0..1."""
        squared = weight * weight
        whole = (1 + squared) * self.found + self.false + squared * self.missed
        return _ratio((1 + squared) * self.found, whole)

    def __add__(self, other: "Hits") -> "Hits":
        return Hits(self.found + other.found, self.false + other.false, self.missed + other.missed)


def wilson_interval(*, hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Between which shares the true one lies, when `hits` of `trials` were seen; (0, 1) for none.

    Wilson, Probable inference, the law of succession, and statistical inference, J. of the American
    Statistical Association 22, 1927; without a correction for continuity. Its coverage is near
    `confidence` even for ten trials (Brown, Cai, DasGupta, Statistical Science 16, 2001).

    Raises:
        ValueError: `hits` is not between 0 and `trials`, or `confidence` not between 0 and 1.
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} hits of {trials} trials; hits lie between 0 and trials")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}; give a share between 0 and 1, such as 0.95")
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, weight = hits / trials, z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    spread = z / (1 + weight) * math.sqrt(share * (1 - share) / trials + weight / (4 * trials))
    # Rounding must not leave the bound that is exact: 0 of n, n of n.
    low = 0.0 if hits == 0 else middle - spread
    return low, 1.0 if hits == trials else middle + spread


def poisson_rate_interval(
    *, count: int, exposure: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Between which rates the true one lies, when something happened `count` times in `exposure`.

    Exact: Garwood, Fiducial limits for the Poisson distribution, Biometrika 28, 1936. The unit is
    one over that of `exposure`. Without exposure every rate is possible: (0, inf).

    Raises:
        ValueError: `count` or `exposure` is negative, or `confidence` not between 0 and 1.
    """
    if count < 0 or not exposure >= 0:
        raise ValueError(f"{count} times in {exposure}; neither is negative")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}; give a share between 0 and 1, such as 0.95")
    if exposure == 0:
        return 0.0, math.inf
    tail = (1 - confidence) / 2
    # So few or fewer are seen as rarely as that, or so many or more.
    low = _mean_where(count - 1, 1 - tail) if count else 0.0
    return low / exposure, _mean_where(count, tail) / exposure


def _mean_where(most: int, probability: float) -> float:
    """The mean of the Poisson distribution that is at most `most` with that probability."""
    low, high = 0.0, 2.0 * most + 50.0
    while _at_most(most, high) > probability:
        high *= 2
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if _at_most(most, middle) > probability else (low, middle)
    return middle


def _at_most(most: int, mean: float) -> float:
    logarithm = math.log(mean)
    return math.fsum(
        math.exp(number * logarithm - mean - math.lgamma(number + 1)) for number in range(most + 1)
    )


def average_precision(points: Iterable[tuple[float, float]]) -> float:
    """Area under recall and precision, as the threshold falls: the sum of dR x P; 0..1.

    Each gain in recall counts with the precision at which it was made, without interpolation
    (Manning, Raghavan, Schütze, Introduction to information retrieval, 2008, section 8.4). Where
    recall falls with the threshold, as it can when neighbouring events merge, nothing is gained.
    NaN where recall is, as without anything to be found.

    Args:
        points: Recall and precision at each threshold, the highest first. Precision may be NaN
            where there was no answer.
    """
    area = reached = 0.0
    for recall, precision in points:
        if math.isnan(recall):
            return math.nan
        if recall > reached:
            area += (recall - reached) * precision
            reached = recall
    return area


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
