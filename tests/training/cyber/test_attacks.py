import numpy as np
import pytest

from hlaska.errors import ModelError
from training.cyber.attacks import (
    LEAST_POINT,
    MOST_ROWS,
    calibrate,
    fit,
    operating_points,
    probabilities,
    targets,
    thinned,
)
from training.cyber.days import CLASSES, LEARNT
from training.cyber.operating import alarms


@pytest.fixture(scope="module")
def model(talks):
    rng = np.random.default_rng(1)
    return calibrate(fit(thinned(talks, rng), seed=1, iterations=8), talks)


def test_who_is_new_counts_as_normal():
    assert list(targets(np.array(["", "scan", "new-asset"], object))) == [
        "normal",
        "scan",
        "normal",
    ]


def test_no_attack_is_learnt_from_much_more_than_others(talks):
    some = thinned(talks, np.random.default_rng(1))
    assert set(some.activities) == set(talks.activities)
    _, counts = np.unique(some.activities[some.activities >= 0], return_counts=True)
    assert counts.max() <= MOST_ROWS
    assert 0.2 < (~some.attack).sum() / (~talks.attack).sum() < 0.4


def test_probabilities_are_of_all_classes_in_order(model, talks):
    scores = probabilities(model, talks)
    assert scores.shape == (len(talks), len(CLASSES))
    assert np.allclose(scores.sum(axis=1), 1)
    told = np.array(CLASSES)[scores.argmax(axis=1)]
    assert (told == targets(talks.labels)).mean() > 0.95


def test_a_class_that_was_never_seen_has_no_probability(talks):
    fewer = talks.take((talks.labels == "") | (talks.labels == "scan"))
    scores = probabilities(fit(fewer, seed=1, iterations=2), talks)
    assert set(np.flatnonzero(scores.any(axis=0))) == {0, CLASSES.index("scan")}


def test_operating_points_keep_false_alarms_few(talks):
    rng = np.random.default_rng(2)
    scores = rng.uniform(0, 0.99, (len(talks), len(CLASSES)))
    points = operating_points(scores, talks)
    assert set(points) == set(LEARNT)
    quiet = talks.take(talks.quiet)
    false = sum(
        alarms(quiet, scores[talks.quiet, CLASSES.index(name)] >= point)
        for name, point in points.items()
    )
    # Half an alarm an hour, and two hours.
    assert false <= 1


def test_where_nothing_is_false_the_point_is_one_half(talks):
    scores = np.zeros((len(talks), len(CLASSES)))
    assert set(operating_points(scores, talks).values()) == {LEAST_POINT}


def test_there_is_nothing_to_tell_apart_on_a_quiet_day(talks):
    with pytest.raises(ModelError, match="nothing to tell apart"):
        fit(talks.take(~talks.attack), seed=1)
