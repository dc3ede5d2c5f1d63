"""Counts of intervals as a table: a row each with its class and count, or a column a class."""

import pandas as pd

from training.vendors.columns import Names, Sheet
from training.vendors.counts import Counts, Words
from training.vendors.reading import Reading
from training.vendors.text import Numbers
from training.vendors.times import Clock

COLUMNS = (
    "date",
    "starts_at",
    "ends_at",
    "line",
    "direction",
    "movement",
    "to_line",
    "kind",
    "count",
)
"""What a column may be: `date` of the day, where beginning and end are only times; `line`, or a
`movement` from one line to another; the class `kind` and the `count`, or else every other column
is a class."""


def counts_of(reading: Reading, sheet: Sheet) -> pd.DataFrame:
    """The counts of a table.

    Args:
        reading: To which it belongs.
        sheet: The table, with columns of `COLUMNS`.

    Raises:
        DataError: a column is missing, or a row is wrong.
    """
    sheet.need("starts_at")
    if "movement" not in sheet.places:
        sheet.need("line")
    if "ends_at" not in sheet.places and reading.mapping.interval_s is None:
        raise reading.wrong(
            sheet.line,
            "no column tells when an interval ends; name it with `columns: {ends_at: …}`, or write "
            "`interval_s:` in the mapping",
        )
    classes = [] if "count" in sheet.places else sheet.rest()
    if not classes:
        sheet.need("count")
    counts, clock, numbers = Counts(reading), Clock(reading), Numbers(reading)
    for line, cells in sheet:
        where = (
            sheet.cell(cells, "line"),
            sheet.cell(cells, "direction"),
            sheet.cell(cells, "movement"),
            sheet.cell(cells, "to_line"),
        )
        told = (
            [(sheet.head[place], cells[place]) for place in classes]
            if classes
            else [(sheet.cell(cells, "kind"), sheet.cell(cells, "count"))]
        )
        series = where if classes else (*where, told[0][0])
        starts, ends = _span(reading, sheet, clock, line, cells, series)
        for kind, cell in told:
            if cell or not classes:
                words = Words(where[0], where[1], kind, where[2], where[3])
                counts.add(line, words, starts, ends, numbers.whole(cell, line, kind or "count"))
            else:
                reading.leave_out("empty cells: not counted, which is not nothing counted", line)
    return counts.table()


def _span(
    reading: Reading, sheet: Sheet, clock: Clock, line: int, cells: list[str], series: object
) -> tuple[pd.Timestamp, pd.Timestamp]:
    day = sheet.cell(cells, "date")
    starts, ends = (f"{day} {sheet.cell(cells, name)}".strip() for name in ("starts_at", "ends_at"))
    if "ends_at" in sheet.places:
        first, last = clock.span(starts, ends, line, series=series)
        return pd.Timestamp(first), pd.Timestamp(last)
    begins = pd.Timestamp(clock.utc(starts, line, series=series, once=True))
    return begins, begins + pd.Timedelta(seconds=reading.mapping.interval_s or 0)


def names(**known: tuple[str, ...]) -> Names:
    """Names of the columns of one maker, in the order of `COLUMNS`; others only by `columns:`."""
    return {column: known.get(column, ()) for column in COLUMNS}
