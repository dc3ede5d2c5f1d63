"""Which events are in the alerts: up to where in the journal, and which one joined which alert.

An alert lists its first events itself; here are all of them.

One small row an event: each is grouped once and joins one alert at most, so that the journal bounds
the table. Its key, alert and place in the journal, is the index for its one question: the events of
an alert in the order in which they joined it.
"""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from catalogs.alert_rows import ALERTS
from catalogs.databases import Utc, aware
from catalogs.journal import Journal
from hlaska.errors import ConflictError

_CURSORS = sa.table("cursors", sa.column("site", sa.Text()), sa.column("seq", sa.BigInteger()))
_JOINED = sa.table("alert_events", sa.column("alert", sa.Text()), sa.column("seq", sa.BigInteger()))
_EVENTS = sa.table(
    "events",
    sa.column("seq", sa.BigInteger()),
    sa.column("id", sa.Text()),
    sa.column("received_at", Utc()),
)
_STORED = _JOINED.join(_EVENTS, _EVENTS.c.seq == _JOINED.c.seq)


def cursor_of(connection: sa.Connection, site: str) -> int | None:
    """The place in the journal up to which a site's events are in its alerts; None: no event is."""
    query = sa.select(_CURSORS.c.seq).where(_CURSORS.c.site == site)
    return connection.execute(query).scalar_one_or_none()


def move_cursor(connection: sa.Connection, site: str, seq: int) -> None:
    """Note that a site's events are in its alerts up to a place in the journal.

    Raises:
        ConflictError: somebody else has noted a place further on.
    """
    cursor = cursor_of(connection, site)
    if cursor is None:
        connection.execute(sa.insert(_CURSORS), {"site": site, "seq": seq})
    elif seq < cursor:
        raise ConflictError(
            f"the events of {site} are in its alerts up to {cursor} already, {seq} came: another "
            "picture of it runs; stop one of them, or read alerts and cursor again"
        )
    elif seq > cursor:
        here = _CURSORS.c.site == site
        connection.execute(sa.update(_CURSORS).where(here).values(seq=seq))


def write(connection: sa.Connection, joined: Mapping[int, str]) -> None:
    """Store which alerts events joined, in the transaction of the alerts.

    Args:
        connection: The transaction.
        joined: By place in the journal the id of the alert.
    """
    if joined:
        rows = [{"alert": alert, "seq": seq} for seq, alert in joined.items()]
        connection.execute(sa.insert(_JOINED), rows)


def of_alert(journal: Journal, alert: str, *, received_until: datetime | None) -> list[str]:
    """Ids of the events of an alert that nobody deleted, as they joined it.

    Args:
        journal: Where they are.
        alert: Its id.
        received_until: Only those received by then, aware; None: all.
    """
    aware(received_until)
    query = sa.select(_EVENTS.c.id).select_from(_STORED).where(_JOINED.c.alert == alert)
    if received_until is not None:
        query = query.where(_EVENTS.c.received_at <= received_until)
    return [name for (name,) in journal.rows(query.order_by(_JOINED.c.seq))]


def of_alerts(journal: Journal, *which: sa.ColumnElement[bool]) -> list[tuple[str, str]]:
    """The same of all alerts that fit: ids of alert and event, in the order of `opened_at`."""
    query = sa.select(_JOINED.c.alert, _EVENTS.c.id).select_from(
        _STORED.join(ALERTS, ALERTS.c.id == _JOINED.c.alert)
    )
    order = (ALERTS.c.opened_at, ALERTS.c.id, _JOINED.c.seq)
    return [(alert, event) for alert, event in journal.rows(query.where(*which).order_by(*order))]
