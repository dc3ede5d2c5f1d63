from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hlaska.errors import SiteError
from hlaska.rules.loitering import LoiteringArgs
from hlaska.tracks import Scene, Track

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
SQUARE = [(0, 0), (1000, 0), (1000, 1000), (0, 1000)]
PX_PER_M = 50


def at(seconds):
    return START + timedelta(seconds=seconds)


def track(number=1, *, metres=(5.0, 5.0), ground=True, score=0.8, object_class="person"):
    x, y = metres[0] * PX_PER_M, metres[1] * PX_PER_M
    return Track(
        id=number,
        object_class=object_class,
        box_px=(x - 20, y - 80, x + 20, y),
        score=score,
        started_at=START,
        ground_m=metres if ground else None,
    )


def rule(**options):
    args = LoiteringArgs(rule="loitering", **options)
    return args.build(zone="junction", polygon_px=SQUARE, area_m2=400.0)


def findings(scenes, **options):
    the_rule = rule(**options)
    return [
        finding
        for moment, *tracks in scenes
        for finding in the_rule.update(Scene(at(moment), tuple(tracks)))
    ]


def test_somebody_who_stays_is_found_once_when_the_time_is_up():
    [found] = findings((i / 5, track()) for i in range(600))
    assert found.kind == "video.loitering"
    assert (found.started_at, found.observed_at) == (at(0), at(30))
    assert found.attributes == {"object_class": "person", "dwell_s": 30.0, "members": 1}
    assert (found.zone, found.track_ids, found.confidence) == ("junction", (1,), 0.8)


def test_who_leaves_in_time_is_not_found():
    assert findings((i / 5, *([track()] if i < 149 else [])) for i in range(400)) == []


