"""How the threat levels went: one row a change, in the journal's database."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from catalogs.databases import Utc, aware
from catalogs.journal import Journal
from hlaska.threat.levels import LevelChange

_LEVELS = sa.table(
    "levels",
    sa.column("number", sa.BigInteger()),
    sa.column("site", sa.Text()),
    sa.column("zone", sa.Text()),
    sa.column("at", Utc()),
    sa.column("level", sa.Integer()),
    sa.column("known", sa.Boolean()),
)
_NEWEST_FIRST = (_LEVELS.c.at.desc(), _LEVELS.c.number.desc())


def write(connection: sa.Connection, site: str, changes: Sequence[LevelChange]) -> None:
    """Add changes; one to what is so already (the picture was started again) is left out."""
    aware(*(change.at for change in changes))
    for change in changes:
        so_far = connection.execute(
            sa.select(_LEVELS.c.level, _LEVELS.c.known)
            .where(_LEVELS.c.site == site, _is_of(change.zone), _LEVELS.c.at <= change.at)
            .order_by(*_NEWEST_FIRST)
            .limit(1)
        ).one_or_none()
        if so_far != (change.level, change.known):
            connection.execute(sa.insert(_LEVELS), {"site": site, **change.model_dump()})


def read(journal: Journal, site: str, since: datetime, until: datetime) -> list[LevelChange]:
    """The changes of a site in that time, oldest first, and what the levels were at its start.

    Args:
        journal: Where they are.
        site: The site.
        since: Then or later, aware; the last change of each zone before is given as well.
        until: Before then, aware.
    """
    aware(since, until)
    turn = sa.func.row_number().over(partition_by=_LEVELS.c.zone, order_by=_NEWEST_FIRST)
    earlier = (
        sa.select(_LEVELS.c.number, turn.label("turn"))
        .where(_LEVELS.c.site == site, _LEVELS.c.at < since)
        .subquery()
    )
    at_start = sa.select(earlier.c.number).where(earlier.c.turn == 1)
    within = sa.and_(_LEVELS.c.at >= since, _LEVELS.c.at < until)
    query = (
        sa.select(_LEVELS.c.at, _LEVELS.c.zone, _LEVELS.c.level, _LEVELS.c.known)
        .where(_LEVELS.c.site == site, sa.or_(within, _LEVELS.c.number.in_(at_start)))
        .order_by(_LEVELS.c.at, _LEVELS.c.number)
    )
    return [
        LevelChange(at=at, zone=zone, level=level, known=known)
        for at, zone, level, known in journal.rows(query)
    ]


def _is_of(zone: str | None) -> sa.ColumnElement[bool]:
    return _LEVELS.c.zone.is_(None) if zone is None else _LEVELS.c.zone == zone
