"""Orders go to a real gateway, and what becomes of them is said in plain words."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.order_desk import OrderDesk, conflict_words, plain
from hlaska.alerts.actions import AddNote, Order
from hlaska.alerts.alert import State
from serving.messages import Orders

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def desk(feed):
    return OrderDesk(feed, lambda: None)


@pytest.fixture
def shots(gateway, shot, look, feed, eventually):
    """An alert about shots of this minute, as the feed knows it."""
    gateway.send_events([shot(1, observed_at=datetime.now(UTC))])
    look()
    eventually(lambda: feed.world.alerts)
    return next(iter(feed.world.alerts.values()))


@pytest.fixture
def answer(desk, eventually):
    def wait():
        answers = []
        eventually(lambda: answers.extend(desk.answers()) or answers)
        return answers[0]

    return wait


def test_what_is_ordered_is_done_and_known_at_once(desk, answer, shots, feed):
    desk.act(7, "Eva", {"do": "acknowledge"}, [shots])
    told = answer()
    assert (told.number, told.done, told.words) == (7, True, "")
    assert feed.world.alerts[shots.id].state is State.ACKNOWLEDGED
    assert desk.waits == 0


def test_who_was_quicker_is_named_and_nothing_is_done(desk, answer, shots, gateway, feed):
    gateway.order_alerts(
        Orders(
            by="Eva",
            orders=[Order(alert=shots.id, version=shots.version, action={"do": "acknowledge"})],
        )
    )
    desk.act(1, "Jan", {"do": "assign", "to": "Jan"}, [shots])
    told = answer()
    assert not told.done
    assert "Gunshot: Eva – acknowledged it" in told.words
    assert feed.world.alerts[shots.id].assignee is None


def test_what_one_has_done_oneself_a_moment_ago_is_no_conflict(
    desk, answer, shots, feed, gateway, eventually
):
    desk.act(1, "Eva", {"do": "acknowledge"}, [shots])
    desk.act(2, "Eva", {"do": "assign", "to": "Eva"}, [shots])
    desk.act(3, "Eva", {"do": "note", "text": "two men"}, [shots])
    told = []
    eventually(lambda: told.extend(desk.answers()) or len(told) == 3)
    assert all(one.done for one in told), told
    now = feed.world.alerts[shots.id]
    assert [one.did for one in now.history if one.by == "Eva"] == ["acknowledge", "assign", "note"]
    # Somebody else's deed in between is one.
    gateway.order_alerts(
        Orders(
            by="Jan",
            orders=[
                Order(
                    alert=now.id, version=now.version, action={"do": "resolve", "verdict": "false"}
                )
            ],
        )
    )
    desk.act(4, "Eva", {"do": "note", "text": "black car"}, [shots])
    assert "Jan" in answer().words


def test_an_event_that_joins_meanwhile_does_not_spoil_an_order(
    desk, answer, shots, gateway, shot, look, feed
):
    gateway.send_events([shot(2, observed_at=datetime.now(UTC))])
    look()
    assert gateway.alert(shots.id).version > shots.version
    desk.act(1, "Eva", {"do": "acknowledge"}, [shots])
    assert answer().done
    assert feed.world.alerts[shots.id].count == 2


def test_what_somebody_noted_meanwhile_is_read_before_an_order_is_carried_out(
    desk, answer, shots, gateway, feed
):
    note = {"do": "note", "text": "two men, black car"}
    order = Order(alert=shots.id, version=shots.version, action=note)
    gateway.order_alerts(Orders(by="Eva", orders=[order]))
    desk.act(1, "Jan", {"do": "acknowledge"}, [shots])
    told = answer()
    assert not told.done
    assert "Eva" in told.words
    assert feed.world.alerts[shots.id].state is State.NEW


def test_of_several_all_are_done_or_none(
    desk, answer, shots, gateway, event, look, feed, eventually
):
    down = event(9, kind="health.down", source="yard", attributes={"state": "down"},
                 observed_at=datetime.now(UTC))  # fmt: skip
    gateway.send_events([down])
    look()
    eventually(lambda: len(feed.world.alerts) == 2)
    both = list(feed.world.alerts.values())
    desk.act(1, "Eva", {"do": "resolve", "verdict": "drill"}, both)
    told = answer()
    assert not told.done
    assert "acknowledge it first" in told.words
    assert {alert.state for alert in feed.world.alerts.values()} == {State.NEW}
    desk.act(2, "Eva", {"do": "acknowledge"}, both)
    assert answer().done
    assert {alert.state for alert in feed.world.alerts.values()} == {State.ACKNOWLEDGED}


@pytest.mark.parametrize(
    ("by", "action"),
    [
        pytest.param("", {"do": "acknowledge"}, id="nobody orders"),
        pytest.param("Eva", {"do": "explode"}, id="no such action"),
        pytest.param("Eva", {"do": "dismiss", "reason": "  "}, id="no reason"),
        pytest.param("Eva", {"do": "confirm", "step": "nothing-of-it"}, id="no such step"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(desk, answer, shots, by, action, feed):
    desk.act(1, by, action, [shots])
    told = answer()
    assert not told.done
    assert told.words.startswith("Not done: ")
    assert feed.world.alerts[shots.id].version == shots.version


def test_nothing_can_be_ordered_about_nothing(desk, answer):
    desk.act(1, "Eva", {"do": "acknowledge"}, [])
    assert answer().words == "Not done: no alert is chosen"


def test_danger_to_life_is_silenced_by_two_people(desk, answer, shots, gateway):
    order = {"do": "add", "scope": {"alert": shots.id}, "reason": HOSTILE, "until": None}
    desk.silence(1, "Eva", "testville", order)
    told = answer()
    assert told.done
    assert "second person" in told.words
    (silence,) = gateway.silences("testville")
    desk.silence(2, "Eva", "testville", {"do": "agree", "silence": silence.id})
    assert not answer().done
    desk.silence(3, "Jan", "testville", {"do": "agree", "silence": silence.id})
    assert answer().done
    (silence,) = gateway.silences("testville")
    assert (silence.second, silence.reason) == ("Jan", HOSTILE)


def test_without_an_answer_one_is_told_to_look_first(desk, answer, shots, server):
    server.stop()
    try:
        desk.act(1, "Eva", {"do": "acknowledge"}, [shots])
        told = answer()
        assert not told.done
        assert told.words.startswith("No answer, so look whether it was done")
    finally:
        server.start()


def test_a_refusal_is_said_in_the_language_of_the_page(desk, answer, shots):
    desk.language = "cs"
    desk.act(1, "Eva", {"do": "resolve"}, [shots])
    assert answer().words.startswith("Neprovedeno: ")


def test_a_conflict_names_the_last_person_before_the_system(alert, noon):
    was = alert(1)
    lines = [
        {"at": noon, "by": "Eva", "did": "note", "words": "careful"},
        {"at": noon, "by": "hlaska", "did": "tell", "words": "new"},
    ]
    now_is = alert(1, version=3, history=lines)
    words = conflict_words(was, now_is, noon + timedelta(seconds=4), "en")
    assert words == "Gunshot: Eva – noted 4 s ago"


def test_a_complaint_is_told_without_how_it_was_asked():
    assert plain('POST /alerts/orders: 409 {"detail":"too late"}') == "too late"
    assert plain("POST /alerts/orders: 409 too late") == "too late"
    assert plain("something else") == "something else"


def test_a_note_is_kept_as_it_was_written(desk, answer, shots, gateway):
    desk.act(1, "Eva", AddNote(text=HOSTILE).model_dump(), [shots])
    assert answer().done
    assert gateway.alert(shots.id).history[-1].words == HOSTILE
