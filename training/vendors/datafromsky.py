"""DataFromSky: trajectories as CSV, a row a track, in which blocks of a moment's values follow.

RESTS ON public descriptions of three of its exports, none of which is from the maker:

- of the viewer, in pixels: `Track ID; Type; Entry Gate; Entry Time [s]; Exit Gate; Exit Time [s];
  Traveled Dist. [px]; Avg. Speed [kpx/h]; Trajectory(x [px]; y [px]; Speed [kpx/h]; Total Acc.
  [pxs-2]; Time [s]; )`: 8 fields, then blocks of 5; also seen with commas, and with heading, length
  and width in blocks of 8;
- of the viewer, georeferenced (data set CONCOR-D): 12 fields, then blocks of 7 in metres of UTM;
- of the pNEUMA data set, recorded with it: `track_id; type; traveled_d; avg_speed; lat; lon; speed;
  lon_acc; lat_acc; time`: 4 fields, then blocks of 6.

So the head tells how wide a block is, and a head in the middle of a file begins anew.

ASSUMED: times are seconds since the beginning of the recording (`starts_at`); x and y are the
middle of the object. Pixels are points, not boxes, and do not get into the table of tracks; what
its gates saw does, as counts: `entry` and `exit` are the directions, and both gates of one track
make a turning movement. A speed counts only where it has a unit that is no pixel.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hlaska.ground import LocalPlane
from training.vendors.columns import plain, unit
from training.vendors.counts import Counts, Words
from training.vendors.export import Export
from training.vendors.mapping import METRES, METRES_PER_S, Mapping
from training.vendors.reading import Reading
from training.vendors.text import Numbers, Row, content, decoded, rows
from training.vendors.times import Clock
from training.vendors.tracks import Tracks

_X = ("x", "x utm", "utm x", "x m")
_Y = ("y", "y utm", "utm y", "y m")
_LAT, _LON = ("lat", "latitude"), ("lon", "longitude", "long")
_ID = ("track id", "id")
_NO_GATE = ("", "-", "–")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a head says: the fields of a track, and those of each block."""

    line: int
    fields: tuple[str, ...]
    block: tuple[str, ...]
    """As written, without `Trajectory(` and `)`."""

    def field(self, name: str) -> int | None:
        """The place of a field of a track."""
        plains = [plain(field) for field in self.fields]
        return plains.index(name) if name in plains else None

    def place(self, known: Sequence[str]) -> int | None:
        """The place in a block of what has one of these names."""
        return next((i for i, name in enumerate(self.block) if plain(name) in known), None)


def layout_of(line: int, head: Sequence[str], reading: Reading) -> Layout:
    """What a head says.

    Raises:
        DataError: no block of positions and times can be found in it.
    """
    names = [name for name in head if name not in ("", ")", "...", "…")]
    start = next((i for i, name in enumerate(names) if plain(name).startswith("trajectory")), None)
    if start is not None:
        names[start] = names[start].partition("(")[2]
    else:
        firsts = (*_X, *_LAT)
        start = next((i for i, name in enumerate(names) if plain(name) in firsts), len(names))
    block = [name.strip().removesuffix(")") if name.count(")") > name.count("(") else name
             for name in names[start:]]  # fmt: skip
    layout = Layout(line, tuple(names[:start]), tuple(name for name in block if name))
    both = [(_X, _Y), (_LAT, _LON)]
    located = any(None not in (layout.place(a), layout.place(b)) for a, b in both)
    if not located or layout.place(("time",)) is None or plain(layout.fields[0]) not in _ID:
        raise reading.wrong(
            line,
            f"no head of DataFromSky: {'; '.join(head)[:160]!r}; wanted are `Track ID; Type; …` "
            "and then x, y (or lat, lon) and time of a block; export it with a head",
        )
    return layout


def read(path: Path, mapping: Mapping) -> Export:
    """Tracks (on the ground, where it is georeferenced) and counts at gates.

    Raises:
        DataError: the file is wrong, or holds what the mapping does not explain.
    """
    reading = Reading(path, mapping)
    source = rows(decoded(content(reading), reading), reading)
    layout: Layout | None = None
    sky = _Sky(reading)
    for line, cells in source:
        while cells and not cells[-1]:
            cells.pop()
        if layout is None:
            layout = layout_of(line, cells, reading)
        elif plain(cells[0]) in _ID:
            layout = layout_of(line, cells, reading)
            reading.repair(f"another head: blocks of {len(layout.block)} from here on", line)
        else:
            sky.track((line, cells), layout)
    return reading.done(tracks=sky.tracks.table(), counts=sky.counts.table())


