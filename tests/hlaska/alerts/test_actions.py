from datetime import UTC, datetime, timedelta

import pytest

from hlaska.alerts.actions import (
    ALLOWED,
    Acknowledge,
    AddNote,
    Assign,
    Confirm,
    Dismiss,
    HandOver,
    Judge,
    Reopen,
    Resolve,
    act,
    possible,
)
from hlaska.alerts.alert import MOST_ENTRIES, OPEN, Alert, State, Verdict
from hlaska.alerts.joining import opened
from hlaska.errors import AlertError
from hlaska.events import Event

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
STEPS = ("close-gate", "call-police")
ONE_OF_EACH = (
    Acknowledge(),
    Assign(to="Petr"),
    Resolve(),
    Dismiss(reason="a cat"),
    Reopen(),
    Judge(verdict=Verdict.TRUE),
    AddNote(text="it rains"),
    HandOver(text="look again at ten"),
    Confirm(step="close-gate"),
)
HOW = {
    State.NEW: (),
    State.ACKNOWLEDGED: (Acknowledge(),),
    State.ASSIGNED: (Assign(to="Eva"),),
    State.RESOLVED: (Acknowledge(), Resolve()),
    State.DISMISSED: (Dismiss(reason="a cat"),),
}


def after(*actions, by="Jana", minutes=1):
    event = Event(
        id="e1",
        site="town",
        source="cam",
        kind="video.intrusion",
        observed_at=NOON,
        confidence=0.8,
        attributes={"object_class": "person"},
    )
    alert = opened(event, "square", NOON)
    for number, action in enumerate(actions, start=1):
        at = NOON + timedelta(minutes=minutes * number)
        alert = act(alert, action, by=by, at=at, steps=STEPS)
    return alert


def test_every_action_says_where_it_is_possible():
    assert [action.do for action in ONE_OF_EACH] == list(ALLOWED)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", ONE_OF_EACH, ids=lambda action: action.do)
def test_an_action_is_done_where_it_is_possible_and_refused_elsewhere(action, state):
    alert = after(*HOW[state])
    assert alert.state is state
    if action.do in possible(state):
        changed = act(alert, action, by="Petr", at=NOON + timedelta(hours=1), steps=STEPS)
        assert changed.version == alert.version + 1
        assert (changed.history[-1].by, changed.history[-1].did) == ("Petr", action.do)
        assert Alert.model_validate(changed.model_dump()) == changed
    else:
        with pytest.raises(AlertError, match=rf"is {state}.*Possible now: "):
            act(alert, action, by="Petr", at=NOON + timedelta(hours=1), steps=STEPS)


@pytest.mark.parametrize(
    ("action", "states"),
    [
        ("acknowledge", {State.NEW}),
        ("assign", OPEN),
        ("resolve", {State.ACKNOWLEDGED, State.ASSIGNED}),
        ("dismiss", OPEN),
        ("reopen", {State.RESOLVED, State.DISMISSED}),
        ("judge", set(State)),
        ("note", set(State)),
        ("hand-over", OPEN),
        ("confirm", OPEN),
    ],
)
def test_the_table_is_the_one_that_dispatchers_are_taught(action, states):
    assert ALLOWED[action] == states


def test_nobody_resolves_what_nobody_has_looked_at():
    with pytest.raises(AlertError, match="acknowledge it first"):
        after(Resolve())


def test_the_refusal_of_a_closed_alert_names_who_closed_it_and_says_how_to_go_on():
    with pytest.raises(AlertError, match=r"last: dismiss by Jana.*reopen it first"):
        act(after(Dismiss(reason="a cat")), Acknowledge(), by="Petr", at=NOON)


def test_a_new_alert_can_be_given_to_somebody_and_then_to_somebody_else():
    alert = after(Assign(to="Petr"), Assign(to="Eva"))
    assert (alert.state, alert.assignee) == (State.ASSIGNED, "Eva")
    assert [line.words for line in alert.history[1:]] == ["Petr", "Eva"]


def test_closing_keeps_when_and_why():
    alert = after(Dismiss(reason="a cat"))
    assert (alert.closed_at, alert.reason) == (NOON + timedelta(minutes=1), "a cat")
    assert alert.judgement is None
    assert alert.refuted


def test_a_verdict_given_at_closing_is_a_judgement_with_its_note():
    judgement = after(Acknowledge(), Resolve(verdict=Verdict.DRILL, note="announced")).judgement
    assert (judgement.verdict, judgement.note, judgement.by) == ("drill", "announced", "Jana")


