"""The neutral CSV files in which a truth is written down; each mistake with its file and line."""

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from hlaska.errors import DataError

LARGEST = 1e12
Read = Callable[[str], object]
Cells = dict[str, object]


def number(text: str) -> float:
    """A finite number with a decimal point, not beyond 10¹²; ValueError if it is none."""
    value = float(text)
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise ValueError("a finite number is wanted, with a decimal point")
    return value


def whole(text: str) -> int:
    """A whole number, 0 or more."""
    value = number(text)
    if value < 0 or value != int(value):
        raise ValueError("a whole number is wanted, 0 or more")
    return int(value)


def moment(text: str) -> datetime:
    """A time with its UTC offset, as 2026-05-01T12:00:00+02:00."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("the time has no UTC offset; write 2026-05-01T12:00:00+02:00")
    return at.astimezone(UTC)


def word(text: str) -> str:
    """A word, which may not be missing."""
    if not text:
        raise ValueError("a word is wanted")
    return text


def or_nothing(read: Read) -> Read:
    """The same where the cell may be empty: then None."""
    return lambda text: read(text) if text else None


def rows_of(
    path: Path,
    wanted: Mapping[str, Read],
    optional: Mapping[str, Read],
    *,
    either: Sequence[str] = (),
) -> Iterator[tuple[int, Cells]]:
    """The line and the cells of each row of a CSV file with a head; commas, UTF-8.

    Args:
        path: The file.
        wanted: Columns that must be there, and how a cell is read.
        optional: Columns that may be there; a cell of one that is not there is None.
        either: Optional columns of which one must be there.

    Raises:
        DataError: the file cannot be read, a column is missing or unknown, or a cell is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; correct the path in the run file") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: it is not UTF-8; save it as UTF-8") from error
    reader = csv.reader(text.splitlines())
    head = [name.strip() for name in next(reader, [])]
    known = [*wanted, *optional]
    missing = [name for name in wanted if name not in head]
    strange = sorted({name for name in head if name not in known or head.count(name) > 1})
    if either and not any(name in head for name in either):
        missing.append(" or ".join(either))
    if missing or strange:
        raise DataError(
            f"{path}, line 1: the columns are {', '.join(head) or 'none'}; "
            + "; ".join(
                [f"{name} is missing" for name in missing]
                + [f"{name!r} is unknown or there twice" for name in strange]
            )
            + f". Known, with commas between: {', '.join(known)}"
        )
    reads = {**wanted, **optional}
    empty: Cells = dict.fromkeys(known)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, empty | _cells(path, reader.line_num, head, cells, reads)


def _cells(
    path: Path, line: int, head: Sequence[str], cells: Sequence[str], reads: Mapping[str, Read]
) -> Cells:
    if len(cells) != len(head):
        raise DataError(
            f"{path}, line {line}: {len(cells)} cells under {len(head)} columns; a decimal comma "
            "or a missing comma? Write one cell for each column"
        )
    found: Cells = {}
    for name, cell in zip(head, cells, strict=True):
        try:
            found[name] = reads[name](cell.strip())
        except ValueError as error:
            raise DataError(f"{path}, line {line}, {name}: {cell[:60]!r}: {error}") from error
    return found
