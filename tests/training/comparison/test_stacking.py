import numpy as np

from training.comparison.stacking import inside, stacked
from training.evaluation.matching import detection_hits, overlaps


def test_each_class_has_its_own_frames_and_empty_ones_are_left_out(tracks, walk):
    truth = tracks(walk(1, [(50, 100)], first=7), walk(2, [(90, 100)], first=7, kind="car"))
    seen = tracks(walk(1, [(50, 100)], first=9))
    both = stacked(truth, seen, ["car", "person"], range(100))
    assert both.was.tolist() == [7, 7, 9]
    assert both.truth[["object_class", "frame"]].to_numpy().tolist() == [["car", 0], ["person", 1]]
    assert both.seen["frame"].tolist() == [2]


def test_a_box_of_another_class_in_the_same_place_is_false_and_missed(tracks, walk):
    truth, seen = tracks(walk(1, [(50, 100)])), tracks(walk(1, [(50, 100)], kind="car"))
    hits = stacked(truth, seen, ["car", "person"], range(1)).hits()
    assert (hits.found, hits.false, hits.missed) == (0, 1, 1)


def test_overlaps_and_hits_are_those_of_the_video_protocol(tracks, walk):
    rng = np.random.default_rng(5)
    walks = [walk(n, rng.integers(20, 60, (30, 2)), first=int(rng.integers(0, 9))) for n in
             range(8)]  # fmt: skip
    truth, seen = tracks(*walks[:4]), tracks(*walks[4:])
    both = stacked(truth, seen, ["person"], range(40))
    theirs = overlaps(both.truth, both.seen, both.frames)
    for (_, _, mine), (_, _, iou) in zip(both.overlaps(), theirs, strict=True):
        np.testing.assert_allclose(mine, iou)
    assert both.hits() == detection_hits(truth, seen, range(40))


def test_nothing_is_stacked_of_no_class(tracks):
    both = stacked(tracks(), tracks(), [], range(9))
    assert len(both.frames) == 0
    assert list(both.overlaps()) == []
    assert len(stacked(tracks(), tracks(), ["person"], range(9)).frames) == 0


def test_a_range_with_steps_holds_only_its_own_frames():
    assert inside(np.arange(10), range(2, 9, 3)).nonzero()[0].tolist() == [2, 5, 8]
