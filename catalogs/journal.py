"""The journal: every event that the gateway took, in the order in which it took them.

Append-only. What `append` has returned is on disk: the gateway answers 2xx after it, and the
picture of threats is rebuilt from here.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Self, TypeVarTuple

import pandas as pd
import sqlalchemy as sa
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from catalogs.databases import Utc, at_most, aware, engine_of, migrate, remedy, writing
from hlaska.columns import COUNT, DIRECTION, LINE, OBJECT_CLASS, SOURCE, START
from hlaska.errors import JournalError
from hlaska.events import Event, StoredEvent
from hlaska.settings import Settings

COUNT_KIND = "mobility.count"
Columns = TypeVarTuple("Columns")
Damaged = Callable[[int, str], object]
"""Told the place of an event that cannot be read, and what is wrong with it."""
COUNT_COLUMNS = (SOURCE, LINE, OBJECT_CLASS, DIRECTION, START, COUNT)


_EVENTS = sa.table(
    "events",
    sa.column("seq", sa.BigInteger()),
    sa.column("id", sa.Text()),
    sa.column("site", sa.Text()),
    sa.column("source", sa.Text()),
    sa.column("kind", sa.Text()),
    sa.column("zone", sa.Text()),
    sa.column("line", sa.Text()),
    sa.column("observed_at", Utc()),
    sa.column("received_at", Utc()),
    sa.column("body", sa.Text()),
)
_NEWEST = sa.select(sa.func.coalesce(sa.func.max(_EVENTS.c.seq), 0))


class Journal:
    """An open journal. Its methods may be called from several threads at once.

    Every method raises JournalError when the database cannot be reached, read or written; then
    nothing of what was asked has happened.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        insert = postgresql_insert if engine.dialect.name == "postgresql" else sqlite_insert
        self._insert = insert(_EVENTS).on_conflict_do_nothing(index_elements=[_EVENTS.c.id])
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
        aware(received_at)
        received_at = received_at.astimezone(UTC)
        kept: dict[str, Event] = {}
        for event in events:
            if event.id not in kept:
                kept[event.id] = event.model_copy(update={"received_at": received_at})
        if not kept:
            return []
        rows = [
            {
                "id": one.id,
                "site": one.site,
                "source": one.source,
                "kind": one.kind,
                "zone": one.zone,
                "line": one.line,
                "observed_at": one.observed_at,
                "received_at": received_at,
                "body": one.model_dump_json(exclude_none=True),
            }
            for one in kept.values()
        ]
        with self.writing() as connection:
            before = connection.execute(_NEWEST).scalar_one()
            connection.execute(self._insert, rows)
            # Nobody else writes meanwhile: all that is newer now is of these rows, in their order.
            new = sa.select(_EVENTS.c.seq, _EVENTS.c.id).where(_EVENTS.c.seq > before)
            places = connection.execute(new.order_by(_EVENTS.c.seq)).all()
        return [StoredEvent(seq=seq, event=kept[name]) for seq, name in places]

    def events(
        self,
        *,
        site: str | None = None,
        source: str | None = None,
        kind: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after_seq: int | None = None,
        ids: Collection[str] | None = None,
        newest_first: bool = False,
        limit: int = 100,
        damaged: Damaged | None = None,
    ) -> list[StoredEvent]:
        """Stored events that fit all conditions, in the journal's order.

        Args:
            site: Of that site only.
            source: Of that sensor only.
            kind: Of that kind only; of a family when it ends in a dot (`video.`).
            since: Observed then or later, aware.
            until: Observed before then, aware.
            after_seq: Only places in the journal greater than this one.
            ids: Those only.
            newest_first: The other way round.
            limit: At most so many, 0 or more.
            damaged: Called for those that are not valid, which are left out; None: they raise.

        Returns:
            The first `limit` of them in that order.
        """
        query = _chosen(site=site, source=source, kind=kind, since=since, until=until)
        if after_seq is not None:
            query = query.where(_EVENTS.c.seq > after_seq)
        if ids is not None:
            query = query.where(_EVENTS.c.id.in_(ids))
        order = _EVENTS.c.seq.desc() if newest_first else _EVENTS.c.seq.asc()
        rows = self.rows(query.order_by(order).limit(at_most(limit)))
        return [stored for row in rows if (stored := _stored(*row, damaged)) is not None]

    def following(
        self, seq: int, *, site: str, limit: int, damaged: Damaged
    ) -> tuple[list[StoredEvent], int, bool]:
        """The next page for who follows one site.

        Read by place alone: a condition on the site would have SQLite sort all of its events.

        Args:
            seq: The place after which to begin.
            site: Of that site only.
            limit: So many events of the journal are looked at, of any site.
            damaged: Called for those that are not valid, which are left out.

        Returns:
            The events, the place up to which the journal was looked at, and whether there is more.
        """
        query = sa.select(_EVENTS.c.seq, _EVENTS.c.body, _EVENTS.c.site)
        query = query.where(_EVENTS.c.seq > seq).order_by(_EVENTS.c.seq)
        rows = self.rows(query.limit(at_most(limit)))
        mine = (_stored(at, body, damaged) for at, body, whose in rows if whose == site)
        page = [stored for stored in mine if stored is not None]
        return page, (rows[-1][0] if rows else seq), len(rows) == limit

    def bodies(self, *, after_seq: int, limit: int) -> Sequence[sa.Row[int, str, str]]:
        """The next events as they lie there, for who hands them on without looking at them.

        Args:
            after_seq: The place after which to begin.
            limit: At most so many, 0 or more.

        Returns:
            Place, kind and JSON of each, in order.
        """
        query = sa.select(_EVENTS.c.seq, _EVENTS.c.kind, _EVENTS.c.body).where(
            _EVENTS.c.seq > after_seq
        )
        return self.rows(query.order_by(_EVENTS.c.seq).limit(at_most(limit)))

    def last_seq(self) -> int:
        """The place of the newest event; 0 in an empty journal."""
        [(seq,)] = self.rows(_NEWEST)
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
        for _, text in self.rows(query):
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
        with self.writing() as connection:
            connection.execute(sa.update(_EVENTS).where(sa.false()).values(id=_EVENTS.c.id))

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction of the one writer there is at a time: all of it is stored, or nothing.

        For what else lies in this database (`catalogs.alerts`). It is no place to wait for
        anything: all others wait meanwhile.
        """
        with self._one_writer, self._told(), writing(self._engine) as connection:
            yield connection

    def rows(self, query: sa.Select[*Columns]) -> Sequence[sa.Row[*Columns]]:
        """What the database answers, for what else lies in it."""
        with self.reading() as connection:
            return connection.execute(query).all()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection for questions that belong together, for what else lies in this database."""
        with self._told(), self._engine.connect() as connection:
            yield connection

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
    aware(since, until)
    if since is not None:
        query = query.where(_EVENTS.c.observed_at >= since)
    if until is not None:
        query = query.where(_EVENTS.c.observed_at < until)
    return query


def _stored(seq: int, body: str, damaged: Damaged | None) -> StoredEvent | None:
    try:
        return StoredEvent(seq=seq, event=Event.model_validate_json(body))
    except ValidationError as error:
        complaint = (
            f"event {seq} in the journal is not valid: {error.errors()[0]['msg']}; it was damaged, "
            "or written by another version of Hlaska"
        )
        if damaged is None:
            raise JournalError(complaint) from error
        damaged(seq, complaint)
        return None
