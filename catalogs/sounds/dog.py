"""A barking dog: short, harsh, falling calls, alone or in series."""

import numpy as np

from catalogs.sounds.sound import Sound, Wave, between, fade, put, silence
from catalogs.sounds.voice import Throat, breath, jitter, sung


def _dog(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Barks of 60 to 250 ms, pitch 250 to 1000 Hz by size and mood.

    S. Yin, B. McCowan, Barking in domestic dogs, Animal Behaviour 68, 2004. The formants are those
    of a tube of 10 to 24 cm, (2k - 1) c / 4L (Fant 1960).
    """
    tube_m = between(rng, 0.10, 0.24)
    pitch_hz = between(rng, 250, 1000) * (0.12 / tube_m) ** 0.5
    barks = int(rng.choice([1, 2, 2, 3, 4, 6]))
    gaps_s = between(rng, 0.22, 0.9) * rng.uniform(0.8, 1.2, barks)
    at_s = np.cumsum(gaps_s) - gaps_s[0]
    length_s = between(rng, 0.06, 0.25)
    harsh = rng.uniform(0.1, 0.9)
    room = silence(float(at_s[-1]) + 0.45, rate_hz)
    for start_s in at_s:
        bark = _bark(
            rng,
            length_s * rng.uniform(0.8, 1.3),
            pitch_hz * rng.uniform(0.9, 1.1),
            tube_m,
            harsh,
            rate_hz,
        )
        put(room, bark, at_s=float(start_s), rate_hz=rate_hz, gain=rng.uniform(0.5, 1))
    return room


def _bark(
    rng: np.random.Generator,
    length_s: float,
    pitch_hz: float,
    tube_m: float,
    harsh: float,
    rate_hz: int,
) -> Wave:
    n = round(length_s * rate_hz)
    arch = np.interp(
        np.linspace(0, 1, n), [0, rng.uniform(0.1, 0.4), 1], [0.7, 1, rng.uniform(0.4, 0.8)]
    )
    pitch = pitch_hz * arch * jitter(rng, n, 0.02 + 0.06 * harsh, rate_hz)
    centres = 340 * (2 * np.arange(1, 11) - 1) / (4 * tube_m)
    points = max(4, n * 125 // rate_hz)
    # The jaw opens and shuts once: the formants go up and down with it.
    jaw = 0.8 + 0.4 * np.sin(np.pi * np.linspace(0, 1, points))
    formants = Throat(centres[:, None] * jaw, np.tile((80 + 0.08 * centres)[:, None], points))
    wave = sung(pitch, formants, tilt_db_per_octave=rng.uniform(-9, -3), rate_hz=rate_hz)
    wave = (1 - 0.6 * harsh) * wave + harsh * breath(rng, n, formants, rate_hz)
    return fade(wave, in_s=0.008, out_s=0.6 * length_s, rate_hz=rate_hz)


# Kennels measure 95 to 115 dB near barking dogs (G. Sales et al., Noise in dog kennelling, Applied
# Animal Behaviour Science 52, 1997).
SOUND = Sound("dog", level_db=108.0, maker=_dog)
