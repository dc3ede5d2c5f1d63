import numpy as np
import pytest

from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, SoundEvent
from training.evaluation.listening import ConstantEar, Hearing, OracleEar


class LevelEar(ConstantEar):
    """Hears a gunshot as loud as the loudest sample of a frame; counts how often it is asked."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def score(self, window, start_s, truth):
        self.asked.append(start_s)
        scores = self._zeros()
        scores[:, 0] = np.abs(window).reshape(len(scores), -1).max(axis=1)
        return scores


def bang(at_s=6.0, level=0.8, length_s=12.0, rng=None):
    samples = (0.003 * rng.standard_normal(round(length_s * RATE_HZ))).astype(np.float32)
    start = round(at_s * RATE_HZ)
    decay = np.exp(-np.arange(4000) / 800)
    samples[start : start + 4000] += (level * decay * rng.choice([-1, 1], 4000)).astype(np.float32)
    return samples


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_a_bang_is_told_once_with_its_onset_and_after_it(rng):
    hearing = Hearing(LevelEar(), bang(rng=rng))
    (told,) = hearing.told()
    assert (told.event.sound, told.shots) == ("gunshot", 1)
    assert told.event.onset_s == pytest.approx(6.0, abs=0.05)
    assert 0 < told.after_s < 6


def test_the_oracle_is_told_right_and_only_what_is_listened_for(rng):
    truth = [SoundEvent("scream", 4.0, 5.5), SoundEvent("firework", 8.0, 8.5)]
    samples = bang(rng=rng)
    samples[4 * RATE_HZ : 88_000] += 0.1 * rng.standard_normal(24_000).astype(np.float32)
    (told,) = Hearing(OracleEar(), samples, truth).told()
    assert told.event.sound == "scream"
    assert told.event.onset_s == pytest.approx(4.0, abs=0.3)


def test_the_constant_tells_everything_at_once(rng):
    told = Hearing(ConstantEar(), bang(rng=rng)).told()
    assert {one.event.sound for one in told} == set(SOUND_CLASSES)


def test_a_threshold_is_for_all_classes_and_the_card_s_points_are_left_alone(rng):
    hearing = Hearing(LevelEar(), bang(level=0.7, rng=rng))
    assert hearing.told(0.9) == []
    assert len(hearing.told(0.6)) == 1
    assert hearing.ear.card.operating_point == dict.fromkeys(SOUND_CLASSES, 0.5)


def test_a_model_is_asked_once_about_each_window(rng):
    ear = LevelEar()
    hearing = Hearing(ear, bang(rng=rng))
    first = hearing.told()
    assert hearing.told() == first
    for threshold in (0.9, 0.5, 0.1):
        hearing.told(threshold)
    assert len(ear.asked) == len(set(ear.asked)) > 10


def test_nothing_is_told_of_nothing():
    assert Hearing(ConstantEar(), np.zeros(0, np.float32)).told() == []
