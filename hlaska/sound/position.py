"""Where a sound was: from its arrival times at three or more microphones that know their place.

The answer is the mean of a posterior on a grid (`grid`; `posterior` holds the mathematics), with
the ellipse that holds nine tenths of it. Reflections, wrong arrivals, clocks and the air are part
of the model, so the ellipse grows when they may have played a part: of microphones in a line it
covers a bang and its mirror image, unless a prior (`prior`) tells them apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hlaska.events import Ellipse, Location
from hlaska.ground import LocalPlane
from hlaska.sound.grid import Ears, Grid, Prior, search
from hlaska.sound.posterior import Array, Spread

FEWEST = 3
"""Arrivals, at as many places: place and time are three unknowns."""
MOST = 8
"""Arrivals used; the earliest, as the nearest microphones know most."""
APART_M = 3.0
"""Microphones closer than this are at one place: they say the same twice."""
SOURCE_HEIGHT_M = 1.5
INSIDE = 0.9
"""Share of the posterior in the ellipse."""
CORE = 0.8
"""The likeliest part of the posterior: its mean is the place, its spread the ellipse's form."""
WIDER = 0.99
"""Times as long as the posterior says are the ellipse's axes: what the model does not know of. From
`training.evaluation.positions.calibration`."""
CHOSEN = 0.5
"""An arrival is one of those that agree if it is more likely direct than not."""
SLACK = 4.0
"""Arrivals of one sound may differ by the way between their microphones, and by so many times what
clocks, survey and reflections are usually off."""
SPEED_AT_ZERO_MPS = 331.3
ZERO_C_K = 273.15


def sound_speed_mps(temperature_c: float) -> float:
    """The speed of sound in air, m/s: 331.3 sqrt(1 + T / 273.15).

    That of an ideal gas (Pierce, Acoustics, 1989, section 1-9), from 331.3 m/s at 0 °C (Cramer, J.
    of the Acoustical Society of America 93, 1993); humidity adds up to 0.4 % at 20 °C.

    Raises:
        ValueError: no such temperature of air.
    """
    if not -100 < temperature_c < 100:
        raise ValueError(f"{temperature_c} °C; give a temperature of air between -100 and 100 °C")
    return SPEED_AT_ZERO_MPS * math.sqrt(1 + temperature_c / ZERO_C_K)


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a sound came to a microphone."""

    microphone: str
    place_m: tuple[float, float]
    """East and north, in the site's plane."""
    at_s: float
    """Seconds after any moment that is the same for all."""
    height_m: float = 4.0


@dataclass(frozen=True, slots=True)
class Errors:
    """How far the air and the microphones may be off; standard deviations.

    The shares and ways were chosen by hand on simulated shots that no test uses
    (`training.evaluation.street_shots.CALIBRATION`).
    """

    survey_m: float = 2.0
    """Of a microphone's place, its onset and what else does not grow with the distance."""
    clock_s: float = 0.003
    """A microphone's clock against the others'; NTP on a city's network."""
    temperature_k: float = 5.0
    wind_mps: float = 4.0
    """In each direction."""
    reflected: float = 0.25
    """Share of arrivals whose direct way is blocked …"""
    reflected_m: float = 12.0
    """… and their mean detour."""
    wrong: float = 0.04
    """Share of arrivals that are another sound."""
    heard_m: float = 100.0
    """Mean way from which on it becomes rare that all of them hear a sound. Beyond the last of a
    row of microphones nothing else tells the distance."""


@dataclass(frozen=True, slots=True)
class SoundPosition:
    """Where and when a sound was."""

    east_m: float
    north_m: float
    emitted_s: float
    """On the arrivals' clock."""
    ellipse: Ellipse
    uncertainty_m: float
    """Radius of the circle that holds as much as the ellipse."""
    agreeing: tuple[str, ...]
    """Microphones that heard it directly, as far as can be told; the others were late or wrong."""

    def to_location(self, plane: LocalPlane) -> Location:
        """The place on Earth."""
        lon, lat = plane.to_degrees((self.east_m, self.north_m))
        return Location(
            lon=float(lon), lat=float(lat), uncertainty_m=self.uncertainty_m, ellipse=self.ellipse
        )


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """There is not enough to say where it was: no error, for often only two microphones hear it."""

    reason: str


def locate(
    arrivals: Sequence[Arrival],
    *,
    speed_mps: float,
    errors: Errors | None = None,
    prior: Prior | None = None,
) -> SoundPosition | NotPlaced:
    """Where a sound was, if enough microphones agree on it.

    Arrivals that no one sound can have made (a clock that is minutes off) are left out, and so are
    those without a finite time and place. Of several at one microphone the earliest counts.

    Args:
        arrivals: In any order.
        speed_mps: Of sound; see `sound_speed_mps`.
        errors: How far things may be off; default: those of a city's microphones.
        prior: Where sounds are to be expected; default: anywhere alike.

    Raises:
        ValueError: the speed is not that of sound in air, or the prior is 0 somewhere.
    """
    if not 200 < speed_mps < 500:
        raise ValueError(f"{speed_mps} m/s; give the speed of sound in air, such as 340 m/s")
    errors = errors or Errors()
    used = _usable(arrivals, speed_mps, errors)
    places = _places(used)
    if places < FEWEST:
        return NotPlaced(
            f"{len(arrivals)} arrivals; those that fit together are at {places} places, and "
            f"{FEWEST} are needed"
        )
    ears = _ears(used, speed_mps, errors)
    grid = search(ears, prior)
    agreeing = [arrival for arrival, p in zip(used, grid.direct(), strict=True) if p >= CHOSEN]
    if _places(agreeing) < FEWEST:
        return NotPlaced(
            f"of {len(used)} arrivals {len(agreeing)} agree on a place; {FEWEST} are needed"
        )
    return _answer(grid, agreeing, speed_mps)


