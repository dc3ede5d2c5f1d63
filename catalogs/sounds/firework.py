"""A firework: the whistle or thump of its lift, the bang, and the crackle of its stars."""

import numpy as np

from catalogs.sounds import blast
from catalogs.sounds.sound import Sound, Wave, between, fade, peaked, put, silence, times
from catalogs.sounds.spectra import band, burst, low_passed
from catalogs.sounds.voice import jitter


def _firework(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Any of its three parts may be missing, but never all."""
    lift, bang, crackle = rng.random(3) < (0.6, 0.9, 0.45)
    if not (lift or crackle):
        bang = True
    pieces: list[Wave] = []
    if lift:
        make = _whistle if rng.random() < 0.65 else _thump
        pieces += [make(rng, rate_hz), silence(between(rng, 0.01, 0.6), rate_hz)]
    if bang:
        reports = int(rng.choice([1, 1, 1, 2, 3]))
        for _ in range(reports):
            pieces += [_bang(rng, rate_hz), silence(between(rng, 0.01, 0.4), rate_hz)]
    if crackle:
        pieces += [_crackle(rng, rate_hz)]
    return low_passed(np.concatenate(pieces), between(rng, 2000, 16_000), rate_hz)


def _whistle(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Whistling composition burns in pulses of 1 to 5 kHz, lower as its tube empties.

    W. R. Maxwell, Pyrotechnic whistles, 4th Symposium on Combustion, 1953.
    """
    n = round(between(rng, 0.3, 1.6) * rate_hz)
    start_hz = between(rng, 1500, 5000)
    pitch_hz = start_hz * np.linspace(1, rng.uniform(0.4, 1.1), n)
    pitch_hz *= jitter(rng, n, between(rng, 0.002, 0.04), rate_hz)
    phase = 2 * np.pi * np.cumsum(np.minimum(pitch_hz, 0.45 * rate_hz)) / rate_hz
    second = np.where(2 * pitch_hz < 0.45 * rate_hz, rng.uniform(0, 0.5), 0.0)
    tone = np.sin(phase) + second * np.sin(2 * phase)
    hiss = burst(rng, n, rate_hz, band(1000, 6000, 6.0))
    wave = tone + rng.uniform(0.1, 0.8) * hiss
    gain = between(rng, 0.03, 0.4)
    return gain * fade(wave, in_s=0.05, out_s=0.08, rate_hz=rate_hz)


def _thump(rng: np.random.Generator, rate_hz: int) -> Wave:
    """The mortar's lift charge: a dull blast."""
    wave = blast.friedlander(
        positive_s=between(rng, 0.002, 0.008), duration_s=between(rng, 0.3, 1.5), rate_hz=rate_hz
    )
    return between(rng, 0.1, 0.5) * wave


def _bang(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Flash powder in paper: 0.4 to 4 ms, heard without a bullet, from above, little ground."""
    positive_s = between(rng, 0.0004, 0.004)
    wave = blast.friedlander(positive_s=positive_s, duration_s=0.12, rate_hz=rate_hz)
    t = times(0.12, rate_hz)
    torn = burst(rng, len(t), rate_hz, band(200, between(rng, 800, 6000), 6.0))
    wave = wave + between(rng, 0.03, 0.3) * torn * np.exp(-t / 0.02)
    return blast.with_ground(
        wave,
        source_m=between(rng, 1, 80),
        microphone_m=4.0,
        apart_m=between(rng, 3, 80),
        share=rng.uniform(0.2, 0.9),
        rate_hz=rate_hz,
    )


def _crackle(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Dragon's eggs: hundreds of small blasts at random (a Poisson process), swelling and dying."""
    duration_s = between(rng, 0.4, 2.0)
    room = silence(duration_s + 0.03, rate_hz)
    pops = [
        blast.friedlander(
            positive_s=between(rng, 0.00005, 0.0005), duration_s=0.01, rate_hz=rate_hz
        )
        for _ in range(4)
    ]
    pops = [peaked(pop) for pop in pops]
    for _ in range(rng.poisson(duration_s * between(rng, 40, 300))):
        put(
            room,
            pops[int(rng.integers(4))],
            at_s=duration_s * rng.beta(1.5, 2.5),
            rate_hz=rate_hz,
            gain=between(rng, 0.05, 1),
        )
    return between(rng, 0.1, 0.9) * room


# Consumer fireworks stay below 120 dB(A, impulse) at 8 m (EN 15947-5:2015, category F2),
# which is 138 dB at 1 m.
SOUND = Sound("firework", level_db=140.0, maker=_firework)
