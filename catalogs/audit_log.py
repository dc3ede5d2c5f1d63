"""The audit log in the journal's database: a chain of lines that shows what was done to it.

Each line's digest covers the line before, and the number and digest of the last line stand apart
in `audit_end`: a line that was changed, taken out or put in breaks the chain, at the end as well.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from pydantic import ValidationError

from catalogs.databases import Utc, at_most, aware
from catalogs.journal import Journal
from hlaska.alerts.audit import FIRST, AuditEntry, digest_of
from hlaska.errors import JournalError
from hlaska.records import Record

PAGE = 1000
"""Lines that are read at once."""

_AUDIT = sa.table(
    "audit",
    sa.column("number", sa.BigInteger()),
    sa.column("site", sa.Text()),
    sa.column("at", Utc()),
    sa.column("body", sa.Text()),
)
_END = sa.table("audit_end", sa.column("number", sa.BigInteger()), sa.column("digest", sa.Text()))
_LAST = sa.select(sa.func.coalesce(sa.func.max(_AUDIT.c.number), 0)).scalar_subquery()


class Act(Record):
    """What is to be written down: an `AuditEntry` that has no place in the chain yet."""

    at: datetime
    by: str
    site: str
    did: str
    about: str
    body: str


def write(connection: sa.Connection, acts: Sequence[Act]) -> None:
    """Add lines at the end of the log, in the transaction of what they tell of."""
    if not acts:
        return
    number, before, last = connection.execute(sa.select(_END.c.number, _END.c.digest, _LAST)).one()
    # They differ when somebody put lines in or took some out; `broken` tells, orders go on.
    number = max(number, last)
    rows = []
    for act in acts:
        number += 1
        facts = {**act.model_dump(), "at": act.at.astimezone(UTC), "number": number}
        entry = AuditEntry(**facts, digest=FIRST)
        entry = entry.model_copy(update={"digest": digest_of(entry, before)})
        before = entry.digest
        rows.append(
            {
                "number": number,
                "site": entry.site,
                "at": entry.at,
                "body": entry.model_dump_json(),
            }
        )
    connection.execute(sa.insert(_AUDIT), rows)
    connection.execute(sa.update(_END).values(number=number, digest=before))


def read(
    journal: Journal,
    *,
    site: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: int = 0,
    limit: int = PAGE,
) -> list[AuditEntry]:
    """Lines of the log that fit all conditions, in their order.

    Args:
        journal: Where they are.
        site: Of that site only.
        since: Done then or later, aware.
        until: Done before then, aware.
        after: Only numbers greater than this one.
        limit: At most so many.

    Raises:
        JournalError: a line cannot be read, or a condition makes no sense.
    """
    aware(since, until)
    query = sa.select(_AUDIT.c.number, _AUDIT.c.body).where(_AUDIT.c.number > after)
    if site is not None:
        query = query.where(_AUDIT.c.site == site)
    if since is not None:
        query = query.where(_AUDIT.c.at >= since)
    if until is not None:
        query = query.where(_AUDIT.c.at < until)
    entries = []
    for number, body in journal.rows(query.order_by(_AUDIT.c.number).limit(at_most(limit))):
        try:
            entries.append(AuditEntry.model_validate_json(body))
        except ValidationError as error:
            raise JournalError(
                f"line {number} of the audit log is not valid: {error.errors()[0]['msg']}; it was "
                "damaged, or written by another version of Hlaska: keep a copy of the journal"
            ) from error
    return entries


def last(journal: Journal) -> int:
    """The number of the newest line; 0 before the first."""
    [(number,)] = journal.rows(sa.select(_LAST))
    return int(number)


def broken(journal: Journal) -> str | None:
    """What is wrong with the chain, the first thing only; None: every line is as it was written.

    Lines that are added meanwhile do not disturb.
    """
    [(end, digest, last)] = journal.rows(sa.select(_END.c.number, _END.c.digest, _LAST))
    number, before = 0, FIRST
    while number < end:
        query = sa.select(_AUDIT).where(_AUDIT.c.number.between(number + 1, end))
        page = journal.rows(query.order_by(_AUDIT.c.number).limit(PAGE))
        for row in page:
            number += 1
            if row.number != number:
                return f"line {number} of the audit log is missing: the next one is {row.number}"
            try:
                entry = AuditEntry.model_validate_json(row.body)
            except ValidationError as error:
                complaint = error.errors()[0]["msg"]
                return f"line {number} of the audit log cannot be read: {complaint}"
            if entry.digest != digest_of(entry, before) or (row.number, row.site, row.at) != (
                entry.number,
                entry.site,
                entry.at,
            ):
                return f"line {number} of the audit log was changed, or one before it was"
            before = entry.digest
        if not page:
            return f"line {number + 1} of the audit log is missing, and all up to {end}"
    if before != digest:
        return f"the last line of the audit log, {end}, is not the one that was written"
    if last > end:
        return f"the audit log ends at line {end}, but somebody put in lines up to {last}"
    return None
