"""Shock waves: the blast of an explosion, the N of a bullet, and their echo from the ground.

Each sample is the mean of the pressure over its time, from the integral of the formula: so a jump
neither aliases nor depends on where between two samples it falls.
"""

import numpy as np

from catalogs.sounds.sound import Wave, put, silence

SPEED_MPS = 340.0
"""Of sound in air of about 15 °C, where a metre more or less of a random way does not matter."""


def friedlander(*, positive_s: float, duration_s: float, rate_hz: int) -> Wave:
    """Overpressure of a blast of peak 1: p(t) = (1 - t/t+) exp(-t/t+), 0 at t+, below it after.

    F. G. Friedlander, The diffraction of sound pulses I, Proceedings of the Royal Society A 186,
    1946; as used for muzzle blasts by R. C. Maher, Acoustical characterization of gunshots, IEEE
    SAFE 2007.

    Args:
        positive_s: The positive phase t+: longer for a larger charge and from farther away.
        duration_s: Of the result.
        rate_hz: Samples a second.
    """
    edges_s = np.arange(round(duration_s * rate_hz) + 1) / rate_hz
    impulse = edges_s * np.exp(-edges_s / positive_s)
    return np.asarray(np.diff(impulse) * rate_hz)


def n_wave(*, duration_s: float, rate_hz: int) -> Wave:
    """The shock of a supersonic body: pressure jumps to 1, falls straight to -1, jumps back.

    G. B. Whitham, The flow pattern of a supersonic projectile, Communications on Pure and Applied
    Mathematics 5, 1952.
    """
    n = int(np.ceil(duration_s * rate_hz)) + 1
    t = np.minimum(np.arange(n + 1) / rate_hz, duration_s)
    return np.asarray(np.diff(t - t**2 / duration_s) * rate_hz)


def whitham_length_s(*, calibre_m: float, bullet_m: float, miss_m: float, mach: float) -> float:
    """How long the N of a bullet lasts that passes at `miss_m`.

    T = 1.82 d M x^(1/4) / (c (M² - 1)^(3/8) l^(1/4)), Whitham 1952 in the form of B. M. Sadler,
    T. Pham, L. C. Sadler, Optimal and wavelet-based shock wave detection and estimation, JASA 104,
    1998.
    """
    shape = 1.82 * calibre_m * mach / (SPEED_MPS * (mach**2 - 1) ** (3 / 8))
    return float(shape * (miss_m / bullet_m) ** 0.25)


def with_ground(
    wave: Wave, *, source_m: float, microphone_m: float, apart_m: float, share: float, rate_hz: int
) -> Wave:
    """The sound and its echo from the ground, later and weaker by the longer way.

    Args:
        wave: As it leaves the source.
        source_m: Height of the source.
        microphone_m: Height of the microphone.
        apart_m: Horizontal way between them.
        share: Of the amplitude that the ground gives back.
        rate_hz: Samples a second.
    """
    direct_m = float(np.hypot(apart_m, source_m - microphone_m))
    echo_m = float(np.hypot(apart_m, source_m + microphone_m))
    lag_s = (echo_m - direct_m) / SPEED_MPS
    room = silence(len(wave) / rate_hz + lag_s, rate_hz)
    put(room, wave, at_s=0, rate_hz=rate_hz)
    put(room, wave, at_s=lag_s, rate_hz=rate_hz, gain=share * direct_m / echo_m)
    return room
