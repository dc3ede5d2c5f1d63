"""Measures, each with its source. Where nothing was asked the answer is NaN, not a good mark."""

import math
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
        return _ratio(2 * self.found, 2 * self.found + self.false + self.missed)


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


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
