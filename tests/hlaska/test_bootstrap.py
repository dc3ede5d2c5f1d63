import math

import numpy as np
import pytest

from hlaska.bootstrap import f1, paired_difference, ratio
from hlaska.measures import Hits


def rng():
    return np.random.default_rng(1)


def test_f1_of_sums_is_that_of_hits():
    counts = np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 0.0]])
    found = f1(counts)
    assert found[0] == pytest.approx(Hits(3, 1, 2).f1)
    assert math.isnan(found[1])


def test_a_ratio_over_nothing_is_no_number():
    np.testing.assert_array_equal(ratio(np.array([[1.0, 4.0], [1.0, 0.0]])), [0.25, np.nan])


def test_a_system_is_not_different_from_itself_and_that_is_certain():
    counts = rng().integers(0, 9, (20, 3)).astype(float)
    between = paired_difference(counts, counts, f1, rng=rng())
    assert (between.low, between.value, between.high) == (0, 0, 0)


def test_pairs_are_drawn_together_so_that_hard_units_fall_out():
    # Units differ wildly, the systems by one in ten everywhere.
    n = 10.0 * rng().integers(1, 50, 40)
    level = rng().integers(0, 9, 40) / 10
    one, other = np.stack([n * (level + 0.1), n], 1), np.stack([n * level, n], 1)
    between = paired_difference(one, other, ratio, rng=rng())
    assert between.low == pytest.approx(0.1)
    assert between.high == pytest.approx(0.1)
    apart = paired_difference(one, other[::-1], ratio, rng=rng())
    assert apart.high - apart.low > 0.05


def test_the_interval_is_that_of_the_normal_law_for_many_units():
    # Differences of means of n units have the standard error s / sqrt(n).
    one = np.stack([rng().normal(0.3, 1, 4000), np.ones(4000)], 1)
    other = np.stack([np.zeros(4000), np.ones(4000)], 1)
    between = paired_difference(one, other, ratio, rng=rng(), resamples=4000)
    half = 1.96 * one[:, 0].std() / math.sqrt(4000)
    assert between.value == pytest.approx(one[:, 0].mean())
    assert between.reach == pytest.approx(half, rel=0.05)
    assert between.high - between.value == pytest.approx(half, rel=0.05)


def test_intervals_hold_the_truth_as_often_as_they_say():
    chance = np.random.default_rng(2)
    held = 0
    for _ in range(300):
        one = np.stack([chance.binomial(20, 0.6, 40), np.full(40, 20)], 1).astype(float)
        other = np.stack([chance.binomial(20, 0.5, 40), np.full(40, 20)], 1).astype(float)
        between = paired_difference(one, other, ratio, rng=chance, resamples=500)
        held += between.low <= 0.1 <= between.high
    assert 0.90 <= held / 300 <= 0.98


def test_a_measure_without_a_value_has_no_interval():
    nothing = np.zeros((5, 3))
    assert math.isnan(paired_difference(nothing, nothing, f1, rng=rng()).low)


@pytest.mark.parametrize(
    ("one", "other", "confidence"),
    [
        pytest.param(np.ones((3, 2)), np.ones((4, 2)), 0.95, id="other units"),
        pytest.param(np.ones((0, 2)), np.ones((0, 2)), 0.95, id="none"),
        pytest.param(np.ones(3), np.ones(3), 0.95, id="no counts"),
        pytest.param(np.ones((3, 2)), np.ones((3, 2)), 1.0, id="certainty"),
    ],
)
def test_what_cannot_be_compared_is_an_error(one, other, confidence):
    with pytest.raises(ValueError):
        paired_difference(one, other, ratio, rng=rng(), confidence=confidence)
