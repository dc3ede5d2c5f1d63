"""What an alert's history says of its past."""

from datetime import UTC, datetime, timedelta

import pytest

from hlaska.alerts.alert import SYSTEM, Alert, Entry, State
from hlaska.alerts.past import answered, closed, done_between, state_at
from hlaska.kinds import Family

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at(minute):
    return NOON + timedelta(minutes=minute)


DID = [
    (0, SYSTEM, "open"),
    (1, SYSTEM, "escalate"),
    (2, "Eva", "acknowledge"),
    (3, "Eva", "note"),
    (4, "Jan", "assign"),
    (5, "Jan", "resolve"),
    (6, "Eva", "reopen"),
    (7, "Eva", "dismiss"),
]
ALERT = Alert(
    id="a1",
    site="testville",
    family=Family.ATTACK,
    severity=4,
    confidence=1,
    worst="e1",
    kinds=("audio.gunshot",),
    sources=("ear",),
    events=("e1",),
    count=1,
    first_at=NOON,
    last_at=NOON,
    opened_at=NOON,
    told_at=NOON,
    history=tuple(Entry(at=at(minute), by=by, did=did) for minute, by, did in DID),
)


@pytest.mark.parametrize(
    ("minute", "state"),
    [
        (-1, None),
        (1, State.NEW),
        (3, State.ACKNOWLEDGED),
        (4, State.ASSIGNED),
        (5, State.RESOLVED),
        (6, State.ACKNOWLEDGED),
        (99, State.DISMISSED),
    ],
)
def test_an_alert_stood_where_its_history_had_led_it(minute, state):
    assert state_at(ALERT, at(minute)) is state


def test_the_first_deed_of_a_person_answers_and_the_first_end_closes():
    assert (answered(ALERT).at, closed(ALERT).at) == (at(2), at(5))


def test_what_the_system_does_is_no_answer():
    itself = ALERT.model_copy(update={"history": (Entry(at=NOON, by=SYSTEM, did="resolve"),)})
    assert answered(itself) is closed(itself) is None


def test_what_people_did_within_a_time_is_told_without_the_systems_own():
    assert [entry.did for entry in done_between(ALERT, NOON, at(4))] == ["acknowledge", "note"]


def test_that_it_ended_by_itself_is_told():
    itself = ALERT.model_copy(update={"history": (Entry(at=NOON, by=SYSTEM, did="resolve"),)})
    assert [entry.did for entry in done_between(itself, NOON, at(4))] == ["resolve"]
