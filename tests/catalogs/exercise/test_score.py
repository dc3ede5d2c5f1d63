import math
from dataclasses import replace

import pytest

from catalogs.exercise import baselines, truth
from catalogs.exercise.score import Notice, score
from catalogs.exercise.truth import Activity, Tell

DAY_S = 10_000.0


def activity(name, zone, ranges=(), *, begin_s=1000.0, end_s=2000.0, tell=Tell.ONCE):
    return Activity(name, name, "attack", (zone,), begin_s, end_s, tell, real=True, ranges=ranges)


SHOTS = activity("shots", "z", truth.danger("z", 1000.0, 1400.0))
DOG = activity("dog", "z", tell=Tell.NEVER)
SCREAM = activity("scream", "z", tell=Tell.MAYBE)
RIGHT = {"z": [(1005.0, 4), (2000.0, 0)], None: [(1005.0, 4), (2000.0, 0)]}


def scored(steps=(), notices=(), activities=(SHOTS, DOG, SCREAM)):
    return score(activities, ["z"], DAY_S, dict(steps), list(notices))


def notice(*names, told=1):
    return Notice(frozenset(names), told)


def test_a_day_that_is_seen_as_it_was_has_no_errors():
    seen = scored(RIGHT, [notice("shots")])
    assert (seen.level_errors, seen.missed, seen.split, seen.merged) == (0, 0, 0, 0)
    assert (seen.false_escalations, seen.false_notices) == (0, 0)
    assert seen.notices_per_activity == 1
    [rise] = seen.rises
    assert (rise.activity, rise.zone, rise.wanted) == ("shots", "z", (3, 4))
    assert rise.after_s == 5.0
    assert rise.in_time


def test_a_level_that_comes_late_is_too_low_from_when_it_was_due():
    late = {zone: [(1110.0, 4), (2000.0, 0)] for zone in ("z", None)}
    seen = scored(late)
    assert seen.rises[0].after_s == 110.0
    assert not seen.rises[0].in_time
    # Due at 1010, there at 1110, in the zone and in the site.
    assert seen.too_low == pytest.approx(100.0 / DAY_S)


def test_a_level_that_never_comes_takes_for_ever():
    seen = scored()
    assert seen.rises[0].after_s == math.inf
    assert seen.too_low == pytest.approx(990.0 / DAY_S)


def test_a_level_that_is_there_already_took_no_time():
    early = {"z": [(900.0, 3), (2000.0, 0)]}
    assert scored(early).rises[0].after_s == 0


def test_a_level_above_what_is_allowed_is_not_the_right_one():
    acting = activity("crowd", "z", truth.act(["z"], 1000.0, 2000.0))
    seen = scored({"z": [(1000.0, 4), (1200.0, 3), (2000.0, 0)]}, activities=(acting,))
    assert seen.rises[0].after_s == 200.0


def test_spells_of_a_needless_high_level_are_counted_once_each():
    seen = scored(
        {
            "z": [(100.0, 2), (200.0, 3), (300.0, 0), (500.0, 2), (600.0, 0)],
            None: [(100.0, 2), (250.0, 0)],
        }
    )
    assert seen.false_escalations == 2
    assert seen.too_high == pytest.approx((200.0 + 100.0 + 150.0) / (2 * DAY_S))


def test_level_1_is_no_escalation():
    assert scored({"z": [(0.0, 1)]}).false_escalations == 0


@pytest.mark.parametrize(
    ("notices", "figures"),
    [
        pytest.param([], {"missed": 1, "notices_per_activity": 0}, id="nothing told"),
        pytest.param(
            [notice("shots"), notice("shots", told=3)],
            {"split": 1, "notices_per_activity": 2, "told": 4, "notices": 2},
            id="one activity told in two alerts",
        ),
        pytest.param([notice("dog")], {"false_notices": 1, "missed": 1}, id="a dog is told"),
        pytest.param([notice("scream")], {"false_notices": 0}, id="what may be told is told"),
        pytest.param([notice("dog", "shots")], {"false_notices": 0, "missed": 0}, id="joined"),
        pytest.param([notice()], {"false_notices": 1}, id="of nothing at all"),
    ],
)
def test_alerts_are_counted(notices, figures):
    seen = scored(RIGHT, notices)
    assert {name: getattr(seen, name) for name in figures} == figures


def test_two_activities_in_one_alert_are_merged():
    other = replace(SHOTS, id="leak")
    seen = scored(RIGHT, [notice("shots", "leak")], activities=(SHOTS, other))
    assert seen.merged == 1


def test_the_oracle_makes_no_error_on_the_days_that_are_scored(pilsen, days):
    zones = [zone.id for zone in pilsen.zones]
    for day in days.values():
        steps, notices = baselines.oracle(day.activities, zones)
        seen = score(day.activities, zones, day.lasts_s, steps, notices)
        assert (seen.level_errors, seen.false_escalations, seen.false_notices) == (0, 0, 0)
        assert seen.notices_per_activity == 1
        assert {rise.activity for rise in seen.rises} == {
            "parked-car",
            "crowd",
            "shooting",
            "camera-attack",
            "ammonia",
        }
        assert all(rise.after_s == 0 for rise in seen.rises)


def test_the_constant_desk_misses_every_rise_but_the_look_and_rings_for_each_event(pilsen, days):
    zones = [zone.id for zone in pilsen.zones]
    day = days[1]
    severe = ["parked-car"] * 100 + ["ammonia"] * 3 + ["loitering.1"]
    steps, notices = baselines.constant(severe, zones)
    seen = score(day.activities, zones, day.lasts_s, steps, notices)
    assert seen.told == 104
    assert seen.false_notices == 1
    in_time = [rise.activity for rise in seen.rises if rise.in_time]
    assert in_time == ["parked-car"]
