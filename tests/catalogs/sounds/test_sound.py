import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.sounds.sound import between, decibels, fade, normalised, put, silence, trimmed, wander

RATE_HZ = 1000


def test_silence_stays_silence():
    assert not normalised(np.zeros(4)).any()
    assert len(trimmed(np.zeros(4, np.float32))) == 4


def test_what_is_not_heard_before_and_after_is_cut_off_but_not_a_pause():
    samples = np.array([0, 1e-4, 1, 0, 0, -0.5, 1e-4, 0], np.float32)
    assert trimmed(samples).tolist() == [1, 0, 0, -0.5]


@given(at_s=st.floats(-0.1, 0.2))
def test_what_does_not_fit_is_cut_off(at_s):
    room = silence(0.1, RATE_HZ)
    put(room, np.ones(50), at_s=at_s, rate_hz=RATE_HZ, gain=2.0)
    start = round(at_s * RATE_HZ)
    expected = [2.0 if start <= k < start + 50 else 0.0 for k in range(100)]
    assert room.tolist() == expected


def test_a_fade_begins_and_ends_in_silence_and_leaves_the_middle():
    wave = fade(np.ones(100), in_s=0.02, out_s=0.03, rate_hz=RATE_HZ)
    assert wave[0] == 0
    assert wave[-1] == pytest.approx(0)
    assert (wave[20:70] == 1).all()
    assert (np.diff(wave[:20]) > 0).all()


@given(seed=st.integers(0, 2**32 - 1), low=st.floats(0.001, 1), ratio=st.floats(1, 1000))
def test_a_number_between_two_lies_there(seed, low, ratio):
    number = between(np.random.default_rng(seed), low, low * ratio)
    assert low * (1 - 1e-9) <= number <= low * ratio * (1 + 1e-9)


def test_twenty_decibels_are_ten_times_the_amplitude():
    assert decibels(20) == pytest.approx(10)
    assert decibels(-6.02) == pytest.approx(0.5, abs=1e-3)


def test_a_wandering_curve_is_smooth_and_closes_when_it_loops(rng):
    curve = wander(rng, 5000, step_s=0.1, rate_hz=RATE_HZ, loops=True)
    closed = np.append(curve, curve[0])
    assert np.abs(np.diff(closed)).max() < 0.1
    assert 0.4 < curve.std() < 1.2
