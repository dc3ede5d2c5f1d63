"""Tables of results: the systems of one run side by side; one that could not be had says why."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Value = str | float | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of every system."""

    key: str
    heading: str
    digits: int = 0


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Some figures of some systems.

    A row is a system: `what` it is, and a value for each column; or `what`, and the `reason` why
    there are none.
    """

    name: str
    title: str
    note: str
    """On what it was measured, and what it does not say."""
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Value], ...]


def written(value: Value, digits: int) -> str:
    """A value as it is shown; nothing, and what is not a number, is a dash."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return value if isinstance(value, str) else f"{value:,.{digits}f}"


def as_json(
    tables: Sequence[ResultTable],
    about: Mapping[str, Value],
    *,
    points: Sequence[Mapping[str, Value]] = (),
) -> str:
    """All tables as JSON; what is no number is null.

    Args:
        tables: Of one run.
        about: What is to be known about the run.
        points: Of curves that are too long to be shown.
    """
    content = {
        "about": _plain_row(about),
        "tables": {
            table.name: {
                "title": table.title,
                "note": table.note,
                "columns": {column.key: column.heading for column in table.columns},
                "rows": [_plain_row(row) for row in table.rows],
            }
            for table in tables
        },
        "points": [_plain_row(row) for row in points],
    }
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain_row(row: Mapping[str, Value]) -> dict[str, Value]:
    return {key: _plain(value) for key, value in row.items()}


def _plain(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value
