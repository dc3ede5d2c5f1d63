import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.evaluation.matching import detection_hits, pairs


def test_the_best_assignment_is_found_and_not_the_first():
    # Who takes the best pair first leaves the others with nothing.
    rows, columns = pairs(np.array([[0.9, 0.8], [0.7, 0.1]]))
    assert list(zip(rows, columns, strict=True)) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(("iou", "matched"), [(0.5, 1), (0.499, 0)])
def test_an_overlap_of_a_half_counts(iou, matched):
    assert len(pairs(np.array([[iou]]))[0]) == matched


@given(
    arrays(np.float64, st.tuples(st.integers(0, 6), st.integers(0, 6)), elements=st.floats(0, 1))
)
def test_no_box_is_matched_twice_nor_to_one_too_far(iou):
    rows, columns = pairs(iou)
    assert len(set(rows)) == len(rows) == len(set(columns)) == len(columns)
    assert (iou[rows, columns] >= 0.5).all()
    # Whoever is left over has no partner that is left over too.
    rest = np.delete(np.delete(iou, rows, axis=0), columns, axis=1)
    assert (rest < 0.5).all()


def test_hits_are_counted_frame_by_frame(walk, tracks):
    truth = tracks(walk(0, [(50, 100)] * 3), walk(1, [(150, 100)] * 3))
    # One is seen in two frames, the other never; something else is seen in the last frame.
    seen = tracks(walk(0, [(51, 100)] * 2), walk(1, [(100, 50)], first=2))
    hits = detection_hits(truth, seen, range(3))
    assert (hits.found, hits.false, hits.missed) == (2, 1, 4)


def test_the_same_place_in_another_frame_is_no_hit(walk, tracks):
    truth = tracks(walk(0, [(50, 100)]))
    hits = detection_hits(truth, tracks(walk(0, [(50, 100)], first=1)), range(2))
    assert (hits.found, hits.false, hits.missed) == (0, 1, 1)
