"""Lines of a log as records: fields with separators between them, or JSON."""

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic_core import from_json

from serving.cyber.parsed import Parsed
from serving.cyber.values import shown

Columns = dict[str, NDArray[Any]]
"""Text as objects, numbers as such where all of a column are some; NaN where nothing was told."""


def separated(
    lines: Sequence[str],
    separator: str,
    names: Sequence[str],
    *,
    texts: Collection[str],
    figures: Collection[str],
    unset: str = "",
    quoted: bool = False,
) -> tuple[Columns, list[int], list[int]]:
    """The columns of lines that have as many fields as there are names.

    Args:
        lines: Without their ends.
        separator: One letter.
        names: Of all fields of a line, in order; of two alike, the first is taken.
        texts: Which of them are wanted as text …
        figures: … and which as numbers. A column in which anything else stands remains text.
        unset: What stands where nothing is told, besides the empty text.
        quoted: Whether a field may stand in quotes, with separators in it.

    Returns:
        The wanted columns that there are; which lines their rows are; and which lines have more or
        fewer fields.
    """
    if quoted:
        lines = [_unquoted(line, separator) if '"' in line else line for line in lines]
    seams = len(names) - 1
    rows = [row for row, line in enumerate(lines) if line.count(separator) == seams]
    others = sorted(set(range(len(lines))).difference(rows)) if len(rows) < len(lines) else []
    places = {name: names.index(name) for name in (*texts, *figures) if name in names}
    if not rows:
        return {name: np.empty(0, object) for name in places}, rows, others
    whole = lines if len(rows) == len(lines) else [lines[row] for row in rows]
    table = pd.read_csv(
        io.StringIO("\n".join(whole)),
        sep=separator,
        header=None,
        usecols=sorted(places.values()),
        index_col=False,
        dtype={places[name]: object for name in texts if name in places},
        na_values=[unset],
        keep_default_na=False,
        quoting=csv.QUOTE_NONE,
        lineterminator="\n",
        skip_blank_lines=False,
        low_memory=False,
    )
    return {name: table[place].to_numpy() for name, place in places.items()}, rows, others


def _unquoted(line: str, separator: str) -> str:
    """The line without its quotes; separators within them become spaces.

    A line whose quotes do not close cannot take the next one with it: each is read alone.
    """
    try:
        fields = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return ""
    return separator.join(value.replace(separator, " ") for value in fields)


def json_records(lines: Sequence[str]) -> list[dict[str, Any] | None]:
    """The object that each line is; None where it is none."""
    found: list[dict[str, Any] | None] = []
    for line in lines:
        try:
            # Twice as fast as `json`, and it knows a depth at which to stop.
            record = from_json(line)
        except ValueError:
            record = None
        found.append(record if isinstance(record, dict) else None)
    return found


def unreadable(
    lines: Sequence[str], places: Sequence[int], rows: Iterable[int], allowed: str
) -> Parsed:
    """The complaint about those lines.

    Args:
        lines: All lines …
        places: … their numbers …
        rows: … and which of them are no record.
        allowed: What they should be.
    """
    wrong = list(rows)
    if not wrong:
        return Parsed()
    words = f"line {places[wrong[0]]}: {shown(lines[wrong[0]])} is no record; it should {allowed}"
    return Parsed(unreadable=len(wrong), complaint=words)
