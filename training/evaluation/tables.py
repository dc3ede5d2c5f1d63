"""Tables of results as a file of JSON."""

import json
import math
from collections.abc import Mapping, Sequence

from hlaska.results import ResultTable, Value


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
