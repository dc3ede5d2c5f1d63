import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from catalogs.alerts import AlertStore
from catalogs.databases import MIGRATIONS, engine_of, writing
from catalogs.journal import Journal
from hlaska.errors import JournalError
from hlaska.events import Event
from hlaska.settings import Settings

NOW = datetime(2026, 5, 1, tzinfo=UTC)
EVENT = Event(
    id="a", site="s", source="c", kind="video.running", observed_at=NOW, confidence=1, attributes={}
)


@pytest.fixture
def sqlite_path(tmp_path):
    return tmp_path / "journal.sqlite"


def opened(path, settings, **more):
    return Journal.open(f"sqlite:///{path}", settings, **more)


def test_without_an_address_the_journal_lies_under_home(settings):
    Journal.open(None, settings).close()
    assert (settings.home / "journal.sqlite").is_file()


def test_the_address_of_the_settings_is_honoured(tmp_path):
    url = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
    Journal.open(None, Settings.load(home=tmp_path, journal_url=url)).close()
    assert (tmp_path / "elsewhere.sqlite").is_file()


def test_a_commit_is_synced_to_disk_in_wal_mode(sqlite_path, settings):
    with opened(sqlite_path, settings) as journal, journal._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL


@pytest.mark.parametrize(
    "url",
    ["mysql://root:secret@host/db", "sqlite://", "sqlite:///:memory:", "x", "postgres:secret"],
)
def test_an_address_of_nothing_that_can_hold_a_journal_is_refused_without_its_password(
    url, settings
):
    with pytest.raises(JournalError, match="use sqlite:///PATH or postgresql") as refusal:
        Journal.open(url, settings)
    assert "secret" not in str(refusal.value)


def test_a_server_that_does_not_run_is_told_without_its_password(settings):
    with pytest.raises(JournalError, match=r"see that the database runs") as refusal:
        Journal.open("postgresql://u:secret@127.0.0.1:1/db", settings)
    assert "secret" not in str(refusal.value)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(sqlite_path, settings):
    sqlite_path.write_bytes(b"hello world" * 1000)
    with pytest.raises(JournalError, match="not a database; move the file away"):
        opened(sqlite_path, settings)
    assert sqlite_path.read_bytes() == b"hello world" * 1000


def test_a_database_of_something_else_is_refused(sqlite_path, settings):
    with sqlite3.connect(sqlite_path) as connection:
        connection.execute("CREATE TABLE events (whose TEXT)")
    connection.close()
    with pytest.raises(JournalError, match="this database holds something else"):
        opened(sqlite_path, settings)


