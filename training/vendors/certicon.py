"""Certicon's CertiConVis: counts as a table of the customer's wish.

RESTS ON an interview with the company (zivotzaokny.eu, 17 March 2022): what data it gives, and in
which form, is as the customer wishes, be it an Excel table. No file of it, and no list of columns,
was found in public.

ASSUMED: the table is saved as CSV with a row an interval, line, direction and class, as Czech Excel
writes it: semicolons, cp1250, decimal commas, local time. Names of columns are guesses, in Czech
and English: a real export says which is which with `columns:` in the mapping.

Files that were written after this text are `constructed: true`.
"""

from pathlib import Path

from training.vendors.columns import Sheet
from training.vendors.export import Export
from training.vendors.interval_counts import counts_of, names
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading

NAMES = names(
    date=("datum", "date"),
    starts_at=("od", "zacatek", "cas od", "start", "from"),
    ends_at=("do", "konec", "cas do", "end", "to"),
    line=("cara", "linie", "misto", "line"),
    direction=("smer", "direction"),
    kind=("trida", "typ", "kategorie", "class"),
    count=("pocet", "count"),
)


def read(path: Path, mapping: Mapping) -> Export:
    """Counts of lines.

    Raises:
        DataError: the file is wrong, or holds what the mapping does not explain.
    """
    reading = Reading(path, mapping)
    return reading.done(counts=counts_of(reading, Sheet(reading, NAMES)))
