"""A tram: the rumble of its wheels, joints of the rail, squeal in the curve, and its bell."""

import numpy as np

from catalogs.sounds.modes import ring
from catalogs.sounds.sound import Sound, Wave, between, fade, peaked, put, wander
from catalogs.sounds.spectra import band, coloured

BOGIE_M, CAR_M = 1.8, 7.5
"""Wheels of a bogie and bogies of a car lie so far apart on the Tatra and Škoda cars of Pilsen,
within a few tenths (data sheets of the T3)."""


def _tram(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Rolling noise lies between 100 and 2000 Hz; curves squeal at one or a few pure tones.

    D. Thompson, Railway Noise and Vibration, 2009, chapters 2 and 9.
    """
    n = round(rng.uniform(1.5, 4.0) * rate_hz)
    squeals, rings, joints = rng.random(3) < (0.45, 0.45, 0.5)
    rumble = coloured(rng, n, rate_hz, band(between(rng, 60, 200), between(rng, 400, 1500), 7.0))
    rumble *= np.exp(0.3 * wander(rng, n, step_s=0.3, rate_hz=rate_hz))
    wave = 0.25 * rumble
    if joints:
        _add_joints(rng, wave, rate_hz)
    if squeals:
        wave += between(rng, 0.1, 1.2) * _squeal(rng, n, rate_hz)
    if rings:
        _add_bell(rng, wave, rate_hz)
    return fade(wave, in_s=0.2, out_s=0.3, rate_hz=rate_hz)


def _add_joints(rng: np.random.Generator, room: Wave, rate_hz: int) -> None:
    speed_mps = rng.uniform(4, 12)
    knock = ring(
        frequencies_hz=between(rng, 80, 300) * np.sort(rng.uniform(1, 6, 8)),
        decays_s=rng.uniform(0.01, 0.05, 8),
        gains=rng.uniform(0.2, 1, 8),
        duration_s=0.25,
        rate_hz=rate_hz,
    )
    knock = peaked(knock)
    for bogie in range(int(rng.integers(1, 7))):
        for wheel_m in (0.0, BOGIE_M):
            at_s = 0.1 + (bogie * CAR_M + wheel_m) / speed_mps
            put(room, knock, at_s=at_s, rate_hz=rate_hz, gain=between(rng, 0.4, 1.5))


def _squeal(rng: np.random.Generator, n: int, rate_hz: int) -> Wave:
    """Modes of the wheel that stick and slip, coming and going."""
    wave = np.zeros(n)
    t = np.arange(n) / rate_hz
    base_hz = between(rng, 500, 3000)
    for ratio in rng.choice([1.0, 1.0, 2.0, 2.6, 3.0], int(rng.integers(1, 4)), replace=False):
        tone_hz = min(base_hz * ratio, 0.45 * rate_hz)
        waver = 0.02 * wander(rng, n, step_s=0.2, rate_hz=rate_hz)
        on = 1 / (1 + np.exp(-4 * wander(rng, n, step_s=0.35, rate_hz=rate_hz)))
        drift = np.cumsum(waver) / rate_hz
        wave += on / ratio * np.sin(2 * np.pi * tone_hz * (t + 0.3 * drift))
    return wave


def _add_bell(rng: np.random.Generator, room: Wave, rate_hz: int) -> None:
    """An electric gong under the floor, struck one to eight times."""
    ratios = np.array([1.0, 1.9, 2.7, 3.6, 4.9, 6.3]) * rng.uniform(0.95, 1.05, 6)
    gong = ring(
        frequencies_hz=between(rng, 500, 1300) * ratios,
        decays_s=between(rng, 0.1, 0.5) / np.sqrt(ratios),
        gains=rng.uniform(0.2, 1, 6),
        duration_s=1.0,
        rate_hz=rate_hz,
    )
    gong = fade(peaked(gong), in_s=1e-4, out_s=0.3, rate_hz=rate_hz)
    step_s = between(rng, 0.12, 0.5)
    start_s = rng.uniform(0, 0.6)
    loud = between(rng, 0.4, 2)
    for stroke in range(int(rng.integers(1, 9))):
        at_s = start_s + stroke * step_s
        put(room, gong, at_s=at_s, rate_hz=rate_hz, gain=loud * rng.uniform(0.7, 1))


# Trams pass at 75 to 85 dB(A) at 7.5 m; 98 dB at 1 m, its peaks 10 dB higher. Squeal adds up to
# 20 dB (Thompson 2009, chapter 9).
SOUND = Sound("tram", level_db=108.0, maker=_tram)
