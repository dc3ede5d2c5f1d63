"""The gateway's door for foreign detectors that send their alerts by HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, HTTPException, Request

from hlaska.errors import EventError
from hlaska.events import Event, StoredEvent
from hlaska.sites import Site
from serving.alert_desk import MOST_ALERTS, AlertDesk
from serving.messages import Receipt, items_in

Append = Callable[[list[Event]], Awaitable[Sequence[StoredEvent]]]
"""Stores events in the journal, tells everyone, and gives those that are new."""
Read = Callable[[Request], Awaitable[bytes]]
"""The body of a request, within the gateway's bound."""


def router(sites: Sequence[Site], *, append: Append, read: Read) -> APIRouter:
    """The route of the foreign detectors of some sites."""
    desks = {
        site.id: {detector.id: AlertDesk(site, detector) for detector in site.detectors}
        for site in sites
    }
    locks = {(site, name): asyncio.Lock() for site, known in desks.items() for name in known}
    routes = APIRouter()

    @routes.post("/detectors/{site}/{detector}/alerts")
    async def post_alerts(site: str, detector: str, request: Request) -> Receipt:
        r"""Take one alert of a foreign detector or a list, in its maker's own JSON.

        The site file's `mapping` says how it is read. A CloudEvent whose `data` is the maker's JSON
        may be sent too, in structured or binary mode. Answers 200 when all alerts are in the
        journal. Those that can be read are kept even when others in the list cannot: then the
        answer is 422 and says which. Sending again is harmless.

            curl 127.0.0.1:8000/detectors/pilsen/square-ears/alerts \
              -H "Authorization: Bearer $HLASKA_TOKEN" -H "Content-Type: application/json" \
              -d '{"id": "a-1", "type": "GUN_SHOT", "time": "2026-05-01T12:00:00Z", "percent": 87}'
        """
        desk = _desk(desks, site, detector)
        alerts = _alerts(await read(request), request)
        # One at a time: what two had said at once, each would remember without the other.
        async with locks[site, detector]:
            taken = desk.take(alerts, datetime.now(UTC))
            stored = await append([*taken.alerts, *taken.health])
            desk.remember(taken)
        if taken.refused:
            kept = len(taken.alerts)
            also = f" (the other {kept} of {len(alerts)} are in the journal)" if kept else ""
            raise EventError("; ".join(taken.refused[:10]) + also)
        sent = {event.id for event in taken.alerts}
        new = sum(one.event.id in sent for one in stored)
        return Receipt(stored=new, duplicates=len(taken.alerts) - new)

    return routes


def _desk(desks: dict[str, dict[str, AlertDesk]], site: str, detector: str) -> AlertDesk:
    if site not in desks:
        raise HTTPException(404, f"no site {site!r}; known: {', '.join(sorted(desks))}")
    if detector not in desks[site]:
        known = ", ".join(desks[site]) or "none; add it under `detectors` in the site file"
        raise HTTPException(404, f"no foreign detector {detector!r} at {site}; known: {known}")
    return desks[site][detector]


def _alerts(body: bytes, request: Request) -> list[Any]:
    alerts = items_in(body)
    if len(alerts) > MOST_ALERTS:
        raise HTTPException(413, f"at most {MOST_ALERTS} alerts at a time")
    if "ce-specversion" not in request.headers:
        return alerts
    # Binary mode (CloudEvents 1.0.2, HTTP protocol binding, section 3.1): the body is the data, the
    # rest stands in headers, percent-encoded. One such message is one event.
    envelope = {
        name.removeprefix("ce-"): unquote(value)
        for name, value in request.headers.items()
        if name.startswith("ce-")
    }
    data = alerts[0] if len(alerts) == 1 else alerts
    return [envelope | {"data": data}]
