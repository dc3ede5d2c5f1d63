"""Simulated shots in a site's real streets, as its microphones would hear them.

The simulation is not the solver's model turned around. Here reflections are late by any time
between bounds, microphones' places are off by Student's t, the wind blows along the street, source
and microphones have heights, and the street lies beside where the site file has it; the solver
knows Gaussians, exponential detours and wind from anywhere. What the solver's constants were chosen
on (`CALIBRATION`) has other parameters than what is reported (`TEST`), and other seeds.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from hlaska.errors import SiteError, unknown
from hlaska.sites import Site
from hlaska.sound.position import Arrival, sound_speed_mps

Array = NDArray[np.float64]
Bounds = tuple[float, float]

END_M = 30.0
"""Shots are fired up to so far beyond the first and last microphone, as far as the zone goes."""
BESIDE_M = 9.0
"""An added microphone hangs so far from the middle of the street."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What goes wrong in a simulated street; `Bounds` are of uniform distributions."""

    temperature_off_k: Bounds
    wind_mps: Bounds
    """Along the street."""
    survey_m: Bounds
    """Scale of Student's t per axis, drawn for each microphone."""
    survey_freedom: float
    height_off_m: float
    """Standard deviation of a microphone's height."""
    source_height_m: Bounds
    precise_clocks: float
    """Share of microphones with PTP; the others have NTP."""
    ptp_s: float
    ntp_s: float
    lost_clocks: float
    """Share of clocks that are off by `lost_s` either way."""
    lost_s: float
    blocked: float
    """Share of arrivals that come by reflection only …"""
    detour_m: Bounds
    """… so much longer."""
    onset_s: float
    """Standard deviation of the onset, which is also late by as much on average."""
    false: float
    """Share of arrivals that are something else …"""
    false_s: float
    """… up to so much earlier or later."""
    missing: float
    """Share of microphones that hear nothing."""
    street_off_m: float
    """Standard deviation of how far the street lies beside where it is drawn, each way."""


TEST = Conditions(
    temperature_off_k=(-8, 8),
    wind_mps=(-8, 8),
    survey_m=(0.5, 2),
    survey_freedom=4,
    height_off_m=1.0,
    source_height_m=(0.5, 2.0),
    precise_clocks=0.5,
    ptp_s=1e-4,
    ntp_s=3e-3,
    lost_clocks=0.02,
    lost_s=0.05,
    blocked=0.15,
    detour_m=(2, 30),
    onset_s=1e-3,
    false=0.02,
    false_s=0.5,
    missing=0.05,
    street_off_m=2.0,
)
"""What is reported."""
CALIBRATION = Conditions(
    temperature_off_k=(-6, 10),
    wind_mps=(-6, 9),
    survey_m=(0.8, 1.8),
    survey_freedom=6,
    height_off_m=1.5,
    source_height_m=(0.0, 2.5),
    precise_clocks=0.3,
    ptp_s=2e-4,
    ntp_s=2.5e-3,
    lost_clocks=0.03,
    lost_s=0.04,
    blocked=0.18,
    detour_m=(3, 25),
    onset_s=1.5e-3,
    false=0.03,
    false_s=0.4,
    missing=0.07,
    street_off_m=2.5,
)
"""What the solver's constants were chosen on."""


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """A street with its microphones, in metres east and north."""

    zone: Polygon
    microphones_m: Array
    """In order along the street."""
    heights_m: Array

    @property
    def axis(self) -> Array:
        """Unit vector along the microphones."""
        way = self.microphones_m[-1] - self.microphones_m[0]
        return np.asarray(way / np.linalg.norm(way))

    @property
    def stretch(self) -> BaseGeometry:
        """Where shots are fired: the zone between the microphones, and a bit beyond."""
        ends = np.array([self.microphones_m[0], self.microphones_m[-1]])
        ends += np.outer([-END_M, END_M], self.axis)
        line = shapely.LineString(ends).buffer(200, cap_style="flat")
        return self.zone.intersection(line)


