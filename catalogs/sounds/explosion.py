"""An explosion: a long blast, its rumble among the houses, and what falls down afterwards."""

import numpy as np

from catalogs.sounds import blast
from catalogs.sounds.modes import ring
from catalogs.sounds.sound import Sound, Wave, between, peaked, put, silence, times, wander
from catalogs.sounds.spectra import band, coloured, low_passed


def _explosion(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Positive phases of 3 to 30 ms, as of 0.4 to 400 kg of TNT at some tens of metres.

    4 ms for 1 kg from 20 m on, growing with the cube root of the charge: G. F. Kinney, K. J.
    Graham, Explosive Shocks in Air, 2nd edition, 1985, chapter 6.
    """
    positive_s = between(rng, 0.003, 0.03)
    duration_s = between(rng, 1.2, 5.0)
    room = silence(duration_s, rate_hz)
    bang = blast.friedlander(positive_s=positive_s, duration_s=10 * positive_s, rate_hz=rate_hz)
    # Turbulence and the fireball tear at the smooth wave.
    torn = coloured(rng, len(bang), rate_hz, band(60, between(rng, 500, 5000), 5.0))
    t = times(len(bang) / rate_hz, rate_hz)
    bang = bang + rng.uniform(0.05, 0.4) * torn * np.exp(-t / (2.5 * positive_s))
    put(room, bang, at_s=0, rate_hz=rate_hz)
    for _ in range(int(rng.integers(0, 5))):
        lag_s = between(rng, 0.01, 0.4)
        echo = low_passed(bang, between(rng, 400, 4000), rate_hz)
        put(room, echo, at_s=lag_s, rate_hz=rate_hz, gain=rng.uniform(0.1, 0.5))
    room += _rumble(rng, len(room), positive_s, rate_hz)
    if rng.random() < 0.6:
        _debris(rng, room, rate_hz)
    return low_passed(room, between(rng, 1500, 16_000), rate_hz)


def _rumble(rng: np.random.Generator, n: int, positive_s: float, rate_hz: int) -> Wave:
    """The tail: the blast scattered by everything around, low, swelling and dying."""
    # The blast's own spectrum peaks at 1 / (2π t+) (the transform of Friedlander's formula).
    peak_hz = 1 / (2 * np.pi * positive_s)
    low = coloured(rng, n, rate_hz, band(max(20.0, peak_hz / 2), 8 * peak_hz, rng.uniform(5, 9)))
    t = np.arange(n) / rate_hz
    decay_s = n / rate_hz / rng.uniform(2.5, 6)
    swell = 1 - np.exp(-t / between(rng, 0.005, 0.1))
    rolling = np.exp(0.5 * wander(rng, n, step_s=0.12, rate_hz=rate_hz))
    return np.asarray(between(rng, 0.1, 0.9) * low * swell * rolling * np.exp(-t / decay_s))


def _debris(rng: np.random.Generator, room: Wave, rate_hz: int) -> None:
    """Stones, tiles and sheets that come down: small impacts, at first more, then fewer."""
    total_s = len(room) / rate_hz
    pieces = []
    for _ in range(4):
        modes = int(rng.integers(3, 8))
        piece = ring(
            frequencies_hz=between(rng, 300, 3000) * np.sort(rng.uniform(1, 5, modes)),
            decays_s=rng.uniform(0.002, 0.03, modes),
            gains=rng.uniform(0.2, 1, modes),
            duration_s=0.1,
            rate_hz=rate_hz,
        )
        pieces.append(peaked(piece))
    loudness = between(rng, 0.01, 0.12)
    for _ in range(int(rng.integers(8, 60))):
        at_s = 0.3 + rng.exponential(total_s / 4)
        piece = pieces[int(rng.integers(len(pieces)))]
        put(room, piece, at_s=at_s, rate_hz=rate_hz, gain=loudness * between(rng, 0.1, 1))


# 1 kg of TNT: some 0.8 kPa at 100 m (Kinney, Graham), carried back to 1 m by 1/r, though a blast
# as strong as that falls off faster near by.
SOUND = Sound("explosion", level_db=190.0, maker=_explosion)
