"""Who is better, and where that is not known: intervals, paired differences, ranks with ties.

Stretches of time are drawn with replacement, the same for every system (`hlaska.bootstrap`). A rank
is one more than the number of systems that are better beyond doubt, so that whoever cannot be told
from the best is first too. Where two share a neighbour they need not be alike themselves: each row
says with whom it is. The intervals are 95 % each and not widened for the number of pairs.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hlaska.bootstrap import Counts, Interval, paired_difference
from training.comparison.figures import UNRANKED, Figure, Metric

FEWEST = 4
"""Stretches in which something was asked, from which an interval is worth its name."""
MOST = 96
"""Stretches that are drawn; of more, neighbours are put together, which errs on the safe side."""
_ROUNDING = 1e-9
"""A smaller difference is that of the last digits of a float."""
_UNKNOWN = Interval(math.nan, math.nan, math.nan)


def interval_of(figure: Figure, metric: Metric) -> Interval:
    """A figure with its 95 % interval, within what the metric can be; NaN bounds when unknown."""
    nothing = np.zeros_like(figure.units)
    # Zero by every measure in use: nothing found, nothing off, of something.
    nothing[(figure.units != 0).any(axis=1), -1] = 1.0
    found = _drawn(figure, Figure(0.0, nothing, figure.measure))
    return Interval(
        max(found.low, metric.least) if math.isfinite(found.low) else math.nan,
        figure.value,
        min(found.high, metric.most) if math.isfinite(found.high) else math.nan,
    )


def difference(one: Figure, other: Figure) -> Interval:
    """How much more a figure is for one system than for another, on the same stretches."""
    return _drawn(one, other)


def _drawn(one: Figure, other: Figure) -> Interval:
    """The interval of a difference; about the difference of the whole figures.

    What does not add up, such as HOTA, differs between the whole and the mean of its stretches:
    from these only the spread is taken.
    """
    value = one.value - other.value
    asked = np.isfinite(one.units).all(axis=1) & np.isfinite(other.units).all(axis=1)
    # Neither was asked anything there: such a stretch says nothing of either.
    asked &= (one.units != 0).any(axis=1) | (other.units != 0).any(axis=1)
    if asked.sum() < FEWEST or not math.isfinite(value):
        return _UNKNOWN if not math.isfinite(value) else Interval(math.nan, value, math.nan)
    found = paired_difference(
        _pooled(one.units[asked]),
        _pooled(other.units[asked]),
        one.measure,
        rng=np.random.default_rng(0),
    )
    return Interval(value + found.low - found.value, value, value + found.high - found.value)


def _pooled(units: Counts) -> Counts:
    if len(units) <= MOST:
        return units
    return np.add.reduceat(units, np.linspace(0, len(units), MOST, endpoint=False).astype(int))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a system stands by one metric."""

    rank: int | None
    """1 is best; None where no interval could be had, or the metric ranks nobody."""
    alike: tuple[str, ...]
    """Those from whom it cannot be told."""
    above_constant: bool | None
    """Whether it is better beyond doubt than always saying the same; None: not known."""


def standings(
    metric: Metric, figures: Mapping[str, Figure], constant: Figure | None
) -> dict[str, Standing]:
    """The ranks of some systems by one metric.

    Args:
        metric: Which tells whether more is better.
        figures: Of each system, by name; those without a value have no rank.
        constant: The yardstick's, if it has the figure.
    """
    had = {name: one for name, one in figures.items() if math.isfinite(one.value)}
    sure: dict[tuple[str, str], int | None] = {}
    names = list(had)
    for place, name in enumerate(names):
        for other in names[place + 1 :]:
            sure[name, other] = _sign(difference(had[name], had[other]), metric)
            mark = sure[name, other]
            sure[other, name] = None if mark is None else -mark
    found = {}
    for name in figures:
        others = [other for other in had if other != name]
        marks = [sure.get((name, other)) for other in others]
        known = name in had and metric.key not in UNRANKED and None not in marks
        above = None
        if name in had and constant is not None and metric.key not in UNRANKED:
            sign = _sign(difference(had[name], constant), metric)
            above = None if sign is None else sign > 0
        found[name] = Standing(
            rank=1 + marks.count(-1) if known else None,
            alike=tuple(
                other for other, mark in zip(others, marks, strict=True) if mark == 0 and known
            ),
            above_constant=above,
        )
    return found


def _sign(between: Interval, metric: Metric) -> int | None:
    """1: better beyond doubt, -1: worse, 0: the interval holds 0; None: there is no interval."""
    if not math.isfinite(between.low):
        return None
    if between.low <= _ROUNDING and between.high >= -_ROUNDING:
        return 0
    return 1 if (between.low > 0) == (metric.better == "more") else -1


def pairs_of(names: Sequence[str]) -> list[tuple[str, str]]:
    """Each two of them once."""
    return [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
