"""A comparison as points: intervals, ranks, counts of every cell, conditions, costs."""

from collections.abc import Iterator

from hlaska.columns import DIRECTION, LINE, OBJECT_CLASS
from hlaska.results import INTERVALS, Value
from training.comparison.counting import Counted
from training.comparison.facts import Absent
from training.comparison.figures import BY_KEY, METRICS, Figure, Metric
from training.comparison.judging import Comparison
from training.comparison.ranking import difference, interval_of, pairs_of
from training.comparison.tables import cost_of, price_of

Row = dict[str, Value]
COUNTS, TURNS, CONDITIONS, RANKS, COSTS = "counts", "turns", "conditions", "ranks", "costs"
"""Names of points: of each cell and interval what was counted and what was true; of each system
under each condition a figure; its rank by each metric; and what it costs an hour."""


def points_of(found: Comparison) -> dict[str, list[Row]]:
    """What is too long for a table; see `hlaska.results` and the names above."""
    return {
        INTERVALS: [*_intervals(found), *_differences(found)],
        RANKS: [
            {"what": name, "metric": BY_KEY[key].heading, "rank": one.rank,
             "alike": ", ".join(one.alike), "above_constant": _yes(one.above_constant)}
            for key, standings in found.ranks.items()
            for name, one in standings.items()
        ],
        COUNTS: [row for one in found.judged for row in _cell_rows(one.answer.name, one.counted)],
        TURNS: [row for one in found.judged for row in _cell_rows(one.answer.name, one.movements)],
        CONDITIONS: [
            {"what": one.answer.name, "by": by, "part": name, "metric": BY_KEY[key].heading,
             "better": BY_KEY[key].better,
             "value": figure.value if isinstance(figure, Figure) else None}
            for one in found.judged
            for (by, name), figures in one.parts.items()
            for key, figure in figures.items()
        ],
        COSTS: [
            {"what": one.answer.name, "price": price_of(one.answer), "faster": one.answer.faster,
             "currency": (cost := cost_of(one.answer)).currency, "hardware": cost.hardware}
            for one in found.contestants
        ],
    }  # fmt: skip


def _intervals(found: Comparison) -> Iterator[Row]:
    for one in found.judged:
        for metric in METRICS:
            figure = one.figures[metric.key]
            if isinstance(figure, Figure):
                interval = interval_of(figure, metric)
                yield _point(one.answer.name, metric, interval.low, interval.value, interval.high)


def _differences(found: Comparison) -> Iterator[Row]:
    for metric in METRICS:
        had = {one.answer.name: figure for one in found.contestants
               if isinstance(figure := one.figures[metric.key], Figure)}  # fmt: skip
        for name, other in pairs_of(list(had)):
            between = difference(had[name], had[other])
            row = _point(name, metric, between.low, between.value, between.high)
            yield row | {"than": other}


def _point(what: str, metric: Metric, low: float, value: float, high: float) -> Row:
    return {"what": what, "metric": metric.heading, "value": value, "low": low, "high": high,
            "better": metric.better}  # fmt: skip


def _cell_rows(what: str, counted: Counted | Absent) -> Iterator[Row]:
    if isinstance(counted, Absent):
        return
    for place, (line, way, kind) in enumerate(counted.cells):
        for number, interval in enumerate(counted.intervals):
            yield {
                "what": what,
                LINE: line,
                DIRECTION: way,
                OBJECT_CLASS: kind,
                "start": interval.starts_at.isoformat(),
                "end": interval.ends_at.isoformat(),
                "count": float(counted.told[place, number]),
                "true": float(counted.true[place, number]),
            }


def _yes(so: bool | None) -> str | None:
    return None if so is None else "yes" if so else "no"
