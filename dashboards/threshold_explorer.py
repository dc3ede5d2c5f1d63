"""What another threshold would do: precision, recall and false alarms, a slider for each class."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import param

from dashboards.part import Part
from dashboards.report_words import told
from hlaska.results import OPERATING, THRESHOLDS, Report, Value


def threshold_facts(report: Report, language: str) -> dict[str, Any]:
    """The curves of a report.

    Returns:
        `rate` (what it is, in words; empty: none) and `systems`: `name` and `classes`, each with
        `name` (as on the card), `words`, `points` (threshold, precision, recall, rate; rising
        threshold, none: unknown) and `card` (the same at the card's operating point, or none).
        Empty where the report has no curves.
    """
    rows = report.points.get(THRESHOLDS, ())
    if not rows:
        return {}
    curves: dict[str, dict[str, list[list[float | None]]]] = {}
    for row in rows:
        point = _point(row)
        if point[0] is not None:
            by_class = curves.setdefault(str(row.get("what")), {})
            by_class.setdefault(str(row.get("class")), []).append(point)
    cards = {
        (str(row.get("what")), str(row.get("class"))): _point(row)
        for row in report.points.get(OPERATING, ())
    }
    return {
        "rate": told(str(report.about.get("rate") or ""), language),
        "systems": [
            {
                "name": system,
                "classes": [
                    {
                        "name": name,
                        "words": told(name, language),
                        "points": _rising(points, cards.get((system, name))),
                        "card": cards.get((system, name)),
                    }
                    for name, points in classes.items()
                ],
            }
            for system, classes in curves.items()
        ],
    }


def _rising(
    points: Sequence[list[float | None]], card: list[float | None] | None
) -> list[list[float | None]]:
    """All that was measured, by threshold; the card's point is one of them."""
    by_threshold = {point[0] or 0.0: point for point in (*points, *([card] if card else []))}
    return [by_threshold[threshold] for threshold in sorted(by_threshold)]


def _point(row: Mapping[str, Value]) -> list[float | None]:
    values = (row.get(key) for key in ("threshold", "precision", "recall", "rate"))
    return [float(one) if isinstance(one, int | float) else None for one in values]


class ThresholdExplorer(Part):
    """Curves over the threshold; a slider a class, and what it would mean for the card."""

    facts = param.Dict(default={}, doc="See `threshold_facts`; empty: there are no curves.")
    language = param.String(default="en", doc="In which numbers are written.")
    empty = param.String(default="", doc="What stands there when there are no curves.")
    command = param.String(default="", doc="What to type to get some; empty: nothing.")

    _esm = "browser/threshold_explorer.js"
    _look: ClassVar[str] = "threshold_explorer.css"