def test_resolving_without_a_verdict_keeps_the_one_given_before():
    alert = after(Judge(verdict=Verdict.TRUE), Acknowledge(), Resolve())
    assert alert.judgement.verdict is Verdict.TRUE


def test_the_reason_of_a_dismissal_is_the_note_of_its_verdict():
    alert = after(Dismiss(reason="a cat", verdict=Verdict.FALSE))
    assert alert.judgement.note == alert.reason == "a cat"


def test_what_is_reopened_is_nobodys_yet_and_keeps_what_it_was_judged_to_be():
    alert = after(Assign(to="Eva"), Dismiss(reason="a cat", verdict=Verdict.FALSE), Reopen())
    assert (alert.state, alert.closed_at, alert.reason) == (State.ACKNOWLEDGED, None, "")
    assert alert.assignee is None
    assert alert.judgement.verdict is Verdict.FALSE


def test_a_second_verdict_replaces_the_first_and_both_stay_in_the_history():
    alert = after(Judge(verdict=Verdict.FALSE, note="a cat"), Judge(verdict=Verdict.TRUE))
    assert alert.judgement.verdict is Verdict.TRUE
    assert [line.words for line in alert.history[1:]] == ["false: a cat", "true"]


def test_a_handover_note_is_the_last_one_that_was_written():
    assert after(HandOver(text="first"), HandOver(text="second")).handover == "second"


def test_a_step_is_confirmed_once():
    alert = after(Confirm(step="close-gate", note="by radio"))
    assert [(c.step, c.by, c.note) for c in alert.confirmed] == [("close-gate", "Jana", "by radio")]
    with pytest.raises(AlertError, match="was confirmed by Jana"):
        act(alert, Confirm(step="close-gate"), by="Petr", at=NOON, steps=STEPS)


def test_a_step_that_the_playbook_has_not_is_refused_with_those_that_it_has():
    with pytest.raises(AlertError, match="choose one of: close-gate, call-police"):
        after(Confirm(step="close-door"))


def test_without_a_playbook_there_is_nothing_to_confirm():
    with pytest.raises(AlertError, match="it has no playbook"):
        act(after(), Confirm(step="close-gate"), by="Jana", at=NOON)


def test_a_clock_that_goes_back_keeps_the_order_in_which_things_were_done():
    alert = after(Acknowledge(), AddNote(text="later"), minutes=-5)
    assert [line.did for line in alert.history] == ["open", "acknowledge", "note"]
    assert alert.history[-1].at < alert.history[0].at


def test_a_full_history_keeps_its_first_line_and_the_newest():
    notes = [AddNote(text=str(number)) for number in range(MOST_ENTRIES + 20)]
    alert = after(*notes)
    assert len(alert.history) == MOST_ENTRIES
    assert alert.history[0].did == "open"
    newest = [str(n) for n in range(MOST_ENTRIES + 20)][-(MOST_ENTRIES - 1) :]
    assert [line.words for line in alert.history[1:]] == newest
    assert alert.version == 1 + len(notes)


@pytest.mark.parametrize("by", ["", "   ", "two\nlines", "x" * 81, "hlaska", " Hlaska "])
def test_an_order_needs_the_name_of_a_person(by):
    with pytest.raises(AlertError, match="name of"):
        act(after(), Acknowledge(), by=by, at=NOON)


def test_an_order_needs_a_time_with_a_zone():
    with pytest.raises(AlertError, match="time zone"):
        act(after(), Acknowledge(), by="Jana", at=NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE alerts; --",
        "{alert.id} %s ${HOME}",
        "\u202egnirts\u0000",
        "Příliš žluťoučký kůň",
    ],
)
def test_hostile_text_stays_the_text_that_it_is(text):
    alert = after(AddNote(text=text), HandOver(text=text), Dismiss(reason=text))
    assert [line.words for line in alert.history[1:]] == [text] * 3
    assert (alert.handover, alert.reason) == (text, text)
    assert Alert.model_validate_json(alert.model_dump_json()) == alert


def test_an_alert_does_not_change_when_another_version_of_it_is_made():
    alert = after()
    before = alert.model_dump()
    act(alert, Dismiss(reason="a cat"), by="Jana", at=NOON)
    assert alert.model_dump() == before
