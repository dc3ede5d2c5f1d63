"""How many people are there: expected, counted, or guessed by the hour."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.threat.exposure import (
    AHEAD_S,
    BY_DAY,
    BY_NIGHT,
    COUNT_HOLDS_S,
    MOST_COUNTS,
    MOST_PEOPLE,
    Crowd,
    Exposure,
    People,
)
from hlaska.threat.weighing import THRESHOLDS

HOUR_S = 3600
counts = st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 500)), max_size=20)


def _s(*moment):
    return datetime(*moment, tzinfo=UTC).timestamp()


def test_ten_people_add_nothing_and_each_tenfold_half_a_nat():
    numbers = (0, 10, 100, 1000, 100_000)
    assert [People(n, "").exposure for n in numbers] == pytest.approx([0, 0, 0.5, 1.0, 2.0])


def test_people_alone_reach_no_level():
    assert People(MOST_PEOPLE, "").exposure < THRESHOLDS[0]


def test_day_and_night_are_those_of_the_site(place):
    exposure = Exposure(place.site, "square")
    # In Prague it is 7:00 at 5:00 UTC in summer and at 6:00 UTC in winter.
    assert exposure.people(_s(2026, 7, 1, 4, 59, 59)).number == BY_NIGHT
    assert exposure.people(_s(2026, 7, 1, 5)).number == BY_DAY
    assert exposure.people(_s(2026, 12, 1, 5, 59, 59)).number == BY_NIGHT
    assert exposure.people(_s(2026, 12, 1, 6)) == (BY_DAY, "usual by day")
    assert exposure.people(_s(2026, 12, 1, 21)) == (BY_NIGHT, "usual at night")


def test_a_planned_crowd_comes_an_hour_early_and_leaves_an_hour_late(place):
    exposure = Exposure(place.site, "gate")
    start_s, end_s = _s(2026, 5, 1, 15), _s(2026, 5, 1, 19)
    numbers = [exposure.people(at).number for at in (start_s - 1, start_s, end_s - 1, end_s)]
    assert numbers == [BY_DAY, 10_000, 10_000, BY_DAY]
    assert exposure.people(start_s).why == "planned: Match"


def test_the_site_is_as_full_as_its_fullest_zone_and_other_zones_are_not(place):
    on_s = _s(2026, 5, 1, 17)
    numbers = [Exposure(place.site, zone).people(on_s).number for zone in (None, "gate", "square")]
    assert numbers == [10_000, 10_000, BY_DAY]


def test_a_count_holds_ten_minutes_and_only_a_greater_number_matters(place):
    exposure = Exposure(place.site, "square")
    exposure.count(place.heard(place.event("video.crowding", attributes={"people": 400})))
    noon_s = place.noon.timestamp()
    assert exposure.people(noon_s) == (400, "counted by a camera in the last 10 minutes")
    assert exposure.people(noon_s + COUNT_HOLDS_S).number == BY_DAY
    assert exposure.people(noon_s - AHEAD_S - 1).number == BY_DAY
    exposure.count(place.heard(place.event("video.crowding", attributes={"people": 12})))
    assert exposure.people(noon_s).number == 400


def test_more_people_than_there_can_be_are_as_many_as_there_can_be():
    crowd = Crowd()
    crowd.add(0, 10**40, "x")
    assert crowd.number(0, 0) == MOST_PEOPLE


@given(counts, st.integers(-100, 2700), st.integers(0, 120))
def test_the_greatest_count_that_holds_is_found_in_any_order(taken, first_s, more_s):
    crowd = Crowd()
    for at_s, number in reversed(taken):
        crowd.add(at_s, number, f"{at_s} {number}")
        crowd.add(at_s, number, f"{at_s} {number}")
    crowd.forget(first_s)
    holding = [
        number
        for at_s, number in taken
        if at_s - AHEAD_S <= first_s + more_s and at_s + COUNT_HOLDS_S > first_s
    ]
    assert crowd.number(first_s, first_s + more_s) == max(holding, default=0)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=MOST_COUNTS), st.data())
def test_behind_a_count_that_is_taken_back_the_next_one_counts(numbers, data):
    crowd = Crowd()
    for index, number in enumerate(numbers):
        crowd.add(0, number, str(index))
    gone = data.draw(st.sets(st.sampled_from(range(len(numbers)))))
    crowd.drop({str(index) for index in gone})
    left = [number for index, number in enumerate(numbers) if index not in gone]
    assert crowd.number(0, 0) == max(left, default=0)


@given(st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 20)), st.integers(1, 40))
def test_between_its_rises_the_number_never_grows(place, start, hours):
    exposure = Exposure(place.site, None)
    first_s = start.replace(tzinfo=UTC).timestamp()
    exposure.crowd.add(int(first_s) + 3 * HOUR_S, 5000, "x")
    last_s = first_s + hours * HOUR_S
    rises = exposure.rises(first_s, last_s)
    assert rises == sorted(rises)
    assert all(first_s < at_s <= last_s for at_s in rises)
    times = sorted({*rises, *(first_s + n * 600 for n in range(1 + hours * 6))})
    for before, after in pairwise(times):
        if exposure.people(after).number > exposure.people(before).number:
            assert any(before < at_s <= after for at_s in rises)


@given(st.integers(-6, 30), st.integers(0, 120))
def test_the_most_of_some_minutes_is_no_less_than_at_any_moment_of_them(place, hours, lasts_s):
    exposure = Exposure(place.site, "gate")
    first_s = place.noon.timestamp() + hours * HOUR_S - timedelta(minutes=1).total_seconds()
    most = exposure.people(first_s, first_s + lasts_s).number
    moments = [exposure.people(first_s + at_s).number for at_s in range(lasts_s + 1)]
    assert most == max(moments)
