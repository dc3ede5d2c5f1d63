from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hlaska.alerts.actions import Acknowledge, AddNote, Dismiss, Order
from hlaska.errors import JournalError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


@pytest.fixture
def full(store, make_alert):
    """Four alerts: a and c of Pilsen are open, b was dismissed at two, d is Bilbao's."""
    facts = {
        "a": {"sources": ("gate",), "handover": "Náměstí Republiky, 100% sure_"},
        "b": {"kinds": ("audio.scream",), "assignee": "Unit 3"},
        "c": {"zone": None},
        "d": {"site": "bilbao"},
    }
    alerts = {
        name: make_alert(name, opened_at=at(hour), told_at=at(hour), **more)
        for hour, (name, more) in enumerate(facts.items())
    }
    store.take("pilsen", 1, [alerts[name] for name in "abc"], bases={})
    store.take("bilbao", 1, [alerts["d"]], bases={})
    order = Order(alert="b", version=1, action=Dismiss(reason="a child"))
    store.order("Jana", [order], at(2), lambda _: ())
    return store


def ids(answer) -> list[str]:
    return [alert.id for _, alert in answer]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param({}, "dcba", id="all, the newest first"),
        pytest.param({"newest_first": False}, "abcd", id="the oldest first"),
        pytest.param({"limit": 2}, "dc", id="the newest two"),
        pytest.param({"limit": 0}, "", id="none"),
        pytest.param({"site": "pilsen"}, "cba", id="a site"),
        pytest.param({"open_only": True}, "dca", id="open ones"),
        pytest.param({"ids": ["a", "d", "x"]}, "da", id="ids"),
        pytest.param({"ids": []}, "", id="no ids"),
        pytest.param({"until": at(1)}, "a", id="opened before, exclusive"),
        pytest.param({"since": at(2)}, "dcba", id="not closed before, inclusive"),
        pytest.param({"since": at(2.1), "until": at(2.2)}, "ca", id="open in that time"),
        pytest.param(
            {"until": at(1).astimezone(timezone(timedelta(hours=2)))}, "a", id="another time zone"
        ),
        pytest.param({"after_rev": 0}, "acdb", id="changes, the oldest first"),
        pytest.param({"after_rev": 3, "limit": 1}, "d", id="the next change"),
        pytest.param({"after_rev": 5}, "", id="no newer change"),
        pytest.param({"text": "GUNSHOT"}, "dca", id="a kind in any case"),
        pytest.param({"text": "scream"}, "b", id="a title"),
        pytest.param({"text": "lawn pilsen"}, "ba", id="all words, in any order"),
        pytest.param({"text": "child unit jana"}, "b", id="reason, assignee, history"),
        pytest.param({"text": "NAMESTI"}, "a", id="without accents"),
        pytest.param({"text": "náměstí"}, "a", id="with accents"),
        pytest.param({"text": "%"}, "a", id="a percent sign is one"),
        pytest.param({"text": "sure_"}, "a", id="an underscore is one"),
        pytest.param({"text": "s_re"}, "", id="an underscore is no other letter"),
        pytest.param({"text": "/"}, "", id="a slash is one"),
        pytest.param({"text": "handover"}, "", id="names of fields are no words"),
        pytest.param({"text": "  "}, "dcba", id="no word"),
        pytest.param({"text": "a-event\0"}, "a", id="the letter 0 is a space"),
    ],
)
def test_alerts_are_chosen_by(question, answer, full):
    assert ids(full.alerts(**question)) == list(answer)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param({"limit": -1}, id="a negative limit"),
        pytest.param({"since": datetime(2026, 5, 1)}, id="since without zone"),
        pytest.param({"until": datetime(2026, 5, 1)}, id="until without zone"),
        pytest.param({"text": "x" * 1001}, id="a book"),
    ],
)
def test_a_senseless_question_is_refused(question, store):
    with pytest.raises(JournalError, match=r"use|give|look for"):
        store.alerts(**question)


def test_as_many_words_as_fit_are_looked_for(full):
    assert ids(full.alerts(text="a " * 500)) == list("dcba")


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(note=st.text(min_size=1, max_size=30).filter(str.strip))
def test_whatever_somebody_wrote_is_found_again(note, store, make_alert):
    # One store serves all examples: each has an alert of its own.
    alert = make_alert(f"n{store.last_rev()}")
    store.take("pilsen", store.cursor("pilsen") + 1, [alert], bases={})
    order = Order(alert=alert.id, version=1, action=AddNote(text=note))
    store.order("Jana", [order], NOON, lambda _: ())
    assert alert.id in ids(store.alerts(text=note))


def test_an_alert_is_found_by_what_it_says_now(store, make_alert):
    store.take("pilsen", 1, [make_alert()], bases={})
    assert ids(store.alerts(text="new")) == ["a1"]
    store.order("Jana", [Order(alert="a1", version=1, action=Acknowledge())], NOON, lambda _: ())
    assert ids(store.alerts(text="acknowledged")) == ["a1"]
