from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hlaska.alerts.actions import Acknowledge, Dismiss, Order, Reopen
from hlaska.alerts.silences import AddSilence, AgreeToSilence, EndSilence, Scope
from hlaska.errors import AlertError, JournalError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ZONE = Scope(family="health", zone="lawn")


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def added(store, minutes: float, scope=ZONE, until=None, site="pilsen"):
    action = AddSilence(scope=scope, until=until, reason="works until two")
    return store.order_silence(site, "Jana", action, at(minutes))


def ids(silences) -> list[str]:
    return [silence.id for silence in silences]


def order(store, minutes, version, action):
    store.order("Jana", [Order(alert="a1", version=version, action=action)], at(minutes), tuple)


def test_a_silence_is_stored_and_the_audit_log_says_who_asked(store):
    silence = added(store, 0, until=at(60))
    assert store.silences() == [silence]
    [line] = store.audit()
    assert (line.by, line.did, line.about) == ("Jana", "silence.add", silence.id)
    assert AddSilence.model_validate_json(line.body).scope == ZONE


def test_a_silence_that_could_hide_danger_is_agreed_to_and_ended_by_others(store):
    asked = added(store, 0, scope=Scope(zone="lawn"), until=at(60))
    assert (asked.needs_second, asked.second) == (True, None)
    with pytest.raises(AlertError, match="somebody else"):
        store.order_silence("pilsen", "jana", AgreeToSilence(silence=asked.id), at(1))
    agreed = store.order_silence("pilsen", "Karel", AgreeToSilence(silence=asked.id), at(1))
    assert store.silences() == [agreed]
    ended = store.order_silence("pilsen", " Eva ", EndSilence(silence=asked.id), at(2))
    assert store.silences() == [ended]
    assert (agreed.second, ended.ended_by, ended.version) == ("Karel", "Eva", 3)
    lines = [(line.by, line.did) for line in store.audit()]
    assert lines == [("Jana", "silence.add"), ("Karel", "silence.agree"), ("Eva", "silence.end")]
    assert store.check_audit() is None


def test_a_silence_about_an_alert_that_endangers_nobody_needs_one_person(store, make_alert):
    store.take("pilsen", 1, [make_alert(kinds=("video.running",))], bases={})
    assert not added(store, 0, scope=Scope(alert="a1")).needs_second


@pytest.mark.parametrize(
    ("site", "by", "action", "complaint"),
    [
        pytest.param("pilsen", "Eva", EndSilence(silence="x"), "no silence 'x'", id="unknown"),
        pytest.param("bilbao", "Eva", EndSilence(silence="that"), "bilbao has no", id="elsewhere"),
        pytest.param("pilsen", "Eva", AgreeToSilence(silence="that"), "no second", id="no need"),
        pytest.param(
            "pilsen",
            "Jana",
            AddSilence(scope=ZONE, until=at(60), reason="again"),
            "asked for already",
            id="twice at once",
        ),
        pytest.param(
            "bilbao",
            "Eva",
            AddSilence(scope=Scope(alert="a1"), reason="?"),
            "bilbao has no alert 'a1'",
            id="an alert of another site",
        ),
        pytest.param(
            "pilsen",
            "Eva",
            AddSilence(scope=Scope(), until=at(60), reason="peace"),
            "scope is empty",
            id="everything",
        ),
    ],
)
def test_an_order_that_makes_no_sense_changes_nothing(
    site, by, action, complaint, store, make_alert
):
    store.take("pilsen", 1, [make_alert()], bases={})
    silence = added(store, 0, until=at(60))
    if getattr(action, "silence", None) == "that":
        action = action.model_copy(update={"silence": silence.id})
    with pytest.raises(AlertError, match=complaint):
        store.order_silence(site, by, action, NOON)
    assert store.silences() == [silence]
    assert len(store.audit()) == 2


def test_a_time_without_zone_is_refused(store):
    with pytest.raises(JournalError, match="give UTC"):
        store.order_silence("pilsen", "Eva", EndSilence(silence="x"), datetime(2026, 5, 1))
    with pytest.raises(JournalError, match="give UTC"):
        store.silences(active_at=datetime(2026, 5, 1))


def test_silences_are_chosen_by_site_and_time(store):
    first = added(store, 0, until=at(60)).id
    second = added(store, 30, until=at(60)).id
    other = added(store, 45, until=at(90), site="bilbao").id
    store.order_silence("pilsen", "Eva", EndSilence(silence=second), at(40))
    assert ids(store.silences()) == [first, second, other]
    assert ids(store.silences(site="bilbao")) == [other]
    assert ids(store.silences(active_at=at(35))) == [first, second]
    assert ids(store.silences(active_at=at(40))) == [first]
    assert ids(store.silences(active_at=at(60))) == [other]
    assert ids(store.silences(active_at=at(-1))) == []
    assert ids(store.silences(since=at(59), until=at(100))) == [first, other]
    assert ids(store.silences(until=at(30))) == [first]


def test_a_silence_that_waits_for_a_second_person_is_among_the_active(store):
    waiting = added(store, 0, scope=Scope(zone="lawn"), until=at(60))
    assert store.silences(active_at=at(1)) == [waiting]


def test_a_silence_without_end_is_over_when_its_alert_is_closed_and_stays_so(store, make_alert):
    store.take("pilsen", 1, [make_alert()], bases={})
    silence = added(store, 0, scope=Scope(alert="a1"))
    order(store, 1, 1, Acknowledge())
    assert store.silences(active_at=at(2)) == [silence]
    order(store, 10, 2, Dismiss(reason="a car"))
    assert store.silences(active_at=at(9)) == [silence]
    assert store.silences(active_at=at(10)) == []
    order(store, 20, 3, Reopen())
    assert store.silences(active_at=at(21)) == []
    assert store.silences(since=at(21)) == []
    assert store.silences(since=at(5), until=at(21)) == [silence]
    again = added(store, 22, scope=Scope(alert="a1"))
    assert store.silences(active_at=at(23)) == [again]


def test_a_damaged_silence_is_named(store, journal):
    silence = added(store, 0, until=at(60))
    with journal.writing() as connection:
        connection.execute(sa.text("UPDATE silences SET body = '{}'"))
    with pytest.raises(JournalError, match=f"silence {silence.id} in the journal is not valid"):
        store.silences()
    with pytest.raises(JournalError, match=f"silence {silence.id} in the journal is not valid"):
        store.order_silence("pilsen", "Eva", EndSilence(silence=silence.id), at(1))
