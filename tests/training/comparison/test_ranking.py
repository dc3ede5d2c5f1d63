import math

import numpy as np
import pytest

from hlaska.bootstrap import f1
from training.comparison.figures import BY_KEY, METRICS, averaged, summed
from training.comparison.ranking import FEWEST, MOST, difference, interval_of, pairs_of, standings

RNG = np.random.default_rng(0)
HARD = RNG.uniform(0.3, 0.7, 40)
HOTA, ERROR = BY_KEY["hota"], BY_KEY["count_error"]


def level(better=0.0, noise=0.0, many=40):
    parts = HARD[:many] + better + noise * RNG.standard_normal(many)
    return averaged(float(parts.mean()), parts)


def test_who_is_better_everywhere_is_first_however_hard_the_stretches_are():
    found = standings(HOTA, {"A": level(), "B": level(0.02)}, level(-0.2))
    assert (found["B"].rank, found["A"].rank) == (1, 2)
    assert found["A"].alike == ()
    assert found["A"].above_constant


def test_who_cannot_be_told_apart_shares_a_rank():
    found = standings(
        HOTA, {"A": level(), "B": level(0.001, noise=0.05), "C": level(-0.2)}, level()
    )
    assert (found["A"].rank, found["B"].rank, found["C"].rank) == (1, 1, 3)
    assert found["A"].alike == ("B",)
    assert not found["A"].above_constant


def test_of_errors_less_is_better():
    one, other = (summed(np.column_stack([HARD + more, np.ones(40)])) for more in (0, 0.1))
    found = standings(ERROR, {"worse": other, "better": one}, None)
    assert found["better"].rank == 1
    assert found["worse"].rank == 2
    assert found["better"].above_constant is None


def test_with_too_few_stretches_nobody_has_a_rank():
    few = FEWEST - 1
    found = standings(HOTA, {"A": level(many=few), "B": level(0.3, many=few)}, level(many=few))
    assert {one.rank for one in found.values()} == {None}
    assert {one.above_constant for one in found.values()} == {None}
    between = difference(level(many=few), level(0.3, many=few))
    assert math.isnan(between.low) and between.value == pytest.approx(-0.3)


def test_one_alone_is_first():
    assert standings(HOTA, {"A": level()}, None)["A"].rank == 1


def test_a_bias_ranks_nobody():
    found = standings(BY_KEY["speed_bias"], {"A": level(), "B": level(0.2)}, None)
    assert {one.rank for one in found.values()} == {None}


def test_an_interval_is_about_the_whole_and_within_what_can_be():
    parts = np.clip(HARD + 0.4, 0, 1)
    found = interval_of(averaged(0.99, parts), HOTA)
    assert found.value == 0.99
    assert found.low < 0.99
    assert found.high == 1


def test_an_interval_of_sums_is_that_of_the_sums():
    units = np.column_stack([RNG.integers(5, 9, 40), RNG.integers(0, 3, 40), np.zeros(40)])
    found = interval_of(summed(units.astype(float), f1), BY_KEY["f1"])
    assert found.low < found.value < found.high <= 1


def test_a_stretch_in_which_nothing_was_asked_does_not_count():
    parts = HARD.copy()
    parts[FEWEST:] = np.nan
    assert math.isfinite(interval_of(averaged(0.5, parts), HOTA).low)
    parts[FEWEST - 1 :] = np.nan
    assert math.isnan(interval_of(averaged(0.5, parts), HOTA).low)
    nothing = np.zeros((40, 2))
    nothing[: FEWEST - 1] = 1
    assert math.isnan(interval_of(summed(nothing), ERROR).low)


def test_a_day_of_stretches_is_drawn_in_fewer_pieces():
    parts = RNG.uniform(0, 1, 10 * MOST)
    found = interval_of(averaged(float(parts.mean()), parts), HOTA)
    half = 1.96 * parts.std() / math.sqrt(len(parts))
    assert found.high - found.value == pytest.approx(half, rel=0.25)


def test_a_figure_without_a_value_has_no_interval_and_no_rank():
    unknown = averaged(math.nan, HARD)
    assert math.isnan(interval_of(unknown, HOTA).value)
    found = standings(HOTA, {"A": unknown, "B": level()}, None)
    assert (found["A"].rank, found["B"].rank) == (None, 1)


def test_each_two_are_paired_once():
    assert pairs_of(["a", "b", "c"]) == [("a", "b"), ("a", "c"), ("b", "c")]


def test_every_metric_says_where_it_is_from():
    assert len({metric.key for metric in METRICS}) == len(METRICS) > 15
    assert all(len(metric.source.split()) >= 4 for metric in METRICS)
