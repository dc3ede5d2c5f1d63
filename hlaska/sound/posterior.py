"""How likely each place is, given arrival times: the mathematics behind `hlaska.sound.position`.

All lengths are metres: a time is the way that sound goes in it. For a place x, the reading r of a
microphone is its arrival time less its distance; readings of direct arrivals are all the time of
the bang, but for errors. Each arrival is one of

- direct: Gaussian, by the errors of its clock, survey and onset;
- reflected: late by an exponential time (an exponentially modified Gaussian);
- wrong: anything.

What is not known exactly but the same for all (when it was, the wind, the air's temperature) is
integrated out. As the readings depend on it linearly, this is closed for each choice of which
arrivals are direct (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, section
2.7, explicit basis functions), and those choices are summed.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST_NOT_DIRECT = 3
"""Of seven arrivals and more; of fewer, all but one may be reflected or wrong."""
PROBIT = 1.702
"""The logistic function of so many x is within 0.01 of the normal distribution at x (Camilli,
Origin of the scaling constant d = 1.7 in item response theory, J. of Educational and Behavioral
Statistics 19, 1994)."""
SMALLEST = 1e-300


@dataclass(frozen=True, slots=True)
class Spread:
    """How far arrivals may be off, in metres and shares."""

    direct_m: Array
    """Standard deviation of a direct arrival; one for each."""
    speed: float
    """Of the speed of sound, as a share of it."""
    wind: float
    """Of the wind in any direction, as a share of the speed of sound."""
    reflected: float
    """Share of arrivals that are reflections."""
    reflected_m: float
    """Their mean detour."""
    wrong: float
    """Share of arrivals that are something else."""
    wrong_m: float
    """Stretch over which those are spread."""


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Of some places."""

    log: Array
    """Natural logarithm, up to a constant; one for each place."""
    choices: Array
    """Places x choices: how likely each choice of direct arrivals is there; rows sum to 1."""


def choices_of(count: int) -> NDArray[np.bool_]:
    """Choices x arrivals: which arrivals may be the direct ones."""
    fewest = 1 if count < 7 else count - MOST_NOT_DIRECT
    rows = [
        [number in chosen for number in range(count)]
        for size in range(count, fewest - 1, -1)
        for chosen in combinations(range(count), size)
    ]
    return np.array(rows, dtype=bool)


def likelihood(
    readings_m: Array,
    distances_m: Array,
    microphones_m: Array,
    choices: NDArray[np.bool_],
    spread: Spread,
) -> Likelihood:
    """How likely the readings are, if it was at each of some places.

    Args:
        readings_m: Places x arrivals: the way sound goes in the arrival's time, less the distance.
        distances_m: Places x arrivals.
        microphones_m: Arrivals x 2.
        choices: Choices x arrivals: which are direct; see `choices_of`.
        spread: How far arrivals may be off.
    """
    count = len(microphones_m)
    # The wind's effect is the way along it. What the place adds to that is the same for all
    # arrivals, so it is part of when it was.
    centred = microphones_m - microphones_m.mean(axis=0)
    shared = np.column_stack([np.ones(count), spread.wind * centred])
    weights = choices / spread.direct_m**2
    normal = np.einsum("ai,ca,aj->cij", shared, weights, shared) + np.diag([0.0, 1.0, 1.0])
    # Choices x arrivals x arrivals: what the direct readings say that each reading should be …
    expect = np.einsum("ai,cij,bj,cb->cab", shared, np.linalg.inv(normal), shared, weights)
    # … and the form that measures how well they agree among themselves.
    form = weights[:, :, None] * (np.eye(count) - expect)
    constant = _log_share(choices, spread) - 0.5 * np.linalg.slogdet(normal)[1]

    scaled = spread.speed * distances_m
    misfit = _quadratic(readings_m, form, readings_m)
    along = _quadratic(readings_m, form, scaled)
    stiffness = 1 + _quadratic(scaled, form, scaled)
    log = constant - 0.5 * (misfit - along**2 / stiffness + np.log(stiffness))

    loose = np.einsum("ai,cij,aj->ca", shared, np.linalg.inv(normal), shared)
    sigma = np.sqrt(loose + spread.direct_m**2)
    for arrival in range(count):
        others = np.flatnonzero(~choices[:, arrival])
        late = readings_m[:, arrival, None] - readings_m @ expect[others, arrival].T
        log[:, others] += np.log(_not_direct(late, sigma[others, arrival], spread))
    best = log.max(axis=1, keepdims=True)
    shares = np.exp(log - best)
    total = shares.sum(axis=1, keepdims=True)
    return Likelihood(log=(best + np.log(total))[:, 0], choices=shares / total)


def _quadratic(left: Array, form: Array, right: Array) -> Array:
    """Places x choices: left' form right, for every place and choice."""
    places, count = left.shape
    product = (left @ form.transpose(1, 0, 2).reshape(count, -1)).reshape(places, -1, count)
    return np.asarray(np.einsum("pca,pa->pc", product, right))


def _log_share(choices: NDArray[np.bool_], spread: Spread) -> Array:
    """What each choice is worth before anything is heard, with the Gaussians' constants."""
    direct = 1 - spread.reflected - spread.wrong
    each = np.log(direct) - np.log(spread.direct_m) - 0.5 * np.log(2 * np.pi)
    return np.asarray(choices @ each)


def _not_direct(late_m: Array, sigma_m: Array, spread: Spread) -> Array:
    """Density of an arrival so late that is reflected or wrong; share included."""
    mean = spread.reflected_m
    # A Gaussian wider than the tail would make the tail grow towards the past.
    sigma = np.minimum(sigma_m, mean)
    rise = PROBIT * (late_m / sigma - sigma / mean)
    fall = late_m / mean - sigma**2 / (2 * mean**2)
    # exp(-fall) / (1 + exp(-rise)), and no overflow on either side.
    log = -fall - np.logaddexp(0.0, -rise)
    tail = spread.reflected / mean * np.exp(np.minimum(log, 50.0))
    return np.asarray(np.maximum(tail + spread.wrong / spread.wrong_m, SMALLEST))
