"""Where all numbers of made traffic are drawn from: a generator, and one of two worlds.

Who judges a model on days like those it learnt from learns little. So every range is given twice:
as ordinary days draw it, and, apart from it, as shifted days do, which are for tests only.
"""

from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T", bound=Hashable)
Span = tuple[float, float]
"""From, to."""


class Chance:
    """All chance of a day.

    Args:
        rng: The generator.
        shifted: Whether numbers come from the second of two ranges.
    """

    def __init__(self, rng: np.random.Generator, *, shifted: bool = False) -> None:
        self.rng = rng
        self.shifted = shifted

    def between(self, ordinary: Span, shifted: Span) -> float:
        """A number, evenly on a logarithmic scale where the range begins above 0, else evenly.

        Raises:
            ValueError: the ranges overlap.
        """
        if max(ordinary[0], shifted[0]) < min(ordinary[1], shifted[1]):
            raise ValueError(f"{ordinary} and {shifted} overlap; shifted days must be others")
        low, high = shifted if self.shifted else ordinary
        if low <= 0:
            return float(self.rng.uniform(low, high))
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def whole(self, ordinary: Span, shifted: Span) -> int:
        """A whole number from one of the ranges.

        Raises:
            ValueError: the ranges overlap.
        """
        return round(self.between(ordinary, shifted))

    def one_of(self, ordinary: Sequence[T], shifted: Sequence[T]) -> T:
        """One of a list.

        Raises:
            ValueError: something is in both lists.
        """
        if set(ordinary) & set(shifted):
            raise ValueError(f"{ordinary} and {shifted} overlap; shifted days must be others")
        choices = shifted if self.shifted else ordinary
        return choices[int(self.rng.integers(len(choices)))]

    def any_of(self, choices: Sequence[T]) -> T:
        """One of a list, the same in both worlds."""
        return choices[int(self.rng.integers(len(choices)))]

    def happens(self, probability: float) -> bool:
        """Whether something of that probability is so."""
        return bool(self.rng.random() < probability)

    def moments(self, per_day: float, hours: float) -> list[float]:
        """When something happens at random (a Poisson process), in seconds, rising."""
        count = int(self.rng.poisson(per_day * hours / 24))
        return sorted(float(at_s) for at_s in self.rng.uniform(0, hours * 3600, count))
