from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import cos, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from hlaska.errors import SiteError
from hlaska.rules.line_counts import FORGET_S, LineCounts
from hlaska.tracks import Scene, Track

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
HEIGHT_PX = 100
MARGIN_PX = 5


def track(x, y, number=1, score=0.8, object_class="person"):
    box = (x - 10, y - HEIGHT_PX, x + 10, y)
    return Track(number, object_class, box, score, START)


def scene(index, *tracks, step_s=0.1):
    return Scene(START + timedelta(seconds=index * step_s), tracks)


def line(start=(100, 0), end=(100, 200), **options):
    # Seen from the top to the bottom of the picture, right is where x is smaller.
    options = {"forward": "west", "backward": "east", **options}
    return LineCounts(line="door", start=start, end=end, **options)


def counts(rule, scenes):
    """Crossings per direction."""
    total = {"west": 0, "east": 0}
    for each in scenes:
        for finding in rule.update(each):
            total[finding.direction] += finding.attributes["count"]
    return total


def walk(*points, number=1, **options):
    return [scene(i, track(*point, number, **options)) for i, point in enumerate(points)]


def test_right_is_to_the_right_hand_of_who_looks_along_the_line():
    # Looking down the picture, the right hand points to the left edge.
    assert counts(line(), walk((150, 50), (50, 50))) == {"west": 1, "east": 0}
    assert counts(line(), walk((50, 50), (150, 50))) == {"west": 0, "east": 1}


def test_a_crossing_says_who_when_and_which_way():
    rule = line()
    rule.update(scene(0, track(150, 50)))
    [found] = rule.update(scene(1, track(50, 50)))
    assert found.kind == "mobility.count"
    assert found.line == "door"
    assert found.started_at == found.observed_at == scene(1).captured_at
    assert found.attributes == {"object_class": "person", "direction": "west", "count": 1}
    assert found.track_ids == (1,)


def test_walking_back_counts_once_the_other_way():
    assert counts(line(), walk((150, 50), (50, 50), (150, 50))) == {"west": 1, "east": 1}


def test_trembling_on_the_line_counts_once_at_most():
    there = [(150, 50), *[(100 + (-1) ** i * 4.9, 50) for i in range(51)]]
    assert counts(line(), walk(*there, (150, 50))) == {"west": 0, "east": 0}
    assert counts(line(), walk(*there, (50, 50))) == {"west": 1, "east": 0}


def test_somebody_who_first_appears_on_the_line_has_crossed_nothing():
    assert counts(line(), walk((101, 50), (98, 50), (50, 50))) == {"west": 0, "east": 0}


def test_walking_around_the_end_does_not_count():
    assert counts(line(), walk((150, 50), (150, 300), (50, 300), (50, 50))) == {
        "west": 0,
        "east": 0,
    }


def test_who_crosses_and_returns_around_the_end_counts_each_time():
    lap = [(150, 50), (50, 50), (50, 300), (150, 300)]
    assert counts(line(), walk(*lap * 3)) == {"west": 3, "east": 0}


def test_a_leap_over_many_missing_frames_counts():
    rule = line()
    rule.update(scene(0, track(600, 50)))
    assert len(rule.update(scene(50, track(-400, 50)))) == 1


def test_several_in_one_scene_are_one_finding_for_each_class_and_direction():
    rule = line()
    rule.update(
        scene(
            0,
            track(150, 10, 1),
            track(150, 50, 2),
            track(50, 90, 3),
            track(150, 90, 4, object_class="bicycle"),
        )
    )
    found = rule.update(
        scene(
            1,
            track(50, 10, 1),
            track(50, 50, 2),
            track(150, 90, 3),
            track(50, 90, 4, object_class="bicycle"),
        )
    )
    assert {(f.object_class, f.direction): f.attributes["count"] for f in found} == {
        ("person", "west"): 2,
        ("person", "east"): 1,
        ("bicycle", "west"): 1,
    }


def test_a_doubtful_track_does_not_count():
    assert counts(line(min_score=0.5), walk((150, 50), (50, 50), score=0.49)) == {
        "west": 0,
        "east": 0,
    }


def test_what_was_long_gone_is_forgotten():
    rule = line()
    rule.update(scene(0, track(150, 50)))
    late = scene(1, track(50, 50), step_s=FORGET_S + 1)
    assert rule.update(late) == []
    for i in range(2, 300):
        rule.update(scene(i, track(150, 50, number=i), step_s=FORGET_S + 1))
    assert len(rule._walks) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"end": (100, 0)}, "both points", id="no length"),
        pytest.param({"forward": "in", "backward": "in"}, "both directions", id="one name"),
    ],
)
def test_a_wrong_line_is_refused(options, message):
    with pytest.raises(SiteError, match=f"line door: {message}"):
        line(**options)


places = st.tuples(st.integers(60, 140), st.integers(-100, 300))
walks = st.lists(places, min_size=1, max_size=60)


@given(walks)
def test_on_a_line_without_end_each_confirmed_change_of_side_counts(points):
    sides = [1 if x < 100 else -1 for x, _ in points if abs(x - 100) > MARGIN_PX]
    changes = list(pairwise(sides))
    found = counts(line((100, -10_000), (100, 10_000)), walk(*points))
    assert found == {"west": changes.count((-1, 1)), "east": changes.count((1, -1))}


@given(walks)
def test_on_a_short_line_a_change_counts_if_the_path_went_through_it(points):
    door = LineString([(100, 0), (100, 200)])
    # Half a pixel off the line, so that the path crosses it or not, without touching.
    points = [(x + 0.5, y + 0.25) for x, y in points]
    clear = [i for i, (x, _) in enumerate(points) if abs(x - 100) > MARGIN_PX]
    expected = {"west": 0, "east": 0}
    for i, j in pairwise(clear):
        if (points[i][0] > 100) == (points[j][0] > 100):
            continue
        to_the_west = points[i][0] > 100
        net = 0
        for k in range(i, j):
            step = LineString(points[k : k + 2])
            if step.length and step.intersects(door):
                net += 1 if (points[k + 1][0] < 100) == to_the_west else -1
        expected["west" if to_the_west else "east"] += net > 0
    assert counts(line(), walk(*points)) == expected


@given(walks, st.integers(0, 359))
def test_the_direction_of_the_picture_does_not_matter(points, degrees):
    c, s = cos(radians(degrees)), sin(radians(degrees))

    def turned(point):
        return c * point[0] - s * point[1], s * point[0] + c * point[1]

    points = [(x + 0.5, y + 0.25) for x, y in points]
    straight = counts(line(), walk(*points))
    slanted = counts(
        line(turned((100, 0)), turned((100, 200))), walk(*(turned(point) for point in points))
    )
    assert slanted == straight


@given(st.lists(st.tuples(walks, st.booleans()), min_size=1, max_size=4), st.randoms())
def test_other_ids_and_another_order_give_the_same_counts(people, random):
    def run(numbers, order):
        rule = line()
        found = []
        for i in range(max(len(points) for points, _ in people)):
            tracks = [
                track(*points[i], number, object_class="person" if on_foot else "bicycle")
                for number, (points, on_foot) in zip(numbers, people, strict=True)
                if i < len(points)
            ]
            order(tracks)
            found += rule.update(scene(i, *tracks))
        return [replace(f, track_ids=()) for f in found]

    plain = run(range(len(people)), lambda tracks: None)
    assert run([7, 99, 3, 12][: len(people)], random.shuffle) == plain
