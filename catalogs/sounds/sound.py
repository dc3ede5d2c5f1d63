"""What a made sound is, and the few moves that all makers share."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hlaska.sound.scores import RATE_HZ

Samples = NDArray[np.float32]
Wave = NDArray[np.float64]

INAUDIBLE = 1e-3
"""Share of its peak below which a sound counts as over: -60 dB, as reverberation times have it."""


class Maker(Protocol):
    """Makes one sound of its kind, another each time."""

    def __call__(self, rng: np.random.Generator, rate_hz: int) -> Wave:
        """Samples of any loudness, `rate_hz` a second."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A kind of sound that can be made at will."""

    name: str
    level_db: float
    """Typical peak sound pressure level at 1 m, in dB above 20 µPa."""
    maker: Maker

    def make(self, rng: np.random.Generator, rate_hz: int = RATE_HZ) -> Samples:
        """One such sound: dry, as heard at 1 m, mono, its highest peak 1.0.

        It is as long as it is heard: from first to last within 60 dB of its peak.
        """
        return trimmed(normalised(self.maker(rng, rate_hz)))


def peaked(wave: Wave) -> Wave:
    """The same sound with its highest peak at 1.0; silence stays silence."""
    peak = float(np.abs(wave).max(initial=0.0))
    return wave / peak if peak else wave


def normalised(wave: Wave) -> Samples:
    """The same, in single precision."""
    return peaked(wave).astype(np.float32)


def trimmed(samples: Samples) -> Samples:
    """The sound without what comes before and after all samples within `INAUDIBLE` of its peak."""
    loud = np.flatnonzero(np.abs(samples) > INAUDIBLE * np.abs(samples).max(initial=0.0))
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples


def silence(duration_s: float, rate_hz: int) -> Wave:
    """Room to put sounds into; one sample at least."""
    return np.zeros(max(1, round(duration_s * rate_hz)))


def times(duration_s: float, rate_hz: int) -> Wave:
    """When each sample is taken, in seconds from the first."""
    return np.arange(max(1, round(duration_s * rate_hz))) / rate_hz


def put(room: Wave, wave: Wave, *, at_s: float, rate_hz: int, gain: float = 1.0) -> None:
    """Add a sound to a longer one, in place. What does not fit is cut off."""
    start = round(at_s * rate_hz)
    skipped = max(0, -start)
    piece = wave[skipped : max(skipped, len(room) - start)]
    begin = max(0, start)
    room[begin : begin + len(piece)] += gain * piece


def fade(wave: Wave, *, in_s: float, out_s: float, rate_hz: int) -> Wave:
    """The sound with a soft beginning and end (half a cosine each), so that neither clicks."""
    n = len(wave)
    rise = max(1, min(n, round(in_s * rate_hz)))
    fall = max(1, min(n, round(out_s * rate_hz)))
    gain = np.ones(n)
    gain[:rise] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise)
    gain[n - fall :] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, fall + 1) / fall)
    return wave * gain


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from low to high, each ratio as likely as the other (both above 0)."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def decibels(level_db: float) -> float:
    """The factor on the amplitude that a level stands for."""
    return float(10 ** (level_db / 20))


def wander(
    rng: np.random.Generator, n: int, *, step_s: float, rate_hz: int, loops: bool = False
) -> Wave:
    """A smooth random curve of about unit deviation that turns every `step_s` or so.

    Args:
        rng: Chance.
        n: Samples.
        step_s: Between its independent points.
        rate_hz: Samples a second.
        loops: Whether its end joins its beginning.
    """
    points = max(2, math.ceil(n / (step_s * rate_hz)))
    values = rng.standard_normal(points + 1)
    if loops:
        values[-1] = values[0]
    place = np.arange(n) * (points / n)
    index = place.astype(np.intp)
    weight = 0.5 - 0.5 * np.cos(np.pi * (place - index))
    return np.asarray(values[index] * (1 - weight) + values[index + 1] * weight)


Gain = Callable[[Wave], Wave]
"""Amplitude of each frequency in Hz."""
