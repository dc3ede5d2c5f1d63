"""Verdicts are heeded whenever they come, and a picture that is begun anew says the same."""

import sqlite3

import pytest

from hlaska.alerts.actions import Acknowledge, Dismiss, Judge, Reopen, Resolve
from hlaska.alerts.alert import MOST_EVENTS, Verdict
from hlaska.errors import JournalError
from tests.serving.picture.test_picture import Quick
from tests.serving.picture.town import at, event


def said_anew(watch, second):
    """The levels now, which a picture that knows nothing but what is stored gives too."""
    threats = watch.step(second)
    watch.restart()
    assert watch.step(second) == threats
    return threats


def test_a_dismissal_while_the_page_is_grouped_is_heeded(watch):
    watch.say(event("scream", "audio.scream"))
    watch.step(1)
    dismiss = Dismiss(reason="children", verdict=Verdict.FALSE)
    quick = Quick(watch, [lambda: watch.order(2, dismiss, watch.alerts()[0])])
    watch.picture = watch.new_picture(quick)
    watch.picture.step(watch.alerts()[0].last_at, ())
    quick.orders[:] = [lambda: watch.order(2, dismiss, watch.alerts()[0])]
    watch.say(event("shot", second=3))
    watch.picture.step(event("x", second=4).observed_at, ())
    assert [one.event for one in said_anew(watch, 5).whole.contributions] == ["shot"]


def test_a_verdict_while_the_journal_was_locked_is_heeded(new_watch):
    watch = new_watch(patience_s=0.1)
    watch.say(event("shot"))
    assert watch.step(1).whole.level > 0
    watch.say(event("late", second=1))
    other = sqlite3.connect(watch.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError, match="locked"):
        watch.step(2)
    other.execute("ROLLBACK")
    other.close()
    watch.order(3, Dismiss(reason="a firecracker", verdict=Verdict.FALSE))
    assert said_anew(watch, 4).whole.contributions == ()


def test_evidence_that_comes_while_an_alert_is_reopened_under_its_hands_counts(watch):
    watch.say(event("shot"))
    watch.step(1)
    watch.order(2, Dismiss(reason="a firecracker"))
    watch.step(3)
    watch.order(4, Reopen())
    quick = Quick(watch, [lambda: watch.order(5, Judge(verdict=Verdict.TRUE))])
    watch.picture._store = quick  # it has seen the dismissal, so it hears of the reopening
    watch.say(event("shot-2", second=5))
    threats = watch.step(6)
    assert quick.orders == []
    assert {one.event for one in threats.whole.contributions} == {"shot", "shot-2"}
    assert said_anew(watch, 6).whole == threats.whole


def test_what_joined_after_a_verdict_counts_again_when_its_alert_is_reopened(watch):
    watch.say(event("scream", "audio.scream"))
    watch.step(1)
    watch.order(2, Judge(verdict=Verdict.FALSE))
    watch.say(event("shot", second=3))
    watch.step(4)
    watch.order(5, Acknowledge())
    watch.order(6, Resolve())
    assert watch.step(7).whole.contributions == ()
    watch.order(8, Reopen())
    assert [one.event for one in said_anew(watch, 9).whole.contributions] == ["shot"]


@pytest.fixture(params=["sqlite", "postgresql"])
def each_watch(request, new_watch):
    """A watch over each of the two databases."""
    if request.param == "sqlite":
        return new_watch()
    return new_watch(url=request.getfixturevalue("postgresql_url"))


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize(
    "order",
    [
        pytest.param(Judge(verdict=Verdict.DRILL), id="judged while it is open"),
        pytest.param(Dismiss(reason="fireworks", verdict=Verdict.FALSE), id="dismissed"),
    ],
)
def test_of_an_alert_with_more_events_than_it_lists_all_are_taken_back(
    each_watch, order, restarted
):
    watch = each_watch
    watch.say(*(event(f"shot-{n:03}", second=n / 10) for n in range(300)), second=30)
    assert watch.step(31).whole.level > 0
    (alert,) = watch.alerts()
    assert (alert.count, len(alert.events)) == (300, MOST_EVENTS)
    if restarted:
        watch.restart()
        watch.step(32)
    watch.order(32, order)
    assert said_anew(watch, 33).whole.contributions == ()
    labels = watch.store.labels()
    assert labels["event"].tolist() == [f"shot-{n:03}" for n in range(300)]
    assert set(labels["alert"]) == {alert.id}


def test_of_many_events_those_that_came_after_a_verdict_count(each_watch):
    watch = each_watch
    watch.say(*(event(f"shot-{n}", second=n / 10) for n in range(250)), second=25)
    watch.step(26)
    watch.order(27, Judge(verdict=Verdict.FALSE))
    watch.say(*(event(f"more-{n}", second=28) for n in range(3)))
    told = {one.event for one in said_anew(watch, 29).whole.contributions}
    assert told and told <= {"more-0", "more-1", "more-2"}
    watch.order(30, Dismiss(reason="fireworks", verdict=Verdict.FALSE))
    assert said_anew(watch, 31).whole.contributions == ()


def test_that_a_source_works_again_is_no_event_of_the_alert_that_it_ends(watch):
    health = {"source": "gate", "confidence": 1.0, "zone": None}
    down = {"state": "lost", "reason": "no answer"}
    watch.say(event("down", "health.down", attributes=down, **health))
    watch.say(event("up", "health.restored", 5, attributes={"state": "healthy"}, **health))
    watch.step(6)
    (alert,) = watch.alerts()
    assert (alert.closed_at, alert.count) == (at(5), 1)
    watch.order(7, Judge(verdict=Verdict.TRUE))
    assert watch.store.labels()["event"].tolist() == ["down"]
