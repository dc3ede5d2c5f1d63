"""What the hours of a day make of a network of cameras: light, people, and cameras that are gone.

All numbers here are estimates: how often cameras fail depends on the installation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance

HOUR_S = 3600.0
RECONNECTS_PER_DAY = 2.0
"""Of each camera: its stream breaks for some seconds."""
LOSSES_PER_DAY = 0.25
"""Of each camera: power, cable, crash; gone for minutes to hours."""
FIRMWARE_DAYS = 1 / 14
"""Share of days on which a camera gets new firmware; makers publish some a quarter."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A camera does not answer."""

    camera: str
    begin_s: float
    end_s: float
    firmware: bool = False
    """Whether it was given new firmware just before."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A camera's stream does not go to one of its receivers, though the camera answers."""

    camera: str
    receiver: str
    begin_s: float
    end_s: float


def outages(chance: Chance, cast: Cast, hours: float) -> list[Outage]:
    """When which camera is gone, in the order of time."""
    found = []
    for camera in cast.cameras:
        for at_s in chance.moments(RECONNECTS_PER_DAY, hours):
            gone_s = chance.between((4, 30), (30, 90))
            found.append(Outage(camera, at_s, at_s + gone_s))
        for at_s in chance.moments(LOSSES_PER_DAY, hours):
            gone_s = chance.between((300, 5000), (5000, 9000))
            found.append(Outage(camera, at_s, at_s + gone_s))
    if chance.happens(FIRMWARE_DAYS * min(1.0, hours / 24)):
        # One after another, so that somebody always watches; starting takes a minute or two.
        begin_s = chance.rng.uniform(0.35, 0.6) * hours * HOUR_S
        for number, camera in enumerate(cast.cameras):
            at_s = begin_s + 420.0 * number
            found.append(Outage(camera, at_s, at_s + chance.rng.uniform(60, 150), firmware=True))
    return sorted(found, key=lambda outage: outage.begin_s)


def gone(outages_: list[Outage], camera: str, at_s: ArrayLike) -> NDArray[np.bool_]:
    """Whether a camera is gone, at each of some moments."""
    moments = np.asarray(at_s, float)
    away = np.zeros(moments.shape, bool)
    for outage in outages_:
        if outage.camera == camera:
            away |= (moments >= outage.begin_s) & (moments < outage.end_s)
    return away


def daylight(at_s: ArrayLike) -> NDArray[np.float64]:
    """How bright it is, 0 (night) to 1: half a sine from 6 to 19 o'clock, an equinox."""
    hour = np.asarray(at_s, float) / HOUR_S % 24
    return np.clip(np.sin(np.pi * (hour - 6) / 13), 0, 1) * ((hour > 6) & (hour < 19))


def bustle(at_s: ArrayLike) -> NDArray[np.float64]:
    """How much goes on in a square, 0..1: little at 4, most in the late afternoon."""
    hour = np.asarray(at_s, float) / HOUR_S % 24
    day = np.exp(-(((hour - 13) / 5.5) ** 2))
    evening = 0.6 * np.exp(-(((hour - 20) / 2.5) ** 2))
    return np.clip(day + evening, 0, 1)
