from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hlaska.errors import SiteError
from hlaska.rules.crowding import CrowdingArgs
from hlaska.tracks import Scene, Track

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
SQUARE = [(0, 0), (100, 0), (100, 100), (0, 100)]


def at(seconds):
    return START + timedelta(seconds=seconds)


def scene(seconds, people, *, first_id=0, score=0.8, object_class="person"):
    tracks = (
        Track(first_id + n, object_class, (n - 5, 10, n + 5, 50), score, START)
        for n in range(people)
    )
    return Scene(at(seconds), tuple(tracks))


def findings(scenes, **options):
    rule = CrowdingArgs(rule="crowding", **options).build(
        zone="gate", polygon_px=SQUARE, area_m2=10.0
    )
    return [finding for each in scenes for finding in rule.update(each)]


def test_a_crowd_that_lasts_is_found_once():
    [found] = findings(scene(i, 3 if i < 10 else 23) for i in range(100))
    assert found.kind == "video.crowding"
    assert (found.started_at, found.observed_at) == (at(10), at(15))
    assert found.attributes == {"people_per_m2": 2.3, "people": 23}
    assert found.zone == "gate"
    assert len(found.track_ids) == 23


def test_the_limit_itself_is_a_crowd_and_one_fewer_is_none():
    assert len(findings(scene(i, 20) for i in range(20))) == 1
    assert findings(scene(i, 19) for i in range(20)) == []


def test_a_short_press_is_no_crowd():
    assert findings(scene(i / 2, 30 if i % 20 < 9 else 5) for i in range(200)) == []


def test_a_missed_frame_does_not_start_the_time_anew():
    [found] = findings(scene(i / 2, 0 if i == 5 else 20) for i in range(12))
    assert found.started_at == at(0)


def test_coming_and_going_at_the_limit_is_one_crowd():
    assert len(findings(scene(i, 20 if i % 30 < 10 else 17) for i in range(300))) == 1


def test_a_crowd_ends_when_it_stays_below_four_fifths():
    people = [*[20] * 10, *[15] * 10, *[20] * 10]
    first, second = findings(scene(i, n) for i, n in enumerate(people))
    assert (first.started_at, second.started_at) == (at(0), at(20))


def test_new_ids_do_not_make_a_new_crowd():
    assert len(findings(scene(i, 25, first_id=i * 100) for i in range(50))) == 1


def test_only_people_with_a_fair_score_count():
    assert findings(scene(i, 30, object_class="car") for i in range(20)) == []
    assert findings(scene(i, 30, score=0.29) for i in range(20)) == []


@given(st.lists(st.integers(16, 40), min_size=1, max_size=80))
def test_a_crowd_that_never_clears_is_never_found_twice(people):
    assert len(findings(scene(i, n) for i, n in enumerate(people))) <= 1


@pytest.mark.parametrize("area_m2", [None, 0.0, -1.0, float("nan")])
def test_an_unknown_area_is_refused(area_m2):
    with pytest.raises(SiteError, match=r"zone gate: crowding needs .*\n?.*homography"):
        CrowdingArgs(rule="crowding").build(zone="gate", polygon_px=SQUARE, area_m2=area_m2)


def test_wrong_options_are_refused():
    with pytest.raises(ValidationError):
        CrowdingArgs(rule="crowding", people_per_m2=0)


def test_it_says_that_it_needs_the_ground():
    assert CrowdingArgs.needs_ground
