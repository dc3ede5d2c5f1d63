import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from hlaska.measures import Hits, wilson_interval

counts = st.integers(0, 500)


def test_precision_recall_and_f1_of_a_case_worked_by_hand():
    hits = Hits(found=6, false=2, missed=4)
    assert hits.precision == 6 / 8
    assert hits.recall == 6 / 10
    assert hits.f1 == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))


def test_what_was_never_asked_has_no_mark():
    nothing = Hits(found=0, false=0, missed=0)
    assert all(map(math.isnan, (nothing.precision, nothing.recall, nothing.f1)))
    assert math.isnan(Hits(found=0, false=0, missed=3).precision)


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
