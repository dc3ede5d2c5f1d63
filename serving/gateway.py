"""The only door: REST, live stream, snapshots, evidence, metrics. A plain FastAPI application.

Events, alerts of foreign detectors, the picture of threats and reports have files of their own:
`serving.event_routes`, `serving.foreign_routes`, `serving.picture.routes`, `serving.report_routes`.

`create_app` knows no Ray; `serving.deployments` puts it on Ray Serve. It answers 2xx to an event
only when the event is committed to the journal. One replica serves a site: the live state is in
memory and comes back by itself, since every stream reports twice a second.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, SecretStr

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from catalogs.results import ReportStore
from hlaska.errors import AlertError, DataError, EventError, JournalError
from hlaska.events import Event, StoredEvent
from hlaska.sites import Site
from hlaska.tracks import StreamState, StreamStatus
from serving import event_routes, foreign_routes, report_routes
from serving.evidence import EvidenceStore
from serving.feeds import BOUNDARY, messages, mjpeg
from serving.live import LATE_S, Live
from serving.messages import Health, NewPicture
from serving.metrics import CountAnswers, Metrics
from serving.picture import routes as picture_routes
from serving.picture.playbooks import for_site

MOST_BYTES = 8_000_000
"""Of one request."""
MOST_WRITES = 32
"""Writes to the journal that may wait; beyond it the gateway sheds (503)."""


def create_app(
    *,
    journal: Journal,
    evidence: EvidenceStore,
    sites: Sequence[Site],
    token: SecretStr | None = None,
    live: Live | None = None,
    pictures: bool = False,
) -> FastAPI:
    """The gateway of some sites.

    Args:
        journal: Where events and alerts are kept. Closed when the application shuts down.
        evidence: Where stills and sounds are kept.
        sites: The guarded sites.
        token: What every request except `/healthz` must bear; None asks for nothing.
        live: The state of the streams; a new one unless given.
        pictures: Whether somebody keeps the picture of each site, and is missed when it is late.
    """
    live = live or Live(pictured=[site.id for site in sites] if pictures else [])
    store = AlertStore(journal)
    metrics = Metrics(live, store, journal)
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

    shown = list(known.values())
    for router in (
        event_routes.router(known, journal, append=append, read=_body),
        foreign_routes.router(shown, append=append, read=_body),
        picture_routes.router(
            shown,
            store,
            live,
            playbooks={site: for_site(site) for site in known},
            writing=writes,
        ),
        report_routes.router(known, ReportStore(journal), writing=writes, read=_body),
    ):
        app.include_router(router, dependencies=guarded)

    @app.exception_handler(EventError)
    @app.exception_handler(DataError)
    async def not_valid(_: Request, error: EventError | DataError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 422)

    @app.exception_handler(AlertError)
    async def too_late(_: Request, error: AlertError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 409)

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
        reasons += sorted({status.note for status in reporting if status.note})
        reasons += [
            f"the picture of {site} has not been reported for {LATE_S:.0f} s"
            for site in live.late()
        ]
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
        with suppress(JournalError):  # what is known without it is told all the same
            await asyncio.to_thread(metrics.look)
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
        after_rev: int | None = None,
        kind: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI's own way
        last_event_id: Annotated[int | None, Header()] = None,
    ) -> StreamingResponse:
        """Server-sent events, one a message of `serving.messages`; pictures only if asked for.

        Of `kind`, which may be given several times, events alone, and no other messages.
        """
        body = messages(
            app.version,
            live,
            journal,
            store,
            pictures=pictures,
            after_seq=after_seq if after_seq is not None else last_event_id,
            after_rev=after_rev,
            kinds=frozenset(kind),
        )
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
