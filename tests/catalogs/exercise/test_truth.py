import pytest

from catalogs.exercise import truth
from catalogs.exercise.truth import FADE_S, UNSAFE_S, Activity, Tell, Wanted


def activity(name="a", ranges=(), *, begin_s=100.0, end_s=200.0, tell=Tell.ONCE):
    return Activity(name, name, "attack", ("z",), begin_s, end_s, tell, real=True, ranges=ranges)


def wanted(*ranges):
    return Wanted([activity(ranges=ranges)])


def test_where_nothing_happens_0_and_1_are_right():
    quiet = wanted()
    assert quiet.at("z", 5.0) == (0, 1)
    assert quiet.at(None, 5.0) == (0, 1)
    assert quiet.edges() == []


def test_danger_is_3_to_4_after_ten_seconds_until_ten_minutes_after_its_end():
    there = wanted(*truth.danger("z", 100.0, 200.0, near=["y"]))
    assert there.at("z", 99.0) == (0, 1)
    assert there.at("z", 100.0) == (0, 4)
    assert there.at("z", 110.0) == (3, 4)
    assert there.at("z", 199.0 + UNSAFE_S) == (3, 4)
    assert there.at("z", 200.0 + UNSAFE_S) == (0, 4)
    assert there.at("z", 200.0 + UNSAFE_S + FADE_S) == (0, 1)
    assert there.at("y", 150.0) == (0, 3)
    assert there.at("x", 150.0) == (0, 1)
    assert there.at(None, 150.0) == (3, 4)


@pytest.mark.parametrize(
    ("ranges", "at_s", "levels"),
    [
        pytest.param(truth.look("z", 100.0, 200.0), 159.0, (0, 2), id="a look is not due yet"),
        pytest.param(truth.look("z", 100.0, 200.0), 160.0, (1, 2), id="a look is due"),
        pytest.param(truth.act(["z"], 100.0, 200.0), 130.0, (2, 3), id="to act is due"),
        pytest.param(truth.act(["z"], 100.0, 200.0), 210.0, (0, 3), id="it fades"),
        pytest.param(truth.maybe(["z"], 100.0, 200.0), 150.0, (0, 2), id="it may be something"),
    ],
)
def test_what_is_wanted_at_a_time(ranges, at_s, levels):
    assert wanted(*ranges).at("z", at_s) == levels


def test_of_two_activities_the_higher_demand_and_the_higher_allowance_count():
    both = Wanted(
        [
            activity("a", truth.act(["z"], 100.0, 200.0)),
            activity("b", truth.danger("z", 150.0, 160.0)),
        ]
    )
    assert both.at("z", 140.0) == (2, 3)
    assert both.at("z", 150.0) == (2, 4)
    assert both.at("z", 170.0) == (3, 4)


def test_what_is_said_of_the_whole_site_holds_for_no_zone():
    whole = wanted(*truth.act([None], 100.0, 200.0))
    assert whole.at(None, 150.0) == (2, 3)
    assert whole.at("z", 150.0) == (0, 1)


def test_the_demand_is_the_first_range_that_asks_for_a_level():
    assert activity(ranges=truth.maybe(["z"], 0.0, 1.0)).demand is None
    demand = activity(ranges=truth.danger("z", 100.0, 200.0, near=["y"])).demand
    assert (demand.zone, demand.lowest, demand.within_s) == ("z", 3, 10.0)
