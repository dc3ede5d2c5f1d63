"""The journal: every event that the gateway took, in the order in which it took them.

Append-only. What `append` has returned is on disk: the gateway answers 2xx after it, and the
picture of threats is rebuilt from here.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Self, TypeVarTuple

import pandas as pd
import sqlalchemy as sa
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from catalogs.databases import engine_of, migrate, remedy, writing
from hlaska.columns import COUNT, DIRECTION, LINE, OBJECT_CLASS, SOURCE, START
from hlaska.errors import JournalError
from hlaska.events import Event, StoredEvent
from hlaska.settings import Settings

COUNT_KIND = "mobility.count"
Columns = TypeVarTuple("Columns")
COUNT_COLUMNS = (SOURCE, LINE, OBJECT_CLASS, DIRECTION, START, COUNT)


class _Utc(sa.TypeDecorator[datetime]):
    """A moment, stored in UTC: SQLite keeps no time zone, and would compare the local digits."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


_EVENTS = sa.table(
    "events",
    sa.column("seq", sa.BigInteger()),
    sa.column("id", sa.Text()),
    sa.column("site", sa.Text()),
    sa.column("source", sa.Text()),
    sa.column("kind", sa.Text()),
    sa.column("zone", sa.Text()),
    sa.column("line", sa.Text()),
    sa.column("observed_at", _Utc()),
    sa.column("received_at", _Utc()),
    sa.column("body", sa.Text()),
)


