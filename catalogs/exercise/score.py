"""How well levels and alerts followed the truth of a day. Pure; the same for any system."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from catalogs.exercise.truth import Activity, Tell, Wanted

ESCALATED = 2
"""A level from which on somebody is sent."""

Steps = Mapping[str | None, Sequence[tuple[float, int]]]
"""Of each zone (None: the whole site) when its level changed, seconds of the day, and to what; 0
before. In any order."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert as a dispatcher met it."""

    activities: frozenset[str]
    """Of the events in it."""
    told: int = 1
    """How often it rang."""


@dataclass(frozen=True, slots=True)
class Rise:
    """How long a level took to rise to where it should be."""

    activity: str
    zone: str
    wanted: tuple[int, int]
    """The lowest and highest level that are right."""
    within_s: float
    """So soon it should be there."""
    after_s: float
    """Since the activity asked for it; infinite if it never was there."""

    @property
    def in_time(self) -> bool:
        """Whether it was."""
        return self.after_s <= self.within_s


@dataclass(frozen=True, slots=True)
class DayScore:
    """How one day was seen."""

    rises: tuple[Rise, ...]
    too_low: float
    """Share of time and zones (the site is one more) below the lowest right level, 0..1."""
    too_high: float
    """The same above the highest."""
    notices_per_activity: float
    """Alerts for each activity that should be told once, mean; 1 is right, if nothing is missed."""
    missed: int
    """Such activities without an alert."""
    split: int
    """Such activities with two or more."""
    merged: int
    """Alerts that hold two or more such activities."""
    false_notices: int
    """Alerts that hold nothing that should or may be told."""
    false_escalations: int
    """Spells in which some level was `ESCALATED` or more where none so high was right."""
    notices: int
    told: int
    """How often the room rang."""

    @property
    def level_errors(self) -> float:
        """Share of time and zones with a level that is not right, 0..1."""
        return self.too_low + self.too_high


def score(
    activities: Sequence[Activity],
    zones: Iterable[str],
    lasts_s: float,
    steps: Steps,
    notices: Sequence[Notice],
) -> DayScore:
    """Compares what a dispatcher saw with what should have been seen.

    Args:
        activities: The truth of the day.
        zones: Of the site.
        lasts_s: Length of the day, seconds from 0.
        steps: The levels.
        notices: The alerts.
    """
    wanted = Wanted(activities)
    levels = {zone: _Level(steps.get(zone, ())) for zone in (None, *zones)}
    low_s = high_s = 0.0
    wrong: list[tuple[float, float]] = []
    for zone, level in levels.items():
        edges = sorted({0.0, lasts_s, *level.times, *wanted.edges()})
        for begin_s, end_s in pairwise(at for at in edges if 0 <= at <= lasts_s):
            here, (lowest, highest) = level.at(begin_s), wanted.at(zone, begin_s)
            low_s += (end_s - begin_s) * (here < lowest)
            high_s += (end_s - begin_s) * (here > highest)
            if here >= ESCALATED > highest:
                wrong.append((begin_s, end_s))
    whole_s = lasts_s * len(levels)
    once = [activity.id for activity in activities if activity.tell is Tell.ONCE]
    fair = {activity.id for activity in activities if activity.tell is not Tell.NEVER}
    counts = [sum(name in notice.activities for notice in notices) for name in once]
    return DayScore(
        rises=tuple(_rises(activities, wanted, levels)),
        too_low=low_s / whole_s,
        too_high=high_s / whole_s,
        notices_per_activity=sum(counts) / len(counts) if counts else math.nan,
        missed=counts.count(0),
        split=sum(count > 1 for count in counts),
        merged=sum(len(notice.activities.intersection(once)) > 1 for notice in notices),
        false_notices=sum(not notice.activities & fair for notice in notices),
        false_escalations=_spells(wrong),
        notices=len(notices),
        told=sum(notice.told for notice in notices),
    )


class _Level:
    """A level as a function of time."""

    def __init__(self, steps: Iterable[tuple[float, int]]) -> None:
        # Of several changes at one time the last one given holds.
        ordered = sorted(dict(steps).items())
        self.times = [at_s for at_s, _ in ordered]
        self._levels = [0, *(level for _, level in ordered)]

    def at(self, at_s: float) -> int:
        return self._levels[bisect_right(self.times, at_s)]


def _rises(
    activities: Sequence[Activity], wanted: Wanted, levels: Mapping[str | None, _Level]
) -> Iterable[Rise]:
    for activity in activities:
        demand = activity.demand
        if demand is None or demand.zone is None:
            continue
        level = levels[demand.zone]
        edges = {demand.begin_s, *level.times, *wanted.edges()}
        right = (
            at_s
            for at_s in sorted(edges)
            if demand.begin_s <= at_s < demand.end_s
            and demand.lowest <= level.at(at_s) <= wanted.at(demand.zone, at_s)[1]
        )
        yield Rise(
            activity.id,
            demand.zone,
            (demand.lowest, demand.highest),
            demand.within_s,
            next(right, math.inf) - demand.begin_s,
        )


def _spells(parts: Iterable[tuple[float, float]]) -> int:
    """How many spells without a gap the parts make together."""
    spells, until_s = 0, -math.inf
    for begin_s, end_s in sorted(parts):
        spells += begin_s > until_s
        until_s = max(until_s, end_s)
    return spells
