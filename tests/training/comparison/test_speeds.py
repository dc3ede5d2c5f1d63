import numpy as np
import pytest

from training.comparison.facts import nothing
from training.comparison.speeds import speed_figures, with_speeds
from training.comparison.truth import on_ground


@pytest.fixture
def judged(facts, camera):
    def made(truth, seen):
        parts = [range(20), range(20, 40)]
        return speed_figures(truth, seen, range(40), parts, 10)

    return made


@pytest.fixture
def walked(facts, tracks, camera, across):
    """`walked(**more)`: 5 px a frame, 10 frames a second, 10 cm a pixel: 5 m/s = 18 km/h."""
    return lambda **more: on_ground(tracks(across(1, 0, **more)), camera)


def test_speeds_come_from_places_half_a_second_before_and_after(walked):
    found = with_speeds(walked(), 10)["speed_mps"].to_numpy()
    assert np.isnan(found[:5]).all() and np.isnan(found[-5:]).all()
    assert found[5:-5] == pytest.approx(np.full(17, 5.0))


def test_what_a_system_tells_goes_before_what_its_places_say(walked):
    told = with_speeds(walked().assign(speed_mps=4.0), 10)
    assert told["speed_mps"].unique().tolist() == [4.0]


def test_an_error_worked_by_hand(facts, walked, judged):
    found = judged(facts(walked()), facts(walked().assign(speed_mps=4.0)))
    assert found["speed_off"].value == pytest.approx(3.6)
    assert found["speed_bias"].value == pytest.approx(-3.6)
    assert found["speed_off"].units[:, 1].tolist() == [15, 2]


def test_boxes_that_match_nobody_have_no_speed_error(facts, walked, judged):
    assert "matches a true one" in judged(facts(walked()), facts(walked(y=180)))["speed_off"].reason


def test_without_places_there_are_no_speeds(facts, walked, tracks, across, judged):
    nowhere = facts(tracks(across(1, 0)))
    assert "no true speeds" in judged(nowhere, facts(walked()))["speed_off"].reason
    assert "neither speeds nor places" in judged(facts(walked()), nowhere)["speed_off"].reason
    assert judged(facts(walked()), nothing("no tracks"))["speed_bias"].reason == "no tracks"
