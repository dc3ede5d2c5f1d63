"""An engine's backfire: a blast out of a pipe, often several, over the running engine."""

import numpy as np

from catalogs.sounds import blast
from catalogs.sounds.modes import ring
from catalogs.sounds.sound import Sound, Wave, between, fade, peaked, put, silence
from catalogs.sounds.spectra import band, coloured, low_passed


def _backfire(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Fuel burns in the exhaust: slower than powder, and the pipe sings after it.

    A pipe that is open at one end sings at the odd multiples of c / 4L (Fletcher, Rossing, The
    Physics of Musical Instruments, 2nd edition, 1998, section 8.2).
    """
    pops = int(rng.choice([1, 1, 2, 3, 5]))
    gaps_s = between(rng, 0.06, 0.5) * rng.uniform(0.5, 1.5, pops)
    at_s = np.cumsum(gaps_s) - gaps_s[0] + rng.uniform(0, 0.4)
    room = silence(float(at_s[-1]) + between(rng, 0.3, 0.8), rate_hz)
    pipe_hz = blast.SPEED_MPS / (4 * rng.uniform(0.4, 2.5))
    odd = 2 * np.arange(8) + 1
    corner_hz = between(rng, 500, 4000)
    for start_s in at_s:
        bang = blast.friedlander(
            positive_s=between(rng, 0.0012, 0.006), duration_s=0.1, rate_hz=rate_hz
        )
        song = ring(
            frequencies_hz=pipe_hz * odd * rng.uniform(0.98, 1.02, 8),
            decays_s=between(rng, 0.01, 0.05) / np.sqrt(odd),
            gains=rng.uniform(0.3, 1, 8) / odd,
            duration_s=0.25,
            rate_hz=rate_hz,
        )
        gain = rng.uniform(0.4, 1)
        put(room, bang, at_s=float(start_s), rate_hz=rate_hz, gain=gain)
        share = between(rng, 0.2, 1.0)
        put(room, peaked(song), at_s=float(start_s), rate_hz=rate_hz, gain=gain * share)
    if rng.random() < 0.6:
        room += between(rng, 0.01, 0.12) * _engine(rng, len(room), rate_hz)
    return low_passed(room, corner_hz, rate_hz)


def _engine(rng: np.random.Generator, n: int, rate_hz: int) -> Wave:
    """A running engine: noise in the beat of its firing, half the revolutions times cylinders."""
    firing_hz = rng.uniform(800, 3500) / 60 / 2 * int(rng.choice([1, 2, 4]))
    t = np.arange(n) / rate_hz
    beat = (0.5 + 0.5 * np.cos(2 * np.pi * firing_hz * t)) ** 3
    noise = coloured(rng, n, rate_hz, band(50, between(rng, 300, 1200), 6.0))
    return fade(beat * noise, in_s=0.1, out_s=0.1, rate_hz=rate_hz)


# Our estimate: as loud as a firecracker, 20 dB below a gun.
SOUND = Sound("backfire", level_db=132.0, maker=_backfire)
