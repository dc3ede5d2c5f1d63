"""A comparison as tables, which the console, the page, MLflow and the gateway show."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hlaska.measures import clopper_pearson, trials_for_claim
from hlaska.results import Column, ResultTable, Value
from training.comparison.counting import Counted
from training.comparison.facts import Absent
from training.comparison.figures import BY_KEY, METRICS, Figure, Metric
from training.comparison.judging import Answer, Comparison, Failed, Judged
from training.comparison.run import Cost
from training.comparison.splits import METRICS as SPLIT_METRICS

Row = dict[str, Value]
CLAIM = 0.97
NOTE = (
    "A dash is a figure that a system's export does not allow; the table of dashes says why. The "
    "oracle is the truth itself, the constant always says the same. What is called constructed was "
    "written from documentation and is nobody's result."
)


def tables_of(found: Comparison) -> list[ResultTable]:
    """All tables of a comparison, the most important first."""
    wanted = [metric for metric in METRICS if any(_has(one, metric) for one in found.judged)]
    tables = [_scores(found, wanted), _ranks(found, wanted), _systems(found), _dashes(found)]
    tables += _count_tables(found)
    tables += [_conditions(found, by) for by in _bys(found)]
    return [table for table in tables if table.columns]


def price_of(answer: Answer) -> float | None:
    """What an hour of one camera costs; None when it is not said."""
    cost = cost_of(answer)
    if cost.per_camera_hour is not None:
        return cost.per_camera_hour
    if cost.machine_per_hour is not None and answer.faster:
        return cost.machine_per_hour / answer.faster
    return None


def summary_of(found: Comparison) -> str:
    """The answer in a few sentences: who is first, by what, and how sure that is."""
    said = []
    for key in ("hota", "map50", "count_error", "alert_recall"):
        standings = found.ranks[key]
        first = [name for name, one in standings.items() if one.rank == 1]
        if first:
            tied = f"{', '.join(first)} (not told apart)" if len(first) > 1 else first[0]
            said.append(f"{BY_KEY[key].heading}: first {tied}.")
    true = true_crossings(found)
    if true is not None:
        said.append(
            f"{true} true crossings; a claim of {CLAIM:.0%} needs {trials_for_claim(claim=CLAIM)} "
            "or more, none of them missed."
        )
    if found.failed:
        said.append(f"Failed: {', '.join(one.name for one in found.failed)}.")
    return " ".join(said) or "There are too few stretches of time to rank anybody."


def true_crossings(found: Comparison) -> int | None:
    """How many crossings there were; None when the truth counts none."""
    counted = found.judged[0].counted
    return None if isinstance(counted, Absent) else int(counted.true.sum())


def cost_of(answer: Answer) -> Cost:
    """What the run file says of its cost; nothing of a yardstick's."""
    return Cost() if answer.system is None else answer.system.cost


def _has(one: Judged, metric: Metric) -> bool:
    return isinstance(one.figures[metric.key], Figure)


def _scores(found: Comparison, wanted: Sequence[Metric]) -> ResultTable:
    rows: list[Row] = []
    for one in found.judged:
        row: Row = {"what": one.answer.name}
        for metric in wanted:
            figure = one.figures[metric.key]
            row[metric.key] = figure.value if isinstance(figure, Figure) else None
        rows.append(row | _claimed(one))
    columns = [Column(metric.key, metric.heading, metric.digits) for metric in wanted]
    if any("claim" in row for row in rows):
        columns.append(Column("claim", "crossings found (95 %, exact)"))
    rows += [_reason(one) for one in found.failed]
    return ResultTable("comparison-scores", "Scores", NOTE, tuple(columns), tuple(rows))


def _claimed(one: Judged) -> Row:
    figure = one.figures["found_share"]
    if not isinstance(figure, Figure):
        return {}
    hits, trials = map(int, figure.units.sum(axis=0))
    low, high = clopper_pearson(hits=hits, trials=trials)
    return {"claim": f"{hits} of {trials} ({low:.3f}–{high:.3f})"}


def _reason(one: Failed) -> Row:
    return {"what": one.name, "reason": one.reason}


