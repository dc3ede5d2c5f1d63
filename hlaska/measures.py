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
    _refuse_impossible(hits, trials, confidence)
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


def clopper_pearson(*, hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Between which shares the true one lies, when `hits` of `trials` were seen; (0, 1) for none.

    Exact, and never narrower than it says (Clopper and Pearson, The use of confidence or fiducial
    limits illustrated in the case of the binomial, Biometrika 26, 1934): for a claim that somebody
    will be held to. `wilson_interval` is nearer to `confidence` on average.

    Raises:
        ValueError: `hits` is not between 0 and `trials`, or `confidence` not between 0 and 1.
    """
    _refuse_impossible(hits, trials, confidence)
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else 1 - _share_where(trials - hits, trials, tail)
    return low, 1.0 if hits == trials else _share_where(hits, trials, tail)


def trials_for_claim(*, claim: float, misses: int = 0, confidence: float = 0.95) -> int:
    """The fewest trials, all but `misses` of them hits, that show a share of at least `claim`.

    One-sided and exact, as Clopper and Pearson: were the share no more than `claim`, so few misses
    would come with a probability of at most 1 - `confidence`. Without misses this is
    log(1 - confidence) / log(claim), rounded up: 99 crossings for 97 %.

    Raises:
        ValueError: `claim` or `confidence` is not between 0 and 1, or `misses` is negative.
    """
    if not (0 < claim < 1 and 0 < confidence < 1 and misses >= 0):
        raise ValueError(
            f"claim {claim}, confidence {confidence}, {misses} misses; the first two are shares "
            "between 0 and 1, such as 0.97, and misses are 0 or more"
        )
    enough = misses + 1
    while _binomial_at_most(misses, enough, 1 - claim) > 1 - confidence:
        enough *= 2
    too_few = max(misses, enough // 2)
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        if _binomial_at_most(misses, middle, 1 - claim) > 1 - confidence:
            too_few = middle
        else:
            enough = middle
    return enough


def trials_needed(
    *, claim: float, true_share: float, confidence: float = 0.95, power: float = 0.8
) -> tuple[int, int]:
    """How many trials a test of `claim` needs to succeed, and how many misses it then allows.

    A system that finds exactly the share it claims fails such a test nineteen times in twenty: it
    has to be better than its claim, and the closer both are the more trials it takes. The least
    number at which a system of `true_share` shows `claim` (`trials_for_claim`) with a probability
    of `power`: 645 crossings, 12 missed, for a claim of 97 % by a system that finds 98.5 %.

    Raises:
        ValueError: a share is not between 0 and 1, or `true_share` is not above `claim`.
    """
    if not claim < true_share <= 1 or not 0 < power < 1:
        raise ValueError(
            f"true share {true_share}, claim {claim}, power {power}; the true share lies above the "
            "claim, and power between 0 and 1"
        )
    misses = 0
    while True:
        trials = trials_for_claim(claim=claim, misses=misses, confidence=confidence)
        if _binomial_at_most(misses, trials, 1 - true_share) >= power:
            return trials, misses
        misses += 1


def geh(*, measured: float, true: float, hours: float = 1.0) -> float:
    """How far a count is from the true one, as traffic engineers judge flows; NaN when both are 0.

    sqrt(2 (m - t)² / (m + t)) of flows an hour; under 5 is taken for good, and a model of traffic
    should have 85 % of its flows there (Highways Agency, Design manual for roads and bridges,
    volume 12, section 2, part 1, 1996, table 4.2; named after G. E. Havers). Counts of less than an
    hour are scaled to one first, or anything would be under 5.

    Args:
        measured: Counted.
        true: That there were.
        hours: In which both were counted, above 0.

    Raises:
        ValueError: a count is negative, or there was no time.
    """
    if not (measured >= 0 and true >= 0 and hours > 0):
        raise ValueError(
            f"{measured} and {true} in {hours} h; counts are not negative, hours above 0"
        )
    return (
        math.sqrt(2 * (measured - true) ** 2 / (measured + true) / hours)
        if measured + true
        else math.nan
    )


def mape(measured: Iterable[float], true: Iterable[float]) -> float:
    """Mean of |measured - true| / true over the pairs in which there is something true; 0 or more.

    The mean absolute percentage error as a share (Makridakis, Accuracy measures, International
    Journal of Forecasting 9, 1993, names its weakness too: it has no value where nothing is true,
    and small counts weigh as much as large ones). NaN when nothing is true.
    """
    off = [abs(one - other) / other for one, other in zip(measured, true, strict=True) if other]
    return _ratio(math.fsum(off), len(off))


def rmse(measured: Iterable[float], true: Iterable[float]) -> float:
    """Square root of the mean squared difference, in the unit of both; NaN without pairs."""
    squared = [(one - other) ** 2 for one, other in zip(measured, true, strict=True)]
    return math.sqrt(_ratio(math.fsum(squared), len(squared)))


def _refuse_impossible(hits: int, trials: int, confidence: float) -> None:
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} hits of {trials} trials; hits lie between 0 and trials")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence {confidence}; give a share between 0 and 1, such as 0.95")


def _share_where(most: int, trials: int, probability: float) -> float:
    """The share with which a binomial count is at most `most` with that probability."""
    low, high = 0.0, 1.0
    while (middle := (low + high) / 2) not in (low, high):
        above = _binomial_at_most(most, trials, middle) > probability
        low, high = (middle, high) if above else (low, middle)
    return middle


def _binomial_at_most(most: int, trials: int, share: float) -> float:
    if most >= trials or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    yes, no, whole = math.log(share), math.log1p(-share), math.lgamma(trials + 1)
    return math.fsum(
        math.exp(
            whole - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * yes + (trials - k) * no
        )
        for k in range(most + 1)
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
