from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.learning.thresholds import Change, Refusal, best_threshold, effect, propose
from training.learning.verdicts import Alarm

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def alarms(*judged):
    """Alarms of (confidence, whether it was true)."""
    return [
        Alarm(f"alert-{n}", "audio.scream", "ear", confidence, true, NOON + timedelta(minutes=n))
        for n, (confidence, true) in enumerate(judged)
    ]


JUDGED = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30).map(
    lambda pairs: alarms(*pairs)
)


def test_the_words_of_the_issue():
    false = [(0.50 + 0.01 * n, False) for n in range(14)] + [(0.95, False)] * 3
    true = [(0.8 + 0.02 * n, True) for n in range(6)]
    change = propose("audio.scream", alarms(*false, *true))
    assert isinstance(change, Change)
    assert (change.seen.removed, change.seen.false) == (14, 17)
    assert (change.seen.lost, change.seen.true) == (0, 6)
    assert change.threshold == pytest.approx((0.63 + 0.8) / 2)
    # The lowest true alarm, judged by the others, would have been lost or not: here it lies above.
    assert change.expected.removed == 14 and change.expected.false == 17


def test_what_is_expected_is_not_what_was_chosen_for():
    # The one true alarm among the false ones is kept only by a threshold that has seen it.
    judged = alarms(*[(0.5 + 0.01 * n, False) for n in range(10)], (0.505, True),
                    *[(0.9, True)] * 6)  # fmt: skip
    change = propose("audio.scream", judged)
    assert isinstance(change, Change)
    assert change.seen.lost == 0
    assert change.expected.lost == 1


@given(JUDGED)
def test_no_true_alarm_is_lost_on_what_it_was_chosen_with(judged):
    assert effect(judged, best_threshold(judged)).lost == 0


@given(JUDGED, st.floats(0, 0.5))
def test_no_more_are_lost_than_may_be(judged, most_lost):
    found = effect(judged, best_threshold(judged, most_lost=most_lost))
    assert found.lost <= most_lost * found.true


@given(JUDGED, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_removes_and_loses_no_less(judged, one, other):
    low, high = sorted((one, other))
    assert effect(judged, low).removed <= effect(judged, high).removed
    assert effect(judged, low).lost <= effect(judged, high).lost


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        pytest.param([], "0 true and 0 false", id="nobody judged"),
        pytest.param([(0.5, False)] * 20 + [(0.9, True)] * 4, "4 true", id="too few true"),
        pytest.param([(0.5, False)] * 4 + [(0.9, True)] * 20, "4 false", id="too few false"),
        pytest.param([(0.9, False)] * 6 + [(0.5, True)] * 6, "no threshold parts", id="mixed"),
    ],
)
def test_without_evidence_nothing_is_proposed(judged, words):
    refusal = propose("audio.scream", alarms(*judged))
    assert isinstance(refusal, Refusal)
    assert words in refusal.reason