class Journal:
    """An open journal. Its methods may be called from several threads at once.

    Every method raises JournalError when the database cannot be reached, read or written; then
    nothing of what was asked has happened.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        insert = postgresql_insert if engine.dialect.name == "postgresql" else sqlite_insert
        self._insert = (
            insert(_EVENTS)
            .on_conflict_do_nothing(index_elements=[_EVENTS.c.id])
            .returning(_EVENTS.c.seq)
        )
        # Threads of one process queue here: SQLite's waiting is polling, and unfair.
        self._one_writer = threading.Lock()

    @classmethod
    def open(cls, url: str | None, settings: Settings, *, patience_s: float = 10.0) -> Self:
        """Open a journal, and make or migrate it where needed.

        Args:
            url: `sqlite:///PATH` or `postgresql+psycopg://…`; None: `settings.journal_url`, and
                where that is not set `journal.sqlite` in `settings.home`.
            settings: Where that is.
            patience_s: How long a call waits for other writers before it gives up.

        Raises:
            JournalError: it cannot be opened, is no journal, or was written by a newer Hlaska.
        """
        if url is None and settings.journal_url is not None:
            url = settings.journal_url.get_secret_value()
        journal = cls(
            engine_of(url or f"sqlite:///{settings.home / 'journal.sqlite'}", patience_s=patience_s)
        )
        try:
            with journal._told():
                migrate(journal._engine)
        except JournalError:
            journal.close()
            raise
        return journal

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, events: Sequence[Event], received_at: datetime) -> list[StoredEvent]:
        """Store events in their order, all in one transaction: all of them or none.

        An event whose id is stored already is skipped.

        Args:
            events: What was sent.
            received_at: When the gateway took them, aware; it is set in the stored events.

        Returns:
            The newly stored ones, in order, with their places in the journal.
        """
        if received_at.tzinfo is None:
            raise JournalError(f"received_at {received_at} has no time zone; give UTC")
        received_at = received_at.astimezone(UTC)
        stored = []
        with self._one_writer, self._told(), writing(self._engine) as connection:
            for event in events:
                kept = event.model_copy(update={"received_at": received_at})
                row = {
                    "id": kept.id,
                    "site": kept.site,
                    "source": kept.source,
                    "kind": kept.kind,
                    "zone": kept.zone,
                    "line": kept.line,
                    "observed_at": kept.observed_at,
                    "received_at": received_at,
                    "body": kept.model_dump_json(exclude_none=True),
                }
                seq = connection.execute(self._insert, row).scalar_one_or_none()
                if seq is not None:
                    stored.append(StoredEvent(seq=seq, event=kept))
        return stored

    def events(
        self,
        *,
        site: str | None = None,
        source: str | None = None,
        kind: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after_seq: int | None = None,
        newest_first: bool = False,
        limit: int = 100,
    ) -> list[StoredEvent]:
        """Stored events that fit all conditions, in the journal's order.

        Args:
            site: Of that site only.
            source: Of that sensor only.
            kind: Of that kind only; of a family when it ends in a dot (`video.`).
            since: Observed then or later, aware.
            until: Observed before then, aware.
            after_seq: Only places in the journal greater than this one.
            newest_first: The other way round.
            limit: At most so many, 0 or more.

        Returns:
            The first `limit` of them in that order.
        """
        if limit < 0:
            raise JournalError(f"limit is {limit}; use 0 or more")
        query = _chosen(site=site, source=source, kind=kind, since=since, until=until)
        if after_seq is not None:
            query = query.where(_EVENTS.c.seq > after_seq)
        order = _EVENTS.c.seq.desc() if newest_first else _EVENTS.c.seq.asc()
        rows = self._rows(query.order_by(order).limit(limit))
        return [_stored(seq, body) for seq, body in rows]

    def last_seq(self) -> int:
        """The place of the newest event; 0 in an empty journal."""
        [(seq,)] = self._rows(sa.select(sa.func.coalesce(sa.func.max(_EVENTS.c.seq), 0)))
        return int(seq)

    def counts(
        self,
        *,
        site: str,
        source: str | None = None,
        line: str | None = None,
        since: datetime,
        until: datetime,
        bin_s: float,
        up_to_seq: int | None = None,
    ) -> pd.DataFrame:
        """Crossings of counting lines, added up.

        Args:
            site: The site.
            source: Of that camera only.
            line: Of that line only.
            since: Observed then or later, aware.
            until: Observed before then, aware.
            bin_s: Length of a bin, seconds; bins start at whole multiples of it since
                1970-01-01 UTC, so that the same crossing always falls into the same bin.
            up_to_seq: Only events up to this place in the journal.

        Returns:
            One row a bin in which something crossed, ordered by its keys: `source`, `line`,
            `object_class`, `direction`, `start` of the bin (UTC), `count`.
        """
        if not 0 < bin_s < float("inf"):
            raise JournalError(f"bin_s is {bin_s}; use seconds above 0")
        query = _chosen(site=site, source=source, kind=COUNT_KIND, since=since, until=until)
        if line is not None:
            query = query.where(_EVENTS.c.line == line)
        if up_to_seq is not None:
            query = query.where(_EVENTS.c.seq <= up_to_seq)
        totals: Counter[tuple[str, str, str, str, float]] = Counter()
        for _, text in self._rows(query):
            body = json.loads(text)
            facts = body["attributes"]
            start = datetime.fromisoformat(body["observed_at"]).timestamp() // bin_s * bin_s
            place = (body["source"], body.get("line", ""))
            key = (*place, facts[OBJECT_CLASS], facts[DIRECTION], start)
            totals[key] += facts[COUNT]
        table = pd.DataFrame(
            [(*key, total) for key, total in sorted(totals.items())],
            columns=pd.Index(COUNT_COLUMNS),
        )
        table[START] = pd.to_datetime(table[START].astype("float64"), unit="s", utc=True)
        return table.astype({COUNT: "int64"})

    def check(self) -> None:
        """Try whether the journal can be written to, without writing."""
        with self._one_writer, self._told(), writing(self._engine) as connection:
            connection.execute(sa.update(_EVENTS).where(sa.false()).values(id=_EVENTS.c.id))

    def _rows(self, query: sa.Select[*Columns]) -> Sequence[sa.Row[*Columns]]:
        with self._told(), self._engine.connect() as connection:
            return connection.execute(query).all()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the database says into what can be done about it."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, CommandError, OSError) as error:
            cause = getattr(error, "orig", None) or error
            where = self._engine.url.render_as_string(hide_password=True)
            raise JournalError(f"journal {where}: {cause}; {remedy(str(cause))}") from error


def _chosen(
    *,
    site: str | None,
    source: str | None,
    kind: str | None,
    since: datetime | None,
    until: datetime | None,
) -> sa.Select[int, str]:
    query = sa.select(_EVENTS.c.seq, _EVENTS.c.body)
    if site is not None:
        query = query.where(_EVENTS.c.site == site)
    if source is not None:
        query = query.where(_EVENTS.c.source == source)
    if kind is not None and kind.endswith("."):
        query = query.where(_EVENTS.c.kind.startswith(kind, autoescape=True))
    elif kind is not None:
        query = query.where(_EVENTS.c.kind == kind)
    for moment in (since, until):
        if moment is not None and moment.tzinfo is None:
            raise JournalError(f"{moment} has no time zone; give UTC")
    if since is not None:
        query = query.where(_EVENTS.c.observed_at >= since)
    if until is not None:
        query = query.where(_EVENTS.c.observed_at < until)
    return query


def _stored(seq: int, body: str) -> StoredEvent:
    try:
        return StoredEvent(seq=seq, event=Event.model_validate_json(body))
    except ValidationError as error:
        raise JournalError(
            f"event {seq} in the journal is not valid: {error.errors()[0]['msg']}; it was damaged, "
            "or written by another version of Hlaska"
        ) from error
