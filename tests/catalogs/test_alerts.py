import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.alerts.actions import Acknowledge, AddNote, Assign, Confirm, Order, Resolve
from hlaska.alerts.alert import Entry, State
from hlaska.errors import AlertError, JournalError
from hlaska.threat.levels import LevelChange

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
LEVEL = LevelChange(at=NOW, zone="lawn", level=3, known=True)


def no_steps(_alert) -> tuple[str, ...]:
    return ()


def everything(store) -> tuple:
    return (
        store.alerts(),
        store.cursor("pilsen"),
        store.last_rev(),
        store.silences(),
        store.levels("pilsen", NOW, LATER),
        store.audit(),
    )


def joined(alert, **more):
    """The alert with one more event, as the picture would change it."""
    facts = {"version": alert.version + 1, "count": alert.count + 1, **more}
    return alert.model_copy(update=facts)


def seen(alert, action) -> Order:
    return Order(alert=alert.id, version=alert.version, action=action)


def test_a_new_store_holds_nothing(store):
    assert everything(store) == ([], 0, 0, [], [], [])
    assert store.check_audit() is None


def test_alerts_cursor_levels_and_audit_are_stored_together(store, make_alert):
    alert = make_alert()
    assert store.take("pilsen", 7, [alert], [LEVEL], bases={"a1": 0}) == 1
    [line] = store.audit()
    assert everything(store) == ([(1, alert)], 7, 1, [], [LEVEL], [line])
    assert (line.number, line.by, line.did, line.about) == (1, "hlaska", "alert.open", "a1")


def test_what_was_stored_is_there_when_the_journal_is_opened_again(
    journal_url, settings, make_alert
):
    with Journal.open(journal_url, settings) as journal:
        store = AlertStore(journal)
        store.take("pilsen", 7, [make_alert(), make_alert("a2")], [LEVEL], bases={})
        store.order("Jana", [seen(make_alert(), Acknowledge())], LATER, no_steps)
        before = everything(store)
    with Journal.open(journal_url, settings) as journal:
        assert everything(AlertStore(journal)) == before
        assert AlertStore(journal).check_audit() is None


def test_each_change_of_any_alert_has_a_greater_number(store, make_alert):
    first, second = make_alert("a1"), make_alert("a2")
    assert store.take("pilsen", 1, [first, second], bases={}) == 2
    assert store.take("bilbao", 2, [make_alert("b1", site="bilbao")], bases={}) == 3
    assert store.take("pilsen", 3, [joined(first)], bases={}) == 4
    store.order("Jana", [seen(second, Acknowledge())], LATER, no_steps)
    revs = {alert.id: rev for rev, alert in store.alerts()}
    assert revs == {"b1": 3, "a1": 4, "a2": 5}
    assert store.last_rev() == 5


def test_a_time_without_change_moves_the_cursor_only(store, make_alert):
    alert = make_alert()
    store.take("pilsen", 1, [alert], bases={})
    before = (store.alerts(), store.audit())
    assert store.take("pilsen", 9, [], bases={}) == 1
    assert store.take("pilsen", 9, [alert], bases={"a1": 1}) == 1
    assert (store.alerts(), store.audit()) == before
    assert store.cursor("pilsen") == 9


def test_each_site_has_a_cursor_of_its_own(store):
    store.take("pilsen", 9, [], bases={})
    store.take("bilbao", 4, [], bases={})
    assert (store.cursor("pilsen"), store.cursor("bilbao"), store.cursor("trikala")) == (9, 4, 0)


def test_an_alert_that_was_escalated_while_no_event_came_is_stored(store, make_alert):
    alert = make_alert()
    store.take("pilsen", 7, [alert], bases={})
    line = Entry(at=LATER, by="hlaska", did="escalate", words="nobody looked for 300 s")
    escalated = alert.model_copy(
        update={"version": 2, "escalated": 1, "history": (*alert.history, line)}
    )
    store.take("pilsen", 7, [escalated], bases={"a1": 1})
    assert store.alerts() == [(2, escalated)]
    assert [(one.did, one.at) for one in store.audit()] == [
        ("alert.open", NOW),
        ("alert.escalate", LATER),
    ]


def test_several_versions_at_once_are_one_change_with_all_that_was_done(store, make_alert):
    lines = [Entry(at=NOW, by="hlaska", did=did) for did in ("open", "tell")]
    alert = make_alert(version=3, history=lines)
    store.take("pilsen", 1, [alert], bases={"a1": 0})
    again = joined(alert, version=6)
    store.take("pilsen", 2, [again], bases={"a1": 3})
    assert store.alerts() == [(2, again)]
    assert [one.did for one in store.audit()] == ["alert.open", "alert.tell"]


