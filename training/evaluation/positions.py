"""The position protocol: simulated shots in real streets, and how far off they are placed.

What the solver's constants were chosen on (`calibration`) was drawn with other parameters and other
seeds than what is reported.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hlaska.sites import Site
from hlaska.sound.position import Arrival, NotPlaced, SoundPosition, locate, sound_speed_mps
from hlaska.sound.prior import Whereabouts
from serving.audio.located import LARGEST_M
from training.evaluation.least_squares import least_squares
from training.evaluation.progress import Step, silent
from training.evaluation.street_shots import CALIBRATION, Conditions, range_of, shots

Array = NDArray[np.float64]

TEST_SEED, CALIBRATION_SEED = 3, 20_240_611

Placed = SoundPosition | tuple[float, float] | NotPlaced
"""A place with its ellipse, or without one (east, north), or none."""
Solver = Callable[[Sequence[Arrival]], Placed]


@dataclass(frozen=True, slots=True, eq=False)
class PositionScores:
    """How far off a solver is."""

    shots: int
    off_m: Array
    """Of each shot that was placed."""
    reach: Array
    """How far out of its ellipse each of them was: 1 on the ellipse, less inside; NaN without."""
    major_m: Array
    """Half the longer axis of each ellipse; NaN without."""

    @property
    def placed(self) -> int:
        """Shots that were placed."""
        return len(self.off_m)

    @property
    def covered(self) -> int:
        """Shots inside their ellipse."""
        return int((self.reach <= 1).sum())


def pooled(scores: Sequence[PositionScores]) -> PositionScores:
    """Several as one: shots heard by as many microphones as there happen to be."""
    return PositionScores(
        shots=sum(one.shots for one in scores),
        off_m=np.concatenate([one.off_m for one in scores]),
        reach=np.concatenate([one.reach for one in scores]),
        major_m=np.concatenate([one.major_m for one in scores]),
    )


def score(
    solver: Solver,
    site: Site,
    conditions: Conditions,
    *,
    zones: Sequence[str],
    microphones: int,
    count: int,
    seed: int,
    progress: Step = silent,
) -> PositionScores:
    """Places simulated shots and compares.

    Args:
        solver: Arrivals to a position; one with an ellipse of more than 150 m counts as none, as no
            dispatcher is sent it.
        site: Whose streets, microphones and temperature.
        conditions: What goes wrong.
        zones: In which streets; each gets its share of the shots.
        microphones: How many hang in a street.
        count: How many shots.
        seed: Of everything drawn.
        progress: Told after each shot.

    Raises:
        SiteError: there is no such zone with microphones.
    """
    rows: list[tuple[float, float, float]] = []
    done = 0
    for number, zone in enumerate(zones):
        rng = np.random.default_rng([seed, microphones, number])
        for shot in shots(
            range_of(site, zone, microphones),
            conditions,
            count=count // len(zones),
            microphones=microphones,
            temperature_c=site.air_temperature_c,
            rng=rng,
        ):
            found = solver(shot.arrivals)
            if isinstance(found, tuple):
                rows.append((math.dist(found, shot.place_m), math.nan, math.nan))
            elif isinstance(found, SoundPosition) and found.ellipse.semi_major_m <= LARGEST_M:
                rows.append(_compared(found, shot.place_m))
            done += 1
            progress(done)
    off, reach, major = np.array(rows).reshape(-1, 3).T
    return PositionScores(shots=done, off_m=off, reach=reach, major_m=major)


def _compared(found: SoundPosition, place_m: Array) -> tuple[float, float, float]:
    offset = place_m - (found.east_m, found.north_m)
    bearing = math.radians(found.ellipse.bearing_deg)
    along = offset @ (math.sin(bearing), math.cos(bearing)) / found.ellipse.semi_major_m
    across = offset @ (math.cos(bearing), -math.sin(bearing)) / found.ellipse.semi_minor_m
    return float(np.linalg.norm(offset)), math.hypot(along, across), found.ellipse.semi_major_m


def served(site: Site) -> Solver:
    """The solver as it is served."""
    speed_mps = sound_speed_mps(site.air_temperature_c)
    prior = Whereabouts.of_site(site)
    return lambda arrivals: locate(arrivals, speed_mps=speed_mps, prior=prior)


def plain(site: Site) -> Solver:
    """Least squares, to compare with."""
    speed_mps = sound_speed_mps(site.air_temperature_c)
    return lambda arrivals: least_squares(arrivals, speed_mps=speed_mps)


def calibration(site: Site, *, zones: Sequence[str], count: int = 1000) -> float:
    """How many times longer ellipses should be, to hold nine of ten shots of `CALIBRATION`.

    `hlaska.sound.position.WIDER` is what this gave when that was 1; it gives about 1 now. With 3 to
    6 microphones, as many shots of each.
    """
    reach = [
        score(
            served(site),
            site,
            CALIBRATION,
            zones=zones,
            microphones=microphones,
            count=count // 4,
            seed=CALIBRATION_SEED,
        ).reach
        for microphones in (3, 4, 5, 6)
    ]
    return float(np.quantile(np.concatenate(reach), 0.9))
