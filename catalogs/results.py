"""The store of reports in the journal's database: what was measured of models, and what came of it.

A report that is sent again replaces the one of its id. They are few and large, so what a list of
them may weigh is bounded.
"""

import logging
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from pydantic import ValidationError

from catalogs.databases import Utc, at_most, aware
from catalogs.journal import Journal
from hlaska.errors import JournalError
from hlaska.results import Report, ReportKind

MOST_LETTERS = 16_000_000
"""Of all reports of one answer; the newest is always told."""

_LOG = logging.getLogger(__name__)
_REPORTS = sa.table(
    "reports",
    sa.column("id", sa.Text()),
    sa.column("kind", sa.Text()),
    sa.column("model", sa.Text()),
    sa.column("site", sa.Text()),
    sa.column("made_at", Utc()),
    sa.column("body", sa.Text()),
)


class ReportStore:
    """The reports in an open journal. Its methods may be called from several threads at once.

    Every method raises JournalError when the database cannot be reached, read or written; then
    nothing of what was asked has happened.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def put(self, report: Report) -> None:
        """Keep a report, in the place of the one that had its id."""
        with self._journal.writing() as connection:
            connection.execute(sa.delete(_REPORTS).where(_REPORTS.c.id == report.id))
            connection.execute(sa.insert(_REPORTS), _row(report))

    def report(self, name: str) -> Report | None:
        """The report of that id; None: there is none."""
        query = sa.select(_REPORTS.c.body).where(_REPORTS.c.id == name)
        rows = self._journal.rows(query)
        return _parsed(name, rows[0][0]) if rows else None

    def reports(
        self,
        *,
        kind: ReportKind | None = None,
        model: str | None = None,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
    ) -> list[Report]:
        """Reports that fit all conditions, the newest first.

        Args:
            kind: Of that kind only.
            model: About that model of the registry only.
            site: About that site only; one about no site is not.
            since: Made then or later, aware.
            until: Made before then, aware.
            limit: At most so many, 0 or more; fewer where they weigh over `MOST_LETTERS` together.

        Returns:
            Those that can be read: one that was damaged or comes from another version of Hlaska is
            left out, and logged.
        """
        aware(since, until)
        weight = sa.func.sum(sa.func.length(_REPORTS.c.body)).over(order_by=_ORDER)
        query = sa.select(_REPORTS.c.id, _REPORTS.c.body, weight.label("weight"))
        if kind is not None:
            query = query.where(_REPORTS.c.kind == kind.value)
        if model is not None:
            query = query.where(_REPORTS.c.model == model)
        if site is not None:
            query = query.where(_REPORTS.c.site == site)
        if since is not None:
            query = query.where(_REPORTS.c.made_at >= since)
        if until is not None:
            query = query.where(_REPORTS.c.made_at < until)
        chosen = query.order_by(*_ORDER).limit(at_most(limit)).subquery()
        light = chosen.c.weight - sa.func.length(chosen.c.body) < MOST_LETTERS
        rows = self._journal.rows(
            sa.select(chosen.c.id, chosen.c.body).where(light).order_by(chosen.c.weight)
        )
        return [report for row in rows if (report := _readable(*row)) is not None]


_ORDER = (_REPORTS.c.made_at.desc(), _REPORTS.c.id)


def _row(report: Report) -> Mapping[str, object]:
    return {
        "id": report.id,
        "kind": report.kind.value,
        "model": report.model,
        "site": report.site,
        "made_at": report.made_at,
        "body": report.model_dump_json(),
    }


def _parsed(name: str, body: str) -> Report:
    try:
        return Report.model_validate_json(body)
    except ValidationError as error:
        raise JournalError(
            f"report {name} in the journal is not valid: {error.errors()[0]['msg']}; it was "
            "damaged, or written by another version of Hlaska: measure again"
        ) from error


def _readable(name: str, body: str) -> Report | None:
    try:
        return _parsed(name, body)
    except JournalError as error:
        _LOG.warning("left out: %s", error)
        return None
