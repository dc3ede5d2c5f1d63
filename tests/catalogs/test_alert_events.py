from datetime import UTC, datetime, timedelta

import pytest

from hlaska.errors import AlertError, ConflictError, JournalError
from hlaska.events import Event

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def told(journal):
    """Six events, received a second after each other."""
    for number in range(6):
        event = Event(
            id=f"e{number}",
            site="pilsen",
            source="square-east",
            kind="audio.gunshot",
            observed_at=NOON,
            confidence=0.5,
        )
        journal.append([event], NOON + timedelta(seconds=number))


def test_the_events_of_an_alert_are_told_as_they_joined_it(store, told, make_alert):
    alerts = [make_alert("a1"), make_alert("a2")]
    store.take("pilsen", 3, alerts, bases={}, joined={1: "a1", 3: "a1", 2: "a2"})
    more = alerts[0].model_copy(update={"version": 2, "count": 3})
    store.take("pilsen", 5, [more], bases={}, joined={5: "a1"})
    assert store.events_of("a1") == ["e0", "e2", "e4"]
    assert store.events_of("a2") == ["e1"]
    assert store.events_of("a3") == []


def test_those_that_were_received_up_to_a_time_are_told(store, told, make_alert):
    store.take("pilsen", 6, [make_alert()], bases={}, joined=dict.fromkeys(range(1, 7), "a1"))
    until = NOON + timedelta(seconds=2)
    assert store.events_of("a1", received_until=until) == ["e0", "e1", "e2"]
    with pytest.raises(JournalError, match="give UTC"):
        store.events_of("a1", received_until=datetime(2026, 5, 1))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"version": 1}, ConflictError, id="changed meanwhile"),
        pytest.param({"version": 2, "confidence": 7.0}, AlertError, id="not valid"),
    ],
)
def test_an_event_joins_nothing_when_its_alert_is_not_stored(
    change, error, store, told, make_alert
):
    store.take("pilsen", 1, [make_alert()], bases={}, joined={1: "a1"})
    wrong = make_alert().model_copy(update={"count": 2, **change})
    with pytest.raises(error) as refusal:
        store.take("pilsen", 2, [wrong], bases={}, joined={2: "a1"})
    assert type(refusal.value) is error
    assert store.events_of("a1") == ["e0"]
