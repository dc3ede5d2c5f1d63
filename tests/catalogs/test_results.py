"""The store of reports, on both databases, and what it does when they fail."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from catalogs import results
from catalogs.journal import Journal
from catalogs.results import ReportStore
from hlaska.errors import JournalError
from hlaska.results import Column, Report, ReportKind, ResultTable

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
TABLE = ResultTable(
    "hears",
    "Hears",
    "Of made sounds.",
    (Column("f1", "F1", 2),),
    ({"what": "ours", "f1": 0.9}, {"what": "theirs", "f1": None}, {"what": "gone", "reason": "?"}),
)


def report(name="r1", minutes=0, **changes) -> Report:
    fields = {
        "id": name,
        "kind": ReportKind.EVALUATION,
        "made_at": NOON + timedelta(minutes=minutes),
        "title": "How well it hears",
        "tables": (TABLE,),
        "points": {"curve": ({"threshold": 0.5, "recall": None},)},
    }
    return Report(**(fields | changes))


@pytest.fixture
def reports(journal):
    return ReportStore(journal)


def ids(found) -> list[str]:
    return [one.id for one in found]


def test_a_report_comes_back_as_it_was_sent(reports):
    reports.put(report())
    assert reports.report("r1") == report()
    assert reports.report("r2") is None


def test_a_report_that_is_sent_again_replaces_the_one_of_its_id(reports):
    reports.put(report())
    changed = report(minutes=3, title="Measured again", model="street-sounds")
    reports.put(changed)
    reports.put(changed)
    assert reports.reports() == [changed]
    assert ids(reports.reports(model="street-sounds")) == ["r1"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param({}, ["d", "c", "b", "a"], id="all, the newest first"),
        pytest.param({"limit": 2}, ["d", "c"], id="at most two"),
        pytest.param({"kind": ReportKind.GATE}, ["b"], id="a kind"),
        pytest.param({"model": "walker"}, ["d", "b"], id="a model"),
        pytest.param({"site": "pilsen"}, ["c"], id="a site"),
        pytest.param({"since": NOON + timedelta(minutes=2)}, ["d", "c"], id="since, inclusive"),
        pytest.param({"until": NOON + timedelta(minutes=1)}, ["a"], id="until, exclusive"),
        pytest.param({"model": "walker", "site": "pilsen"}, [], id="nothing fits both"),
    ],
)
def test_reports_are_chosen_by(question, answer, reports):
    reports.put(report("c", 2, site="pilsen"))
    reports.put(report("a", 0))
    reports.put(report("d", 3, model="walker"))
    reports.put(report("b", 1, kind=ReportKind.GATE, model="walker"))
    assert ids(reports.reports(**question)) == answer


@pytest.mark.parametrize("question", [{"limit": -1}, {"since": datetime(2026, 5, 1)}])
def test_a_senseless_question_is_refused(question, reports):
    with pytest.raises(JournalError, match=r"use|give"):
        reports.reports(**question)


def test_what_a_list_weighs_is_bounded_but_the_newest_is_always_in_it(reports, monkeypatch):
    for minute in range(4):
        reports.put(report(f"r{minute}", minute))
    size = len(report("r1").model_dump_json())
    monkeypatch.setattr(results, "MOST_LETTERS", 2 * size)
    assert ids(reports.reports()) == ["r3", "r2"]
    monkeypatch.setattr(results, "MOST_LETTERS", 1)
    assert ids(reports.reports()) == ["r3"]


def test_a_damaged_report_is_named_and_hides_no_other(reports, journal, caplog):
    reports.put(report("a"))
    reports.put(report("b"))
    with journal.writing() as connection:
        connection.execute(sa.text("UPDATE reports SET body = '{' WHERE id = 'a'"))
    assert ids(reports.reports()) == ["b"]
    assert "report a in the journal is not valid" in caplog.text
    with pytest.raises(JournalError, match="report a in the journal is not valid"):
        reports.report("a")


def test_a_locked_database_is_told_and_the_old_report_stays(tmp_path, settings):
    path = tmp_path / "journal.sqlite"
    with Journal.open(f"sqlite:///{path}", settings, patience_s=0.1) as journal:
        store = ReportStore(journal)
        store.put(report())
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="another program holds it too long"):
            store.put(report(title="new"))
        other.execute("ROLLBACK")
        other.close()
        assert store.report("r1") == report()


def test_a_locked_postgresql_is_told_and_the_old_report_stays(postgresql_url, settings):
    with Journal.open(postgresql_url, settings, patience_s=0.1) as journal:
        store = ReportStore(journal)
        store.put(report())
        engine = sa.create_engine(postgresql_url)
        with engine.begin() as other:
            other.execute(sa.text("LOCK TABLE reports IN EXCLUSIVE MODE"))
            with pytest.raises(JournalError, match="another program holds it too long"):
                store.put(report(title="new"))
        engine.dispose()
        assert store.report("r1") == report()


FULL_DISK = """
import resource, signal, sys
from datetime import UTC, datetime
from catalogs.journal import Journal
from catalogs.results import ReportStore
from hlaska.errors import JournalError
from hlaska.results import Report
from hlaska.settings import Settings

small = Report(id="r", kind="gate", made_at=datetime(2026, 5, 1, tzinfo=UTC), title="before")
large = small.model_copy(update={"points": {"c": tuple({"n": "x" * 99} for _ in range(9999))}})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Journal.open(sys.argv[1], Settings.load()) as journal:
    store = ReportStore(journal)
    store.put(small)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
    try:
        store.put(large)
    except JournalError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        print(store.report("r") == small, error)
        store.put(large)
        print(store.report("r") == large)
"""


def test_a_full_disk_is_told_and_the_old_report_stays(tmp_path):
    # A limit on the size of files stands in for the full disk: writing fails in the same place.
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, f"sqlite:///{tmp_path / 'journal.sqlite'}"],
        capture_output=True,
        text=True,
    )
    told, later = done.stdout.splitlines() or ["", ""]
    assert told.startswith("True journal sqlite"), done.stderr
    assert "disk" in told
    assert later == "True"
