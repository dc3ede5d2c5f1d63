"""The table of silences: which there are, and what an order does to one."""

from datetime import datetime

import sqlalchemy as sa
from pydantic import ValidationError

from catalogs.alert_rows import read as read_alerts
from catalogs.audit_log import Act
from catalogs.databases import Utc, aware
from hlaska.alerts.alert import Alert
from hlaska.alerts.silences import (
    CLOSES,
    AddSilence,
    AgreeToSilence,
    EndSilence,
    Silence,
    SilenceAction,
    add,
    agree,
    end,
)
from hlaska.errors import AlertError, JournalError

SILENCES = sa.table(
    "silences",
    sa.column("id", sa.Text()),
    sa.column("site", sa.Text()),
    sa.column("alert", sa.Text()),
    sa.column("at", Utc()),
    sa.column("until", Utc()),
    sa.column("ended_at", Utc()),
    sa.column("body", sa.Text()),
)


def read(
    connection: sa.Connection,
    *,
    site: str | None,
    active_at: datetime | None,
    since: datetime | None,
    until: datetime | None,
) -> list[Silence]:
    """What `AlertStore.silences` is asked for."""
    aware(active_at, since, until)
    query = sa.select(SILENCES.c.id, SILENCES.c.body)
    if site is not None:
        query = query.where(SILENCES.c.site == site)
    if active_at is not None:
        query = query.where(SILENCES.c.at <= active_at, _lasts(active_at))
    if since is not None:
        query = query.where(_lasts(since))
    if until is not None:
        query = query.where(SILENCES.c.at < until)
    rows = connection.execute(query.order_by(SILENCES.c.at, SILENCES.c.id)).all()
    found = [_parsed(name, body) for name, body in rows]
    begin = active_at or since
    if begin is None:
        return found
    bound = [one.scope.alert for one in found if one.until is None and one.scope.alert]
    alerts = read_alerts(connection, bound)
    return [
        one
        for one in found
        if one.scope.alert not in alerts or not _over(one, alerts[one.scope.alert].alert, begin)
    ]


def carry_out(
    connection: sa.Connection, site: str, by: str, action: SilenceAction, at: datetime
) -> Silence:
    """Store what an order makes of a silence, in the transaction of the one writer.

    Raises:
        AlertError: it cannot be carried out.
    """
    query = sa.select(SILENCES.c.id, SILENCES.c.body).where(SILENCES.c.site == site)
    if isinstance(action, AddSilence):
        silence = add(
            action.scope,
            site=site,
            until=action.until,
            reason=action.reason,
            by=by,
            at=at,
            alert=_named(connection, site, action.scope.alert),
        )
        if connection.execute(query.where(SILENCES.c.id == silence.id)).one_or_none():
            raise AlertError(
                f"silence {silence.id} was asked for already, by {silence.by} at this very moment; "
                "nothing more is needed"
            )
        connection.execute(sa.insert(SILENCES), _row(silence))
        return silence
    row = connection.execute(query.where(SILENCES.c.id == action.silence)).one_or_none()
    if row is None:
        raise AlertError(
            f"site {site} has no silence {action.silence!r}; look at its list of silences again"
        )
    before = _parsed(*row)
    silence = _STEPS[type(action)](before, by, at)
    connection.execute(
        sa.update(SILENCES).where(SILENCES.c.id == silence.id).values(**_row(silence))
    )
    return silence


def act_of(silence: Silence, action: SilenceAction, by: str, at: datetime) -> Act:
    """The line of the audit log about an order."""
    return Act(
        at=at,
        by=by,
        site=silence.site,
        did=f"silence.{action.do}",
        about=silence.id,
        body=action.model_dump_json(exclude_none=True),
    )


_STEPS = {AgreeToSilence: agree, EndSilence: end}


def _lasts(moment: datetime) -> sa.ColumnElement[bool]:
    """Neither ended then, nor run out; one that ends with its alert is looked at afterwards."""
    return sa.and_(
        sa.or_(SILENCES.c.ended_at.is_(None), SILENCES.c.ended_at > moment),
        sa.or_(SILENCES.c.until.is_(None), SILENCES.c.until > moment),
    )


def _over(silence: Silence, alert: Alert, moment: datetime) -> bool:
    """Whether it has ended with its alert; it does not come back when that is reopened."""
    if silence.until is not None:
        return False
    closed = [alert.closed_at] if alert.closed_at is not None else []
    closed += [line.at for line in alert.history if line.did in CLOSES and line.at >= silence.at]
    return any(when <= moment for when in closed)


def _named(connection: sa.Connection, site: str, name: str | None) -> Alert | None:
    if name is None:
        return None
    kept = read_alerts(connection, [name]).get(name)
    if kept is None or kept.alert.site != site:
        raise AlertError(f"site {site} has no alert {name!r} to silence; look at the queue again")
    return kept.alert


def _parsed(name: str, body: str) -> Silence:
    try:
        return Silence.model_validate_json(body)
    except ValidationError as error:
        raise JournalError(
            f"silence {name} in the journal is not valid: {error.errors()[0]['msg']}; it was "
            "damaged, or written by another version of Hlaska"
        ) from error


def _row(silence: Silence) -> dict[str, object]:
    return {
        "id": silence.id,
        "site": silence.site,
        "alert": silence.scope.alert,
        "at": silence.at,
        "until": silence.until,
        "ended_at": silence.ended_at,
        "body": silence.model_dump_json(exclude_none=True),
    }