def _usable(arrivals: Sequence[Arrival], speed_mps: float, errors: Errors) -> list[Arrival]:
    """The most arrivals that may be of the same sound as one of them; one a microphone."""
    finite = [a for a in arrivals if np.isfinite((a.at_s, a.height_m, *a.place_m)).all()]
    # Sorted by all there is, so that the caller's order changes nothing.
    finite.sort(key=lambda a: (a.at_s, a.microphone, a.place_m))
    slack_s = SLACK * (errors.clock_s + (errors.survey_m + errors.reflected_m) / speed_mps)
    best: list[Arrival] = []
    for anchor in finite:
        group: dict[str, Arrival] = {}
        for other in finite:
            way_s = math.dist(anchor.place_m, other.place_m) / speed_mps
            if abs(other.at_s - anchor.at_s) <= way_s + slack_s:
                group.setdefault(other.microphone, other)
        if len(group) > len(best):
            best = list(group.values())
    return sorted(best[:MOST], key=lambda a: a.microphone)


def _places(arrivals: Sequence[Arrival]) -> int:
    """At how many places they were heard."""
    places: list[tuple[float, float]] = []
    for arrival in arrivals:
        if all(math.dist(arrival.place_m, place) > APART_M for place in places):
            places.append(arrival.place_m)
    return len(places)


def _ears(arrivals: Sequence[Arrival], speed_mps: float, errors: Errors) -> Ears:
    places_m = np.array([arrival.place_m for arrival in arrivals], dtype=np.float64)
    at_s = np.array([arrival.at_s for arrival in arrivals], dtype=np.float64)
    direct_m = math.hypot(errors.survey_m, errors.clock_s * speed_mps)
    # Their greatest distance, not a box around them: that would change as the city is turned.
    extent_m = float(np.linalg.norm(places_m[:, None] - places_m, axis=2).max())
    air_k = ZERO_C_K * (speed_mps / SPEED_AT_ZERO_MPS) ** 2
    return Ears(
        places_m=places_m,
        above_m=np.array([arrival.height_m for arrival in arrivals]) - SOURCE_HEIGHT_M,
        ranges_m=(at_s - at_s.min()) * speed_mps,
        heard_m=errors.heard_m,
        spread=Spread(
            direct_m=np.full(len(arrivals), direct_m),
            speed=errors.temperature_k / (2 * air_k),
            wind=errors.wind_mps / speed_mps,
            reflected=errors.reflected,
            reflected_m=errors.reflected_m,
            wrong=errors.wrong,
            # From as early to as late as one sound may come.
            wrong_m=2 * (extent_m + SLACK * errors.reflected_m),
        ),
    )


def _answer(grid: Grid, agreeing: Sequence[Arrival], speed_mps: float) -> SoundPosition:
    shares = grid.shares / grid.shares.sum()
    core = shares * _core(shares)
    place = core @ grid.places_m / core.sum()
    offsets = grid.places_m - place
    within = np.eye(2) * grid.size_m**2 / 12
    covariance = (offsets * core[:, None]).T @ offsets / core.sum() + within
    # As far from the middle as nine tenths are; -2 ln(0.1) = 4.6 if it is a Gaussian's.
    far = np.einsum("pi,ij,pj->p", offsets, np.linalg.inv(covariance), offsets)
    lengths, axes = np.linalg.eigh(covariance)
    minor_m, major_m = WIDER * np.sqrt(lengths * _quantile(far, shares))
    bearing_deg = math.degrees(math.atan2(axes[0, 1], axes[1, 1])) % 180
    emitted_s = float(np.median([a.at_s - _distance_m(a, place) / speed_mps for a in agreeing]))
    return SoundPosition(
        east_m=float(place[0]),
        north_m=float(place[1]),
        emitted_s=emitted_s,
        ellipse=Ellipse(
            semi_major_m=float(major_m),
            semi_minor_m=float(minor_m),
            # 180 itself is what is left of tiny negative angles.
            bearing_deg=bearing_deg if bearing_deg < 180 else 0.0,
        ),
        uncertainty_m=WIDER * _quantile(np.linalg.norm(offsets, axis=1), shares),
        agreeing=tuple(arrival.microphone for arrival in agreeing),
    )


def _distance_m(arrival: Arrival, place: Array) -> float:
    return math.dist((*arrival.place_m, arrival.height_m), (*place, SOURCE_HEIGHT_M))


def _core(shares: Array) -> NDArray[np.bool_]:
    """The likeliest cells that hold `CORE` of the posterior: a thin far tail must not pull."""
    order = np.argsort(-shares, kind="stable")
    core = np.zeros(len(shares), dtype=bool)
    core[order[: int(np.searchsorted(np.cumsum(shares[order]), CORE)) + 1]] = True
    return core


def _quantile(values: Array, shares: Array) -> float:
    """The value that so much as `INSIDE` of the shares does not exceed."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(shares[order])
    return float(np.interp(INSIDE, upto - shares[order] / 2, values[order]))
