import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.sounds.gunshot import shot, volley, weapon
from hlaska.sound.scores import RATE_HZ

FINE_HZ = 96_000


@pytest.fixture
def plain(rng):
    """A weapon of which nothing is heard but blast and bullet."""
    return dataclasses.replace(
        weapon(rng, supersonic=True),
        gas=0.0,
        action=0.0,
        ground=0.0,
        n_wave=0.5,
        n_wave_s=0.0003,
        positive_s=0.001,
        lag_s=0.05,
        dullest_hz=FINE_HZ,
    )


def test_the_bullets_shock_comes_before_the_blast(rng, plain):
    wave, blast_s = shot(rng, plain, FINE_HZ)
    assert blast_s == plain.lag_s
    start = round(blast_s * FINE_HZ)
    assert wave[0] == pytest.approx(0.5, abs=0.05)
    assert not wave[round(0.001 * FINE_HZ) : start].any()
    assert wave[start] == pytest.approx(1, abs=0.05)


def test_a_shot_crosses_zero_after_about_its_positive_phase(rng, plain):
    slow = dataclasses.replace(plain, n_wave_s=0.0)
    wave, blast_s = shot(rng, slow, FINE_HZ)
    assert blast_s == 0
    crossing_s = np.flatnonzero(wave < 0)[0] / FINE_HZ
    assert 0.9 * slow.positive_s < crossing_s < 1.11 * slow.positive_s


def test_some_shots_carry_a_bullets_shock_and_most_do_not():
    heard = [weapon(np.random.default_rng(seed)).n_wave_s > 0 for seed in range(300)]
    assert 0.2 < np.mean(heard) < 0.5


def test_a_weapon_can_be_told_to_be_slower_than_sound(rng):
    assert not any(weapon(rng, supersonic=False).n_wave_s for _ in range(20))


@given(seed=st.integers(0, 2**32 - 1), shots=st.integers(1, 12))
def test_a_volley_has_as_many_onsets_as_shots_each_within_it(seed, shots):
    samples, onsets_s = volley(np.random.default_rng(seed), shots)
    assert len(onsets_s) == shots
    assert np.abs(samples).max() == pytest.approx(1)
    assert onsets_s[0] >= 0
    assert (np.diff(onsets_s) > 0.05).all()
    assert onsets_s[-1] < len(samples) / RATE_HZ


def test_automatic_fire_is_600_to_900_a_minute(rng):
    for _ in range(20):
        _, onsets_s = volley(rng, 10, automatic=True)
        per_min = 60 / np.diff(onsets_s).mean()
        assert 590 < per_min < 915


def test_the_finger_is_slower(rng):
    _, onsets_s = volley(rng, 10, automatic=False)
    assert np.diff(onsets_s).min() > 0.18


def test_the_sound_jumps_at_each_onset_of_a_volley(rng, plain):
    slow = dataclasses.replace(plain, n_wave_s=0.0)
    samples, onsets_s = volley(rng, 5, FINE_HZ, automatic=True, arm=slow)
    for onset_s in onsets_s:
        at = round(onset_s * FINE_HZ)
        assert samples[max(0, at - 3) : at + 4].max() > 0.8
        assert np.abs(samples[max(0, at - 60) : max(0, at - 3)]).max(initial=0) < 0.05


def test_a_volley_of_no_shots_is_refused(rng):
    with pytest.raises(ValueError, match="0 shots came; a volley has at least 1"):
        volley(rng, 0)