class _Sky:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.tracks, self.counts = Tracks(reading), Counts(reading)
        self._clock, self._numbers = Clock(reading), Numbers(reading)

    def track(self, row: Row, layout: Layout) -> None:
        line, cells = row
        width, first = len(layout.block), len(layout.fields)
        values = cells[first:]
        if len(cells) < first or len(values) % width:
            raise self.reading.wrong(
                line,
                f"{max(0, len(values))} values after {first} fields, which is no multiple of the "
                f"{width} of a block that the head in line {layout.line} names; export the file "
                "anew, or give this row's kind of block a head of its own",
            )
        kind_place = layout.field("type")
        word = "" if kind_place is None else cells[kind_place]
        self._gates(line, cells, layout, word)
        kind = self.reading.kind(word, line)
        if kind is None:
            return
        time_place = layout.place(("time",))
        assert time_place is not None
        last = -math.inf
        for number in range(0, len(values), width):
            block = values[number : number + width]
            seconds = self._numbers.number(block[time_place], line, "time")
            if seconds < last:
                raise self.reading.wrong(
                    line,
                    f"time goes back from {last:g} to {seconds:g} s in block "
                    f"{number // width + 1}: are the blocks of this row {width} wide, as the head "
                    f"in line {layout.line} says? Export the file anew",
                )
            last = seconds
            self.tracks.add(
                line,
                track=cells[0],
                kind=kind,
                at=self._clock.since(seconds, line),
                ground_m=self._ground(line, block, layout),
                speed_ms=self._speed(line, block, layout),
            )

    def _ground(self, line: int, block: Sequence[str], layout: Layout) -> tuple[float, float]:
        mapping = self.reading.mapping
        lat, lon = layout.place(_LAT), layout.place(_LON)
        if lat is not None and lon is not None:
            if mapping.origin is None:
                raise self.reading.wrong(
                    layout.line,
                    "positions are degrees; write `origin: [longitude, latitude]` of the site's "
                    "centre in the mapping",
                )
            degrees = [self._numbers.number(block[place], line, "lon, lat") for place in (lon, lat)]
            if not (abs(degrees[0]) <= 180 and abs(degrees[1]) <= 90):
                raise self.reading.wrong(line, f"{degrees} is no longitude and latitude")
            east, north = LocalPlane(*mapping.origin).to_metres(degrees)
            return float(east), float(north)
        x, y = layout.place(_X), layout.place(_Y)
        assert x is not None and y is not None
        name = layout.block[x]
        metres = METRES.get(unit(name))
        if metres is None:
            if "utm" not in plain(name):
                self.reading.leave_out(
                    "positions in pixels: points have no boxes; what its gates saw is counted"
                )
                return math.nan, math.nan
            metres = METRES[mapping.length_unit]
        origin = mapping.origin or (0.0, 0.0)
        east, north = (
            (self._numbers.number(block[place], line, "x, y") - start) * metres
            for place, start in zip((x, y), origin, strict=True)
        )
        return east, north

    def _speed(self, line: int, block: Sequence[str], layout: Layout) -> float:
        place = layout.place(("speed",))
        if place is None:
            return math.nan
        written = unit(layout.block[place])
        factor = METRES_PER_S.get(written or self.reading.mapping.speed_unit or "")
        if factor is None:
            self.reading.leave_out(
                f"speeds in {written}" if written else "speeds without a unit; see `speed_unit:`"
            )
            return math.nan
        return self._numbers.optional(block[place], line, "speed") * factor

    def _gates(self, line: int, cells: Sequence[str], layout: Layout, word: str) -> None:
        passed = []
        for way in ("entry", "exit"):
            gate, time = layout.field(f"{way} gate"), layout.field(f"{way} time")
            if gate is None or time is None or cells[gate] in _NO_GATE or cells[time] in _NO_GATE:
                continue
            seconds = self._numbers.number(cells[time], line, f"{way} time")
            at = self._clock.since(seconds, line)
            self.counts.event(line, Words(cells[gate], way, word), at, cells[0])
            passed.append((cells[gate], at))
        if len(passed) == 2:
            (start, _), (end, at) = passed
            self.counts.event(line, Words(start, "", word, to_line=end), at, cells[0])
