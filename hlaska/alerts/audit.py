"""The audit log: who did what, in a chain that shows when a line is changed, lost or put in."""

import hashlib

from pydantic import AwareDatetime, Field

from hlaska.alerts.alert import Person
from hlaska.records import Name, Record

FIRST = "0" * 64
"""The digest before the first line."""


class AuditEntry(Record):
    """One line of the audit log."""

    number: int = Field(ge=1, description="1, 2, 3 … without a gap.")
    at: AwareDatetime
    by: Person
    site: Name
    did: str = Field(description="Such as `alert.acknowledge` or `silence.add`.")
    about: str = Field(description="Id of the alert or silence.")
    body: str = Field(description="What was ordered, JSON.")
    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="See `digest_of`.")


def digest_of(entry: AuditEntry, before: str) -> str:
    """SHA-256 of the digest before an entry and of all that the entry says but its own digest."""
    said = entry.model_dump_json(exclude={"digest"})
    return hashlib.sha256(f"{before}\x1f{said}".encode()).hexdigest()
