"""The pictures of a page: intervals of a figure, and counts against the truth, as SVG."""

import math
from collections.abc import Sequence
from html import escape

from hlaska.results import Value, written

Row = dict[str, Value]
WIDTH, LEFT, STEP = 460, 215, 22
_RIGHT = WIDTH - 60
_LONGEST = 34
_INK = "#0b5394"


def intervals_svg(rows: Sequence[Row], digits: int) -> str:
    """Dots with their intervals, a system a line, on one scale.

    Args:
        rows: Points of one metric, with `what`, `value`, `low` and `high`.
        digits: Of the numbers that are written.
    """
    known = [row for row in rows if _number(row["value"]) is not None]
    ends = [one for row in known for key in ("low", "value", "high")
            if (one := _number(row[key])) is not None]  # fmt: skip
    low, high = min([0.0, *ends]), max(ends, default=1.0)
    wide = (high - low) or 1.0

    def at(value: float) -> float:
        return LEFT + (value - low) / wide * (_RIGHT - LEFT)

    height = STEP * len(known) + 26
    parts = [
        f'<svg role="img" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">',
        f'<line x1="{LEFT}" x2="{_RIGHT}" y1="{height - 20}" y2="{height - 20}" stroke="#999"/>',
    ]
    for value in (low, high):
        words = escape(written(value, digits))
        parts.append(
            f'<text x="{at(value):.1f}" y="{height - 6}" text-anchor="middle">{words}</text>'
        )
    for place, row in enumerate(known):
        y = STEP * place + 14
        found = _number(row["value"])
        assert found is not None
        parts.append(f'<text x="0" y="{y + 4}">{escape(_short(str(row["what"])))}</text>')
        edges = _number(row["low"]), _number(row["high"])
        if edges[0] is not None and edges[1] is not None:
            parts.append(
                f'<line x1="{at(edges[0]):.1f}" x2="{at(edges[1]):.1f}" y1="{y}" y2="{y}" '
                f'stroke="{_INK}" stroke-width="2"/>'
            )
        parts.append(f'<circle cx="{at(found):.1f}" cy="{y}" r="4" fill="{_INK}"/>')
        words = escape(written(found, digits))
        parts.append(f'<text x="{WIDTH}" y="{y + 4}" text-anchor="end">{words}</text>')
    return "".join([*parts, "</svg>"])


def counts_svg(told: Sequence[float], true: Sequence[float]) -> str:
    """Counts of each interval as a line, over the truth as steps of grey.

    Args:
        told: A system's, interval by interval.
        true: The truth's, of the same intervals.
    """
    width, height = 300, 90
    most = max([1.0, *told, *true])
    step = width / max(len(true), 1)

    def up(value: float) -> float:
        return height - 4 - value / most * (height - 18)

    bars = "".join(
        f'<rect x="{place * step:.1f}" y="{up(value):.1f}" width="{max(step - 1, 0.5):.1f}" '
        f'height="{height - 4 - up(value):.1f}" fill="#ccc"/>'
        for place, value in enumerate(true)
    )
    line = " ".join(
        f"{(place + 0.5) * step:.1f},{up(value):.1f}" for place, value in enumerate(told)
    )
    dots = "".join(
        f'<circle cx="{(place + 0.5) * step:.1f}" cy="{up(value):.1f}" r="2" fill="{_INK}"/>'
        for place, value in enumerate(told)
    )
    return (
        f'<svg role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{bars}'
        f'<polyline points="{line}" fill="none" stroke="{_INK}" stroke-width="1.5"/>{dots}'
        f'<text x="0" y="10">{written(most, 0)}</text></svg>'
    )


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _short(text: str) -> str:
    """The beginning and the end of a name, where it may say that it was constructed."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 15]}…{text[-14:]}"
