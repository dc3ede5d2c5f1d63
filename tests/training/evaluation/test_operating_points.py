import pytest

from hlaska.measures import Hits
from hlaska.settings import Settings
from hlaska.sound.scores import SOUND_CLASSES
from training.evaluation.listening import OracleEar
from training.evaluation.operating_points import best_point, operating_points
from training.evaluation.sound import Curve


class UnsureEar(OracleEar):
    """Knows what is there and says so with 0.2; of what is not there, it says 0.1."""

    def score(self, window, start_s, truth):
        return 0.02 + 0.18 * super().score(window, start_s, truth)


def curve(*hits):
    return Curve(Hits(0, 0, 0), tuple(Hits(*one) for one in hits))


def test_the_threshold_with_the_best_f1_is_taken():
    assert best_point(curve((1, 0, 9), (8, 1, 2), (10, 90, 0)), (0.9, 0.5, 0.1)) == 0.5


def test_of_those_that_are_as_good_the_highest_is_taken():
    assert best_point(curve((8, 1, 2), (8, 1, 2), (8, 1, 2)), (0.9, 0.5, 0.1)) == 0.9


def test_where_nothing_is_ever_found_the_highest_is_taken():
    assert best_point(curve((0, 0, 9), (0, 0, 9)), (0.9, 0.5)) == 0.9


def test_a_model_that_is_unsure_gets_a_low_operating_point(tmp_path):
    settings = Settings(home=tmp_path, data=None)
    points = operating_points(UnsureEar(), settings, each=1, thresholds=(0.9, 0.5, 0.15, 0.05))
    assert points == pytest.approx(dict.fromkeys(SOUND_CLASSES, 0.15))
