from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.alerts.alert import Alert, State
from hlaska.alerts.queue import queue
from hlaska.alerts.telling import due_s, escalated

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CLOSED = {State.RESOLVED, State.DISMISSED}


def alert(name="a", state=State.NEW, severity=3, waited_s=0, silence=None, escalations=0):
    told_at = NOON - timedelta(seconds=waited_s)
    return Alert(
        id=name,
        site="town",
        family="attack",
        state=state,
        severity=severity,
        confidence=1,
        worst="e",
        kinds=("audio.scream",),
        sources=("mic",),
        events=("e",),
        count=1,
        first_at=told_at,
        last_at=told_at,
        opened_at=told_at,
        told_at=told_at,
        escalated=escalations,
        closed_at=NOON if state in CLOSED else None,
        silence=silence,
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({"severity": 2}, {"severity": 4, "silence": "s"}, id="what is not silenced"),
        pytest.param(
            {"severity": 2}, {"severity": 4, "state": State.ACKNOWLEDGED}, id="what nobody has seen"
        ),
        pytest.param({"severity": 4}, {"severity": 3, "waited_s": 900}, id="the more severe"),
        pytest.param({"waited_s": 9}, {"waited_s": 8}, id="what has waited longer"),
        pytest.param({"name": "a"}, {"name": "b"}, id="else by id"),
    ],
)
def test_first_comes(first, second):
    first, second = alert(**{"name": "x", **first}), alert(**{"name": "y", **second})
    assert queue([first, second], NOON) == queue([second, first], NOON) == [first, second]


@given(
    st.lists(
        st.builds(
            alert,
            name=st.sampled_from("abcdefgh"),
            state=st.sampled_from(list(State)),
            severity=st.integers(2, 4),
            waited_s=st.integers(-5, 900),
            silence=st.sampled_from([None, "s"]),
        ),
        unique_by=lambda alert: alert.id,
    ),
    st.randoms(),
)
def test_every_open_alert_is_in_the_queue_once_in_an_order_of_its_own(alerts, chance):
    in_queue = queue(alerts, NOON)
    open_ones = [one for one in alerts if one.is_open]
    assert sorted(one.id for one in in_queue) == sorted(one.id for one in open_ones)
    chance.shuffle(alerts)
    assert queue(alerts, NOON) == in_queue


@pytest.mark.parametrize(("severity", "after_s"), [(4, 60), (3, 180), (2, 600)])
def test_a_new_alert_escalates_after_a_while_and_again_after_each_such_while(severity, after_s):
    one = alert(severity=severity)
    assert due_s(one, NOON) == after_s
    assert escalated(one, NOON + timedelta(seconds=after_s - 1)) is None
    for times in range(1, 6):
        one = escalated(one, NOON + timedelta(seconds=after_s * times))
        assert one.escalated == times
        assert one.history[-1].did == "escalate"
    assert due_s(one, NOON) is None
    assert escalated(one, NOON + timedelta(days=1)) is None


def test_escalations_that_nobody_ran_are_made_up_for_in_one():
    one = escalated(alert(severity=4), NOON + timedelta(seconds=60 * 3 + 5))
    assert (one.escalated, one.version) == (3, 2)
    assert due_s(one, NOON + timedelta(seconds=60 * 3 + 5)) == 55
    assert escalated(alert(severity=4), NOON + timedelta(days=1)).escalated == 5


@pytest.mark.parametrize(
    "quiet",
    [*({"state": state} for state in State if state is not State.NEW), {"silence": "s"}],
    ids=str,
)
def test_what_somebody_has_seen_or_silenced_does_not_escalate(quiet):
    one = alert(**quiet)
    assert due_s(one, NOON + timedelta(days=1)) is None
    assert escalated(one, NOON + timedelta(days=1)) is None
