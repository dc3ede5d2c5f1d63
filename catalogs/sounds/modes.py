"""Struck bodies: sums of damped modes, and where the modes of plates and bars lie."""

import numpy as np
import scipy.signal
from numpy.typing import ArrayLike

from catalogs.sounds.sound import Wave


def ring(
    *,
    frequencies_hz: ArrayLike,
    decays_s: ArrayLike,
    gains: ArrayLike,
    duration_s: float,
    rate_hz: int,
) -> Wave:
    """A struck body: each mode a sine that dies away, sum of g sin(2πft) exp(-t/τ).

    K. van den Doel, D. K. Pai, The sounds of physical shapes, Presence 7, 1998. Modes above half
    the rate are left out, as a microphone leaves them out.
    """
    f, tau, g = np.broadcast_arrays(
        np.asarray(frequencies_hz, float), np.asarray(decays_s, float), np.asarray(gains, float)
    )
    wave = np.zeros(max(1, round(duration_s * rate_hz)))
    for mode_hz, decay_s, gain in zip(f, tau, g, strict=True):
        if mode_hz >= 0.48 * rate_hz:
            continue
        # After nine decays it is 78 dB down.
        n = min(len(wave), max(2, round(9 * decay_s * rate_hz)))
        struck = np.zeros(n)
        struck[0] = gain
        shrink, turn = np.exp(-1 / (decay_s * rate_hz)), 2 * np.pi * mode_hz / rate_hz
        # The impulse response of a two-pole resonator is the very same damped sine.
        wave[:n] += scipy.signal.lfilter(
            [0.0, shrink * np.sin(turn)], [1.0, -2 * shrink * np.cos(turn), shrink**2], struck
        )
    return wave


def plate_modes_hz(
    *,
    length_m: float,
    width_m: float,
    thickness_m: float,
    young_pa: float,
    density_kgpm3: float,
    poisson: float,
    count: int,
) -> Wave:
    """The lowest modes of a simply supported plate.

    f = (π/2) sqrt(D / (d h)) (m²/a² + n²/b²) with D = E h³ / (12 (1 - ν²)), d the density; N. H.
    Fletcher, T. D. Rossing, The Physics of Musical Instruments, 2nd edition, 1998, chapter 3.
    """
    stiffness = young_pa * thickness_m**3 / (12 * (1 - poisson**2))
    m, n = np.meshgrid(np.arange(1, count + 1), np.arange(1, count + 1))
    waves = (m / length_m) ** 2 + (n / width_m) ** 2
    scale = np.pi / 2 * np.sqrt(stiffness / (density_kgpm3 * thickness_m))
    return np.asarray(np.sort((scale * waves).ravel())[:count])


BAR_RATIOS = np.array([1.0, 2.756, 5.404, 8.933, 13.34, 18.64])
"""Modes of a bar that is free at both ends, over its lowest (Fletcher, Rossing, chapter 2)."""


def loss_decays_s(frequencies_hz: Wave, loss: float) -> Wave:
    """How fast modes die by internal friction: τ = 1 / (π f η), η the loss factor.

    L. Cremer, M. Heckl, E. E. Ungar, Structure-Borne Sound, 2nd edition, 1988, which gives glass
    some 0.001, steel less, wood some 0.01. What holds a body, or lies against it, adds more.
    """
    return np.asarray(1 / (np.pi * frequencies_hz * loss))
