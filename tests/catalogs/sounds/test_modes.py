import numpy as np
import pytest

from catalogs.sounds.modes import loss_decays_s, plate_modes_hz, ring

RATE_HZ = 16_000


def test_a_mode_swings_at_its_frequency_and_dies_at_its_pace():
    wave = ring(
        frequencies_hz=[440.0], decays_s=[0.1], gains=[2.0], duration_s=0.5, rate_hz=RATE_HZ
    )
    t = np.arange(len(wave)) / RATE_HZ
    assert wave == pytest.approx(2 * np.sin(2 * np.pi * 440 * t) * np.exp(-t / 0.1), abs=1e-9)


def test_a_mode_above_what_is_heard_is_left_out():
    assert not ring(
        frequencies_hz=[9000.0], decays_s=[0.1], gains=[1.0], duration_s=0.1, rate_hz=RATE_HZ
    ).any()


def test_the_lowest_mode_of_a_steel_plate_is_the_textbooks():
    # f11 = 0.453 c_L h (1/a² + 1/b²), Fletcher and Rossing, chapter 3, with c_L = 5200 m/s.
    young, density, poisson = 2.0e11, 7800.0, 0.28
    wave_mps = np.sqrt(young / (density * (1 - poisson**2)))
    modes = plate_modes_hz(
        length_m=0.5,
        width_m=0.4,
        thickness_m=0.002,
        young_pa=young,
        density_kgpm3=density,
        poisson=poisson,
        count=5,
    )
    assert modes[0] == pytest.approx(0.453 * wave_mps * 0.002 * (1 / 0.25 + 1 / 0.16), rel=0.002)
    assert (np.diff(modes) > 0).all()


def test_higher_modes_die_sooner():
    assert loss_decays_s(np.array([1000.0, 2000.0]), 0.001) == pytest.approx(
        [0.3183, 0.15915], 1e-3
    )
