"""Thunder: the shocks of a crooked channel, arriving one after the other."""

import numpy as np

from catalogs.sounds.sound import Sound, Wave, between, peaked, put, silence, wander
from catalogs.sounds.spectra import band, coloured, low_passed


def _thunder(rng: np.random.Generator, rate_hz: int) -> Wave:
    """N-like waves from each straight piece of the channel, spread over its length.

    A. A. Few, Power spectrum of thunder, Journal of Geophysical Research 74, 1969 (peaks near
    50 to 200 Hz); H. S. Ribner, D. Roy, Acoustics of thunder, JASA 72, 1982 (the tortuous channel).
    """
    duration_s = rng.uniform(1.8, 4.5)
    near = rng.random()
    room = silence(duration_s, rate_hz)
    pulse_s = between(rng, 0.004, 0.02)
    t = np.arange(-2 * rate_hz * pulse_s, 2 * rate_hz * pulse_s) / rate_hz
    pulse = -t / pulse_s * np.exp(0.5 - 0.5 * (t / pulse_s) ** 2)
    claps_s = np.sort(rng.beta(1.0, 2.5, int(rng.integers(2, 7)))) * duration_s * 0.6
    claps_s[0] = rng.uniform(0, 0.1)
    for clap_s in claps_s:
        spread_s = between(rng, 0.02, 0.3)
        loud = between(rng, 0.2, 1)
        for _ in range(int(rng.integers(8, 40))):
            put(
                room,
                pulse,
                at_s=clap_s + rng.exponential(spread_s),
                rate_hz=rate_hz,
                gain=loud * between(rng, 0.1, 1) * rng.choice([-1, 1]),
            )
    if near > 0.5:
        # A near stroke tears and crackles before it rumbles.
        n = round(0.4 * rate_hz)
        tear = coloured(rng, n, rate_hz, band(150, between(rng, 800, 4000), 5.0))
        tear *= np.exp(-np.arange(n) / rate_hz / 0.12) * rng.random(n) ** 4
        put(room, tear, at_s=float(claps_s[0]), rate_hz=rate_hz, gain=between(rng, 0.1, 0.8))
    at = np.linspace(0, 1, len(room))
    rumble = coloured(rng, len(room), rate_hz, band(25, between(rng, 80, 250), 7.0))
    rumble *= np.minimum(at / 0.05, 1) * np.exp(-3 * at)
    rumble *= np.exp(0.6 * wander(rng, len(room), step_s=0.25, rate_hz=rate_hz))
    mixed = peaked(room) + rng.uniform(0.1, 0.4) * rumble
    late = low_passed(mixed, between(rng, 90, 300), rate_hz)
    early = low_passed(mixed, 300 * 10**near, rate_hz)
    ended = np.clip((1 - at) / 0.2, 0, 1)
    return np.asarray((early * (1 - at) ** 2 + late * (1 - (1 - at) ** 2)) * ended)


# 120 dB is reached some hundred metres from the channel; as if it came from 1 m, it would be more
# than any microphone bears, so this is the level at the street (Few 1969 heard it at kilometres).
SOUND = Sound("thunder", level_db=115.0, maker=_thunder)
