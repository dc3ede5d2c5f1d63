"""What microphones make of a sound: their band, their gain, their limits, their faults."""

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from hlaska.sound.scores import RATE_HZ

Samples = NDArray[np.float32]

_NYQUIST_HZ = RATE_HZ / 2


def heard(rng: np.random.Generator, samples: Samples) -> Samples:
    """The same sound as some microphone gives it, -1..1.

    Every second one is cheap and hears up to 2.5..7.5 kHz only; every second one does without the
    rumble under 50..250 Hz. Levels lie wherever an installer left them. One in eight clips the
    loudest, one in ten has 8 bits, one in ten hums, crackles or drops out.
    """
    wave = samples.astype(np.float64)
    if rng.random() < 0.5:
        wave = _filtered(wave, rng.uniform(2500, 7500), "low")
    if rng.random() < 0.5:
        wave = _filtered(wave, rng.uniform(50, 250), "high")
    if rng.random() < 0.1:
        wave = _faulty(rng, wave)
    peak = max(float(np.abs(wave).max()), 1e-9)
    clips = rng.random() < 1 / 8
    target_db = rng.uniform(3, 15) if clips else rng.uniform(-35, -0.5)
    wave = np.clip(wave * (10 ** (target_db / 20) / peak), -1, 1)
    if rng.random() < 0.1:
        wave = np.round(wave * 127) / 127
    return wave.astype(np.float32)


def _filtered(wave: NDArray[np.float64], edge_hz: float, kind: str) -> NDArray[np.float64]:
    return np.asarray(
        scipy.signal.sosfilt(
            scipy.signal.butter(2, edge_hz / _NYQUIST_HZ, kind, output="sos"), wave
        )
    )


def _faulty(rng: np.random.Generator, wave: NDArray[np.float64]) -> NDArray[np.float64]:
    rms = np.sqrt(np.mean(wave**2))
    fault = rng.choice(("hum", "crackle", "dropout"))
    if fault == "hum":
        phase = 2 * np.pi * 50 * np.arange(len(wave)) / RATE_HZ
        return wave + rms * rng.uniform(0.2, 2) * (np.sin(phase) + 0.5 * np.sin(3 * phase))
    places = rng.integers(0, len(wave), rng.integers(1, 12))
    wave = wave.copy()
    if fault == "crackle":
        wave[places] += rms * rng.uniform(5, 60, len(places)) * rng.choice((-1, 1), len(places))
    else:
        for place in places[:3]:
            wave[place : place + rng.integers(RATE_HZ // 100, RATE_HZ // 2)] = 0
    return wave
