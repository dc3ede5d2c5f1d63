import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.sounds.noise import (
    THIRD_OCTAVES_HZ,
    TRAFFIC_DB_A,
    a_weighting,
    street_noise,
    traffic,
)
from catalogs.sounds.spectra import coloured
from hlaska.sound.scores import RATE_HZ


def test_the_a_weighting_is_the_standards():
    # IEC 61672-1, table 3.
    f = np.array([100.0, 1000.0, 4000.0, 8000.0])
    assert 20 * np.log10(a_weighting(f)) == pytest.approx([-19.1, 0.0, 1.0, -1.1], abs=0.1)


def test_traffic_has_the_standards_level_in_every_third_octave(rng):
    noise = coloured(rng, 60 * RATE_HZ, RATE_HZ, traffic())
    f = np.fft.rfftfreq(len(noise), 1 / RATE_HZ)
    power = (np.abs(np.fft.rfft(noise)) * a_weighting(f)) ** 2
    bands = [
        power[(f >= centre * 2 ** (-1 / 6)) & (f < centre * 2 ** (1 / 6))].sum()
        for centre in THIRD_OCTAVES_HZ
    ]
    levels_db = 10 * np.log10(bands)
    loudest = np.argmax(TRAFFIC_DB_A)
    got = levels_db - levels_db[loudest]
    assert got == pytest.approx(np.array(TRAFFIC_DB_A) - TRAFFIC_DB_A[loudest], abs=0.8)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), duration_s=st.floats(0.5, 8))
def test_noise_is_as_long_as_wanted_finite_and_of_unit_power(seed, duration_s):
    noise = street_noise(np.random.default_rng(seed), duration_s)
    assert noise.dtype == np.float32
    assert len(noise) == round(duration_s * RATE_HZ)
    assert np.sqrt(np.mean(noise.astype(float) ** 2)) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("cars", [True, False])
@pytest.mark.parametrize("gusts", [True, False])
def test_the_end_of_noise_joins_its_beginning(rng, cars, gusts):
    noise = street_noise(rng, 20.0, cars=cars, gusts=gusts)
    assert abs(noise[0] - noise[-1]) <= np.abs(np.diff(noise)).max()
    # Nor is there a step of loudness.
    around = np.concatenate([noise[-RATE_HZ:], noise[:RATE_HZ]]).reshape(20, -1)
    steps_db = np.diff(10 * np.log10((around**2).mean(axis=1)))
    inside = noise.reshape(200, -1)
    usual_db = np.abs(np.diff(10 * np.log10((inside**2).mean(axis=1)))).max()
    assert np.abs(steps_db).max() < usual_db + 3


def test_cars_make_it_vary_more(rng):
    def swing_db(noise):
        levels = 10 * np.log10((noise.reshape(-1, RATE_HZ) ** 2).mean(axis=1))
        return levels.max() - levels.min()

    still = [swing_db(street_noise(rng, 60, cars=False, gusts=False)) for _ in range(6)]
    busy = [swing_db(street_noise(rng, 60, cars=True, gusts=False)) for _ in range(6)]
    assert np.median(busy) > np.median(still)


def test_wind_is_low(rng):
    def share_below_100_hz(noise):
        power = np.abs(np.fft.rfft(noise)) ** 2
        f = np.fft.rfftfreq(len(noise), 1 / RATE_HZ)
        return power[f < 100].sum() / power.sum()

    calm = [share_below_100_hz(street_noise(rng, 10, cars=False, gusts=False)) for _ in range(8)]
    windy = [share_below_100_hz(street_noise(rng, 10, cars=False, gusts=True)) for _ in range(8)]
    assert np.median(windy) > np.median(calm) + 0.1
