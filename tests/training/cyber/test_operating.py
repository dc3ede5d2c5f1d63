import numpy as np
import pytest

from hlaska.errors import ModelError
from serving.cyber.drift import Reference
from training.cyber.operating import alarms, drift_limit, found, hours, threshold
from training.cyber.windows import Rows


def rows(*minutes, hosts=None, activities=None, values=None):
    many = len(minutes)
    numbers = np.full(many, -1) if activities is None else np.array(activities)
    return Rows(
        values=np.zeros((many, 1), np.float32) if values is None else values,
        labels=np.where(numbers >= 0, "scan", "").astype(object),
        activities=numbers,
        hosts=np.array(hosts or ["a"] * many, dtype=object),
        peers=np.full(many, "", dtype=object),
        windows=np.array(minutes, np.int64),
        beside=np.zeros(many, bool),
    )


@pytest.mark.parametrize(
    ("minutes", "hosts", "count"),
    [
        pytest.param([0, 1, 2, 12], None, 1, id="ten minutes are no pause"),
        pytest.param([0, 11], None, 2, id="eleven are"),
        pytest.param([0, 0], ["a", "b"], 2, id="two hosts are two"),
        pytest.param([3, 1, 2, 1], None, 1, id="in any order"),
        pytest.param([], None, 0, id="nothing"),
    ],
)
def test_all_that_is_told_of_one_host_without_a_pause_is_one_alarm(minutes, hosts, count):
    made = rows(*minutes, hosts=hosts)
    assert alarms(made, np.ones(len(minutes), bool)) == count


def test_only_what_is_told_counts():
    assert alarms(rows(0, 20, 40), np.array([True, False, True])) == 2


def test_the_threshold_is_the_lowest_with_few_enough_alarms():
    made = rows(0, 20, 40, 60)
    scores = np.array([0.9, 0.7, 0.5, 0.3])
    assert 0.5 < threshold(made, scores, 2) < 0.50001
    assert alarms(made, scores >= threshold(made, scores, 2)) == 2
    # No alarm: just above the highest.
    assert 0.9 < threshold(made, scores, 0.9) < 0.90001
    assert threshold(made, scores, 10) == -np.inf
    assert threshold(rows(), np.zeros(0), 1) == -np.inf


def test_the_threshold_of_many_rows_is_found_exactly():
    rng = np.random.default_rng(1)
    made = rows(*range(0, 5000 * 20, 20))
    scores = rng.permutation(5000).astype(float)
    assert 4899 < threshold(made, scores, 100) < 4899.0001


def test_an_attack_is_found_when_one_of_its_rows_is():
    made = rows(0, 1, 2, 3, activities=[0, 0, 1, -1])
    assert found(made, np.array([False, True, False, True])) == (1, 2)


def test_hours_are_those_with_a_row():
    assert hours(np.array([0, 0, 1, 500])) == pytest.approx(3 / 60)


def test_the_limit_of_drift_is_above_that_of_every_hour_of_calibration():
    rng = np.random.default_rng(1)
    reference = Reference.of(rng.normal(size=(5000, 1)).astype(np.float32))
    values = rng.normal(size=(1200, 1)).astype(np.float32)
    values[600:] += 0.5
    made = rows(*np.repeat([0, 60], 600), values=values)
    worst = max(reference.drift(values[:600])[0], reference.drift(values[600:])[0])
    assert drift_limit(reference, made) == pytest.approx(1.2 * worst)


def test_hours_of_a_few_rows_say_nothing_of_drift():
    reference = Reference.of(np.zeros((5000, 1), np.float32))
    with pytest.raises(ModelError, match="no hour of calibration has 500 rows"):
        drift_limit(reference, rows(0, 1, 2))
