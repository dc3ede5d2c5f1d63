"""GRIDSMART: counts as CSV, a row a vehicle, a file a zone; a file, a folder or the ZIP of a day.

RESTS ON the maker's article of version 9 (cubicits.freshdesk.com 69000340939), which names the
columns: Count Version, Site Revision, Local Timestamp, UTC Offset, Turn, Vehicle Length, Speed,
Light State, Seconds in Zone, Vehicles Remaining, Seconds of Light State, Seconds Since Green, two
free flow speeds, Bike Probability; and on the public description of the City of Austin
(cityofaustin/atd-data-lake, "GRIDSMART") of version 8: a ZIP of the day, in which each file is
named after its zone; times are HHMMSS.f, offsets minutes, turns S, R, L or U.

ASSUMED: UTC is the local time minus the offset; but Austin found offsets that ignored daylight
saving, so `time_zone:` of the mapping, where it is said, counts in their stead. Where a time has no
date, the name of the file or ZIP has it (YYYY-MM-DD). Without a head, columns are in that order.
There are no classes: a row is a `bicycle` from a Bike Probability of one half, else a `vehicle`,
which `classes:` explains. The line is the zone, the direction the turn; "zone turn" is a movement
for `movements:`. Speeds and lengths of single vehicles have no place in a count and are left out.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from training.vendors.columns import Sheet
from training.vendors.counts import Counts, Words
from training.vendors.export import Export
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading
from training.vendors.text import MOST_BYTES, Numbers, Row, content, decoded, rows
from training.vendors.times import Clock

NAMES = {
    "at": ("local timestamp", "timestamp"),
    "utc_offset": ("utc offset",),
    "turn": ("turn",),
    "bicycle": ("bike probability",),
}
_OF_8 = (
    "Count Version;Site Revision;Local Timestamp;UTC Offset;Turn;Vehicle Length;Speed;Light State;"
    "Seconds in Zone;Vehicles Remaining;Seconds of Light State;Seconds Since Green;"
    "Zone Recent Free Flow Speed;Zone Calibration Free Flow Speed"
).split(";")
_HEADS = {"8": _OF_8, "9": [*_OF_8, "Bike Probability"]}
# Whatever zipfile raises of a file that is cut off, damaged, encrypted or packed in another way.
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
_TURNS = frozenset("SRLU")
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")


def read(path: Path, mapping: Mapping) -> Export:
    """Crossings of zones, by turn.

    Raises:
        DataError: the file is wrong, or holds what the mapping does not explain.
    """
    reading = Reading(path, mapping)
    counts = Counts(reading)
    found = 0
    for name, raw in _files(reading):
        found += 1
        # Errors name the file inside the ZIP or folder; what is kept, is kept for the whole.
        reading.path = path if name == path.name else path / name
        _zone(PurePosixPath(name), decoded(raw, reading), counts, reading)
    reading.path = path
    if not found:
        raise reading.wrong(None, "no .csv in it; give a file, folder or ZIP of counts")
    return reading.done(counts=counts.table())


def _files(reading: Reading) -> Iterator[tuple[str, bytes]]:
    path = reading.path
    if path.is_dir():
        for file in sorted(path.glob("*.csv")):
            reading.path = file
            yield file.name, content(reading)
    elif not zipfile.is_zipfile(path):
        yield path.name, content(reading)
    else:
        try:
            with zipfile.ZipFile(path) as packed:
                inside = [one for one in packed.infolist() if one.filename.endswith(".csv")]
                if sum(one.file_size for one in inside) > MOST_BYTES:
                    raise reading.wrong(None, "unpacks to too much; export less")
                for one in inside:
                    yield one.filename, packed.read(one)
        except _DAMAGES as error:
            raise reading.wrong(None, f"damaged ZIP: {error}; copy it again") from error


def _zone(name: PurePosixPath, text: str, counts: Counts, reading: Reading) -> None:
    numbers, clock = Numbers(reading), Clock(reading)
    sheet = Sheet(reading, NAMES, _with_head(text, reading))
    sheet.need("at", "turn")
    reading.leave_out("speeds and lengths of single vehicles")
    for line, cells in sheet:
        turn = sheet.cell(cells, "turn").upper()
        if turn not in _TURNS:
            raise reading.wrong(line, f"turn {turn[:20]!r}; known: S, R, L, U")
        likely = numbers.optional(sheet.cell(cells, "bicycle"), line, "Bike Probability")
        if likely > 1:
            reading.repair("Bike Probability over 1 read as percent", line)
            likely /= 100
        kind = "bicycle" if likely >= 0.5 else "vehicle"
        at = _time(sheet, line, cells, numbers, clock)
        counts.event(line, Words(name.stem, turn, kind, f"{name.stem} {turn}"), at)


def _with_head(text: str, reading: Reading) -> Iterator[Row]:
    source = rows(text, reading)
    first = next(source, None)
    if first is None:
        return
    line, cells = first
    version = cells[0]
    if version.isascii() and version.isdigit():
        head = _HEADS.get(version)
        if head is None or len(head) != len(cells):
            raise reading.wrong(
                line,
                f"{len(cells)} columns of version {version} without a head; known without one: 8 "
                "(14 columns), 9 (15); export it with a head",
            )
        reading.repair(f"no head: columns of version {version}", line)
        yield line, head
    yield first
    yield from source


def _time(
    sheet: Sheet, line: int, cells: Sequence[str], numbers: Numbers, clock: Clock
) -> datetime:
    reading = sheet.reading
    text = sheet.cell(cells, "at")
    if re.fullmatch(r"\d{1,6}(\.\d+)?", text, re.ASCII):
        day = _DAY.search(reading.path.name) or _DAY.search(reading.path.parent.name)
        if day is None:
            raise reading.wrong(
                line, f"{text!r} has no date, nor has the name of the file; rename it YYYY-MM-DD…"
            )
        whole, _, part = text.partition(".")
        clock_time = f"{whole.zfill(6)[:2]}:{whole.zfill(6)[2:4]}:{whole.zfill(6)[4:]}"
        text = f"{'-'.join(day.groups())} {clock_time}{f'.{part[:9]}' if part else ''}"
    written = sheet.cell(cells, "utc_offset")
    if reading.mapping.time_zone is not None or not written:
        return clock.utc(text, line, series=reading.path)
    offset = numbers.whole(written, line, "UTC Offset")
    if abs(offset) > 14 * 60:
        raise reading.wrong(line, f"UTC Offset of {offset} minutes; at most 840 are possible")
    return clock.utc(f"{text}Z", line) - timedelta(minutes=offset)
