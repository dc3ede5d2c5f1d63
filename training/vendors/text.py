"""Text of foreign making: encodings, separators and decimal commas, with the line of everything."""

import bz2
import codecs
import csv
import io
import math
import re
from collections.abc import Iterator, Sequence

from training.vendors.reading import Place, Reading

MOST_BYTES = 2**31
"""Larger files are refused: they are read as a whole, and a bz2 holds far more than it weighs."""
LARGEST = 1e15
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    # That of UTF-32 begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)
"""First bytes of a text, the codec that reads past them, and how the names of its family begin."""
_SEPARATORS = (";", "\t", ",")
_SPACES = re.compile("[ \u00a0\u202f\u2009']")
_GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?")

Row = tuple[int, list[str]]
"""Number of the line that it begins in, and its cells without the spaces around them."""


def content(reading: Reading) -> bytes:
    """The bytes of the file, unpacked if they are bz2.

    Raises:
        DataError: it cannot be read, is empty, too large, or a bz2 that is cut off or damaged.
    """
    try:
        if reading.path.stat().st_size > MOST_BYTES:
            raise reading.wrong(None, f"larger than {_size()}; export shorter pieces")
        raw = reading.path.read_bytes()
    except OSError as error:
        raise reading.wrong(None, f"{error.strerror}; correct `path:` in the run file") from error
    if raw.startswith(b"BZh"):
        raw = _unpacked(raw, reading)
    return raw


def _unpacked(raw: bytes, reading: Reading) -> bytes:
    parts, size = [], 0
    try:
        # Streams may follow one another; what is not bz2 after the first one is not read.
        with bz2.open(io.BytesIO(raw)) as stream:
            while part := stream.read(2**24):
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES:
                    raise reading.wrong(None, f"unpacks to more than {_size()}; export less")
    except EOFError as error:
        raise reading.wrong(
            None,
            f"the bz2 is cut off: {size} bytes of it can be unpacked; copy or export it again",
        ) from error
    except OSError as error:
        raise reading.wrong(None, "the bz2 is damaged; copy or export it again") from error
    return b"".join(parts)


def _size() -> str:
    return f"{MOST_BYTES / 2**30:g} GiB"


def decoded(raw: bytes, reading: Reading) -> str:
    """Bytes as text: by the mark that they begin with, the mapping's encoding, or UTF-8.

    Raises:
        DataError: they are not of that encoding; names the line and an encoding to try.
    """
    said = reading.mapping.encoding
    name = said or "utf-8"
    for mark, marked, family in _MARKS:
        if raw.startswith(mark):
            name = marked
            if said and not codecs.lookup(said).name.startswith(family):
                reading.repair(f"read as {family}, as its first bytes say, and not as {said}")
            break
    try:
        text = raw.decode(name)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = raw[error.start] if error.start < len(raw) else 0
        raise reading.wrong(
            line,
            f"the byte {byte:#04x} is not {name}; write the right `encoding:` in the mapping, "
            "such as cp1250 (Windows, Central Europe), cp1252 (Western) or utf-16",
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise reading.wrong(
            line,
            "a zero byte, which no text holds; if it is UTF-16 without a mark, write `encoding: "
            "utf-16-le` in the mapping",
        )
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise reading.wrong(None, "the file is empty; export it again")
    return text


def separator(text: str) -> str:
    """What stands between the cells: of `;`, tab and comma the one that the first line has most.

    A line `sep=;`, which Excel writes and obeys, decides.
    """
    first = text.lstrip("\r\n").split("\n", 1)[0].strip("\r")
    if re.fullmatch(r"sep=.", first):
        return first[-1]
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_SEPARATORS, key=bare.count)


def rows(text: str, reading: Reading, between: str | None = None) -> Iterator[Row]:
    """The rows of a text that are not blank.

    Args:
        text: The table.
        reading: To which it belongs.
        between: What stands between cells; default: as `separator` finds it.

    Raises:
        DataError: a quote is not closed, or a cell is longer than 131,072 characters.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=between or separator(text), strict=True
    )
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped) and not (line == 1 and re.fullmatch("sep=.?", stripped[0])):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        raise reading.wrong(
            line, f"not a table: {error}; is a quote without its pair, or the file cut off?"
        ) from error


class Numbers:
    """Reads the numbers of a text, and keeps whether it writes a decimal comma."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._decimal = reading.mapping.decimal
        self._point: int | None = None
        self._comma: int | None = None

    def number(self, cell: str, line: int, column: str) -> float:
        """A finite number.

        Raises:
            DataError: it is none, is beyond 10¹⁵, or the file has decimal commas and points.
        """
        try:
            if self._decimal == ",":
                value = float(_pointed(cell))
            else:
                value = float(cell)
                if self._point is None and "." in cell:
                    self._point = line
                    self._agree(cell, line)
        except ValueError:
            value = self._with_comma(cell, line, column)
        if not abs(value) <= LARGEST or "_" in cell:
            raise self._no_number(cell, line, column)
        return value

    def optional(self, cell: str, line: int, column: str) -> float:
        """The same; NaN where the cell is empty or a dash."""
        return math.nan if cell in ("", "-", "–") else self.number(cell, line, column)

    def whole(self, cell: str, line: int, column: str) -> int:
        """A whole number; also written as 3.0."""
        value = self.number(cell, line, column)
        if value != int(value):
            raise self._reading.wrong(line, f"{column}: {cell[:40]!r} is not a whole number")
        return int(value)

    def _with_comma(self, cell: str, line: int, column: str) -> float:
        if self._decimal == "." or not re.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?", cell, re.ASCII):
            raise self._no_number(cell, line, column)
        if self._comma is None:
            self._comma = line
            self._agree(cell, line)
        self._reading.repair("decimal comma read as point", line)
        return float(cell.replace(",", "."))

    def _agree(self, cell: str, line: int) -> None:
        if self._point is not None and self._comma is not None:
            raise self._reading.wrong(
                line,
                f"{cell[:40]!r}: the file has a decimal point in line {self._point} and a decimal "
                f'comma in line {self._comma}; write `decimal: ","` or `decimal: "."` in the '
                "mapping, or export it again",
            )

    def _no_number(self, cell: str, line: int, column: str) -> Exception:
        hint = ""
        if "," in cell:
            hint = '; for decimal commas, write `decimal: ","` in the mapping'
        return self._reading.wrong(
            line, f"{column}: {cell[:40]!r} is not a number up to {LARGEST:.0e}{hint}"
        )


def _pointed(cell: str) -> str:
    """A number with decimal comma, perhaps with points or spaces between thousands."""
    plain = _SPACES.sub("", cell)
    if "." in plain:
        if not _GROUPED.fullmatch(plain):
            raise ValueError("a point that does not stand between thousands")
        plain = plain.replace(".", "")
    return plain.replace(",", ".")


def fitted(cells: Sequence[str], width: int, line: Place, reading: Reading) -> list[str]:
    """Cells of a row under a head of that many columns; empty ones too many at the end are dropped.

    Raises:
        DataError: there are too few or too many.
    """
    found = list(cells)
    while len(found) > width and not found[-1]:
        found.pop()
    if len(found) != width:
        raise reading.wrong(
            line,
            f"{len(found)} cells under {width} columns; a decimal comma between commas, or is the "
            "file cut off here? Export it again with semicolons",
        )
    return found
