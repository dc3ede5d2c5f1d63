"""When a bang begins, to the sample, and how many there are. Pure.

A rise of energy is found as seismologists find the arrival of a wave: a short average after the
moment against a long one before it (R. Allen, Automatic earthquake recognition and timing from
single traces, Bull. Seism. Soc. Am. 68, 1978). Its first sample is where two stretches of noise of
different power fit best (N. Maeda, A method for reading and checking phase times in auto-processing
system of seismic wave data, Zisin 38, 1985: Akaike's criterion).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hlaska.sound.scores import RATE_HZ

SHORT_S, LONG_S = 0.003, 0.030
RISE_DB = 8.0
"""Least rise that is a beginning. Of noise alone, 3 ms (48 samples) seldom rise by 3 dB."""
FLOOR = 1e-10
"""Power below which there is no sound: -100 dBFS."""
APART_S = 0.050
"""Shortest time between two shots of one weapon: 1,200 a minute."""
ECHO_S = 0.250
"""A street's fronts, and those across the next corner, give echoes back within this time: detours
of up to 85 m."""
ECHO_DB = 3.0
"""So much weaker, a bang within `ECHO_S` of another is its echo. A detour of 20 m, that takes
`APART_S` and more, costs a sound from 50 m away 3 dB, and each wall another half."""
FAINT_DB = 12.0
"""So much weaker than the loudest of a volley, a rise is none of its bangs."""
SHOCK_S = 0.300
"""A fast bullet's own shock comes by so much before the bang of its powder, at the most …"""
SHOCK_DB = 4.0
"""… and is taken for one where it is so much weaker: of two shots of a weapon neither is."""
ABOVE_NOISE_DB = 10.0
"""A bang's peak is so much above the peaks of 10 ms of what is around it, where that is quiet."""
PEAK_S = 0.010


@dataclass(frozen=True, slots=True)
class Onset:
    """The beginning of a bang."""

    sample: int
    level_db: float
    """Of its peak in the 10 ms after, against full scale."""


def bangs(samples: NDArray[np.float32]) -> list[Onset]:
    """The bangs in a stretch of sound, in order; echoes are none.

    Args:
        samples: `RATE_HZ` a second.
    """
    rises = [_onset(samples, sample) for sample in _rises(samples)]
    if not rises:
        return []
    loudest_db = max(rise.level_db for rise in rises)
    faint_db = max(loudest_db - FAINT_DB, _quiet_peak_db(samples) + ABOVE_NOISE_DB)
    found: list[Onset] = []
    for rise in rises:
        if rise.level_db < faint_db or any(_precedes(rise, later) for later in rises):
            continue
        if not any(_echoes(earlier, rise) for earlier in found):
            found.append(rise)
    return found


def beginning(samples: NDArray[np.float32]) -> int | None:
    """The sample at which the greatest rise in a stretch begins; None where nothing rises."""
    rises = _rises(samples)
    if not rises:
        return None
    ratio_db = _ratio_db(samples)
    return _first_sample(samples, max(rises, key=lambda sample: ratio_db[sample]))


def _echoes(earlier: Onset, later: Onset) -> bool:
    delay_s = (later.sample - earlier.sample) / RATE_HZ
    if delay_s < APART_S:
        return True
    return delay_s < ECHO_S and later.level_db < earlier.level_db - ECHO_DB


def _precedes(earlier: Onset, later: Onset) -> bool:
    """Whether the earlier is no more than the shock before the later."""
    ahead_s = (later.sample - earlier.sample) / RATE_HZ
    return 0 < ahead_s < SHOCK_S and earlier.level_db < later.level_db - SHOCK_DB


def _quiet_peak_db(samples: NDArray[np.float32]) -> float:
    """The peak of 10 ms that four fifths of all exceed."""
    size = round(PEAK_S * RATE_HZ)
    peaks = np.abs(samples[: len(samples) // size * size]).reshape(-1, size).max(axis=1)
    return 20 * float(np.log10(max(float(np.quantile(peaks, 0.2)), FLOOR)))


def _onset(samples: NDArray[np.float32], near: int) -> Onset:
    sample = _first_sample(samples, near)
    peak = float(np.abs(samples[sample : sample + round(PEAK_S * RATE_HZ)]).max())
    return Onset(sample, 20 * float(np.log10(max(peak, FLOOR))))


def _rises(samples: NDArray[np.float32]) -> list[int]:
    """Where energy rises most: by `RISE_DB` at least, and not twice within `APART_S`."""
    ratio_db = _ratio_db(samples)
    apart = round(APART_S * RATE_HZ / 2)
    found: list[int] = []
    high = np.flatnonzero(ratio_db >= RISE_DB)
    while len(high):
        best = int(high[np.argmax(ratio_db[high])])
        found.append(best)
        high = high[np.abs(high - best) > apart]
    return sorted(found)


def _ratio_db(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """How many decibels the energy rises at each sample.

    As it is, for dull sounds; and with the low tones of traffic taken out, for sharp ones: the
    greater rise counts.
    """
    plain = samples.astype(np.float64)
    return np.maximum(_rise_db(plain), _rise_db(np.diff(plain, prepend=plain[:1])))


def _rise_db(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    short, long = round(SHORT_S * RATE_HZ), round(LONG_S * RATE_HZ)
    rise = np.zeros(len(samples))
    if len(samples) < short + long:
        return rise
    total = np.concatenate([[0.0], np.cumsum(samples**2)])
    at = np.arange(long, len(samples) - short)
    before = (total[at] - total[at - long]) / long
    after = (total[at + short] - total[at]) / short
    rise[at] = 10 * np.log10((after + FLOOR) / (before + FLOOR))
    return rise


def _first_sample(samples: NDArray[np.float32], near: int) -> int:
    """The sample within 10 ms before and 3 ms after `near` that parts quiet from loud best."""
    begin = max(0, near - RATE_HZ // 100)
    part = samples[begin : near + round(SHORT_S * RATE_HZ)].astype(np.float64)
    count = len(part)
    margin = 8
    if count < 4 * margin:
        return near
    split = np.arange(margin, count - margin)
    energy = np.cumsum(part**2)
    quiet = energy[split - 1] / split
    loud = (energy[-1] - energy[split - 1]) / (count - split)
    criterion = split * np.log(quiet + FLOOR) + (count - split) * np.log(loud + FLOOR)
    return begin + int(split[np.argmin(criterion)])
