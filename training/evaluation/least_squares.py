"""The plain way to a position, to compare with: least squares over the differences of arrival."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hlaska.sound.position import FEWEST, Arrival, NotPlaced

Array = NDArray[np.float64]

STEPS, HALVINGS = 50, 10
SMALL_M = 0.01
"""A smaller step is the last."""
FAR_M = 2_000.0
"""So far from the microphones, the steps have run away."""


def least_squares(
    arrivals: Sequence[Arrival], *, speed_mps: float
) -> tuple[float, float] | NotPlaced:
    """East and north where the squares of what arrivals are off are least, by Gauss-Newton.

    Place and time are the unknowns; the first guess is the middle of the microphones. All arrivals
    count alike. (Foy, Position-location solutions by Taylor-series estimation, IEEE Transactions on
    Aerospace and Electronic Systems 12, 1976.)

    Args:
        arrivals: One of each microphone.
        speed_mps: Of sound.
    """
    if len(arrivals) < FEWEST:
        return NotPlaced(f"{len(arrivals)} arrivals; {FEWEST} are needed")
    places = np.array([arrival.place_m for arrival in arrivals])
    ranges = np.array([arrival.at_s for arrival in arrivals]) * speed_mps
    place = start = places.mean(axis=0)
    for _ in range(STEPS):
        away = place - places
        distances = np.maximum(np.linalg.norm(away, axis=1), SMALL_M)
        slopes = np.column_stack([away / distances[:, None], np.ones(len(places))])
        misfit = ranges - distances
        # The time is linear: its best value is part of every step.
        step = np.linalg.lstsq(slopes, misfit, rcond=None)[0][:2]
        # Half as far, as long as that makes it worse.
        before = _misfit(place, places, ranges)
        for _ in range(HALVINGS):
            if _misfit(place + step, places, ranges) <= before:
                break
            step = step / 2
        place = place + step
        if np.linalg.norm(place - start) > FAR_M:
            return NotPlaced("the steps run away")
        if np.linalg.norm(step) < SMALL_M:
            return float(place[0]), float(place[1])
    return NotPlaced(f"no place after {STEPS} steps")


def _misfit(place: Array, places: Array, ranges: Array) -> float:
    """The sum of squares at a place, with the time that makes it least."""
    off = ranges - np.linalg.norm(place - places, axis=1)
    return float(((off - off.mean()) ** 2).sum())
