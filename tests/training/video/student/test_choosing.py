import numpy as np
import pytest

from hlaska.tracks import PERSON, Detections
from training.video.student.choosing import agreement, merit, operating_point
from training.video.student.labels import Labels

NONE = np.empty((0, 4), np.float32)
BOXES = np.array([[0, 0, 10, 30], [40, 0, 50, 30]], np.float32)


def found(boxes, scores):
    return Detections(
        np.asarray(boxes, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
        np.array([PERSON] * len(scores), dtype=object).astype(str),
    )


def test_who_says_the_same_agrees_wholly():
    told = [found(BOXES, [0.9, 0.8])] * 2
    labels = [Labels(BOXES, NONE)] * 2
    one = agreement(told, labels)
    assert one.average_precision == 1
    assert one.f1(0.5) == 1
    assert merit(told, labels) == 1


def test_a_false_one_above_a_true_one_costs_precision():
    one = agreement([found([BOXES[0], [90, 0, 99, 30]], [0.5, 0.9])], [Labels(BOXES, NONE)])
    assert one.average_precision == pytest.approx(0.25)
    assert one.f1(0.0) == pytest.approx(0.5)


def test_two_detections_of_one_label_agree_once():
    one = agreement([found([BOXES[0], BOXES[0] + 1], [0.9, 0.8])], [Labels(BOXES[:1], NONE)])
    assert one.agrees.tolist() == [True, False]


def test_a_doubtful_one_counts_neither_way():
    one = agreement([found(BOXES, [0.9, 0.8])], [Labels(BOXES[:1], BOXES[1:])])
    assert one.average_precision == 1
    assert len(one.scores) == 1


def test_nobody_found_and_nobody_there():
    assert agreement([found([], [])], [Labels(NONE, NONE)]).average_precision == 0
    assert agreement([], []).f1(0.5) == 0


def test_the_operating_point_is_where_most_agree():
    boxes = np.concatenate([BOXES, [[90, 0, 99, 30]]])
    one = agreement([found(boxes, [0.9, 0.6, 0.3])], [Labels(BOXES, NONE)])
    assert 0.3 < operating_point(one) <= 0.6
