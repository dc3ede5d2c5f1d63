import math

import pytest

from hlaska.sound.position import Arrival, NotPlaced
from training.evaluation.least_squares import least_squares

PLACES = ((0.0, 9.0), (90.0, -9.0), (180.0, 9.0), (140.0, 80.0))


def heard(place, count=4, late_m=0.0) -> list[Arrival]:
    return [
        Arrival(str(n), mic, (math.dist(mic, place) + (late_m if n == 0 else 0)) / 340, 0.0)
        for n, mic in enumerate(PLACES[:count])
    ]


@pytest.mark.parametrize("place", [(120.0, 5.0), (60.0, 30.0), (150.0, -20.0)])
def test_of_exact_arrivals_the_place_is_exact(place):
    assert least_squares(heard(place), speed_mps=340) == pytest.approx(place, abs=0.05)


def test_one_reflection_pulls_it_away():
    found = least_squares(heard((120, 5), late_m=25), speed_mps=340)
    assert isinstance(found, NotPlaced) or math.dist(found, (120, 5)) > 5


def test_two_arrivals_are_not_enough():
    assert isinstance(least_squares(heard((120, 5), count=2), speed_mps=340), NotPlaced)
