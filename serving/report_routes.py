"""The gateway's door for reports: what training, gates and shadows measured, for the dashboards."""

import asyncio
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import AwareDatetime, ValidationError

from catalogs.results import ReportStore
from hlaska.results import Report, ReportKind
from serving.foreign_routes import Read

MOST_BYTES = 2_000_000
"""Of one report."""


def router(
    known: Collection[str],
    store: ReportStore,
    *,
    writing: AbstractAsyncContextManager[None],
    read: Read,
) -> APIRouter:
    """The routes of reports.

    Args:
        known: Ids of the sites that a report may be about.
        store: Where reports are kept.
        writing: Entered before the journal is written to; bounds how many wait for that.
        read: How a request is read.
    """
    routes = APIRouter()

    @routes.post("/reports", status_code=204)
    async def post_report(request: Request) -> None:
        """Take one report; it replaces the one of its id. Answers when it is in the journal."""
        report = await asyncio.to_thread(_report_in, await read(request))
        if report.site is not None and report.site not in known:
            raise HTTPException(422, f"no site {report.site!r}; known: {', '.join(sorted(known))}")
        async with writing:
            await asyncio.to_thread(store.put, report)

    @routes.get("/reports")
    async def get_reports(
        kind: ReportKind | None = None,
        model: str | None = None,
        site: str | None = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[Report]:
        """Reports that fit all conditions, the newest first; fewer where they are very large."""
        return await asyncio.to_thread(
            store.reports,
            kind=kind,
            model=model,
            site=site,
            since=since,
            until=until,
            limit=limit,
        )

    @routes.get("/reports/{report}")
    async def get_report(report: str) -> Report:
        """One report."""
        found = await asyncio.to_thread(store.report, report)
        if found is None:
            raise HTTPException(404, f"no report {report[:100]!r}; /reports lists them")
        return found

    return routes


def _report_in(body: bytes) -> Report:
    if len(body) > MOST_BYTES:
        raise HTTPException(
            413, f"a report of {len(body)} bytes; at most {MOST_BYTES}: send fewer points or rows"
        )
    try:
        return Report.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the report"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise HTTPException(422, f"{where}: {first['msg']}{more}") from error
