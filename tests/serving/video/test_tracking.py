from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import seeds
from hlaska.tracks import Detections
from serving.video.tracking import LOST_S, Tracker

START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
STEP = timedelta(seconds=0.1)
CARD = seeds.card("yolo11n-int8")
"""Its operating point is 0.4 for all classes that cameras look for."""


def seen(*objects):
    """Detections of (left, top, width, height, score, class)."""
    boxes = [[left, top, left + width, top + height] for left, top, width, height, _, _ in objects]
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array([one[4] for one in objects], np.float32),
        np.array([one[5] for one in objects], dtype=np.str_),
    )


def person(left, top=100, score=0.8):
    return (left, top, 30, 80, score, "person")


def tracker(**changes):
    return Tracker(**({"card": CARD, "fps": 10} | changes))


def walk(one, scenes, start=START):
    return [one.update(scene, start + number * STEP) for number, scene in enumerate(scenes)]


def test_a_walker_keeps_one_id_and_counts_from_the_second_frame():
    scenes = walk(tracker(), [seen(person(100 + 4 * n)) for n in range(10)])
    assert scenes[0] == ()
    assert [[track.id for track in tracks] for tracks in scenes[1:]] == [[0]] * 9
    last = scenes[-1][0]
    assert last.box_px == (136, 100, 166, 180)
    assert last.object_class == "person"
    assert last.started_at == START


def test_a_detection_of_one_frame_is_no_track():
    scenes = walk(tracker(), [seen(person(100)), seen(), seen(person(400)), seen()])
    assert scenes == [(), (), (), ()]


def test_two_walkers_that_meet_keep_their_ids():
    scenes = walk(
        tracker(),
        [seen(person(100 + 6 * n, 100), person(280 - 6 * n, 130)) for n in range(30)],
    )
    ways = {}
    for tracks in scenes[1:]:
        assert len(tracks) == 2
        for track in tracks:
            ways.setdefault(track.id, []).append(track.box_px[0])
    assert sorted(np.sign(np.diff(way)).sum() for way in ways.values()) == [-28, 28]


def test_a_weak_detection_continues_a_track_but_begins_none():
    strong = [seen(person(100 + 3 * n)) for n in range(4)]
    weak = [seen(person(112 + 3 * n, score=0.15), person(400, score=0.15)) for n in range(6)]
    scenes = walk(tracker(), strong + weak)
    assert [[track.id for track in tracks] for tracks in scenes[1:]] == [[0]] * 9


def test_each_class_has_its_own_operating_point():
    card = CARD.model_copy(update={"operating_point": {"car": 0.7, "truck": 0.3}})
    car, truck = (10, 10, 50, 30, 0.5, "car"), (300, 10, 80, 60, 0.5, "truck")
    (_, tracks) = walk(tracker(card=card), [seen(car, truck)] * 2)
    assert [track.object_class for track in tracks] == ["truck"]


@pytest.mark.parametrize("score", [0.4, 0.5])
def test_a_score_on_the_operating_point_counts(score):
    card = CARD.model_copy(update={"operating_point": {"person": float(np.float32(score))}})
    assert walk(tracker(card=card), [seen(person(100, score=score))] * 2)[1]


def test_a_class_without_operating_point_is_ignored():
    assert walk(tracker(), [seen((10, 10, 50, 30, 0.9, "dog"))] * 5) == [()] * 5


def test_a_cyclist_and_the_bicycle_are_two_tracks_though_their_boxes_lie_on_each_other():
    scenes = walk(
        tracker(),
        [
            seen(
                (100 + 5 * n, 100, 40, 80, 0.8, "person"), (98 + 5 * n, 120, 44, 70, 0.8, "bicycle")
            )
            if n % 3
            else seen((98 + 5 * n, 120, 44, 70, 0.8, "bicycle"))
            for n in range(1, 30)
        ],
    )
    classes = {(track.id, track.object_class) for tracks in scenes for track in tracks}
    assert classes == {(0, "person"), (1, "bicycle")} or classes == {(1, "person"), (0, "bicycle")}


def test_the_class_of_a_track_is_what_it_was_called_most_surely():
    names = ["truck", "car", "car", "truck", "car", "car"]
    scenes = walk(tracker(), [seen((50, 50, 90, 60, 0.6, name)) for name in names])
    assert scenes[1][0].object_class == "car"
    assert scenes[-1][0].object_class == "car"
    assert {track.id for tracks in scenes for track in tracks} == {0}


def test_two_boxes_on_one_object_are_one_track_whatever_each_is_called():
    boxes = seen((50, 50, 90, 60, 0.5, "truck"), (52, 50, 90, 60, 0.9, "car"))
    (tracks,) = walk(tracker(), [boxes] * 2)[1:]
    assert [(track.object_class, track.box_px[0]) for track in tracks] == [("car", 52)]


