"""The only door: REST, live stream, snapshots, evidence, metrics. A plain FastAPI application.

`create_app` knows no Ray; `serving.deployments` puts it on Ray Serve. It answers 2xx to an event
only when the event is committed to the journal. One replica serves a site: the live state is in
memory and comes back by itself, since every stream reports twice a second.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, SecretStr

from catalogs.journal import Journal
from hlaska.columns import COUNT, DIRECTION, LINE, OBJECT_CLASS, SOURCE, START
from hlaska.errors import DataError, EventError, JournalError
from hlaska.events import Event, StoredEvent
from hlaska.sites import Site
from hlaska.tracks import StreamState, StreamStatus
from serving.evidence import EvidenceStore
from serving.feeds import BOUNDARY, messages, mjpeg
from serving.foreign_routes import router
from serving.live import Live
from serving.messages import CountBin, CountTable, Health, NewPicture, Receipt, items_in
from serving.metrics import CountAnswers, Metrics

MOST_EVENTS = 500
MOST_BYTES = 8_000_000
"""Bounds of one request."""
MOST_WRITES = 32
"""Writes to the journal that may wait; beyond it the gateway sheds (503)."""


def create_app(
    *,
    journal: Journal,
    evidence: EvidenceStore,
    sites: Sequence[Site],
    token: SecretStr | None = None,
    live: Live | None = None,
) -> FastAPI:
    """The gateway of some sites.

    Args:
        journal: Where events are kept. Closed when the application shuts down.
        evidence: Where stills and sounds are kept.
        sites: The guarded sites.
        token: What every request except `/healthz` must bear; None asks for nothing.
        live: The state of the streams; a new one unless given.
    """
    live = live or Live()
    metrics = Metrics(live)
    writes = _Bounded(MOST_WRITES)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(journal.close)

    bearer = HTTPBearer(auto_error=False)

    def may_pass(given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
        if token is None:
            return
        shown = given.credentials if given else ""
        if not hmac.compare_digest(shown.encode(), token.get_secret_value().encode()):
            raise HTTPException(401, "bear the token of HLASKA_TOKEN: Authorization: Bearer …")

    app = FastAPI(title="Hlaska", version=version("hlaska"), lifespan=lifespan)
    guarded = [Depends(may_pass)]
    known = {site.id: site.without_secrets() for site in sites}

    async def append(events: list[Event]) -> list[StoredEvent]:
        async with writes:
            stored = await asyncio.to_thread(journal.append, events, datetime.now(UTC))
        if stored:
            metrics.stored(stored)
            live.tell_of_events()
        return stored

    app.include_router(
        router(list(known.values()), append=append, read=_body), dependencies=guarded
    )

    @app.exception_handler(EventError)
    async def not_an_event(_: Request, error: EventError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 422)

    @app.exception_handler(DataError)
    async def not_evidence(_: Request, error: DataError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 422)

    @app.exception_handler(JournalError)
    async def no_journal(_: Request, error: JournalError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 503, {"Retry-After": "2"})

    @app.get("/healthz")
    async def healthz() -> Health:
        """Whether the journal can be written and the streams work: built from the real things."""
        reasons = []
        last_seq = 0
        try:
            await asyncio.to_thread(journal.check)
            last_seq = await asyncio.to_thread(journal.last_seq)
        except JournalError as error:
            reasons.append(str(error))
        reporting = live.reporting()
        silent = len(live.statuses()) - len(reporting)
        if silent:
            reasons.append(f"{silent} streams are silent")
        for status in reporting:
            if status.overloaded:
                reasons.append(f"{status.source} is overloaded")
            elif status.state not in {StreamState.HEALTHY, StreamState.ENDED}:
                reasons.append(f"{status.source} is {status.state}")
        return Health(
            status="degraded" if reasons else "ok",
            reason="; ".join(reasons),
            version=app.version,
            last_seq=last_seq,
            streams=len(reporting),
            subscribers=live.listeners,
        )

    @app.get("/metrics", dependencies=guarded)
    async def prometheus() -> PlainTextResponse:
        """Figures for Prometheus."""
        return PlainTextResponse(metrics.text(), media_type=metrics.media_type)

    @app.get("/sites", dependencies=guarded)
    async def get_sites() -> list[Site]:
        """All sites, without the secrets of their cameras' addresses."""
        return list(known.values())

    @app.get("/streams", dependencies=guarded)
    async def get_streams() -> list[StreamStatus]:
        """The last word of every stream."""
        return live.statuses()

    @app.put("/streams/{site}/{source}", status_code=204, dependencies=guarded)
    async def put_status(site: str, source: str, status: StreamStatus) -> None:
        """Taken from stream hosts, about twice a second and stream."""
        if (site, source) != (status.site, status.source):
            raise HTTPException(422, f"the status is of {status.site}/{status.source}")
        _known(known, site, source)
        live.set_status(status)

    @app.put("/streams/{site}/{source}/snapshot", status_code=204, dependencies=guarded)
    async def put_picture(
        site: str, source: str, request: Request, captured_at: Annotated[AwareDatetime, Header()]
    ) -> None:
        """Taken from stream hosts: the newest annotated picture, JPEG."""
        _known(known, site, source)
        body = await _body(request)
        if not body.startswith(b"\xff\xd8"):
            raise HTTPException(422, "a snapshot must be a JPEG")
        live.set_picture(NewPicture.of(site, source, captured_at, body))

    @app.get("/streams/{site}/{source}/snapshot", dependencies=guarded)
    async def get_picture(site: str, source: str) -> Response:
        """The newest annotated picture of a camera."""
        picture = live.picture((site, source))
        if picture is None:
            _known(known, site, source)
            raise HTTPException(404, f"no picture of {source} yet")
        headers = {"Captured-At": picture.captured_at.isoformat(), "Cache-Control": "no-store"}
        return Response(picture.jpeg, media_type="image/jpeg", headers=headers)

    @app.get("/streams/{site}/{source}/mjpeg", dependencies=guarded)
    async def get_mjpeg(site: str, source: str) -> StreamingResponse:
        """The annotated pictures of a camera as they come, for any player."""
        _known(known, site, source)
        kind = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
        return StreamingResponse(mjpeg(live, (site, source)), media_type=kind)

    @app.post("/events", dependencies=guarded)
    async def post_events(request: Request) -> Receipt:
        """Take one CloudEvent or a list, all or none; answers when they are in the journal."""
        events = _read_events(await _body(request), known)
        stored = await append(events)
        return Receipt(stored=len(stored), duplicates=len(events) - len(stored))

    @app.get("/events", dependencies=guarded)
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

    @app.get("/counts", dependencies=guarded)
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

    @app.put("/evidence/{sha256}", status_code=204, dependencies=guarded)
    async def put_evidence(
        sha256: str, request: Request, content_type: Annotated[str, Header()]
    ) -> None:
        """Keep evidence under its digest; twice is as good as once."""
        body = await _body(request)
        async with writes:
            await asyncio.to_thread(evidence.put, sha256, content_type, body)

    @app.get("/evidence/{sha256}", dependencies=guarded)
    async def get_evidence(sha256: str) -> Response:
        """Some evidence."""
        found = await asyncio.to_thread(evidence.get, sha256)
        if found is None:
            raise HTTPException(404, "no such evidence; it may have expired")
        media_type, content = found
        headers = {"Cache-Control": "private, immutable, max-age=86400"}
        return Response(content, media_type=media_type, headers=headers)

    @app.get("/stream", dependencies=guarded)
    async def get_stream(
        pictures: bool = False,
        after_seq: int | None = None,
        last_event_id: Annotated[int | None, Header()] = None,
    ) -> StreamingResponse:
        """Server-sent events: hello, event, status and, if asked, picture messages."""
        seq = after_seq if after_seq is not None else last_event_id
        body = messages(app.version, live, journal, pictures=pictures, after_seq=seq)
        return StreamingResponse(
            body, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    app.add_middleware(CountAnswers, metrics=metrics)
    return app


class _Bounded:
    """At most so many at a time; one more is told to come back, instead of an unseen queue."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = 0

    async def __aenter__(self) -> None:
        if self._now >= self._most:
            raise HTTPException(503, "the journal is busy", {"Retry-After": "1"})
        self._now += 1

    async def __aexit__(self, *_: object) -> None:
        self._now -= 1


def _known(sites: dict[str, Site], site: str, source: str) -> None:
    if site not in sites:
        raise HTTPException(404, f"no site {site!r}; known: {', '.join(sorted(sites))}")
    sensors = sites[site].sensors
    if source not in sensors:
        raise HTTPException(404, f"no sensor {source!r} at {site}; known: {', '.join(sensors)}")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HTTPException(413, f"at most {MOST_BYTES} bytes")
    return bytes(body)


def _read_events(body: bytes, sites: dict[str, Site]) -> list[Event]:
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
