"""The gateway's door for events: taking them in, looking them up, adding up what was counted."""

import asyncio
from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import AwareDatetime

from catalogs.journal import Journal
from hlaska.columns import COUNT, DIRECTION, LINE, OBJECT_CLASS, SOURCE, START
from hlaska.errors import EventError
from hlaska.events import Event, StoredEvent
from serving.foreign_routes import Append, Read
from serving.messages import CountBin, CountTable, Receipt, items_in

MOST_EVENTS = 500
"""Of one request."""


def router(known: Collection[str], journal: Journal, *, append: Append, read: Read) -> APIRouter:
    """The routes of events and counts.

    Args:
        known: Ids of the sites from which events are taken.
        journal: Where events are looked up.
        append: How they are stored.
        read: How a request is read.
    """
    routes = APIRouter()

    @routes.post("/events")
    async def post_events(request: Request) -> Receipt:
        """Take one CloudEvent or a list, all or none; answers when they are in the journal."""
        events = _read_events(await read(request), known)
        stored = await append(events)
        return Receipt(stored=len(stored), duplicates=len(events) - len(stored))

    @routes.get("/events")
    async def get_events(
        site: str | None = None,
        source: str | None = None,
        kind: str | None = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        after_seq: int | None = None,
        newest_first: bool = True,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[StoredEvent]:
        """Events of the journal; `kind` may end in a dot to mean a whole family."""
        return await asyncio.to_thread(
            journal.events,
            site=site,
            source=source,
            kind=kind,
            since=since,
            until=until,
            after_seq=after_seq,
            newest_first=newest_first,
            limit=limit,
        )

    @routes.get("/counts")
    async def get_counts(
        site: str,
        since: AwareDatetime,
        until: AwareDatetime,
        source: str | None = None,
        line: str | None = None,
        bin_s: Annotated[int, Query(ge=1, le=86_400)] = 60,
    ) -> CountTable:
        """Crossings per line, class, direction and interval; empty intervals are left out."""
        newest = await asyncio.to_thread(journal.last_seq)
        table = await asyncio.to_thread(
            journal.counts,
            site=site,
            source=source,
            line=line,
            since=since,
            until=until,
            bin_s=bin_s,
            up_to_seq=newest,
        )
        bins = [
            CountBin(
                source=row[SOURCE],
                line=row[LINE],
                object_class=row[OBJECT_CLASS],
                direction=row[DIRECTION],
                start=row[START].to_pydatetime(),
                count=row[COUNT],
            )
            for row in table.to_dict("records")
        ]
        return CountTable(up_to_seq=newest, bins=tuple(bins))

    return routes


def _read_events(body: bytes, sites: Collection[str]) -> list[Event]:
    envelopes = items_in(body)
    if len(envelopes) > MOST_EVENTS:
        raise HTTPException(413, f"at most {MOST_EVENTS} events at a time")
    events = []
    for number, envelope in enumerate(envelopes):
        if not isinstance(envelope, dict):
            raise EventError(f"event {number}: not a CloudEvents object")
        try:
            event = Event.from_cloudevent(envelope)
        except EventError as error:
            raise EventError(f"event {number}: {error}") from error
        if event.site not in sites:
            raise EventError(f"event {number}: no site {event.site!r}; known: {', '.join(sites)}")
        events.append(event)
    return events
