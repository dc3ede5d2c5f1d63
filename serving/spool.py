"""The local spool: what was seen waits here until the gateway has it in its journal.

An event is written to the spool first and removed only after the gateway's receipt, so that
neither a lost hub nor a killed stream host loses one. Sending twice is harmless: the journal knows
ids.
"""

import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from hlaska.errors import JournalError
from hlaska.events import Event

_LOG = logging.getLogger(__name__)
BOUND = 100_000
"""Most events kept; beyond it the oldest go, which `put` reports."""


class Spooled(NamedTuple):
    """One event that waits, with the evidence it refers to."""

    number: int
    event: Event
    evidence: dict[str, bytes]
    """Content by SHA-256."""


class Spool:
    """A SQLite file of waiting events. Safe to use from several threads.

    Raises:
        JournalError: the file cannot be opened or written, say because the disk is full.
    """

    def __init__(self, path: Path, *, bound: int = BOUND) -> None:
        self._path = path
        self._bound = bound
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, check_same_thread=False, timeout=10)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.executescript(
                "CREATE TABLE IF NOT EXISTS waiting (number INTEGER PRIMARY KEY AUTOINCREMENT,"
                " id TEXT NOT NULL UNIQUE, event TEXT NOT NULL);"
                "CREATE TABLE IF NOT EXISTS evidence (id TEXT NOT NULL, sha256 TEXT NOT NULL,"
                " content BLOB NOT NULL, PRIMARY KEY (id, sha256)) WITHOUT ROWID;"
                "CREATE TABLE IF NOT EXISTS unreadable (id TEXT, event TEXT NOT NULL);"
            )
        except (OSError, sqlite3.Error) as error:
            raise JournalError(f"spool {path} cannot be opened: {error}; move it aside") from error

    def put(self, event: Event, evidence: dict[str, bytes]) -> int:
        """Keep an event until it is sent. Answers how many old ones had to go for it."""
        with self._writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO waiting (id, event) VALUES (?, ?)",
                (event.id, event.model_dump_json()),
            )
            database.executemany(
                "INSERT OR IGNORE INTO evidence VALUES (?, ?, ?)",
                [(event.id, digest, content) for digest, content in evidence.items()],
            )
            surplus = max(0, self._count() - self._bound)
            self._forget("SELECT id FROM waiting ORDER BY number LIMIT ?", (surplus,))
            return surplus

    def head(self, limit: int = 50) -> list[Spooled]:
        """The oldest waiting events. One that this Hlaska cannot read is put aside in the file."""
        found = []
        with self._writing() as database:
            rows = database.execute(
                "SELECT number, id, event FROM waiting ORDER BY number LIMIT ?", (limit,)
            ).fetchall()
            for number, name, text in rows:
                try:
                    event = Event.model_validate_json(text)
                except ValidationError as error:
                    _LOG.error("spool %s: event %s is put aside: %s", self._path, name, error)
                    database.execute("INSERT INTO unreadable VALUES (?, ?)", (name, text))
                    self._forget("SELECT ?", (name,))
                    continue
                evidence = database.execute(
                    "SELECT sha256, content FROM evidence WHERE id = ?", (name,)
                ).fetchall()
                found.append(Spooled(number, event, dict(evidence)))
        return found

    def drop(self, sent: Sequence[Spooled]) -> None:
        """Forget events that the gateway has."""
        with self._writing():
            for item in sent:
                self._forget("SELECT ?", (item.event.id,))

    def __len__(self) -> int:
        """How many events wait."""
        with self._writing():
            return self._count()

    def close(self) -> None:
        """Close the file; what waits stays in it."""
        with self._lock:
            self._database.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it or, with a JournalError, nothing."""
        try:
            with self._lock, self._database:
                yield self._database
        except sqlite3.Error as error:
            raise JournalError(f"spool {self._path} cannot be used: {error}") from error

    def _count(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM waiting").fetchone()[0])

    def _forget(self, ids: str, values: tuple[object, ...]) -> None:
        self._database.execute(f"DELETE FROM evidence WHERE id IN ({ids})", values)
        self._database.execute(f"DELETE FROM waiting WHERE id IN ({ids})", values)
