import sqlite3
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import JournalError
from hlaska.events import Event
from serving.spool import Spool


def event(number: int) -> Event:
    return Event(
        id=f"event-{number}",
        site="testville",
        source="gate",
        kind="video.running",
        observed_at=datetime(2026, 5, 1, 12, 0, number % 60, tzinfo=UTC),
        confidence=0.9,
    )


def test_an_event_and_its_evidence_survive_a_restart(tmp_path):
    spool = Spool(tmp_path / "spool.sqlite")
    spool.put(event(1), {"ab" * 32: b"still"})
    spool.close()
    (waiting,) = Spool(tmp_path / "spool.sqlite").head()
    assert waiting.event == event(1)
    assert waiting.evidence == {"ab" * 32: b"still"}


@given(st.lists(st.integers(0, 8), max_size=40), st.integers(1, 5))
def test_every_event_waits_once_and_in_order_until_it_is_dropped(tmp_path_factory, numbers, page):
    spool = Spool(tmp_path_factory.mktemp("spool") / "spool.sqlite")
    for number in numbers:
        spool.put(event(number), {})
    seen = []
    while head := spool.head(page):
        seen += [item.event.id for item in head]
        spool.drop(head)
    assert seen == [event(n).id for n in dict.fromkeys(numbers)]
    assert len(spool) == 0
    spool.close()


def test_over_the_bound_the_oldest_go_and_it_is_said(tmp_path):
    spool = Spool(tmp_path / "spool.sqlite", bound=3)
    lost = [spool.put(event(number), {"cd" * 32: b"x"}) for number in range(5)]
    assert lost == [0, 0, 0, 1, 1]
    assert [item.event.id for item in spool.head()] == ["event-2", "event-3", "event-4"]
    with sqlite3.connect(tmp_path / "spool.sqlite") as database:
        assert database.execute("SELECT count(*) FROM evidence").fetchone() == (3,)


def test_a_spool_that_is_no_database_is_a_clear_error(tmp_path):
    (tmp_path / "spool.sqlite").write_text("not a database " * 100)
    with pytest.raises(JournalError, match=r"spool\.sqlite cannot be opened"):
        Spool(tmp_path / "spool.sqlite")


def test_an_event_that_cannot_be_read_is_put_aside_and_holds_back_no_other(tmp_path, caplog):
    spool = Spool(tmp_path / "spool.sqlite")
    spool.put(event(1), {})
    with sqlite3.connect(tmp_path / "spool.sqlite") as database:
        database.execute("UPDATE waiting SET event = '{}'")
    spool.put(event(2), {})
    assert [item.event.id for item in spool.head()] == ["event-2"]
    assert "event-1 is put aside" in caplog.text
    with sqlite3.connect(tmp_path / "spool.sqlite") as database:
        assert database.execute("SELECT id FROM unreadable").fetchall() == [("event-1",)]
    spool.close()
    with pytest.raises(JournalError, match="cannot be used"):
        spool.head()