def range_of(site: Site, zone: str, microphones: int) -> Range:
    """A zone with its own microphones (those named after it), or more: one between each two.

    Raises:
        SiteError: the site has no such zone, or no microphones named after it.
    """
    zones = {each.id: each for each in site.zones}
    own = [mic for mic in site.microphones if mic.id.startswith(f"{zone}-")]
    if zone not in zones or len(own) < 2:
        named = {mic.id.rsplit("-mic", 1)[0] for mic in site.microphones}
        raise SiteError(unknown("zone with microphones", zone, named & set(zones)))
    places = site.plane.to_metres([(mic.position.lon, mic.position.lat) for mic in own])
    ring = site.plane.to_metres(zones[zone].geometry.coordinates[0])
    heights = np.array([mic.height_m for mic in own])
    street = Range(Polygon(ring), np.asarray(places), heights)
    order = np.argsort(places @ street.axis)
    street = replace(street, microphones_m=places[order], heights_m=heights[order])
    for gap in range(microphones - len(own)):
        street = _with_one_between(street, 2 * gap)
    return street


def _with_one_between(street: Range, before: int) -> Range:
    """The street with a microphone between two neighbours, on the side of the first."""
    first, second = street.microphones_m[before : before + 2]
    middle = (first + second) / 2
    across = np.array([-street.axis[1], street.axis[0]])
    side = math.copysign(1.0, float((first - middle) @ across))
    place = middle + side * BESIDE_M * across
    places = np.insert(street.microphones_m, before + 1, place, axis=0)
    heights = np.insert(street.heights_m, before + 1, street.heights_m[before])
    return Range(street.zone, places, heights)


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A simulated shot."""

    place_m: Array
    arrivals: tuple[Arrival, ...]
    """With the microphones' places as the site has them, which is not where they are."""


def shots(
    street: Range,
    conditions: Conditions,
    *,
    count: int,
    microphones: int,
    temperature_c: float,
    rng: np.random.Generator,
) -> Iterator[Shot]:
    """Shots anywhere in the street, each in a newly drawn world.

    Args:
        street: Where.
        conditions: What goes wrong.
        count: How many.
        microphones: How many hang there; where the street has more, some are left out.
        temperature_c: What the solver believes.
        rng: Draws everything.
    """
    places = _places_in(street.stretch, count, rng)
    for place in places:
        chosen = np.sort(rng.permutation(len(street.microphones_m))[:microphones])
        off = rng.normal(0, conditions.street_off_m, 2)
        true = place + off
        yield Shot(true, tuple(_arrivals(street, chosen, true, conditions, temperature_c, rng)))


def _places_in(area: BaseGeometry, count: int, rng: np.random.Generator) -> Array:
    west, south, east, north = area.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        tried = rng.uniform((west, south), (east, north), (count, 2))
        found = np.vstack([found, tried[shapely.contains_xy(area, *tried.T)]])
    return found[:count]


def _arrivals(
    street: Range,
    chosen: NDArray[np.int64],
    place: Array,
    conditions: Conditions,
    temperature_c: float,
    rng: np.random.Generator,
) -> Iterator[Arrival]:
    speed = sound_speed_mps(temperature_c + rng.uniform(*conditions.temperature_off_k))
    wind = rng.uniform(*conditions.wind_mps) * street.axis
    source_m = rng.uniform(*conditions.source_height_m)
    for number in chosen:
        told = street.microphones_m[number]
        scale = rng.uniform(*conditions.survey_m)
        way = told + scale * rng.standard_t(conditions.survey_freedom, 2) - place
        above = street.heights_m[number] + rng.normal(0, conditions.height_off_m) - source_m
        distance = math.hypot(*way, above)
        at_s = distance / (speed + wind @ way / distance)
        if rng.random() < conditions.blocked:
            at_s += rng.uniform(*conditions.detour_m) / speed
        at_s += rng.normal(0, conditions.onset_s) + rng.exponential(conditions.onset_s)
        precise = rng.random() < conditions.precise_clocks
        at_s += rng.normal(0, conditions.ptp_s if precise else conditions.ntp_s)
        if rng.random() < conditions.lost_clocks:
            at_s += rng.choice([-1, 1]) * conditions.lost_s
        if rng.random() < conditions.false:
            at_s += rng.uniform(-conditions.false_s, conditions.false_s)
        if rng.random() >= conditions.missing:
            yield Arrival(f"mic-{number}", (told[0], told[1]), at_s, street.heights_m[number])
