import math

import numpy as np
import pytest

from training.cyber.windows import Rows
from training.evaluation.cyber_measures import at_rate, calibrated, false_alarms_per_hour, pr_auc


def rows(activities, minutes):
    numbers = np.array(activities)
    many = len(numbers)
    return Rows(
        values=np.zeros((many, 1), np.float32),
        labels=np.where(numbers >= 0, "scan", "").astype(object),
        activities=numbers,
        hosts=np.array(["a"] * many, dtype=object),
        peers=np.full(many, "", dtype=object),
        windows=np.array(minutes, np.int64),
        beside=np.zeros(many, bool),
    )


def test_a_forecaster_who_knows_is_calibrated():
    truth = np.array([True, False, True])
    perfect = calibrated(truth.astype(float), truth)
    assert (perfect.brier, perfect.error) == (0, 0)


def test_calibration_by_hand():
    # Two bins: 0.9 said twice and once so; 0.1 said twice and never so.
    said, truth = np.array([0.9, 0.9, 0.1, 0.1]), np.array([True, False, False, False])
    found = calibrated(said, truth)
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.01 + 0.01) / 4)
    assert found.error == pytest.approx((2 * abs(0.5 - 0.9) + 2 * abs(0 - 0.1)) / 4)


def test_who_says_the_same_share_is_calibrated_but_tells_nothing():
    rng = np.random.default_rng(1)
    truth = rng.random(20_000) < 0.3
    found = calibrated(np.full(20_000, 0.3), truth)
    assert found.error < 0.01
    assert found.brier == pytest.approx(0.21, abs=0.01)


def test_nothing_asked_is_no_mark():
    assert math.isnan(pr_auc(np.array([0.1, 0.2]), np.array([False, False])))
    assert math.isnan(calibrated(np.zeros(0), np.zeros(0, bool)).brier)
    assert math.isnan(false_alarms_per_hour(rows([], []), np.zeros(0), 0.5))


def test_precision_and_recall_of_a_ranking():
    # The first and third are right: 1/2 x 1 + 1/2 x 2/3.
    assert pr_auc(np.array([0.9, 0.8, 0.7]), np.array([True, False, True])) == pytest.approx(5 / 6)


def test_recall_is_at_the_rate_of_false_alarms_that_is_allowed():
    # Two hours; two false alarms at 0.6 and one at 0.8.
    minutes = [*range(120)]
    numbers = np.full(120, -1)
    numbers[[10, 50]] = 0, 1
    scores = np.zeros(120)
    scores[[10, 50]] = 0.7, 0.5
    scores[[30, 90]] = 0.8, 0.6
    made = rows(numbers, minutes)
    found = at_rate(made, scores, numbers >= 0, per_hour=0.5)
    assert (found.attacks, found.of, found.recall) == (1, 2, 0.5)
    assert found.rows == 0.5
    assert at_rate(made, scores, numbers >= 0, per_hour=1).attacks == 2
    assert false_alarms_per_hour(made, scores, 0.6) == pytest.approx(1)


def test_who_says_the_same_of_everything_has_found_nothing():
    numbers = np.full(60, -1)
    numbers[5] = 0
    found = at_rate(rows(numbers, range(60)), np.full(60, 0.4), numbers >= 0, per_hour=10)
    assert found.attacks == 0
