"""The two databases that a journal may lie in, and what is different about them.

SQLite in one file is the default; PostgreSQL is for several machines. Everything else in
`catalogs.journal` and `catalogs.alerts` is the same for both.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from catalogs.locks import exclusive
from hlaska.errors import JournalError

MIGRATIONS = Path(__file__).with_name("migrations")
POSTGRES_LOCK = 0x686C61736B61  # "hlaska": any number that others are unlikely to lock
CONNECT_S = 10


class Utc(sa.TypeDecorator[datetime]):
    """A moment, stored in UTC: SQLite keeps no time zone, and would compare the local digits."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """What is stored."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """What was stored, in UTC whatever the database and its session say."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def aware(*moments: datetime | None) -> None:
    """Refuse moments that would mean another time on another machine.

    Raises:
        JournalError: one has no time zone.
    """
    for moment in moments:
        if moment is not None and moment.utcoffset() is None:
            raise JournalError(f"{moment} has no time zone; give UTC")


def at_most(limit: int) -> int:
    """A limit that makes sense.

    Raises:
        JournalError: it is below 0.
    """
    if limit < 0:
        raise JournalError(f"limit is {limit}; use 0 or more")
    return limit


def engine_of(url: str, *, patience_s: float) -> sa.Engine:
    """An engine for the address of a journal; nothing is connected yet.

    Args:
        url: `sqlite:///PATH` or `postgresql+psycopg://USER:PASSWORD@HOST/DATABASE`.
        patience_s: How long a statement waits for another writer.

    Raises:
        JournalError: the address cannot be read, or is of another database.
    """
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        # The address may hold a password: it is not repeated.
        raise JournalError(
            "the journal's address is not a URL; use sqlite:///PATH or "
            "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
        ) from error
    match address.get_backend_name(), address.database:
        case "sqlite", str(path) if path and path != ":memory:":
            return _sqlite(address, Path(path), patience_s)
        case "postgresql", _:
            return _postgresql(address, patience_s)
        case _:
            raise JournalError(
                f"{address.render_as_string()} cannot hold a journal; use sqlite:///PATH or "
                "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
            )


def _sqlite(address: sa.URL, path: Path, patience_s: float) -> sa.Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JournalError(f"{path.parent} cannot be made: {error.strerror}") from error
    engine = sa.create_engine(address, connect_args={"timeout": patience_s})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's own
        # Python's sqlite3 would begin transactions by its own rules; SQLAlchemy's are wanted.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL, as a 2xx of the gateway means that the event survives a power cut: with NORMAL a
        # WAL is synced only at checkpoints (https://sqlite.org/pragma.html#pragma_synchronous).
        connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A transaction that will write says so at its start: one that reads first and writes then
        # fails at once when another writer was quicker, however patient it is.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(address: sa.URL, patience_s: float) -> sa.Engine:
    return sa.create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,  # the server may have been restarted
        connect_args={
            "connect_timeout": CONNECT_S,
            "options": f"-c lock_timeout={round(patience_s * 1000)}",
        },
    )


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction of the one writer there is at a time: all of it is stored, or nothing.

    On PostgreSQL writers queue as well: numbers are given before a transaction commits, and a
    reader that goes on after the greatest number seen would miss a smaller one committed later.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(POSTGRES_LOCK)))
        yield connection


def migrate(engine: sa.Engine) -> None:
    """Bring the database to this code's form; a second process that does so meanwhile waits.

    Raises:
        JournalError: it was written by a newer Hlaska.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with _opening(engine), writing(engine) as connection:
        for head in MigrationContext.configure(connection).get_current_heads():
            try:
                scripts.get_revision(head)
            except CommandError as error:
                raise JournalError(
                    f"{engine.url.render_as_string()} is at revision {head}, this Hlaska knows "
                    f"{scripts.get_current_head()}: it was written by a newer one. Update Hlaska, "
                    "or set HLASKA_JOURNAL_URL to another journal"
                ) from error
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _opening(engine: sa.Engine) -> AbstractContextManager[None]:
    """Two processes that turn a fresh SQLite file to WAL at once get in each other's way."""
    if engine.dialect.name != "sqlite":
        return nullcontext()
    return exclusive(Path(f"{engine.url.database}.lock"))


def remedy(complaint: str) -> str:
    """What to do about a database's complaint, by the words that SQLite and PostgreSQL use."""
    remedies = {
        "not a database": "move the file away and start again, or restore a copy of it",
        "malformed": "the file is damaged: move it away and start again, or restore a copy of it",
        "already exists": "this database holds something else: set HLASKA_JOURNAL_URL to another",
        "locked": "another program holds it too long: close that one, then try again",
        "lock timeout": "another program holds it too long: close that one, then try again",
        "is full": "make room on that disk, then try again",
        "No space": "make room on that disk, then try again",
        "disk I/O": "look at the disk: it is full, or fails",
        "readonly": "give this user the right to write there",
        "ermission denied": "give this user the right to read and write there",
        "unable to open": "see that it is a file which this user may read and write",
        "password": "set the right user and password in HLASKA_JOURNAL_URL",
    }
    for words, advice in remedies.items():
        if words in complaint:
            return advice
    return "see that the database runs and HLASKA_JOURNAL_URL is right, then try again"
