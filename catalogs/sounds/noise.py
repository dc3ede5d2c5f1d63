"""What a street sounds like when nothing happens: traffic far and near, and wind."""

from collections.abc import Sequence

import numpy as np

from catalogs.sounds.sound import Gain, Samples, Wave, between, decibels, wander
from catalogs.sounds.spectra import coloured
from hlaska.sound.scores import RATE_HZ

THIRD_OCTAVES_HZ = (
    100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000
)  # fmt: skip
TRAFFIC_DB_A: Sequence[float] = (
    -20, -20, -18, -16, -15, -14, -13, -12, -11, -9, -8, -9, -10, -11, -13, -15, -16, -18
)  # fmt: skip
"""A-weighted levels of road traffic in third octaves: EN 1793-3:1997, table 1."""


def a_weighting(frequency_hz: Wave) -> Wave:
    """Factor on the amplitude: IEC 61672-1:2013, annex E, formula E.1."""
    f2 = np.maximum(frequency_hz, 1e-3) ** 2
    weight = 12194**2 * f2**2 / ((f2 + 20.6**2) * (f2 + 12194**2))
    return np.asarray(weight / np.sqrt((f2 + 107.7**2) * (f2 + 737.9**2)) * 10**0.1)


def traffic(tilt_db_per_octave: float = 0.0) -> Gain:
    """Amplitude of road traffic at each frequency, A-weighting taken back.

    Outside the standard's bands, which says nothing there, it goes on as at their edge down to
    50 Hz and falls by 9 dB an octave below and above.

    Args:
        tilt_db_per_octave: Brighter (more) or duller (less) than the standard's, around 1 kHz.
    """
    centres = np.array(THIRD_OCTAVES_HZ, float)
    # A band's level is its density times its width, which grows with its frequency.
    density_db = np.array(TRAFFIC_DB_A) - 20 * np.log10(a_weighting(centres))
    density_db -= 10 * np.log10(centres)

    def gain(frequency_hz: Wave) -> Wave:
        f = np.maximum(frequency_hz, 20.0)
        level_db = np.interp(np.log2(f), np.log2(centres), density_db)
        level_db -= 9 * np.maximum(np.log2(f / centres[-1]), 0)
        level_db -= 9 * np.maximum(np.log2(50 / f), 0)
        level_db += tilt_db_per_octave * np.log2(f / 1000)
        return np.where(frequency_hz < 20.0, 0.0, 10 ** (level_db / 20))

    return gain


def wind(frequency_hz: Wave) -> Wave:
    """Amplitude of wind on a microphone: power falls with f^(-5/3), and faster above 300 Hz.

    S. Morgan, R. Raspet, Investigation of the mechanisms of low-frequency wind noise generation
    outdoors, JASA 92, 1992 (the slope of turbulence); the size of the windscreen sets the corner.
    """
    f = np.maximum(frequency_hz, 1e-3)
    power = f ** (-5 / 3) / (1 + (f / 300) ** 4)
    return np.where(frequency_hz < 10.0, 0.0, np.sqrt(power))


def street_noise(
    rng: np.random.Generator,
    duration_s: float,
    rate_hz: int = RATE_HZ,
    *,
    cars: bool | None = None,
    gusts: bool | None = None,
) -> Samples:
    """Noise of a street, RMS 1.0; its end joins its beginning, so that it can be looped.

    Args:
        rng: Chance.
        duration_s: How long.
        rate_hz: Samples a second.
        cars: Whether single cars pass; None: in two thirds of the cases.
        gusts: Whether wind blows on the microphone; None: in a quarter.
    """
    n = max(2, round(duration_s * rate_hz))
    cars = bool(rng.random() < 2 / 3) if cars is None else cars
    gusts = bool(rng.random() < 1 / 4) if gusts is None else gusts
    far = coloured(rng, n, rate_hz, traffic(rng.uniform(-2, 1)), loops=True)
    noise = far * factors(rng.uniform(1, 2.5) * _slow(rng, n, rate_hz, step_s=3.0))
    if cars:
        noise += _cars(rng, n, rate_hz)
    if gusts:
        blow = coloured(rng, n, rate_hz, wind, loops=True)
        gust = np.maximum(_slow(rng, n, rate_hz, step_s=between(rng, 0.4, 2.0)), 0) ** 1.5
        noise += between(rng, 0.3, 4) * blow * gust
    return np.asarray(noise / np.sqrt(np.mean(noise**2)), np.float32)


def factors(levels_db: Wave) -> Wave:
    """Factors on the amplitude for a curve of levels."""
    return np.asarray(10 ** (levels_db / 20))


def _slow(rng: np.random.Generator, n: int, rate_hz: int, *, step_s: float) -> Wave:
    return wander(rng, n, step_s=step_s, rate_hz=rate_hz, loops=True)


def _cars(rng: np.random.Generator, n: int, rate_hz: int) -> Wave:
    """Cars that pass, 2 to 12 a minute: each a pressure of 1 / distance at a steady speed."""
    noise = np.zeros(n)
    t = np.arange(n) / rate_hz
    total_s = n / rate_hz
    tyres = coloured(rng, n, rate_hz, traffic(rng.uniform(-2, 1)), loops=True)
    for _ in range(min(8, rng.poisson(total_s / 60 * between(rng, 2, 12)))):
        speed_mps, near_m = rng.uniform(6, 15), rng.uniform(3, 12)
        # The way round the loop: as far behind as ahead where it closes, so that nothing jumps.
        away_s = (t - rng.uniform(0, total_s) + total_s / 2) % total_s - total_s / 2
        swell = near_m / np.hypot(near_m, speed_mps * away_s)
        loud = decibels(rng.uniform(-6, 12))
        # Each car has another stretch of the same noise.
        noise += loud * swell * np.roll(tyres, int(rng.integers(n)))
    return noise