def test_passers_by_do_not_add_up():
    walk = [(i, track(i // 10, metres=(i % 10 * 1.9, 5))) for i in range(200)]
    assert findings(walk) == []


def test_walking_about_in_the_zone_is_staying():
    walk = [(i / 5, track(metres=(5 + (i % 50) * 0.2, 5))) for i in range(200)]
    assert len(findings(walk)) == 1


@pytest.mark.parametrize("ground", [True, False], ids=["on the ground", "in the picture"])
@pytest.mark.parametrize("away_s", [0.2, 3.0])
def test_a_new_id_nearby_goes_on_with_the_dwell(ground, away_s):
    scenes = [(i / 5, track(1, ground=ground)) for i in range(100)]
    near = (5.7, 5.0)
    back = 19.8 + away_s
    scenes += [(back + i / 5, track(2, metres=near, ground=ground)) for i in range(100)]
    [found] = findings(scenes)
    assert found.started_at == at(0)


@pytest.mark.parametrize(
    ("metres", "away_s"),
    [
        pytest.param((6.6, 5.0), 1, id="too far"),
        pytest.param((5.0, 5.0), 3.1, id="too late"),
    ],
)
def test_a_new_id_elsewhere_or_later_is_somebody_else(metres, away_s):
    scenes = [(i, track(1)) for i in range(20)]
    scenes += [(19 + away_s + i, track(2, metres=metres)) for i in range(20)]
    assert findings(scenes) == []


def test_who_steps_next_to_somebody_does_not_take_over_the_dwell():
    scenes = [(i, track(1)) for i in range(25)]
    scenes += [(i, track(1, metres=(15, 5)), track(2)) for i in range(25, 40)]
    [found] = findings(scenes)
    assert found.track_ids == (1,)


def test_somebody_who_stepped_out_of_the_zone_is_not_taken_over_while_still_seen():
    outside = track(1, metres=(5, -0.5))
    scenes = [(i, track(1, metres=(5, 0.1))) for i in range(25)]
    scenes += [(i, outside, track(2, metres=(5, 0.3))) for i in range(25, 40)]
    assert findings(scenes) == []


def test_the_nearest_track_goes_on_whatever_the_order():
    for tracks in ([2, 3], [3, 2]):
        scenes = [(i, track(1)) for i in range(20)]
        places = {2: (6.0, 5.0), 3: (5.5, 5.0)}
        scenes += [(i, *(track(n, metres=places[n]) for n in tracks)) for i in range(20, 32)]
        [found] = findings(scenes)
        assert found.track_ids == (3,)


def test_a_group_that_stands_together_is_one_event():
    scenes = [(i, *(track(n, metres=(5 + n * 1.2, 5)) for n in range(6))) for i in range(100)]
    [found] = findings(scenes)
    assert found.attributes["members"] == 6
    assert found.track_ids == tuple(range(6))


def test_who_joins_a_group_belongs_to_it():
    scenes = [(i, track(1), *([track(2, metres=(6, 5))] if i > 20 else [])) for i in range(120)]
    assert len(findings(scenes)) == 1


def test_a_member_who_wanders_off_is_not_a_second_event():
    scenes = [(i, track(1), track(2, metres=(6, 5) if i < 40 else (15, 15))) for i in range(120)]
    assert len(findings(scenes)) == 1


def test_a_group_lives_on_when_its_first_member_leaves():
    scenes = [
        (i, *([track(1)] if i < 45 else []), *([track(2, metres=(6, 5))] if i > 5 else []))
        for i in range(150)
    ]
    assert len(findings(scenes)) == 1


def test_two_people_far_apart_who_came_in_one_frame_are_two_events_with_two_starts():
    scenes = [(i, track(1), track(2, metres=(15, 15))) for i in range(60)]
    first, second = findings(scenes)
    assert first.started_at == at(0)
    assert second.started_at == at(0) + timedelta(microseconds=1)


def test_a_car_beside_a_person_is_an_activity_of_its_own():
    scenes = [(i, track(1), track(2, metres=(5.2, 5), object_class="car")) for i in range(60)]
    found = findings(scenes, classes=["person", "car"])
    assert sorted(f.object_class for f in found) == ["car", "person"]


def test_a_parked_car_that_is_lost_now_and_then_is_one_event():
    scenes = [
        (i, track((i - 9) // 50, object_class="car"))
        for i in range(900)
        if i % 50 not in (7, 8, 9, 10)
    ]
    assert len(findings(scenes, classes=["car"])) == 1


def test_coming_back_after_the_end_is_a_new_event():
    scenes = [(i, *([track()] if i < 40 or i > 60 else [])) for i in range(120)]
    first, second = findings(scenes)
    assert (first.started_at, second.started_at) == (at(0), at(61))


def test_without_ground_or_height_nobody_is_near_anybody():
    flat = replace(track(1, ground=False), box_px=(250, 250, 250, 250))
    scenes = [(i, replace(flat, id=i // 20)) for i in range(60)]
    assert findings(scenes) == []


people = st.dictionaries(
    st.integers(0, 5), st.tuples(st.floats(0, 19), st.floats(0, 19)), min_size=1, max_size=5
)


@given(
    people=people,
    cuts=st.lists(st.integers(1, 11).map(lambda n: 5 * n), max_size=10),
    missed_s=st.integers(0, 2),
)
def test_splitting_ids_in_place_gives_the_same_findings(people, cuts, missed_s):
    def scenes(*, split):
        for second in range(60):
            parts = [cut for cut in cuts if cut <= second] if split else []
            if split and any(0 <= second - cut < missed_s for cut in cuts):
                continue
            number = 10 * len(parts)
            yield second, *(track(number + n, metres=m) for n, m in sorted(people.items()))

    def summary(found):
        return [(f.started_at, f.attributes["members"]) for f in found]

    whole, split = findings(scenes(split=False)), findings(scenes(split=True))
    apart = all(
        abs(a[0] - b[0]) + abs(a[1] - b[1]) > 4
        for i, a in people.items()
        for j, b in people.items()
        if i < j
    )
    assert len(split) == len(whole)
    if apart:
        assert summary(split) == summary(whole)


paths = st.lists(
    st.dictionaries(st.integers(1, 4), st.tuples(st.floats(-1, 19), st.floats(-1, 19)), max_size=4),
    min_size=1,
    max_size=60,
)


@given(paths=paths, order=st.permutations([1, 2, 3, 4]))
def test_other_ids_give_the_same_findings(paths, order):
    def run(numbers):
        scenes = [
            (i, *(track(numbers[n - 1], metres=m) for n, m in sorted(path.items())))
            for i, path in enumerate(paths)
        ]
        return [replace(f, track_ids=()) for f in findings(scenes, dwell_s=5)]

    assert run(order) == run([1, 2, 3, 4])


@given(paths=paths, quiet_s=st.floats(0.5, 10))
def test_no_two_findings_have_the_same_start(paths, quiet_s):
    scenes = [(i, *(track(n, metres=m) for n, m in path.items())) for i, path in enumerate(paths)]
    starts = [f.started_at for f in findings(scenes, dwell_s=3, quiet_s=quiet_s)]
    assert len(starts) == len(set(starts))


def test_nothing_is_remembered_of_who_is_gone():
    the_rule = rule()
    for i in range(500):
        the_rule.update(Scene(at(i), (track(i, metres=(i % 19, i % 17)),)))
    the_rule.update(Scene(at(600)))
    assert the_rule._dwellers == []
    the_rule.update(Scene(at(601), (track(1),)))


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"dwell_s": 0}, id="no dwell"),
        pytest.param({"handover_m": -1}, id="negative distance"),
        pytest.param({"classes": ["dog"]}, id="a class nobody detects"),
    ],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(ValidationError):
        LoiteringArgs(rule="loitering", **options)


def test_a_wrong_polygon_is_refused():
    with pytest.raises(SiteError, match="zone junction"):
        LoiteringArgs(rule="loitering").build(zone="junction", polygon_px=[(0, 0)], area_m2=1.0)