@given(scores=st.lists(st.integers(10, 100), min_size=2, max_size=60))
def test_the_score_of_a_track_is_the_lower_median_of_its_detections(scores):
    scores = [0.9, *[score / 100 for score in scores]]
    scenes = walk(tracker(), [seen(person(100, score=score)) for score in scores])
    for number, tracks in enumerate(scenes[1:], start=2):
        so_far = sorted(scores[1:number])
        assert tracks[0].score == pytest.approx(so_far[(len(so_far) - 1) // 2], abs=6e-4)


def test_a_median_on_a_round_threshold_reaches_it():
    scenes = walk(tracker(), [seen(person(100, score=0.5))] * 4)
    assert scenes[-1][0].score >= 0.5


def test_one_who_is_hidden_briefly_keeps_the_id_and_is_not_shown_meanwhile():
    before = [seen(person(100 + 3 * n)) for n in range(8)]
    hidden = [seen()] * 10
    after = [seen(person(100 + 3 * n)) for n in range(18, 24)]
    scenes = walk(tracker(), before + hidden + after)
    assert scenes[8:18] == [()] * 10
    assert [[track.id for track in tracks] for tracks in scenes[18:]] == [[0]] * 6
    assert scenes[-1][0].started_at == START


@pytest.mark.parametrize("step_s", [0.04, 0.1, 0.5])
def test_how_long_one_may_be_hidden_is_measured_in_seconds_not_in_frames(step_s):
    for hidden_s, ids in ((LOST_S * 0.7, {0}), (LOST_S * 1.5, {0, 1})):
        one = tracker()
        now = START
        found = set()
        for scene in [*[seen(person(100))] * 4, "gap", *[seen(person(100))] * 4]:
            if scene == "gap":
                until = now + timedelta(seconds=hidden_s)
                while now < until:
                    now += timedelta(seconds=step_s)
                    one.update(seen(), now)
                continue
            now += timedelta(seconds=step_s)
            found |= {track.id for track in one.update(scene, now)}
        assert found == ids


def test_ids_are_not_used_twice():
    one = tracker()
    found = []
    for number in range(20):
        start = START + number * timedelta(seconds=10)
        scenes = walk(one, [seen(person(20 * number)), seen(person(20 * number))], start)
        found += [track.id for tracks in scenes for track in tracks]
    assert found == list(range(20))


def test_what_is_remembered_does_not_grow_with_the_number_of_passers_by():
    one = tracker()
    for number in range(60):
        walk(one, [seen(person(100))] * 3, START + number * timedelta(seconds=10))
    assert len(one._people._memories) == 1
    assert len(one._people._tracker.tracks) == 1


def test_a_clock_that_stands_or_runs_back_does_not_lose_anybody():
    one = tracker()
    moments = [0, 0.1, 0.2, 0.2, 0.1, -3600, -3599.9, -3599.8]
    found = [
        one.update(seen(person(100 + 3 * n)), START + timedelta(seconds=moment))
        for n, moment in enumerate(moments)
    ]
    assert [[track.id for track in tracks] for tracks in found[1:]] == [[0]] * 7


def test_the_foot_of_a_track_is_on_the_ground_of_the_homography():
    homography = [[0.1, 0, -5], [0, -0.1, 30], [0, 0, 1]]
    (_, tracks) = walk(tracker(homography=homography), [seen(person(100))] * 2)
    assert tracks[0].ground_m == pytest.approx((115 * 0.1 - 5, 30 - 18))


def test_one_whose_foot_is_above_the_horizon_has_no_place_on_the_ground():
    # The horizon is at row 200 of the picture.
    homography = [[1, 0, 0], [0, 1, 0], [0, 1 / 200, -1]]
    (_, tracks) = walk(tracker(homography=homography), [seen(person(100), person(300, 160))] * 2)
    assert [track.ground_m is None for track in tracks] == [True, False]
    assert walk(tracker(), [seen(person(100))] * 2)[1][0].ground_m is None


@given(
    scenes=st.lists(
        st.lists(
            st.tuples(
                st.integers(0, 300),
                st.integers(0, 200),
                st.integers(1, 90),
                st.integers(1, 90),
                st.integers(10, 100).map(lambda percent: percent / 100),
                st.sampled_from(["person", "car", "bicycle", "dog"]),
            ),
            max_size=5,
        ),
        max_size=25,
    )
)
def test_each_track_is_one_of_the_detections_and_each_detection_is_one_track_at_most(scenes):
    one = tracker()
    born = {}
    for number, objects in enumerate(scenes):
        now = START + number * STEP
        tracks = one.update(seen(*objects), now)
        boxes = [(left, top, left + w, top + h) for left, top, w, h, _, _ in objects]
        ids = [track.id for track in tracks]
        assert ids == sorted(set(ids))
        for track in tracks:
            assert track.box_px in boxes
            assert track.started_at <= now
            assert born.setdefault(track.id, track.started_at) == track.started_at
            assert 0.1 <= track.score <= 1
            assert track.object_class in CARD.operating_point
        for box in boxes:
            assert sum(track.box_px == box for track in tracks) <= boxes.count(box)
    assert sorted(born) == list(range(len(born)))
