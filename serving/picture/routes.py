"""The gateway's door for the picture of threats: levels, alerts, orders, silences, audit."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import AwareDatetime

from catalogs.alerts import AlertStore
from hlaska.alerts.alert import Alert
from hlaska.alerts.audit import AuditEntry
from hlaska.alerts.silences import Silence
from hlaska.playbooks import Playbook, Playbooks
from hlaska.sites import Site
from hlaska.threat.levels import LevelChange, Threats
from serving.live import Live
from serving.messages import Orders, SilenceOrder
from serving.picture.labels import rows_of

MOST_TEXT = 200
"""Letters of what is searched for."""


def router(
    sites: Sequence[Site],
    store: AlertStore,
    live: Live,
    *,
    playbooks: Mapping[str, Playbooks],
    writing: AbstractAsyncContextManager[None],
) -> APIRouter:
    """The routes of the picture of some sites.

    Args:
        sites: The guarded sites.
        store: Where alerts are kept.
        live: Who is told what has changed.
        playbooks: The recommended actions of each site, by its id.
        writing: Entered before the journal is written to; bounds how many wait for that.
    """
    routes = APIRouter()
    known = {site.id for site in sites}
    told_rev = 0

    def steps_of(alert: Alert) -> Collection[str]:
        playbook = playbooks.get(alert.site, {}).get(alert.playbook)
        return [step.id for step in playbook.steps] if playbook else ()

    async def tell_of_silences(of: Collection[str]) -> None:
        for site in of:
            now = datetime.now(UTC)
            silences = await asyncio.to_thread(store.silences, site=site, active_at=now)
            live.set_silences(site, silences)

    @routes.get("/threats")
    async def get_threats() -> list[Threats]:
        """The last picture of every site that has one."""
        return live.threats()

    @routes.put("/threats/{site}", status_code=204)
    async def put_threats(site: str, threats: Threats) -> None:
        """Taken from who keeps a site's picture: when it changed, and every two seconds."""
        nonlocal told_rev
        _check(known, site)
        if threats.site != site:
            raise HTTPException(422, f"the threats are of {threats.site}, the address of {site}")
        live.set_threats(threats)
        # Time ends silences, and so does what the picture stores.
        await tell_of_silences([site])
        rev = await asyncio.to_thread(store.last_rev)
        if rev != told_rev:
            told_rev = rev
            live.tell_of_alerts()

    @routes.get("/threats/{site}/levels")
    async def get_levels(
        site: str, since: AwareDatetime, until: AwareDatetime
    ) -> list[LevelChange]:
        """How the levels went, oldest first, and what they were when that time began."""
        _check(known, site)
        return await asyncio.to_thread(store.levels, site, since, until)

    @routes.get("/alerts")
    async def get_alerts(
        site: str | None = None,
        open_only: bool = False,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        text: Annotated[str | None, Query(max_length=MOST_TEXT)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> list[Alert]:
        """Alerts that fit all conditions, the newest first."""
        if site is not None:
            _check(known, site)
        found = await asyncio.to_thread(
            store.alerts,
            site=site,
            open_only=open_only,
            since=since,
            until=until,
            text=text,
            limit=limit,
        )
        return [alert for _, alert in found]

    @routes.post("/alerts/orders")
    async def post_orders(orders: Orders) -> list[Alert]:
        """Carry out what one person orders about alerts, all of it or nothing.

        409 says why nothing was done: somebody else was quicker, or it is not possible.
        """
        async with writing:
            changed = await asyncio.to_thread(
                store.order, orders.by, orders.orders, datetime.now(UTC), steps_of
            )
        live.tell_of_alerts()
        await tell_of_silences({alert.site for alert in changed} & known)
        return changed

    @routes.get("/alerts/{alert}")
    async def get_alert(alert: str) -> Alert:
        """One alert, as it is now."""
        found = await asyncio.to_thread(store.alerts, ids=[alert])
        if not found:
            raise HTTPException(404, f"no alert {alert!r}; look at the queue again")
        return found[0][1]

    @routes.get("/silences")
    async def get_silences(
        site: str | None = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
    ) -> list[Silence]:
        """What is silenced now, or waits for a second person; with times, all of that time."""
        if site is not None:
            _check(known, site)
        now = datetime.now(UTC) if since is None and until is None else None
        return await asyncio.to_thread(
            store.silences, site=site, active_at=now, since=since, until=until
        )

    @routes.post("/silences/{site}")
    async def post_silence(site: str, order: SilenceOrder) -> Silence:
        """Ask for a silence, agree to one, or end it; 409 says why that cannot be."""
        _check(known, site)
        async with writing:
            silence = await asyncio.to_thread(
                store.order_silence, site, order.by, order.action, datetime.now(UTC)
            )
        await tell_of_silences([site])
        return silence

    @routes.get("/playbooks/{site}")
    async def get_playbooks(site: str) -> dict[str, Playbook]:
        """The recommended actions of a site, by name."""
        _check(known, site)
        return dict(playbooks.get(site, {}))

    @routes.get("/audit")
    async def get_audit(
        site: str | None = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
    ) -> list[AuditEntry]:
        """Who did what: the lines of the audit log after a number, in their order."""
        return await asyncio.to_thread(
            store.audit, site=site, since=since, until=until, after=after, limit=limit
        )

    @routes.get("/audit/broken")
    async def get_audit_broken() -> str | None:
        """What somebody did to the audit log, the first thing only; null: it is whole."""
        return await asyncio.to_thread(store.check_audit)

    @routes.get("/labels")
    async def get_labels(
        site: str | None = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
    ) -> list[dict[str, Any]]:
        """What dispatchers found events to be: one row an event of a judged alert."""
        if site is not None:
            _check(known, site)
        table = await asyncio.to_thread(store.labels, site=site, since=since, until=until)
        return rows_of(table)

    return routes


def _check(known: Collection[str], site: str) -> None:
    if site not in known:
        raise HTTPException(404, f"no site {site!r}; known: {', '.join(sorted(known))}")