def test_a_journal_of_a_newer_hlaska_is_refused(journal_url, settings):
    Journal.open(journal_url, settings).close()
    engine = sa.create_engine(journal_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'events_9999'"))
    engine.dispose()
    with pytest.raises(JournalError, match=r"events_9999.*newer one\. Update Hlaska"):
        Journal.open(journal_url, settings)


def test_a_damaged_page_is_told_when_it_is_read(sqlite_path, settings):
    with opened(sqlite_path, settings) as journal:
        journal.append([EVENT.model_copy(update={"id": f"{n}"}) for n in range(500)], NOW)
    content = bytearray(sqlite_path.read_bytes())
    content[4096 * 8 :] = b"\xff" * (len(content) - 4096 * 8)
    sqlite_path.write_bytes(content)
    with opened(sqlite_path, settings) as journal, pytest.raises(JournalError, match="damaged"):
        journal.events(limit=1000)


def test_an_event_that_cannot_be_read_is_named(sqlite_path, settings):
    with opened(sqlite_path, settings) as journal:
        journal.append([EVENT], NOW)
        with sqlite3.connect(sqlite_path) as connection:
            connection.execute("UPDATE events SET body = '{}'")
        connection.close()
        with pytest.raises(JournalError, match="event 1 in the journal is not valid"):
            journal.events()


def test_a_locked_journal_is_told_and_nothing_is_stored(sqlite_path, settings):
    with opened(sqlite_path, settings, patience_s=0.1) as journal:
        other = sqlite3.connect(sqlite_path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for ask in (lambda: journal.append([EVENT], NOW), journal.check):
            with pytest.raises(JournalError, match="another program holds it too long"):
                ask()
        assert journal.events() == []
        other.execute("ROLLBACK")
        other.close()
        assert len(journal.append([EVENT], NOW)) == 1


def test_a_locked_postgresql_is_told_and_nothing_is_stored(postgresql_url, settings):
    with Journal.open(postgresql_url, settings, patience_s=0.1) as journal:
        engine = sa.create_engine(postgresql_url)
        with engine.begin() as other:
            other.execute(sa.text("LOCK TABLE events IN EXCLUSIVE MODE"))
            with pytest.raises(JournalError, match="another program holds it too long"):
                journal.append([EVENT], NOW)
        engine.dispose()
        assert journal.events() == []


FULL_DISK = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from catalogs.journal import Journal
from hlaska.errors import JournalError
from hlaska.events import Event
from hlaska.settings import Settings

now = datetime(2026, 5, 1, tzinfo=UTC)
events = [Event(id=f"{n}", site="s", source="c", kind="video.running", observed_at=now,
                confidence=1, attributes={"padding": "x" * 500}) for n in range(3000)]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Journal.open(sys.argv[1], Settings.load()) as journal:
    journal.append(events[:10], now)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        journal.append(events, now)
    except JournalError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        print(len(journal.events(limit=9999)), error)
        print(len(journal.append(events, now)))
"""


def test_a_full_disk_is_told_and_nothing_is_half_written(sqlite_path):
    # A limit on the size of files stands in for the full disk: writing fails in the same place.
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, f"sqlite:///{sqlite_path}"],
        capture_output=True,
        text=True,
    )
    told, later = done.stdout.splitlines() or ["", ""]
    assert told.startswith("10 journal sqlite"), done.stderr
    assert "disk" in told
    assert later == "2990"


def test_a_folder_in_the_place_of_the_file_is_told(sqlite_path, settings):
    sqlite_path.mkdir()
    with pytest.raises(JournalError, match="unable to open"):
        opened(sqlite_path, settings)


def test_a_folder_that_cannot_be_made_is_told(tmp_path, settings):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalError, match="cannot be made"):
        opened(tmp_path / "file" / "journal.sqlite", settings)


def test_the_migrations_lie_in_the_package_and_are_a_single_chain(tmp_path):
    # A wheel holds what lies in the package's folder; nothing there may refer outside it.
    versions = sorted((MIGRATIONS / "versions").glob("*.py"))
    assert versions
    copy = shutil.copytree(MIGRATIONS, tmp_path / "elsewhere")
    config = Config()
    config.set_main_option("script_location", str(copy))
    scripts = ScriptDirectory.from_config(config)
    assert len(scripts.get_heads()) == 1
    assert len(list(scripts.walk_revisions())) == len(versions)


@pytest.fixture
def old_url(journal_url):
    """A journal of the first Hlaska, with an event in it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = engine_of(journal_url, patience_s=10)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "events_0001")
        connection.execute(
            sa.text(
                "INSERT INTO events (id, site, source, kind, observed_at, received_at, body) VALUES"
                " ('a', 's', 'c', 'video.running', '2026-05-01', '2026-05-01', :body)"
            ),
            {"body": EVENT.model_dump_json(exclude_none=True)},
        )
    engine.dispose()
    return journal_url


def test_an_old_journal_is_migrated_and_keeps_its_events(old_url, settings, make_alert):
    for _ in range(2):
        with Journal.open(old_url, settings) as journal:
            assert [one.event for one in journal.events()] == [EVENT]
            assert AlertStore(journal).check_audit() is None
    with Journal.open(old_url, settings) as journal:
        AlertStore(journal).take("pilsen", 1, [make_alert()], bases={})
        assert journal.append([EVENT], NOW) == []
        assert AlertStore(journal).alerts() == [(1, make_alert())]


def test_a_journal_that_cannot_be_migrated_stays_as_it_was(old_url, settings):
    engine = sa.create_engine(old_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE cursors (whose TEXT)"))
    with pytest.raises(JournalError, match="this database holds something else"):
        Journal.open(old_url, settings)
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        events = connection.execute(sa.text("SELECT id FROM events")).all()
    engine.dispose()
    assert sorted(tables) == ["alembic_version", "cursors", "events"]
    assert events == [("a",)]


def test_the_migrations_can_be_taken_back(old_url, settings):
    Journal.open(old_url, settings).close()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = engine_of(old_url, patience_s=10)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "events_0001")
        assert sorted(sa.inspect(connection).get_table_names()) == ["alembic_version", "events"]
    engine.dispose()
    with Journal.open(old_url, settings) as journal:
        assert [one.event for one in journal.events()] == [EVENT]


def test_the_events_that_old_alerts_list_are_theirs_after_the_migration(
    journal_url, settings, make_alert
):
    events = [EVENT.model_copy(update={"id": f"e{number}"}) for number in range(3)]
    with Journal.open(journal_url, settings) as journal:
        journal.append(events, NOW)
        alerts = [
            make_alert("a1", events=("e2", "e0", "deleted")),
            make_alert("a2", events=("e1",)),
            make_alert("a3"),
        ]
        AlertStore(journal).take("pilsen", 3, alerts, bases={})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = engine_of(journal_url, patience_s=10)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "alerts_0002")
        connection.execute(sa.text("UPDATE alerts SET body = 'damaged' WHERE id = 'a3'"))
    engine.dispose()
    with Journal.open(journal_url, settings) as journal:
        store = AlertStore(journal)
        assert [store.events_of(name) for name in ("a1", "a2", "a3")] == [["e0", "e2"], ["e1"], []]
