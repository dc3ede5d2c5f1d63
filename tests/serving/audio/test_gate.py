import numpy as np
import pytest

from catalogs.sounds import SOUNDS
from catalogs.sounds.noise import street_noise
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from serving.audio.gate import QUIET_DBFS, SETTLING, EnergyGate

STEP = 6400


def at_dbfs(samples: np.ndarray, level_db: float) -> np.ndarray:
    rms = np.sqrt(np.mean(samples.astype(np.float64) ** 2))
    return (samples * 10 ** (level_db / 20) / rms).astype(np.float32)


def opened(samples: np.ndarray, gate: EnergyGate | None = None) -> list[bool]:
    gate = gate or EnergyGate()
    return [gate.opens(samples[at : at + STEP]) for at in range(0, len(samples) - STEP + 1, STEP)]


@pytest.fixture
def night() -> np.ndarray:
    """A minute of a street at night."""
    return at_dbfs(np.random.default_rng(2).standard_normal(60 * RATE_HZ), -65)


def test_it_shuts_where_it_is_quiet_and_even(night):
    shut = opened(night)
    assert all(shut[:SETTLING]), "the background is not known yet"
    assert np.mean(shut[SETTLING:]) < 0.05


def test_silence_shuts_it():
    assert not any(opened(np.zeros(10 * RATE_HZ, np.float32))[SETTLING:])


def test_what_is_loud_is_always_worth_a_look():
    loud = at_dbfs(np.random.default_rng(2).standard_normal(60 * RATE_HZ), QUIET_DBFS + 3)
    assert all(opened(loud))


@pytest.mark.parametrize("name", SOUND_CLASSES)
def test_whatever_is_listened_for_opens_it_even_when_it_is_quiet(name, night):
    rng = np.random.default_rng(4)
    for _ in range(5):
        made = SOUNDS[name].make(rng)
        begin = 40 * RATE_HZ
        samples = night.copy()
        sounding = at_dbfs(made, -60)[: len(samples) - begin]
        samples[begin : begin + len(sounding)] += sounding
        first = begin // STEP
        assert any(opened(samples)[first : first + 3])


def test_a_scream_below_cheering_is_never_gated():
    rng = np.random.default_rng(6)
    parts = [SOUNDS["cheering"].make(rng) for _ in range(12)]
    cheering = at_dbfs(np.concatenate(parts), -25)
    scream = SOUNDS["scream"].make(rng)
    begin = len(cheering) // 2
    cheering[begin : begin + len(scream)] += at_dbfs(scream, -30)[: len(cheering) - begin]
    assert all(opened(cheering)[begin // STEP : (begin + len(scream)) // STEP])


def test_after_an_interruption_the_background_is_learnt_anew(night):
    gate = EnergyGate()
    assert not opened(night, gate)[-1]
    gate.begin_anew()
    assert opened(night[: SETTLING * STEP], gate) == [True] * SETTLING


def test_a_hum_that_stays_opens_it_at_first_and_not_for_ever(night):
    hum = at_dbfs(np.random.default_rng(8).standard_normal(60 * RATE_HZ), -55)
    looked = opened(np.concatenate([night, hum]))
    first = len(night) // STEP
    assert all(looked[first : first + 10])
    assert np.mean(looked[first + 75 :]) < 0.05


def test_a_street_at_night_with_gusts_and_cars_is_looked_at_but_not_always():
    looked = opened(at_dbfs(street_noise(np.random.default_rng(8), 60), -62))
    assert 0 < np.mean(looked) < 0.9
