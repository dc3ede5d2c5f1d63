import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from hlaska.columns import FRAME, LINE, TRACK
from training.evaluation.crossings import (
    COUNTED,
    FOUND,
    TRUE,
    _together,
    crossing_scores,
    crossings_of,
)
from training.evaluation.observations import CROSSING_COLUMNS, table

TO_THE_RIGHT = [(x, 100) for x in range(60, 141, 10)]
TO_THE_LEFT = TO_THE_RIGHT[::-1]


def crossed(*rows):
    """A table of crossings of the middle line: frame, direction, class."""
    return table(
        [(frame, "middle", way, name, number) for number, (frame, way, name) in enumerate(rows)],
        CROSSING_COLUMNS,
    )


def test_who_walks_over_the_line_is_counted_once_in_the_right_direction(walk, tracks, camera):
    found = crossings_of(tracks(walk(4, TO_THE_RIGHT), walk(9, TO_THE_LEFT)), camera)
    assert dict(zip(found[TRACK], found["direction"], strict=True)) == {4: "east", 9: "west"}
    assert set(found[LINE]) == {"middle"}
    assert found[FRAME].between(4, 6).all()


def test_two_that_cross_in_one_frame_are_two(walk, tracks, camera):
    below = [(x, 150) for x, _ in TO_THE_RIGHT]
    found = crossings_of(tracks(walk(0, TO_THE_RIGHT), walk(1, below)), camera)
    assert sorted(found[TRACK]) == [0, 1]


def test_who_stays_on_one_side_is_not_counted(walk, tracks, camera):
    assert crossings_of(tracks(walk(0, [(60, 100)] * 9)), camera).empty


def test_perfect_counts_have_no_error(camera):
    truth = crossed((10, "east", "person"), (50, "west", "person"))
    scores = crossing_scores(truth, truth, camera)
    assert (scores.true, scores.counted, scores.found, scores.error) == (2, 2, 2, 0)


def test_one_missed_and_one_too_many_do_not_make_up_for_each_other(camera):
    truth = crossed((10, "east", "person"), (50, "west", "person"))
    seen = crossed((10, "east", "person"), (60, "east", "person"))
    scores = crossing_scores(truth, seen, camera)
    by_way = scores.lines.set_index("direction")[[TRUE, COUNTED, FOUND]]
    assert by_way.loc["east"].tolist() == [1, 2, 1]
    assert by_way.loc["west"].tolist() == [1, 0, 0]
    assert scores.error == 1.0
    low, high = scores.found_interval
    assert low < 0.5 < high


def test_another_class_at_the_same_time_is_counted_but_not_found(camera):
    scores = crossing_scores(crossed((10, "east", "person")), crossed((10, "east", "car")), camera)
    assert (scores.counted, scores.found) == (1, 0)


@pytest.mark.parametrize(("frame", "found"), [(30, 1), (31, 0)])
def test_two_seconds_apart_may_be_the_same_and_more_may_not(camera, frame, found):
    truth, seen = crossed((10, "east", "person")), crossed((frame, "east", "person"))
    assert crossing_scores(truth, seen, camera).found == found


def test_a_line_that_nobody_crosses_has_no_error(camera):
    assert math.isnan(crossing_scores(crossed(), crossed(), camera).error)


FRAMES = st.lists(st.integers(0, 300), max_size=8)


@given(FRAMES, FRAMES)
def test_as_many_are_found_as_can_be_paired(one, other):
    near = np.abs(np.subtract.outer(one, other)) <= 20 if one and other else np.zeros((0, 0))
    best = near[linear_sum_assignment(near, maximize=True)].sum()
    assert _together(sorted(one), sorted(other), 20) == best
