"""Two that need no formula: what the measures say of the best desk there is, and of a dull one."""

from collections.abc import Iterable, Sequence

from catalogs.exercise.score import Notice, Steps
from catalogs.exercise.truth import Activity, Tell, Wanted

DULL = 1
"""The one level that is right nearly always."""


def oracle(activities: Sequence[Activity], zones: Iterable[str]) -> tuple[Steps, list[Notice]]:
    """Knows the truth: the lowest right level at once, one alert for each that should be told."""
    wanted = Wanted(activities)
    # Before the first edge, level 0 is right.
    steps = {
        zone: [(at_s, wanted.ideal(zone, at_s)) for at_s in wanted.edges()]
        for zone in (None, *zones)
    }
    return steps, [Notice(frozenset({one.id})) for one in activities if one.tell is Tell.ONCE]


def constant(severe: Iterable[str], zones: Iterable[str]) -> tuple[Steps, list[Notice]]:
    """Level 1 always, and each event of severity 2 or more is an alert of its own.

    Args:
        severe: Of each such event, the activity that it belongs to.
        zones: Of the site.
    """
    steps = {zone: [(0.0, DULL)] for zone in (None, *zones)}
    return steps, [Notice(frozenset({activity})) for activity in severe]
