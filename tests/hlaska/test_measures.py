import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2
from sklearn.metrics import average_precision_score

from hlaska.measures import Hits, average_precision, poisson_rate_interval, wilson_interval

counts = st.integers(0, 500)


def test_precision_recall_and_f1_of_a_case_worked_by_hand():
    hits = Hits(found=6, false=2, missed=4)
    assert hits.precision == 6 / 8
    assert hits.recall == 6 / 10
    assert hits.f1 == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))
    assert hits.f(2) == pytest.approx(5 * 0.75 * 0.6 / (4 * 0.75 + 0.6))


def test_what_was_never_asked_has_no_mark():
    nothing = Hits(found=0, false=0, missed=0)
    assert all(map(math.isnan, (nothing.precision, nothing.recall, nothing.f1)))
    assert math.isnan(Hits(found=0, false=0, missed=3).precision)


def test_what_happened_in_two_places_adds_up():
    assert Hits(1, 2, 3) + Hits(10, 20, 30) == Hits(found=11, false=22, missed=33)


@given(found=st.integers(1, 500), false=counts, missed=counts)
def test_f1_lies_between_precision_and_recall(found, false, missed):
    hits = Hits(found=found, false=false, missed=missed)
    low, high = sorted((hits.precision, hits.recall))
    assert low - 1e-12 <= hits.f1 <= high + 1e-12


@given(
    trials=st.integers(1, 500),
    share=st.floats(0, 1),
    confidence=st.sampled_from([0.8, 0.9, 0.95, 0.99]),
)
def test_the_interval_is_that_of_scipy(trials, share, confidence):
    hits = round(share * trials)
    theirs = binomtest(hits, trials).proportion_ci(confidence, method="wilson")
    ours = wilson_interval(hits=hits, trials=trials, confidence=confidence)
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_without_trials_every_share_is_possible():
    assert wilson_interval(hits=0, trials=0) == (0, 1)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param({"hits": 3, "trials": 2}, "3 hits of 2 trials", id="more hits than trials"),
        pytest.param({"hits": -1, "trials": 2}, "-1 hits", id="less than none"),
        pytest.param({"hits": 1, "trials": 2, "confidence": 95}, "confidence 95", id="per cent"),
    ],
)
def test_impossible_numbers_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        wilson_interval(**wrong)


@given(
    count=st.integers(0, 300),
    exposure=st.floats(0.01, 1000),
    confidence=st.sampled_from([0.8, 0.9, 0.95, 0.99]),
)
def test_the_interval_of_a_rate_is_that_of_the_chi_square_distribution(count, exposure, confidence):
    tail = (1 - confidence) / 2
    low = chi2.ppf(tail, 2 * count) / 2 / exposure if count else 0
    high = chi2.ppf(1 - tail, 2 * count + 2) / 2 / exposure
    ours = poisson_rate_interval(count=count, exposure=exposure, confidence=confidence)
    assert ours == pytest.approx((low, high), rel=1e-7)


def test_nothing_in_an_hour_leaves_up_to_3_7_an_hour_possible():
    # -ln(0.025), the exact form of the rule of three.
    assert poisson_rate_interval(count=0, exposure=1) == (0, pytest.approx(3.6889, abs=1e-4))


def test_nothing_in_no_time_says_nothing():
    assert poisson_rate_interval(count=0, exposure=0) == (0, math.inf)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param({"count": -1, "exposure": 1}, "-1 times", id="less than none"),
        pytest.param({"count": 0, "exposure": -1}, "in -1", id="time backwards"),
        pytest.param({"count": 0, "exposure": math.nan}, "in nan", id="no number of hours"),
        pytest.param({"count": 0, "exposure": 1, "confidence": 1}, "confidence 1", id="certain"),
    ],
)
def test_impossible_rates_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        poisson_rate_interval(**wrong)


@given(
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.7, 0.9]), st.booleans()), min_size=1
    ).filter(lambda scored: any(right for _, right in scored))
)
def test_average_precision_is_that_of_scikit_learn(scored):
    scores, rights = [one for one, _ in scored], [right for _, right in scored]
    points = []
    for threshold in sorted(set(scores), reverse=True):
        told = [right for score, right in scored if score >= threshold]
        points.append((sum(told) / sum(rights), sum(told) / len(told)))
    assert average_precision(points) == pytest.approx(average_precision_score(rights, scores))


def test_where_recall_falls_with_the_threshold_nothing_is_gained():
    assert average_precision([(0.5, 1.0), (0.4, 0.2), (0.5, 0.5)]) == 0.5


def test_without_answers_the_area_is_none_and_without_truth_it_is_not_known():
    assert average_precision([(0.0, math.nan)]) == 0
    assert math.isnan(average_precision([(math.nan, 0.0)]))
