"""The table of alerts: what of an alert can be asked for, and how one is read and written."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from pydantic import ValidationError

from catalogs.databases import Utc, aware
from hlaska.alerts.alert import MOST_TEXT, OPEN, Alert
from hlaska.errors import AlertError, JournalError
from hlaska.kinds import KINDS

ALERTS = sa.table(
    "alerts",
    sa.column("id", sa.Text()),
    sa.column("site", sa.Text()),
    sa.column("family", sa.Text()),
    sa.column("state", sa.Text()),
    sa.column("severity", sa.Integer()),
    sa.column("zone", sa.Text()),
    sa.column("first_at", Utc()),
    sa.column("last_at", Utc()),
    sa.column("opened_at", Utc()),
    sa.column("told_at", Utc()),
    sa.column("closed_at", Utc()),
    sa.column("verdict", sa.Text()),
    sa.column("version", sa.Integer()),
    sa.column("rev", sa.BigInteger()),
    sa.column("change", sa.Text()),
    sa.column("words", sa.Text()),
    sa.column("body", sa.Text()),
)
LAST_REV = sa.select(sa.func.coalesce(sa.func.max(ALERTS.c.rev), 0))


class Kept(NamedTuple):
    """An alert as it is stored."""

    alert: Alert
    change: str
    """Who changed it last, and how."""


class Changed(NamedTuple):
    """An alert that is to be stored."""

    alert: Alert
    change: str
    is_new: bool


def read(connection: sa.Connection, ids: Collection[str]) -> dict[str, Kept]:
    """Those of the alerts that are stored, by id."""
    if not ids:
        return {}
    query = sa.select(ALERTS.c.id, ALERTS.c.body, ALERTS.c.change).where(ALERTS.c.id.in_(ids))
    return {
        name: Kept(alert=parsed(name, body), change=change)
        for name, body, change in connection.execute(query)
    }


def write(connection: sa.Connection, changes: Sequence[Changed]) -> int:
    """Store changed alerts, in the transaction of the one writer.

    Returns:
        The greatest `rev` that was ever given.
    """
    rev = int(connection.execute(LAST_REV).scalar_one())
    new: list[dict[str, object]] = []
    old: list[dict[str, object]] = []
    for change in changes:
        rev += 1
        (new if change.is_new else old).append(_row(change, rev))
    if new:
        connection.execute(sa.insert(ALERTS), new)
    if old:
        # A rev is unique at every moment: these are all greater than any that is stored.
        update = sa.update(ALERTS).where(ALERTS.c.id == sa.bindparam("this"))
        names = [name for name in old[0] if name != "id"]
        connection.execute(
            update.values({name: sa.bindparam(f"new_{name}") for name in names}),
            [{"this": row["id"], **{f"new_{name}": row[name] for name in names}} for row in old],
        )
    return rev


def parsed(name: str, body: str) -> Alert:
    """The alert of a row.

    Raises:
        JournalError: it is not valid; the message names it.
    """
    try:
        return Alert.model_validate_json(body)
    except ValidationError as error:
        raise JournalError(
            f"alert {name} in the journal is not valid: {error.errors()[0]['msg']}; it was "
            "damaged, or written by another version of Hlaska"
        ) from error


def conditions(
    *,
    site: str | None,
    open_only: bool,
    since: datetime | None,
    until: datetime | None,
    text: str | None,
    after_rev: int | None,
    ids: Collection[str] | None,
) -> list[sa.ColumnElement[bool]]:
    """What `AlertStore.alerts` is asked for, in the database's words."""
    aware(since, until)
    is_open = ALERTS.c.state.in_([state.value for state in OPEN])
    found = []
    if site is not None:
        found.append(ALERTS.c.site == site)
    if open_only:
        found.append(is_open)
    if since is not None:
        found.append(sa.or_(is_open, ALERTS.c.closed_at >= since))
    if until is not None:
        found.append(ALERTS.c.opened_at < until)
    if text is not None:
        found += [ALERTS.c.words.contains(word, autoescape=True) for word in _sought(text)]
    if after_rev is not None:
        found.append(ALERTS.c.rev > after_rev)
    if ids is not None:
        found.append(ALERTS.c.id.in_(ids))
    return found


def plain(text: str) -> str:
    """A text that both databases keep: PostgreSQL refuses the letter 0."""
    return text.replace("\0", " ")


def _sought(text: str) -> list[str]:
    if len(text) > MOST_TEXT:
        raise JournalError(f"text has {len(text)} letters; look for {MOST_TEXT} or fewer")
    return _folded(text).split()


def _folded(text: str) -> str:
    """Letters without case and accents, in Python: SQLite would fold those of English only."""
    if text.isascii():
        return plain(text).lower()
    apart = unicodedata.normalize("NFKD", plain(text))
    letters = unicodedata.normalize("NFKD", apart.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _words(alert: Alert) -> Iterable[str]:
    """All that somebody may remember of an alert."""
    yield from (alert.id, alert.site, alert.family, alert.state, alert.zone or "")
    yield from alert.kinds
    yield from (KINDS[kind].title for kind in alert.kinds if kind in KINDS)
    yield from alert.sources
    yield from alert.events
    yield from (alert.assignee or "", alert.reason, alert.handover, alert.playbook, alert.told_why)
    if alert.judgement is not None:
        yield from (alert.judgement.verdict, alert.judgement.note, alert.judgement.by)
    for done in alert.confirmed:
        yield from (done.step, done.by, done.note)
    for line in alert.history:
        yield from (line.by, line.did, line.words)


def _row(change: Changed, rev: int) -> dict[str, object]:
    alert = change.alert
    try:
        body = alert.model_dump_json(exclude_none=True)
        # `model_copy` checks nothing: what cannot be read again must not get in.
        Alert.model_validate_json(body)
    except ValueError as error:
        why = str(error)
        if isinstance(error, ValidationError):
            wrong = error.errors()[0]
            why = f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}"
        raise AlertError(
            f"alert {alert.id} version {alert.version} is not valid and was not stored: {why}"
        ) from error
    return {
        "id": alert.id,
        "site": alert.site,
        "family": alert.family.value,
        "state": alert.state.value,
        "severity": alert.severity,
        "zone": alert.zone,
        "first_at": alert.first_at,
        "last_at": alert.last_at,
        "opened_at": alert.opened_at,
        "told_at": alert.told_at,
        "closed_at": alert.closed_at,
        "verdict": alert.judgement.verdict.value if alert.judgement else None,
        "version": alert.version,
        "rev": rev,
        "change": plain(change.change),
        "words": " ".join(map(_folded, _words(alert))),
        "body": body,
    }