@pytest.mark.parametrize(
    ("seq", "change", "bases", "complaint"),
    [
        pytest.param(8, {"version": 2}, {"a1": 1}, r"acknowledge \(Jana, .*12:05:00 UTC", id="old"),
        pytest.param(8, {"version": 1}, {"a1": 0}, "at version 2, not 0", id="not new"),
        pytest.param(8, {"version": 2}, {"a1": 2}, "makes the next version", id="the same version"),
        pytest.param(8, {"id": "a9", "version": 3}, {}, "a9 is not stored", id="nobody stored it"),
        pytest.param(8, {"site": "bilbao"}, {}, "is of bilbao", id="another site"),
        pytest.param(6, {"id": "a9"}, {}, "up to 7 already, 6 came", id="events taken already"),
        pytest.param(
            8, {"version": 3, "confidence": 7.0}, {"a1": 2}, "not valid.*confidence", id="invalid"
        ),
    ],
)
def test_a_change_that_fits_no_longer_stores_nothing_of_its_batch(
    seq, change, bases, complaint, store, make_alert
):
    store.take("pilsen", 7, [make_alert()], bases={})
    store.order("Jana", [seen(make_alert(), Acknowledge())], LATER, no_steps)
    before = everything(store)
    wrong = make_alert().model_copy(update={"count": 2, **change})
    with pytest.raises(AlertError, match=complaint):
        store.take("pilsen", seq, [make_alert("new"), wrong], [LEVEL], bases=bases)
    assert everything(store) == before


def test_orders_change_alerts_and_the_audit_log_says_who_ordered_what(store, make_alert):
    alert = make_alert()
    store.take("pilsen", 1, [alert], bases={})
    [known] = store.order("Jana", [seen(alert, Acknowledge())], LATER, no_steps)
    [given] = store.order("  Karel ", [seen(known, Assign(to="Unit 3"))], LATER, no_steps)
    assert (given.state, given.assignee, given.version) == (State.ASSIGNED, "Unit 3", 3)
    assert store.alerts() == [(3, given)]
    lines = [(one.number, one.by, one.did, one.site, one.about) for one in store.audit(after=1)]
    assert lines == [
        (2, "Jana", "alert.acknowledge", "pilsen", "a1"),
        (3, "Karel", "alert.assign", "pilsen", "a1"),
    ]
    assert Order.model_validate_json(store.audit(after=2)[0].body).action == Assign(to="Unit 3")


def test_several_orders_for_one_alert_follow_each_other(store, make_alert):
    store.take("pilsen", 1, [make_alert()], bases={})
    orders = [
        Order(alert="a1", version=1, action=Acknowledge()),
        Order(alert="a1", version=2, action=Resolve(note="over")),
    ]
    [done] = store.order("Jana", orders, LATER, no_steps)
    assert (done.state, done.version) == (State.RESOLVED, 3)
    assert store.alerts() == [(2, done)]


def test_a_step_is_confirmed_when_the_playbook_has_it(store, make_alert):
    store.take("pilsen", 1, [make_alert(playbook="attack")], bases={})
    order = seen(make_alert(), Confirm(step="gates"))
    with pytest.raises(AlertError, match="no step 'gates'"):
        store.order("Jana", [order], LATER, no_steps)
    [alert] = store.order("Jana", [order], LATER, lambda alert: [f"{alert.playbook}-x", "gates"])
    assert [done.step for done in alert.confirmed] == ["gates"]


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        pytest.param(
            Order(alert="a2", version=1, action=AddNote(text="?")),
            r"alert a2 was changed meanwhile: it is at version 2, not 1\. "
            r"Last change: acknowledge \(Karel",
            id="somebody was quicker",
        ),
        pytest.param(
            Order(alert="a3", version=1, action=AddNote(text="?")),
            r"a3 was changed meanwhile.*Last change: its events, 2 now",
            id="events joined",
        ),
        pytest.param(
            Order(alert="a2", version=2, action=Acknowledge()), "a2 is acknowledged", id="too late"
        ),
        pytest.param(
            Order(alert="a9", version=1, action=Acknowledge()), "no alert 'a9'", id="unknown"
        ),
    ],
)
def test_of_many_orders_all_are_carried_out_or_none(order, complaint, store, make_alert):
    alerts = [make_alert(name) for name in ("a1", "a2", "a3")]
    store.take("pilsen", 1, alerts, bases={})
    store.order("Karel", [seen(alerts[1], Acknowledge())], LATER, no_steps)
    store.take("pilsen", 2, [joined(alerts[2])], bases={})
    before = everything(store)
    with pytest.raises(AlertError, match=complaint):
        store.order("Jana", [seen(alerts[0], Acknowledge()), order], LATER, no_steps)
    assert everything(store) == before


@pytest.mark.parametrize(
    ("by", "at", "error"),
    [
        ("", LATER, AlertError),
        ("hlaska", LATER, AlertError),
        ("J", datetime(2026, 5, 1), JournalError),
    ],
)
def test_an_order_of_nobody_or_at_no_time_is_refused(by, at, error, store, make_alert):
    store.take("pilsen", 1, [make_alert()], bases={})
    with pytest.raises(error):
        store.order(by, [seen(make_alert(), Acknowledge())], at, no_steps)
    assert store.alerts() == [(1, make_alert())]


