"""Sources that were lost or impaired, from the events that say so."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import AwareDatetime, Field

from hlaska.alerts.joining import matter_of
from hlaska.events import Event
from hlaska.records import Name, Record

DOWN, DEGRADED, RESTORED = "health.down", "health.degraded", "health.restored"
_MOMENTS = frozenset({"unreadable"})
"""States of which none says that they are over: one message was bad."""


class Outage(Record):
    """A source that could not be relied on, from one time to another."""

    source: Name
    what: str = Field(description="Is wrong with what it delivers; empty: the connection.")
    lost: bool = Field(description="Whether it was lost at some time, not only impaired.")
    start: AwareDatetime = Field(description="Where it began, or the shift if that was later.")
    end: AwareDatetime = Field(description="Where it ended, or the shift if that was earlier.")
    over: bool = Field(description="Whether it works again.")
    reason: str = Field(default="", description="As first told.")

    @property
    def lasted_s(self) -> float:
        """How long, in seconds, within the time asked about."""
        return (self.end - self.start).total_seconds()


def outages(events: Iterable[Event], since: datetime, until: datetime) -> tuple[Outage, ...]:
    """What was lost or impaired between two times, the earliest first.

    Args:
        events: Of any kind, in any order; health events of before `since` say what was wrong then.
        since: The beginning.
        until: The end, not included.

    Returns:
        One a source and matter and spell: from its first bad word to its first good one.
    """
    found: list[Outage] = []
    running: dict[tuple[str, str], list[Event]] = {}
    told = [e for e in events if e.kind.startswith("health.") and e.observed_at < until]
    for event in sorted(told, key=lambda event: (event.observed_at, event.id)):
        key = (event.source, matter_of(event))
        if event.kind != RESTORED:
            running.setdefault(key, []).append(event)
        # Without a matter of its own the good word is about the connection.
        if event.kind == RESTORED or event.attributes.get("state") in _MOMENTS:
            found += _spell(running.pop(key, []), event.observed_at, since, over=True)
    for spell in running.values():
        found += _spell(spell, until, since, over=False)
    return tuple(sorted(found, key=lambda one: (one.start, one.source, one.what)))


def _spell(events: list[Event], end: datetime, since: datetime, *, over: bool) -> list[Outage]:
    if not events or end < since:
        return []
    first = events[0]
    return [
        Outage(
            source=first.source,
            what=matter_of(first),
            lost=any(event.kind == DOWN for event in events),
            start=max(first.observed_at, since),
            end=end,
            over=over,
            reason=str(first.attributes.get("reason", "")),
        )
    ]