def _ranks(found: Comparison, wanted: Sequence[Metric]) -> ResultTable:
    ranked = [one for one in wanted if any(s.rank for s in found.ranks[one.key].values())]
    rows: list[Row] = []
    for one in found.contestants:
        name = one.answer.name
        row: Row = {"what": name}
        for metric in ranked:
            standing = found.ranks[metric.key].get(name)
            if standing is not None and standing.rank is not None:
                alike = f" (as {', '.join(standing.alike)})" if standing.alike else ""
                low = ", not above the constant" if standing.above_constant is False else ""
                row[metric.key] = f"{standing.rank}{alike}{low}"
        rows.append(row)
    return ResultTable(
        "comparison-ranks",
        "Ranks",
        "A rank is one more than the number of systems that are better by a 95 % interval of the "
        f"paired difference over {len(found.spans.stretches())} stretches of {_seconds(found)} s "
        f"(counts: intervals of {found.spans.interval_s} s). In brackets: from whom it cannot be "
        "told.",
        tuple(Column(metric.key, metric.heading) for metric in ranked),
        tuple(rows),
    )


def _seconds(found: Comparison) -> str:
    return f"{found.spans.stretch_s:g}"


def _systems(found: Comparison) -> ResultTable:
    rows: list[Row] = []
    for one in found.judged:
        answer, cost = one.answer, cost_of(one.answer)
        rows.append(
            {
                "what": answer.name,
                "is": answer.what,
                "price": price_of(answer),
                "currency": cost.currency if price_of(answer) is not None else None,
                "faster": answer.faster,
                "hardware": cost.hardware or None,
                "source": cost.source or None,
                "notes": "; ".join(answer.notes) or None,
            }
        )
    columns = (
        Column("is", "what it is"),
        Column("price", "price a camera-hour", 3),
        Column("currency", "in"),
        Column("faster", "times faster than the camera", 1),
        Column("hardware", "hardware"),
        Column("source", "price from"),
        Column("notes", "repaired or left out"),
    )
    rows += [_reason(one) for one in found.failed]
    note = (
        "Prices are those that the run file states; speeds are of this machine, whatever else ran."
    )
    return ResultTable(
        "comparison-systems", "Systems and what they cost", note, columns, tuple(rows)
    )


def _dashes(found: Comparison) -> ResultTable:
    rows: list[Row] = []
    for one in found.judged:
        because: dict[str, list[str]] = {}
        for metric in METRICS:
            figure = one.figures[metric.key]
            if isinstance(figure, Absent):
                because.setdefault(figure.reason, []).append(metric.heading)
        if because:
            words = [f"{', '.join(names)}: {reason}" for reason, names in because.items()]
            rows.append({"what": one.answer.name, "why": ". ".join(words)})
    columns = (Column("why", "not known, and why"),) if rows else ()
    return ResultTable("comparison-dashes", "Dashes", "", columns, tuple(rows))


def _count_tables(found: Comparison) -> Iterator[ResultTable]:
    counted: Callable[[Judged], Counted | Absent]
    for name, title, counted in (
        ("comparison-counts", "Crossings of each line, way and class", lambda one: one.counted),
        ("comparison-turns", "Turning movements", lambda one: one.movements),
    ):
        truth = counted(found.judged[0])
        if isinstance(truth, Absent):
            continue
        headings = [", ".join(word for word in cell if word) for cell in truth.cells]
        rows: list[Row] = [_total("truth", headings, truth.true)]
        for one in found.judged[1:]:
            told = counted(one)
            if isinstance(told, Counted):
                own = [", ".join(word for word in cell if word) for cell in told.cells]
                rows.append(_total(one.answer.name, own, told.told))
        yield ResultTable(
            name,
            title,
            "In the whole judged time; errors of an interval may cancel out here.",
            tuple(Column(heading, heading) for heading in headings),
            tuple(rows),
        )


def _total(what: str, headings: Sequence[str], counts: NDArray[np.float64]) -> Row:
    totals = zip(headings, counts.sum(axis=1), strict=True)
    return {"what": what, **{heading: float(total) for heading, total in totals}}


def _bys(found: Comparison) -> list[str]:
    return list(dict.fromkeys(by for one in found.judged for by, _ in one.parts))


def _conditions(found: Comparison, by: str) -> ResultTable:
    names = list(dict.fromkeys(
        name for one in found.judged for other, name in one.parts if other == by
    ))  # fmt: skip
    columns = [
        Column(f"{name}/{key}", f"{name}: {BY_KEY[key].heading}", BY_KEY[key].digits)
        for key in SPLIT_METRICS
        for name in names
        if any(isinstance(one.parts[by, name][key], Figure) for one in found.judged)
    ]
    rows: list[Row] = []
    for one in found.judged:
        row: Row = {"what": one.answer.name}
        for name in names:
            for key, figure in one.parts[by, name].items():
                row[f"{name}/{key}"] = figure.value if isinstance(figure, Figure) else None
        rows.append(row)
    note = "The same figures on a part of the truth; parts are small, and have no intervals."
    return ResultTable(f"comparison-{by}", f"By {by}", note, tuple(columns), tuple(rows))
