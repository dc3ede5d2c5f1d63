import math

import numpy as np
import pytest

from training.comparison.boxes import box_figures
from training.comparison.facts import Absent, nothing
from training.evaluation.detection import precision_of

LEFT = [(50, 100)] * 10


def values(figures):
    return {key: figure.value for key, figure in figures.items()}


@pytest.fixture
def judged(facts):
    def made(truth, seen, frames=range(10), stretches=(range(5), range(5, 10))):
        return box_figures(facts(truth), facts(seen), frames, stretches)

    return made


def test_a_case_worked_by_hand(judged, tracks, walk):
    # Eight true boxes. From the best score down hit, miss, hit, miss …: equal scores keep their
    # order, frame by frame. The k-th hit brings recall k/8 at a precision of k / (2k - 1), which
    # falls with k. Of the recalls 0, .01 … 1, those up to k/8 that no earlier hit reached read it.
    truth = tracks(walk(1, LEFT[:8]))
    seen = tracks(walk(1, LEFT[:8]), walk(2, [(150, 100)] * 8))
    found = judged(truth, seen, range(8), [range(4), range(4, 8)])
    reached = [0, *(math.floor(100 * k / 8) + 1 for k in range(1, 9))]
    expected = sum((reached[k] - reached[k - 1]) * k / (2 * k - 1) for k in range(1, 9)) / 101
    assert found["map50"].value == pytest.approx(expected)
    assert found["f1"].value == pytest.approx(2 * 8 / (2 * 8 + 8))
    assert found["f1"].units.tolist() == [[4, 4, 0], [4, 4, 0]]


def test_map_is_that_of_the_video_protocol(judged, tracks, walk):
    rng = np.random.default_rng(2)
    truth = tracks(*(walk(n, rng.integers(30, 170, (10, 2)), kind=kind)
                     for n, kind in enumerate(["person", "car", "person"])))  # fmt: skip
    seen = truth.assign(confidence=rng.random(len(truth)))
    moved = [side for side in ("left_px", "right_px")]
    seen[moved] += rng.integers(-9, 9, len(seen))[:, None]
    ours = values(judged(truth, seen))
    theirs = precision_of(truth=truth, seen=seen, frames=range(10))
    assert ours["map50"] == pytest.approx(theirs.map50)
    assert ours["map"] == pytest.approx(theirs.map50_95)


def test_a_stretch_without_anybody_says_nothing(judged, tracks, walk):
    rows = tracks(walk(1, LEFT[:5]))
    units = judged(rows, rows)["map50"].units
    assert units[0].tolist() == [1, 1]
    assert np.isnan(units[1]).all()


def test_frames_that_are_not_annotated_are_not_judged(judged, tracks, walk):
    truth = tracks(walk(1, LEFT)).iloc[::5]
    found = judged(truth, tracks(walk(1, LEFT)), range(0, 10, 5), [range(0, 10, 5)])
    assert found["f1"].value == found["map50"].value == 1


def test_without_boxes_the_reason_is_told(facts, tracks, walk):
    truth = facts(tracks(walk(1, LEFT)))
    told = box_figures(truth, nothing("its export has no boxes"), range(10), [range(10)])
    assert set(told.values()) == {Absent("its export has no boxes")}
    unsaid = box_figures(nothing("the truth does not say"), truth, range(10), [range(10)])
    assert set(unsaid.values()) == {Absent("the truth does not say")}
