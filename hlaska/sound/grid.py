"""The posterior of a sound's place on a grid that becomes finer where it matters.

The grid lies along the microphones, so that turning or moving them all turns and moves the answer.
A cell stands for all places in it: the arrivals' errors are widened by its size, and so no peak
falls between the cells.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hlaska.sound.posterior import Array, Spread, choices_of, likelihood

Prior = Callable[[Array], Array]
"""How likely places (n x 2, metres east and north) are, compared with each other; above 0."""

REACH_M = 250.0
"""How far outside the microphones a sound is looked for."""
FIRST = 60_000
"""Cells times choices of direct arrivals on the first grid; bounds the time."""
MOST_CELLS = 2_400
KEPT, KEPT_CHOICES = 0.999, 1e-4
"""What is looked at more closely: so much of the posterior, and choices with such a share of it."""
HEARD_POWER = 3.0
"""All hear a sound with a likelihood of (1 + mean way / `heard_m`) to minus this power. It is no
product over the microphones, for they hear one loudness, which is not known. A steeper fall put
bangs far beyond the last of a row of microphones beside it, outside their ellipses."""
SAMPLED_M = 2.0
"""The prior is looked at so densely at least; a street is narrower than the first cells."""


@dataclass(frozen=True, slots=True, eq=False)
class Ears:
    """What the microphones know, as arrays."""

    places_m: Array
    """Arrivals x 2."""
    above_m: Array
    """How much higher than the source each hangs."""
    ranges_m: Array
    """How far sound goes until each arrival, from any moment on."""
    heard_m: float
    """Mean way to the microphones from which on being heard becomes rare; see `HEARD_POWER`."""
    spread: Spread

    def distances_m(self, places_m: Array) -> Array:
        """Places x arrivals."""
        apart = places_m[:, None, :] - self.places_m
        return np.asarray(np.sqrt((apart**2).sum(axis=2) + self.above_m**2))


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Square cells, and what is known of each."""

    places_m: Array
    """Their middles."""
    size_m: float
    axes: Array
    """2 x 2: the unit vectors along which they lie."""
    choices: NDArray[np.bool_]
    """Choices x arrivals: which may be the direct ones."""
    shares: Array
    """Of the posterior; sums to 1, or to what was kept of it."""
    choice_shares: Array
    """Cells x choices: each cell's share, by which arrivals are direct."""

    def direct(self) -> Array:
        """How likely each arrival is direct."""
        return np.asarray(self.choice_shares.sum(axis=0) @ self.choices / self.shares.sum())


def search(ears: Ears, prior: Prior | None = None) -> Grid:
    """The cells that hold nearly all of the posterior; as fine as the arrivals allow."""
    choices = choices_of(len(ears.places_m))
    places_m, size_m, axes = _first(ears, len(choices))
    finest_m = float(ears.spread.direct_m.min()) / 4
    while True:
        grid = _kept(_looked(ears, prior, places_m, size_m, axes, choices))
        if size_m <= finest_m or 4 * len(grid.shares) > MOST_CELLS:
            return grid
        choices = grid.choices
        places_m, size_m = _split(grid.places_m, size_m, axes), size_m / 2


def _first(ears: Ears, choices: int) -> tuple[Array, float, Array]:
    centre = ears.places_m.mean(axis=0)
    offsets = ears.places_m - centre
    axes = np.linalg.svd(offsets)[2]
    along = offsets @ axes.T
    low, high = along.min(axis=0) - REACH_M, along.max(axis=0) + REACH_M
    size_m = float(np.sqrt(np.prod(high - low) * choices / FIRST))
    counts = np.ceil((high - low) / size_m).astype(int)
    # Symmetric about the middle: the axes' signs are arbitrary, the cells are the same.
    steps = [
        (first + last) / 2 + size_m * (np.arange(count) - (count - 1) / 2)
        for first, last, count in zip(low, high, counts, strict=True)
    ]
    cells = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 2)
    return centre + cells @ axes, size_m, axes


def _split(places_m: Array, size_m: float, axes: Array) -> Array:
    """Four quarters of each cell."""
    return (places_m[:, None, :] + _inner(2) * size_m @ axes).reshape(-1, 2)


def _inner(count: int) -> Array:
    """The middles of the count x count parts of a unit cell."""
    steps = (np.arange(count) + 0.5) / count - 0.5
    return np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)


def _looked(
    ears: Ears,
    prior: Prior | None,
    places_m: Array,
    size_m: float,
    axes: Array,
    choices: NDArray[np.bool_],
) -> Grid:
    distances_m = ears.distances_m(places_m)
    # A distance varies by so much within a cell (uniform in both directions).
    within_m = size_m / np.sqrt(12)
    spread = replace(ears.spread, direct_m=np.hypot(ears.spread.direct_m, within_m))
    found = likelihood(ears.ranges_m - distances_m, distances_m, ears.places_m, choices, spread)
    heard = HEARD_POWER * np.log1p(distances_m.mean(axis=1) / ears.heard_m)
    log = found.log - heard
    shares = np.exp(log - log.max())
    if prior is not None:
        samples = min(3, max(1, round(size_m / SAMPLED_M)))
        points = places_m[:, None, :] + _inner(samples) * size_m @ axes
        weights = prior(points.reshape(-1, 2)).reshape(len(places_m), -1)
        if not (weights > 0).all():
            raise ValueError("the prior rules places out; give it a floor above 0 everywhere")
        shares = shares * weights.mean(axis=1)
    shares = shares / shares.sum()
    return Grid(places_m, size_m, axes, choices, shares, shares[:, None] * found.choices)


def _kept(grid: Grid) -> Grid:
    """The likeliest cells, and the likeliest choices."""
    order = np.argsort(-grid.shares, kind="stable")
    enough = int(np.searchsorted(np.cumsum(grid.shares[order]), KEPT)) + 1
    cells = order[:enough]
    choices = grid.choice_shares.sum(axis=0) > KEPT_CHOICES
    return replace(
        grid,
        places_m=grid.places_m[cells],
        choices=grid.choices[choices],
        shares=grid.shares[cells],
        choice_shares=grid.choice_shares[np.ix_(cells, choices)],
    )
