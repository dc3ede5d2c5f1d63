import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from catalogs import audit_log
from catalogs.audit_log import Act
from hlaska.alerts.audit import FIRST, AuditEntry, digest_of
from hlaska.errors import JournalError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def act(number: int, site: str = "pilsen") -> Act:
    return Act(
        at=NOON + timedelta(minutes=number),
        by="Jana",
        site=site,
        did="alert.note",
        about="a1",
        body=f"{number}",
    )


@pytest.fixture
def six(store, journal):
    """A log of six lines, the fourth of Bilbao."""
    with journal.writing() as connection:
        audit_log.write(connection, [act(1), act(2)])
        audit_log.write(connection, [])
        audit_log.write(connection, [act(3), act(4, "bilbao"), act(5), act(6)])
    return store


def change(journal, *statements):
    with journal.writing() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def test_lines_are_numbered_and_chained(six):
    entries = six.audit()
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5, 6]
    before = FIRST
    for entry in entries:
        assert entry.digest == digest_of(entry, before)
        before = entry.digest
    assert six.check_audit() is None


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        pytest.param({"site": "bilbao"}, [4], id="a site"),
        pytest.param({"since": NOON + timedelta(minutes=5)}, [5, 6], id="since, inclusive"),
        pytest.param({"until": NOON + timedelta(minutes=2)}, [1], id="until, exclusive"),
        pytest.param({"after": 4}, [5, 6], id="after a number"),
        pytest.param({"after": 1, "limit": 2}, [2, 3], id="the next two"),
    ],
)
def test_lines_are_chosen_by(question, numbers, six):
    assert [entry.number for entry in six.audit(**question)] == numbers


@pytest.mark.parametrize("question", [{"limit": -1}, {"since": datetime(2026, 5, 1)}])
def test_a_senseless_question_is_refused(question, six):
    with pytest.raises(JournalError, match=r"use|give"):
        six.audit(**question)


COPY = "INSERT INTO audit SELECT {}, site, at, body FROM audit WHERE number = {}"


@pytest.mark.parametrize(
    ("statements", "complaint"),
    [
        pytest.param(
            ["UPDATE audit SET body = replace(body, 'Jana', 'Eva') WHERE number = 3"],
            "line 3 .* was changed",
            id="a changed line",
        ),
        pytest.param(
            ["UPDATE audit SET site = 'bilbao' WHERE number = 2"],
            "line 2 .* was changed",
            id="a line moved to another site",
        ),
        pytest.param(
            ["UPDATE audit SET at = '2020-01-01 00:00:00' WHERE number = 2"],
            "line 2 .* was changed",
            id="a line moved in time",
        ),
        pytest.param(
            ["UPDATE audit SET body = 'x' WHERE number = 5"],
            "line 5 .* cannot be read",
            id="a broken line",
        ),
        pytest.param(
            ["DELETE FROM audit WHERE number = 3"],
            "line 3 .* missing: the next one is 4",
            id="a removed line",
        ),
        pytest.param(
            ["DELETE FROM audit WHERE number = 1"], "line 1 .* missing", id="the first line removed"
        ),
        pytest.param(
            ["DELETE FROM audit WHERE number > 4"],
            "line 5 .* missing, and all up to 6",
            id="the last lines removed",
        ),
        pytest.param(
            ["DELETE FROM audit"], "line 1 .* missing, and all up to 6", id="all lines removed"
        ),
        pytest.param(
            [
                "UPDATE audit SET number = 7 WHERE number = 6",
                "UPDATE audit SET number = 6 WHERE number = 5",
                COPY.format(5, 1),
            ],
            "line 5 .* was changed",
            id="a line put in between",
        ),
        pytest.param([COPY.format(7, 6)], "put in lines up to 7", id="a line put at the end"),
        pytest.param(
            ["DELETE FROM audit WHERE number = 6", "UPDATE audit_end SET number = 5"],
            "last line .*, 5, is not the one",
            id="the end moved with the last line",
        ),
    ],
)
def test_what_somebody_did_to_the_log_is_found(statements, complaint, six, journal):
    change(journal, *statements)
    assert re.search(complaint, six.check_audit() or "nothing was found")


@pytest.mark.parametrize(
    "statement", [COPY.format(7, 6), "DELETE FROM audit WHERE number = 6"], ids=["more", "fewer"]
)
def test_a_log_that_somebody_changed_goes_on_and_stays_broken(statement, six, journal):
    change(journal, statement)
    found = six.check_audit()
    with journal.writing() as connection:
        audit_log.write(connection, [act(8)])
    assert six.audit()[-1].body == "8"
    assert found is not None
    assert six.check_audit() is not None


def test_a_line_that_cannot_be_read_is_named(six, journal):
    change(journal, "UPDATE audit SET body = 'x' WHERE number = 5")
    with pytest.raises(JournalError, match="line 5 of the audit log is not valid"):
        six.audit()


def test_a_log_longer_than_a_page_is_checked_to_its_end(store, journal, monkeypatch):
    monkeypatch.setattr(audit_log, "PAGE", 4)
    with journal.writing() as connection:
        audit_log.write(connection, [act(number) for number in range(10)])
    assert store.check_audit() is None
    change(journal, "UPDATE audit SET body = replace(body, 'Jana', 'Eva') WHERE number = 10")
    assert store.check_audit() == "line 10 of the audit log was changed, or one before it was"


def test_a_time_of_any_zone_is_chained_as_the_same_moment(store, journal):
    there = act(1).model_copy(update={"at": NOON.astimezone(timezone(timedelta(hours=2)))})
    with journal.writing() as connection:
        audit_log.write(connection, [there])
    [entry] = store.audit(since=NOON, until=NOON + timedelta(seconds=1))
    assert AuditEntry.model_validate_json(entry.model_dump_json()) == entry
    assert store.check_audit() is None