def test_no_orders_change_nothing(store):
    assert store.order("Jana", [], LATER, no_steps) == []
    assert store.audit() == []


HOSTILE = st.text(max_size=60).map(lambda text: f"<script>'\"; DROP TABLE alerts; --\0{text}")


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=HOSTILE)
def test_hostile_text_comes_back_as_it_was_written(text, store, make_alert):
    # One store serves all examples: each has an alert of its own.
    alert = make_alert(f"h{store.last_rev()}", handover=text)
    note = AddNote(text=text)
    store.take("pilsen", store.cursor("pilsen") + 1, [alert], bases={})
    [noted] = store.order("O'Neil \0\\", [seen(alert, note)], LATER, no_steps)
    [(_, kept)] = store.alerts(ids=[alert.id])
    assert kept == noted
    assert kept.history[-1].by == "O'Neil \0\\"
    assert kept.history[-1].words == note.text
    with pytest.raises(AlertError, match="note"):
        store.order("Jana", [seen(alert, note)], LATER, no_steps)
    assert store.check_audit() is None


def test_when_the_last_statement_fails_nothing_is_stored(store, journal, make_alert):
    store.take("pilsen", 1, [make_alert()], bases={})
    before = everything(store)
    # The last thing that is written is the end of the audit log.
    with journal.writing() as connection:
        connection.execute(sa.text("ALTER TABLE audit_end RENAME COLUMN digest TO away"))
    with pytest.raises(JournalError, match="digest"):
        store.take("pilsen", 2, [make_alert("a2")], [LEVEL], bases={})
    with pytest.raises(JournalError, match="digest"):
        store.order("Jana", [seen(make_alert(), Acknowledge())], LATER, no_steps)
    with journal.writing() as connection:
        connection.execute(sa.text("ALTER TABLE audit_end RENAME COLUMN away TO digest"))
    assert everything(store) == before


def test_of_two_threads_that_change_one_alert_one_is_told_to_look_again(store, make_alert):
    alert = make_alert()
    store.take("pilsen", 1, [alert], bases={})
    refused = []

    def note(who):
        # Each looks, orders, and where the other was quicker looks again, until it has its ten.
        done = 0
        while done < 10:
            [(_, now)] = store.alerts(ids=["a1"])
            try:
                store.order(who, [seen(now, AddNote(text=f"{done}"))], LATER, no_steps)
                done += 1
            except AlertError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=note, args=(who,)) for who in ("Jana", "Karel", "Eva")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [(rev, alert)] = store.alerts()
    assert (rev, alert.version, len(alert.history)) == (31, 31, 31)
    assert [one.number for one in store.audit()] == list(range(1, 32))
    assert store.check_audit() is None
    assert all("changed meanwhile" in complaint for complaint in refused)


def test_a_damaged_alert_is_named(store, journal, make_alert):
    store.take("pilsen", 1, [make_alert("a1"), make_alert("a2")], bases={})
    with journal.writing() as connection:
        connection.execute(sa.text("UPDATE alerts SET body = '{}' WHERE id = 'a2'"))
    with pytest.raises(JournalError, match="alert a2 in the journal is not valid"):
        store.alerts()
    with pytest.raises(JournalError, match="alert a2 in the journal is not valid"):
        store.order("Jana", [seen(make_alert("a2"), Acknowledge())], LATER, no_steps)
    assert store.alerts(ids=["a1"]) == [(1, make_alert("a1"))]


PICTURE = """
import sys
from datetime import UTC, datetime
from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.alerts.alert import Alert, Entry
from hlaska.settings import Settings

now = datetime(2026, 5, 1, 12, tzinfo=UTC)
with Journal.open(sys.argv[1], Settings.load()) as journal:
    store = AlertStore(journal)
    for seq in range(1, 100_000):
        alert = Alert(id=f"k{seq}", site="pilsen", family="attack", severity=4, confidence=1,
                      worst="e", kinds=("audio.gunshot",), sources=("m",), events=("e",), count=1,
                      first_at=now, last_at=now, opened_at=now, told_at=now,
                      history=(Entry(at=now, by="hlaska", did="open"),))
        store.take("pilsen", seq, [alert], bases={})
"""


def test_a_picture_that_is_killed_leaves_nothing_half_stored(journal_url, journal, store):
    for _ in range(3):
        begun = store.cursor("pilsen")
        code = PICTURE.replace("range(1,", f"range({begun + 1},")
        picture = subprocess.Popen([sys.executable, "-c", code, journal_url])
        while store.cursor("pilsen") < begun + 5:
            assert picture.poll() is None
            time.sleep(0.005)
        picture.kill()
        picture.wait()
        journal.check()  # waits until the server, too, is done with the killed one's last word
        taken = store.cursor("pilsen")
        assert [rev for rev, _ in store.alerts(after_rev=0, limit=9999)] == [*range(1, taken + 1)]
        assert len(store.audit(limit=9999)) == taken
        assert store.check_audit() is None
