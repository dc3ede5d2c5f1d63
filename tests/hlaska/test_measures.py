import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, chi2
from sklearn.metrics import average_precision_score

from hlaska.measures import (
    Hits,
    average_precision,
    clopper_pearson,
    geh,
    mape,
    poisson_rate_interval,
    rmse,
    trials_for_claim,
    trials_needed,
    wilson_interval,
)

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


@given(
    trials=st.integers(1, 500),
    share=st.floats(0, 1),
    confidence=st.sampled_from([0.8, 0.9, 0.95, 0.99]),
)
def test_the_exact_interval_is_that_of_scipy(trials, share, confidence):
    hits = round(share * trials)
    theirs = binomtest(hits, trials).proportion_ci(confidence, method="exact")
    ours = clopper_pearson(hits=hits, trials=trials, confidence=confidence)
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_exactly_nothing_is_known_without_trials():
    assert clopper_pearson(hits=0, trials=0) == (0, 1)
    with pytest.raises(ValueError, match="3 hits of 2"):
        clopper_pearson(hits=3, trials=2)


def test_a_claim_of_97_per_cent_needs_99_crossings_none_of_them_missed():
    # 0.97 ** 98 = 0.0505 and 0.97 ** 99 = 0.0490: the first that would be luck once in twenty.
    assert trials_for_claim(claim=0.97) == 99 == math.ceil(math.log(0.05) / math.log(0.97))


@given(
    claim=st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.97]),
    misses=st.integers(0, 20),
    confidence=st.sampled_from([0.9, 0.95, 0.99]),
)
def test_one_trial_less_would_not_show_the_claim(claim, misses, confidence):
    enough = trials_for_claim(claim=claim, misses=misses, confidence=confidence)
    assert binom.cdf(misses, enough, 1 - claim) <= 1 - confidence + 1e-9
    assert enough == misses + 1 or binom.cdf(misses, enough - 1, 1 - claim) > 1 - confidence - 1e-9


def test_a_system_must_be_better_than_its_claim_and_then_needs_645_crossings():
    trials, misses = trials_needed(claim=0.97, true_share=0.985)
    assert (trials, misses) == (645, 12)
    assert binom.cdf(misses, trials, 0.015) >= 0.8
    # Whatever number below it one takes, the test fails too often.
    for fewer in range(1, trials):
        allowed = binom.ppf(0.05, fewer, 0.03)
        while binom.cdf(allowed, fewer, 0.03) > 0.05:
            allowed -= 1
        assert binom.cdf(allowed, fewer, 0.015) < 0.8


def test_a_system_without_a_miss_needs_no_more_than_the_claim():
    assert trials_needed(claim=0.97, true_share=1) == (99, 0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param({"claim": 97.0, "true_share": 99.0}, "claim 97", id="per cent"),
        pytest.param({"claim": 0.97, "true_share": 0.97}, "above the claim", id="no better"),
        pytest.param({"claim": 0.97, "true_share": 0.99, "power": 1}, "power 1", id="certain"),
    ],
)
def test_impossible_claims_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        trials_needed(**wrong)


def test_less_than_no_misses_are_refused():
    with pytest.raises(ValueError, match="-1 misses"):
        trials_for_claim(claim=0.9, misses=-1)


def test_geh_of_a_case_worked_by_hand():
    # 2 x 100² / 2100 = 9.5238.
    assert geh(measured=1100, true=1000) == pytest.approx(math.sqrt(9.5238), abs=1e-4)
    # The same flows, seen for a quarter of an hour.
    assert geh(measured=275, true=250, hours=0.25) == pytest.approx(3.0861, abs=1e-4)


@given(measured=st.integers(0, 10_000), true=st.integers(0, 10_000))
def test_geh_does_not_ask_which_of_both_is_the_true_one(measured, true):
    one, other = geh(measured=measured, true=true), geh(measured=true, true=measured)
    assert one == other or (math.isnan(one) and measured == true == 0)
    assert (one == 0) == (measured == true > 0)


@pytest.mark.parametrize("wrong", [(-1, 2, 1), (1, -2, 1), (1, 2, 0), (math.nan, 2, 1)])
def test_impossible_counts_have_no_geh(wrong):
    measured, true, hours = wrong
    with pytest.raises(ValueError, match="not negative"):
        geh(measured=measured, true=true, hours=hours)


def test_percentage_and_squared_errors_of_a_case_worked_by_hand():
    # |8-10|/10, |6-5|/5 and |0-4|/4; where nothing is true there is no percentage.
    assert mape([8, 6, 0, 3], [10, 5, 4, 0]) == pytest.approx((0.2 + 0.2 + 1) / 3)
    # 4 + 1 + 16 + 9 over four.
    assert rmse([8, 6, 0, 3], [10, 5, 4, 0]) == pytest.approx(math.sqrt(7.5))


def test_without_anything_to_count_there_is_no_error():
    assert math.isnan(mape([1], [0]))
    assert math.isnan(rmse([], []))
