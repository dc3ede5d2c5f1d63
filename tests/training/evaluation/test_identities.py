import numpy as np
import pytest

from training.evaluation.identities import identity_scores

LEFT = [(50, 100)] * 10
RIGHT = [(150, 100)] * 10


def test_perfect_tracks_score_one_whatever_they_are_called(walk, tracks):
    truth = tracks(walk(3, LEFT), walk(8, RIGHT))
    seen = tracks(walk(71, RIGHT), walk(5, LEFT))
    scores = identity_scores(truth, seen, range(10))
    assert (scores.hota, scores.mota, scores.idf1, scores.switches) == (1, 1, 1, 0)


def test_a_track_that_changes_its_name_half_way_is_one_switch(walk, tracks):
    truth = tracks(walk(0, LEFT))
    seen = tracks(walk(0, LEFT[:5]), walk(1, LEFT[5:], first=5))
    scores = identity_scores(truth, seen, range(10))
    assert scores.switches == 1
    # MOTA = 1 - (0 missed + 0 false + 1 switch) / 10.
    assert scores.mota == pytest.approx(0.9)
    # One of the two tracks may be called by the name: 5 right, 5 missed, 5 false.
    assert scores.idf1 == pytest.approx(2 * 5 / (2 * 5 + 5 + 5))
    # DetA = 1; each box shares 5 of 10 with its object, so AssA = 0.5 at every overlap.
    assert scores.hota == pytest.approx(np.sqrt(0.5))


def test_misses_and_false_boxes_lower_mota(walk, tracks):
    truth = tracks(walk(0, LEFT), walk(1, RIGHT))
    # One is missed altogether; a ghost stands there for three frames.
    seen = tracks(walk(0, LEFT), walk(1, [(100, 50)] * 3))
    scores = identity_scores(truth, seen, range(10))
    assert scores.mota == pytest.approx(1 - (10 + 3) / 20)
    assert scores.idf1 == pytest.approx(2 * 10 / (2 * 10 + 3 + 10))


def test_frames_in_which_nobody_is_there_do_not_matter(walk, tracks):
    truth = tracks(walk(0, LEFT, first=20))
    assert identity_scores(truth, truth, range(100)).mota == 1


def test_a_system_that_sees_nothing_scores_nothing(walk, tracks):
    scores = identity_scores(tracks(walk(0, LEFT)), tracks(), range(10))
    assert (scores.hota, scores.mota, scores.idf1, scores.switches) == (0, 0, 0, 0)
