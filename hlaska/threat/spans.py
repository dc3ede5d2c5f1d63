"""Changes of level as spans of time without a gap, for timelines and reports."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import AwareDatetime, Field

from hlaska.records import Name, Record
from hlaska.threat.levels import LevelChange


class Span(Record):
    """How threatened a zone was from one time to another."""

    zone: Name | None = Field(description="None: the whole site.")
    start: AwareDatetime
    end: AwareDatetime
    level: int = Field(ge=0, le=4)
    known: bool = Field(description="False: nobody could tell, or nobody did.")

    @property
    def lasted_s(self) -> float:
        """How long, in seconds."""
        return (self.end - self.start).total_seconds()


def spans(
    changes: Iterable[LevelChange],
    since: datetime,
    until: datetime,
    zones: Sequence[str | None] | None = None,
) -> tuple[Span, ...]:
    """The levels of each zone over a time, without a gap; neighbours differ.

    Args:
        changes: In any order; those of before `since` say how it began. Of two at one moment the
            later in the row counts.
        since: Where the first span of each zone begins.
        until: Where the last span of each zone ends.
        zones: Which, in which order; None: the site and all that changed, by name.

    Returns:
        Zone by zone, each in the order of time. Before its first change a zone is at level 0 and
        not known. Nothing when `until` is not later than `since`.
    """
    if until <= since:
        return ()
    in_order = sorted(changes, key=lambda change: change.at)
    if zones is None:
        zones = [None, *sorted({change.zone for change in in_order if change.zone is not None})]
    found: list[Span] = []
    for zone in zones:
        own = [change for change in in_order if change.zone == zone and change.at < until]
        found += _spans_of(zone, own, since, until)
    return tuple(found)


def level_at(
    changes: Iterable[LevelChange], zone: str | None, moment: datetime
) -> LevelChange | None:
    """The last change of a zone up to a moment; None when there was none."""
    found = None
    for change in changes:
        if change.zone != zone or change.at > moment:
            continue
        if found is None or change.at >= found.at:
            found = change
    return found


def _spans_of(
    zone: str | None, changes: Sequence[LevelChange], since: datetime, until: datetime
) -> list[Span]:
    done: list[Span] = []
    start, level, known = since, 0, False
    for change in changes:
        at = max(change.at, since)
        if (change.level, change.known) == (level, known):
            continue
        if at > start:
            done.append(Span(zone=zone, start=start, end=at, level=level, known=known))
        start, level, known = at, change.level, change.known
        # Between two changes at one moment nothing lasted: what came before may go on.
        if done and (done[-1].level, done[-1].known) == (level, known):
            start = done.pop().start
    done.append(Span(zone=zone, start=start, end=until, level=level, known=known))
    return done
