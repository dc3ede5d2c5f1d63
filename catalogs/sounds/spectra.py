"""Noise of a given spectrum, and the filters and resonances that colour a sound."""

import numpy as np
import scipy.fft
import scipy.signal

from catalogs.sounds.sound import Gain, Wave, peaked


def coloured(
    rng: np.random.Generator, n: int, rate_hz: int, gain: Gain, *, loops: bool = False
) -> Wave:
    """Gaussian noise whose spectrum has that gain; RMS 1.0.

    Args:
        rng: Chance.
        n: Samples.
        rate_hz: Samples a second.
        gain: Amplitude of each frequency.
        loops: Whether its end joins its beginning, as the Fourier transform has it by nature.
    """
    size = n if loops else scipy.fft.next_fast_len(n, real=True)
    wave = shaped(rng.standard_normal(size), rate_hz, gain)[:n]
    rms = float(np.sqrt(np.mean(wave**2)))
    return np.asarray(wave / rms if rms else wave)


def shaped(wave: Wave, rate_hz: int, gain: Gain) -> Wave:
    """The sound with each frequency multiplied by that gain, no phase shifted; wraps around."""
    spectrum = scipy.fft.rfft(wave)
    spectrum *= gain(np.asarray(np.fft.rfftfreq(len(wave), 1 / rate_hz), np.float64))
    spectrum[0] = 0.0
    return np.asarray(scipy.fft.irfft(spectrum, len(wave)))


def burst(rng: np.random.Generator, n: int, rate_hz: int, gain: Gain) -> Wave:
    """Noise of that spectrum with its highest peak at 1.0."""
    return peaked(coloured(rng, n, rate_hz, gain))


def band(low_hz: float, high_hz: float, slope_db_per_octave: float = 12.0) -> Gain:
    """A band with soft edges: 1 inside, falling by so much an octave outside."""

    def gain(frequency_hz: Wave) -> Wave:
        f = np.maximum(frequency_hz, 1e-3)
        octaves = np.maximum(np.log2(low_hz / f), 0) + np.maximum(np.log2(f / high_hz), 0)
        return np.asarray(10 ** (-slope_db_per_octave * octaves / 20))

    return gain


def low_passed(wave: Wave, high_hz: float, rate_hz: int, order: int = 1) -> Wave:
    """Butterworth low-pass, causal: a sharp beginning stays sharp."""
    # Below half the rate, else there is nothing to take away.
    if high_hz >= 0.49 * rate_hz:
        return wave
    sections = scipy.signal.butter(order, high_hz, "lowpass", fs=rate_hz, output="sos")
    return np.asarray(scipy.signal.sosfilt(sections, wave))


def resonated(wave: Wave, centre_hz: float, bandwidth_hz: float, rate_hz: int) -> Wave:
    """The sound through a second-order resonance of unit gain at its centre."""
    quality = max(centre_hz / bandwidth_hz, 0.5)
    b, a = scipy.signal.iirpeak(min(centre_hz, 0.45 * rate_hz), quality, fs=rate_hz)
    return np.asarray(scipy.signal.lfilter(b, a, wave))
