"""Sirens of police, ambulance and fire brigade: two tones, wail, yelp."""

import numpy as np

from catalogs.sounds.sound import Sound, Wave, between, fade
from catalogs.sounds.spectra import resonated


def _siren(rng: np.random.Generator, rate_hz: int) -> Wave:
    n = round(rng.uniform(1.5, 4.0) * rate_hz)
    t = np.arange(n) / rate_hz
    kind = rng.choice(["two-tone", "wail", "yelp"])
    pitch_hz = {"two-tone": _two_tone, "wail": _wail, "yelp": _yelp}[str(kind)](rng, t)
    pitch_hz = pitch_hz * _passing(rng, t)
    # A horn driver's square-like wave: harmonics fall slowly, then the horn's own bands.
    turn = np.exp(2j * np.pi * np.cumsum(pitch_hz) / rate_hz)
    partial, wave = np.ones(n, complex), np.zeros(n)
    fall = rng.uniform(0.6, 1.8)
    for order in range(1, int(0.46 * rate_hz / pitch_hz.min()) + 1):
        partial *= turn
        gain = rng.uniform(0.4, 1) * order**-fall * (1.0 if order % 2 else rng.uniform(0.1, 1))
        wave += gain * np.clip((0.47 * rate_hz / order - pitch_hz) / 200, 0, 1) * partial.imag
    wave = wave + 1.5 * resonated(wave, between(rng, 700, 2500), 400, rate_hz)
    return fade(wave, in_s=0.1, out_s=0.2, rate_hz=rate_hz)


def _two_tone(rng: np.random.Generator, t: Wave) -> Wave:
    """Two tones of 360 to 630 Hz, a fourth apart, 1 : 1.333 (DIN 14610)."""
    low_hz = rng.uniform(360, 470)
    step_s = between(rng, 0.3, 0.8)
    high = np.floor(t / step_s + rng.uniform(0, 2)) % 2
    return np.asarray(low_hz * (1 + 0.333 * high))


def _wail(rng: np.random.Generator, t: Wave) -> Wave:
    """Up and down 10 to 18 times a minute (US federal specification KKK-A-1822), and faster."""
    return _swept(rng, t, rng.uniform(10, 30) / 60)


def _yelp(rng: np.random.Generator, t: Wave) -> Wave:
    """The same 150 to 250 times a minute (KKK-A-1822)."""
    return _swept(rng, t, rng.uniform(150, 250) / 60)


def _swept(rng: np.random.Generator, t: Wave, sweeps_hz: float) -> Wave:
    low_hz, high_hz = rng.uniform(450, 800), rng.uniform(1100, 1800)
    share = (t * sweeps_hz + rng.random()) % 1
    rise = rng.uniform(0.3, 0.7)
    up = np.where(share < rise, share / rise, (1 - share) / (1 - rise))
    return np.asarray(low_hz * (high_hz / low_hz) ** up)


def _passing(rng: np.random.Generator, t: Wave) -> Wave:
    """Doppler's factor c / (c - v) of a vehicle that drives by at up to 20 m/s."""
    speed_mps, near_m = rng.uniform(0, 20), between(rng, 4, 40)
    along_m = speed_mps * (rng.uniform(0, t[-1]) - t)
    towards_mps = speed_mps * along_m / np.hypot(along_m, near_m)
    return np.asarray(340 / (340 - towards_mps))


# At least 110 dB(A) at 3.5 m in front (DIN 14610): 121 dB at 1 m, and 3 dB more at the peak.
SOUND = Sound("siren", level_db=124.0, maker=_siren)
