"""A scream of fear: high, loud and rough, one voice in distress.

Roughness, an amplitude that beats 30 to 150 times a second, sets screams apart from all other
voices: L. H. Arnal et al., Human screams occupy a privileged niche in the communication soundscape,
Current Biology 25, 2015. Subharmonics, chaos and leaps of the pitch come with it: W. T. Fitch,
J. Neubauer, H. Herzel, Calls out of chaos, Animal Behaviour 63, 2002.
"""

import numpy as np

from catalogs.sounds.sound import Sound, Wave, between, fade, wander
from catalogs.sounds.voice import GRID_S, breath, jitter, someone, sung, throat

ROUGHNESS_HZ = (30, 150)
LENGTH_S = (0.4, 2.5)
PITCH_HZ = {"man": (400, 1000), "woman": (600, 1700), "child": (800, 2000)}
"""Screams reach 400 to 2000 Hz (J. W. M. Engelberg, J. W. Schwartz, H. Gouzoules, The emotional
canvas of human screams, PeerJ 9, 2021); who has the shorter folds, the higher."""


def _scream(rng: np.random.Generator, rate_hz: int) -> Wave:
    who, tract = someone(rng)
    n = round(between(rng, *LENGTH_S) * rate_hz)
    pitch_hz = _pitch(rng, n, between(rng, *PITCH_HZ[who]), rate_hz)
    points = max(4, round(n / rate_hz / GRID_S))
    vowels = [str(v) for v in rng.choice(["a", "ae", "a", "e", "o"], int(rng.integers(1, 3)))]
    formants = throat(
        vowels,
        tract=tract,
        points=points,
        width=rng.uniform(1.0, 2.5),
        open_jaw=rng.uniform(1.0, 1.5),
    )
    voiced = sung(
        pitch_hz,
        formants,
        tilt_db_per_octave=rng.uniform(-9, -2),
        rate_hz=rate_hz,
        phases=rng.uniform(0, 2 * np.pi, 16),
    )
    if rng.random() < 0.4:
        # The folds swing alternately: a second voice at half or a third of the pitch.
        part = sung(
            pitch_hz / int(rng.integers(2, 4)),
            formants,
            tilt_db_per_octave=rng.uniform(-6, -2),
            rate_hz=rate_hz,
        )
        voiced += rng.uniform(0.15, 0.7) * part * _spells(rng, n, rate_hz, share=0.6)
    air = breath(rng, n, formants, rate_hz)
    chaos = _spells(rng, n, rate_hz, share=rng.uniform(0.05, 0.5)) * rng.uniform(0.2, 0.9)
    wave = voiced * (1 - 0.7 * chaos) + air * (chaos + rng.uniform(0.01, 0.15))
    wave *= 1 - _roughness(rng, n, rate_hz)
    level = np.exp(rng.uniform(0.05, 0.3) * wander(rng, n, step_s=0.15, rate_hz=rate_hz))
    return fade(
        wave * level,
        in_s=between(rng, 0.01, 0.15),
        out_s=min(between(rng, 0.03, 0.5), 0.6 * n / rate_hz),
        rate_hz=rate_hz,
    )


def _pitch(rng: np.random.Generator, n: int, highest_hz: float, rate_hz: int) -> Wave:
    """Up fast, held with a tremor, and down; sometimes with a leap."""
    rise = rng.uniform(0.03, 0.35)
    fall = rng.uniform(0.5, 0.97)
    share = np.interp(
        np.linspace(0, 1, n),
        [0, rise, fall, 1],
        [rng.uniform(0.55, 0.9), 1.0, rng.uniform(0.8, 1.05), rng.uniform(0.45, 0.95)],
    )
    t = np.arange(n) / rate_hz
    vibrato = rng.uniform(0, 0.04) * np.sin(2 * np.pi * rng.uniform(4, 9) * t + rng.uniform(0, 6))
    drift = 0.03 * wander(rng, n, step_s=0.1, rate_hz=rate_hz)
    pitch = highest_hz * share * (1 + vibrato + drift)
    pitch = pitch * jitter(rng, n, between(rng, 0.003, 0.03), rate_hz)
    if rng.random() < 0.3:
        leap = int(rng.uniform(0.2, 0.8) * n)
        pitch[leap:] *= rng.choice([0.67, 0.75, 1.25, 1.33])
    return np.asarray(np.clip(pitch, 200, 3000))


def _roughness(rng: np.random.Generator, n: int, rate_hz: int) -> Wave:
    """By what share the amplitude is taken back, now: a beat of 30 to 150 Hz that wanders."""
    centre_hz = between(rng, ROUGHNESS_HZ[0] * 1.15, ROUGHNESS_HZ[1] / 1.15)
    beat_hz = centre_hz * (1 + 0.05 * np.clip(wander(rng, n, step_s=0.1, rate_hz=rate_hz), -2, 2))
    phase = 2 * np.pi * np.cumsum(beat_hz) / rate_hz + rng.uniform(0, 6)
    sharpness = rng.uniform(0.7, 2.5)
    beat = (0.5 + 0.5 * np.cos(phase)) ** sharpness
    depth = rng.uniform(0.4, 0.95)
    slow = 0.75 + 0.25 * np.tanh(wander(rng, n, step_s=0.2, rate_hz=rate_hz))
    return np.asarray(depth * slow * beat)


def _spells(rng: np.random.Generator, n: int, rate_hz: int, *, share: float) -> Wave:
    """0 or 1 with soft steps: on for about that share of the time, in spells of some 200 ms."""
    curve = wander(rng, n, step_s=0.2, rate_hz=rate_hz)
    threshold = np.quantile(curve, 1 - share)
    return np.asarray(1 / (1 + np.exp(-8 * (curve - threshold))))


# Screams of grown people reach 100 to 120 dB at 1 m; shouts 90 to 105 (H. Kuttruff, Room
# Acoustics, 5th edition, 2009, on shouting; the peak lies some 10 dB above the RMS).
SOUND = Sound("scream", level_db=112.0, maker=_scream)
