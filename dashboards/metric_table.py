"""The figures of one report: its tables, and dots with whiskers for those that have intervals."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import param

from dashboards.language import translate, written
from dashboards.part import Part
from dashboards.report_words import kind_words, moment, text_of, told, verdict_chip, version_words
from hlaska.results import INTERVALS, Report, ResultTable, Value
from hlaska.results import written as written_value
from hlaska.sites import Site

MARKS = (
    ("#6cc0f0", "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z"),
    ("#f0b429", "M2.5 2.5h11v11h-11z"),
    ("#4cc9a4", "M8 1.5L15 14H1z"),
    ("#cc79a7", "M8 0.5L15.5 8L8 15.5L0.5 8z"),
    ("#ff7a59", "M8 14.5L1 2h14z"),
    ("#f0e442", "M3 1L8 6l5-5l2 2l-5 5l5 5l-2 2l-5-5l-5 5l-2-2l5-5l-5-5z"),
    ("#e8edf2", "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12zM8 4a4 4 0 1 1 0 8a4 4 0 1 1 0-8z"),
)
"""Colour and shape of the first system, of the second …; none hangs on the colour alone."""
_ABOUT = ("data", "hours", "frames", "by", "why", "seed", "quick")
"""What is told of what a report is about, in this order."""


def metric_facts(report: Report, site: Site, language: str) -> dict[str, Any]:
    """All that is shown of a report.

    Returns:
        `title`, `kind`, `time`, `chip`, `summary`, `models`, `link`, `about` (label, words),
        `systems` (`name`, `colour`, `shape`), `metrics` (see `_metric`; `than` names the system
        that it is a difference from), and `tables` (`title`, `note`, `heads`, `rows` of `what` and
        `cells`, `reasons`).
    """
    systems = _systems(report)
    marks = {name: MARKS[number % len(MARKS)] for number, name in enumerate(systems)}
    return {
        "title": translate(report.title, language),
        "kind": kind_words(report, language),
        "time": moment(report.made_at, site),
        "chip": verdict_chip(report, language),
        "summary": translate(report.summary, language),
        "models": [version_words(model) for model in report.models],
        "link": report.link if report.link.startswith(("http://", "https://")) else "",
        "about": [
            [told(key, language), translate(text_of(report, key), language)]
            for key in _ABOUT
            if text_of(report, key)
        ],
        "systems": [
            {"name": name, "colour": colour, "shape": shape}
            for name, (colour, shape) in marks.items()
        ],
        "metrics": _metrics(report.points.get(INTERVALS, ()), systems, language),
        "tables": [_table(table, language) for table in report.tables],
    }


def _systems(report: Report) -> list[str]:
    named = [str(row.get("what")) for row in report.points.get(INTERVALS, ())]
    return list(dict.fromkeys(named))


def _metrics(
    rows: Iterable[Mapping[str, Value]], systems: Sequence[str], language: str
) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[Mapping[str, Value]]] = {}
    for row in rows:
        key = str(row.get("than") or ""), str(row.get("metric"))
        groups.setdefault(key, []).append(row)
    # Figures first, then what the others differ by.
    ordered = sorted(groups.items(), key=lambda one: one[0][0] != "")
    return [
        metric
        for (than, name), group in ordered
        if (metric := _metric(name, than, group, systems, language)) is not None
    ]


def _metric(
    name: str,
    than: str,
    rows: Sequence[Mapping[str, Value]],
    systems: Sequence[str],
    language: str,
) -> dict[str, Any] | None:
    """One figure of several systems.

    Returns:
        `name`, `than`, `better` (words), `from` and `to` (ends of its axis, with their words), and
        `dots`: `system` (its number), `value`, `low`, `high` (none: unknown), `words`. None where
        nobody has a value.
    """
    dots = []
    for row in rows:
        value, low, high = (_number(row.get(key)) for key in ("value", "low", "high"))
        if value is None:
            continue
        sure = "" if low is None or high is None else f" ({_short(low)} – {_short(high)})"
        dots.append(
            {
                "system": systems.index(str(row.get("what"))),
                "value": value,
                "low": low,
                "high": high,
                "words": written(_short(value) + sure, language),
            }
        )
    if not dots:
        return None
    low, high = _axis(dots, is_difference=bool(than))
    more = str(rows[0].get("better", "more")) != "less"
    return {
        "name": told(name, language),
        "than": than,
        "better": translate("more is better" if more else "less is better", language),
        "from": low,
        "to": high,
        "ends": [written(_short(low), language), written(_short(high), language)],
        "dots": dots,
    }


def _axis(dots: Sequence[Mapping[str, Any]], *, is_difference: bool) -> tuple[float, float]:
    """From where to where: 0 to 1 for shares, through 0 for differences, else as far as needed."""
    ends = [
        one for dot in dots for one in (dot["value"], dot["low"], dot["high"]) if one is not None
    ]
    least, most = min(ends), max(ends)
    if is_difference:
        reach = max(abs(least), abs(most)) or 1.0
        return -reach, reach
    if 0 <= least and most <= 1:
        return 0.0, 1.0
    return min(0.0, least), most


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _short(value: float) -> str:
    """Three digits that say something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _table(table: ResultTable, language: str) -> dict[str, Any]:
    """Systems beside each other, a line a figure; many systems are written below each other."""
    measured = [row for row in table.rows if "reason" not in row]
    names = [told(str(row.get("what")), language) for row in measured]
    heads = [told(column.heading, language) for column in table.columns]
    lines = [
        [_cell(row.get(column.key), column.digits, language) for row in measured]
        for column in table.columns
    ]
    across = len(names) <= len(MARKS)
    if not across:
        names, heads = heads, names
        lines = [list(line) for line in zip(*lines, strict=True)]
    return {
        "title": told(table.title, language),
        "note": told(table.note, language),
        "heads": names,
        "rows": [{"what": what, "cells": cells} for what, cells in zip(heads, lines, strict=True)],
        "reasons": [
            f"{told(str(row.get('what')), language)}: {row['reason']}"
            for row in table.rows
            if "reason" in row
        ],
    }


def _cell(value: Value, digits: int, language: str) -> str:
    if isinstance(value, str):
        return told(value, language)
    return written(written_value(value, digits), language)


class MetricTable(Part):
    """Dots with whiskers beside the tables."""

    facts = param.Dict(default={}, doc="See `metric_facts`; empty: nothing is chosen.")
    empty = param.String(default="", doc="What stands there when nothing is chosen.")
    command = param.String(default="", doc="What to type to get something; empty: nothing.")

    _esm = "browser/metric_table.js"
    _look: ClassVar[str] = "metric_table.css"
