import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.sounds.blast import SPEED_MPS, friedlander, n_wave, whitham_length_s, with_ground

FINE_HZ = 192_000


@given(positive_s=st.floats(0.0003, 0.03))
def test_a_blast_jumps_up_at_once_and_crosses_zero_after_its_positive_phase(positive_s):
    wave = friedlander(positive_s=positive_s, duration_s=8 * positive_s, rate_hz=FINE_HZ)
    assert wave.argmax() == 0
    # Of a sample's length and a half of the fall are lost to the mean over the first one.
    assert wave[0] == pytest.approx(1, abs=1.5 / (positive_s * FINE_HZ))
    crossing = int(np.flatnonzero(wave < 0)[0])
    assert crossing / FINE_HZ == pytest.approx(positive_s, abs=1.01 / FINE_HZ)
    assert (wave[crossing + 1 :] < 0).all()


def test_a_blast_pushes_as_much_as_it_pulls():
    # The integral of Friedlander's formula from 0 to infinity is 0.
    wave = friedlander(positive_s=0.001, duration_s=0.05, rate_hz=16_000)
    assert wave.sum() == pytest.approx(0, abs=1e-9)


def test_a_blast_is_the_same_at_every_rate():
    slow = friedlander(positive_s=0.004, duration_s=0.04, rate_hz=16_000)
    fast = friedlander(positive_s=0.004, duration_s=0.04, rate_hz=64_000)
    assert fast.reshape(-1, 4).mean(axis=1) == pytest.approx(slow, abs=1e-9)


@given(duration_s=st.floats(0.0001, 0.01))
def test_an_n_wave_falls_straight_from_its_peak_to_its_trough(duration_s):
    wave = n_wave(duration_s=duration_s, rate_hz=FINE_HZ)
    inside = wave[: int(duration_s * FINE_HZ)]
    assert wave.sum() == pytest.approx(0, abs=1e-6)
    assert inside[0] == pytest.approx(1, abs=1.1 / (duration_s * FINE_HZ))
    assert np.diff(inside) == pytest.approx(-2 / (duration_s * FINE_HZ), abs=1e-6)


def test_the_shock_of_a_rifle_bullet_lasts_some_hundred_microseconds():
    # Maher 2007: a typical supersonic bullet's N-wave lasts about 200 µs.
    length_s = whitham_length_s(calibre_m=0.00782, bullet_m=0.03, miss_m=5, mach=2.4)
    assert 1e-4 < length_s < 4e-4


def test_a_bullet_that_passes_farther_away_is_heard_longer():
    near, far = (
        whitham_length_s(calibre_m=0.008, bullet_m=0.03, miss_m=miss_m, mach=2)
        for miss_m in (1, 16)
    )
    assert far == pytest.approx(2 * near)


def test_the_ground_answers_later_and_weaker():
    click = np.array([1.0])
    wave = with_ground(click, source_m=1.5, microphone_m=4, apart_m=10, share=0.8, rate_hz=FINE_HZ)
    direct_m, echo_m = np.hypot(10, 2.5), np.hypot(10, 5.5)
    lag = int(np.flatnonzero(wave)[1])
    assert lag == pytest.approx((echo_m - direct_m) / SPEED_MPS * FINE_HZ, abs=1)
    assert wave[lag] == pytest.approx(0.8 * direct_m / echo_m)
