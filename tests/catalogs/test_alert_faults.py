"""What the store of alerts does when the database is locked, the disk is full, or both write."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.alerts.actions import Acknowledge, Order
from hlaska.alerts.silences import AddSilence, Scope
from hlaska.errors import AlertError, JournalError
from hlaska.threat.levels import LevelChange

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LEVEL = LevelChange(at=NOON, zone="lawn", level=3, known=True)
ORDER = Order(alert="a1", version=1, action=Acknowledge())
SILENCE = AddSilence(scope=Scope(alert="a1"), reason="known")


def refused(store, make_alert, complaint):
    """Each way to write is refused with that complaint, and leaves all as it was."""
    before = (store.alerts(), store.cursor("pilsen"), store.audit(), store.silences())
    for ask in (
        lambda: store.take("pilsen", 2, [make_alert("a2")], bases={}),
        lambda: store.order("Jana", [ORDER], NOON, lambda _: ()),
        lambda: store.order_silence("pilsen", "Jana", SILENCE, NOON),
        lambda: store.take("pilsen", 1, [], [LEVEL], bases={}),
    ):
        with pytest.raises(JournalError, match=complaint):
            ask()
    assert (store.alerts(), store.cursor("pilsen"), store.audit(), store.silences()) == before
    assert store.levels("pilsen", NOON, NOON) == []


def test_a_locked_database_is_told_and_nothing_is_stored(tmp_path, settings, make_alert):
    path = tmp_path / "journal.sqlite"
    with Journal.open(f"sqlite:///{path}", settings, patience_s=0.1) as journal:
        store = AlertStore(journal)
        store.take("pilsen", 1, [make_alert()], bases={})
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        refused(store, make_alert, "another program holds it too long: close that one")
        other.execute("ROLLBACK")
        other.close()
        assert store.take("pilsen", 2, [make_alert("a2")], bases={}) == 2


def test_a_locked_postgresql_is_told_and_nothing_is_stored(postgresql_url, settings, make_alert):
    with Journal.open(postgresql_url, settings, patience_s=0.1) as journal:
        store = AlertStore(journal)
        store.take("pilsen", 1, [make_alert()], bases={})
        engine = sa.create_engine(postgresql_url)
        with engine.begin() as other:
            for table in ("alerts", "cursors", "silences", "levels", "audit"):
                other.execute(sa.text(f"LOCK TABLE {table} IN EXCLUSIVE MODE"))
            refused(store, make_alert, "another program holds it too long: close that one")
        engine.dispose()
        assert store.take("pilsen", 2, [make_alert("a2")], bases={}) == 2


FULL_DISK = """
import resource, signal, sys
from datetime import UTC, datetime
from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.alerts.alert import Alert, Entry
from hlaska.errors import AlertError, JournalError
from hlaska.settings import Settings

now = datetime(2026, 5, 1, 12, tzinfo=UTC)
alerts = [Alert(id=f"k{number}", site="pilsen", family="attack", severity=4, confidence=1,
                worst="e", kinds=("audio.gunshot",), sources=("m",), events=("e",), count=1,
                first_at=now, last_at=now, opened_at=now, told_at=now, handover="x" * 900,
                history=(Entry(at=now, by="hlaska", did="open"),)) for number in range(1000)]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Journal.open(sys.argv[1], Settings.load()) as journal:
    store = AlertStore(journal)
    store.take("pilsen", 1, alerts[:10], bases={})
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
    try:
        store.take("pilsen", 2, alerts[10:], bases={})
    except JournalError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        print(len(store.alerts(limit=9999)), store.cursor("pilsen"), len(store.audit()), error)
        print(store.take("pilsen", 2, alerts[10:], bases={}), store.check_audit())
"""


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path):
    # A limit on the size of files stands in for the full disk: writing fails in the same place.
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, f"sqlite:///{tmp_path / 'journal.sqlite'}"],
        capture_output=True,
        text=True,
    )
    told, later = done.stdout.splitlines() or ["", ""]
    assert told.startswith("10 1 10 journal sqlite"), done.stderr
    assert "disk" in told
    assert later == "1000 None"


GATEWAY = """
import sys
from datetime import UTC, datetime
from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.alerts.actions import AddNote, Order
from hlaska.errors import AlertError
from hlaska.settings import Settings

now = datetime(2026, 5, 1, 12, tzinfo=UTC)
with Journal.open(sys.argv[1], Settings.load()) as journal:
    store = AlertStore(journal)
    done = refused = 0
    while done < 20:
        [(_, alert)] = store.alerts(ids=["a1"])
        order = Order(alert="a1", version=alert.version, action=AddNote(text=f"{done}"))
        try:
            store.order("Jana", [order], now, lambda _: ())
            done += 1
        except AlertError as error:
            assert "changed meanwhile" in str(error)
            refused += 1
"""


def test_a_picture_and_a_gateway_change_one_alert_and_lose_nothing(journal_url, store, make_alert):
    store.take("pilsen", 1, [make_alert()], bases={})
    gateway = subprocess.Popen([sys.executable, "-c", GATEWAY, journal_url])
    joined = 0
    while gateway.poll() is None:
        [(_, alert)] = store.alerts(ids=["a1"])
        more = {"version": alert.version + 1, "count": alert.count + 1}
        try:
            seq = store.cursor("pilsen") + 1
            store.take("pilsen", seq, [alert.model_copy(update=more)], bases={"a1": alert.version})
            joined += 1
        except AlertError as error:
            assert "changed meanwhile" in str(error)
    assert gateway.returncode == 0
    [(rev, alert)] = store.alerts()
    assert rev == alert.version == 1 + joined + 20
    assert (alert.count, store.cursor("pilsen")) == (1 + joined, 1 + joined)
    assert [line.words for line in alert.history[1:]] == [f"{number}" for number in range(20)]
    assert store.check_audit() is None
