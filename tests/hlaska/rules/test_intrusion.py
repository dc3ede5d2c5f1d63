from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hlaska.errors import SiteError
from hlaska.events import Event
from hlaska.rules.intrusion import IntrusionArgs
from hlaska.tracks import Scene, Track

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
SQUARE = [(0, 0), (100, 0), (100, 100), (0, 100)]


def at(seconds):
    return START + timedelta(seconds=seconds)


def track(number=1, foot=(50, 50), score=0.8, object_class="person"):
    x, y = foot
    return Track(number, object_class, (x - 5, y - 40, x + 5, y), score, START)


def scene(seconds, *tracks):
    return Scene(at(seconds), tracks)


def rule(**options):
    args = IntrusionArgs(rule="intrusion", **options)
    return args.build(zone="lawn", polygon_px=SQUARE, area_m2=None)


def findings(the_rule, scenes):
    return [finding for each in scenes for finding in the_rule.update(each)]


def test_somebody_who_stays_is_found_once_with_the_time_of_entering():
    scenes = [scene(i / 10, track()) for i in range(10, 200)]
    [found] = findings(rule(), scenes)
    assert found.kind == "video.intrusion"
    assert found.zone == "lawn"
    assert found.started_at == at(1)
    assert found.observed_at == at(1.5)
    assert found.track_ids == (1,)
    assert found.confidence == 0.8


def test_a_finding_carries_what_its_event_kind_asks_for():
    [found] = findings(rule(), [scene(i / 10, track()) for i in range(10)])
    event = Event(
        id="x",
        site="s",
        source="c",
        kind=found.kind,
        observed_at=found.observed_at,
        confidence=found.confidence,
        attributes=found.attributes,
    )
    assert event.attributes == {"object_class": "person"}


def test_a_short_visit_does_not_count():
    scenes = [scene(i / 10, *([track()] if i in (3, 4, 5) else [])) for i in range(50)]
    assert findings(rule(), scenes) == []


def test_visits_that_are_seconds_apart_do_not_add_up():
    scenes = [scene(i / 10, *([track()] if i % 30 == 0 else [])) for i in range(300)]
    assert findings(rule(), scenes) == []


def test_a_missed_detection_does_not_interrupt_the_confirmation():
    scenes = [scene(i / 10, *([] if i == 3 else [track()])) for i in range(7)]
    assert len(findings(rule(), scenes)) == 1


def test_two_pictures_of_a_slow_camera_confirm():
    assert len(findings(rule(), [scene(0, track()), scene(2, track())])) == 1


def test_a_new_id_in_the_same_place_does_not_make_a_second_event():
    scenes = [scene(i / 10, track(number=i // 20)) for i in range(200)]
    assert len(findings(rule(), scenes)) == 1


def test_who_comes_while_it_lasts_belongs_to_it():
    scenes = [scene(i / 10, track(1), *([track(2)] if i > 50 else [])) for i in range(200)]
    assert len(findings(rule(), scenes)) == 1


def test_coming_back_after_the_quiet_time_is_a_new_event():
    there = [*range(0, 20), *range(90, 110)]
    scenes = [scene(i / 10, *([track()] if i in there else [])) for i in range(150)]
    first, second = findings(rule(), scenes)
    assert (first.started_at, second.started_at) == (at(0), at(9))


def test_each_class_has_its_own_activity():
    both = rule(classes=["person", "car"])
    scenes = [scene(i / 10, track(1), track(2, object_class="car")) for i in range(30)]
    assert [f.object_class for f in findings(both, scenes)] == ["person", "car"]


def test_a_van_that_is_now_a_car_now_a_truck_is_one_event():
    both = rule(classes=["car", "truck"])
    scenes = [scene(i / 10, track(object_class=("car", "truck")[i % 2])) for i in range(100)]
    assert len(findings(both, scenes)) == 1


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param(track(foot=(150, 50)), id="outside"),
        pytest.param(track(score=0.49), id="below the score"),
        pytest.param(track(object_class="car"), id="another class"),
        pytest.param(track(foot=(50, 120)), id="head inside, foot outside"),
    ],
)
def test_what_does_not_qualify_is_not_found(stranger):
    assert findings(rule(), [scene(i / 10, stranger) for i in range(50)]) == []


def test_a_score_and_a_foot_on_the_limit_count():
    edge = track(foot=(100, 50), score=0.5)
    assert len(findings(rule(), [scene(i / 10, edge) for i in range(10)])) == 1


@given(
    gaps=st.lists(st.floats(0.05, 4.9), min_size=1, max_size=60),
    ids=st.lists(st.integers(1, 5), min_size=60, max_size=60),
)
def test_gaps_below_the_quiet_time_never_split_an_activity(gaps, ids):
    moment = 1.0
    scenes = [scene(i / 10, track()) for i in range(10)]
    for gap, number in zip(gaps, ids, strict=False):
        moment += gap
        scenes.append(scene(moment, track(number)))
    assert len(findings(rule(), scenes)) == 1


presence = st.lists(st.sets(st.integers(1, 4)), min_size=1, max_size=80)


@given(presence=presence, quiet_s=st.floats(0.05, 6), confirm_s=st.floats(0, 3))
def test_no_two_findings_of_a_class_have_the_same_start(presence, quiet_s, confirm_s):
    the_rule = rule(quiet_s=quiet_s, confirm_s=confirm_s)
    found = findings(
        the_rule, [scene(i / 4, *map(track, sorted(who))) for i, who in enumerate(presence)]
    )
    starts = [each.started_at for each in found]
    assert starts == sorted(set(starts))
    assert all(each.started_at <= each.observed_at for each in found)


@given(presence=presence, order=st.permutations([1, 2, 3, 4]))
def test_other_ids_give_the_same_findings(presence, order):
    def run(numbers):
        scenes = [
            scene(i / 4, *(track(numbers[n - 1]) for n in sorted(who)))
            for i, who in enumerate(presence)
        ]
        return [replace(f, track_ids=()) for f in findings(rule(), scenes)]

    assert run(order) == run([1, 2, 3, 4])


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"classes": []}, id="no class"),
        pytest.param({"classes": ["persn"]}, id="a class nobody detects"),
        pytest.param({"min_score": 1.5}, id="score above 1"),
        pytest.param({"quiet_s": 0}, id="no quiet time"),
        pytest.param({"confirm": 1}, id="unknown option"),
    ],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        IntrusionArgs(rule="intrusion", **options)


def test_the_rule_must_be_named():
    with pytest.raises(ValidationError, match="rule"):
        IntrusionArgs()


@pytest.mark.parametrize(
    ("polygon", "message"),
    [
        pytest.param([(0, 0), (1, 1)], "at least 3", id="two points"),
        pytest.param([(0, 0), (10, 10), (10, 0), (0, 10)], "Self-intersection", id="bow tie"),
        pytest.param([(0, 0), (5, 5), (10, 10)], "not a simple polygon", id="a line"),
    ],
)
def test_a_wrong_polygon_is_refused_by_the_name_of_its_zone(polygon, message):
    with pytest.raises(SiteError, match=f"zone lawn: .*{message}"):
        IntrusionArgs(rule="intrusion").build(zone="lawn", polygon_px=polygon, area_m2=None)
