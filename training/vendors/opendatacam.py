"""OpenDataCam: crossings of a recording (counter data) or its boxes (tracker data), as JSON.

RESTS ON its API documentation (opendatacam.github.io/opendatacam/apidoc, "Counter data" and
"Tracker data"): counter data holds `areas` by id, and in `counterHistory` lists of crossings with
`timestamp` (UTC), `area`, `name` (the class), `id` and, in newer versions, `countingDirection`;
tracker data is a list of frames with `timestamp` and `objects`, whose x and y are the middle of the
box.

ASSUMED: boxes are in pixels of the stream that was watched. `frameId`, where there is one, counts
from when the program was started and not from the beginning of the recording: it is used only where
the mapping has a `frame_offset`.
"""

from pathlib import Path

import pandas as pd

from training.vendors.counts import Counts, Words
from training.vendors.export import Export
from training.vendors.jsons import Node, document
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading
from training.vendors.times import Clock
from training.vendors.tracks import Tracks


def read(path: Path, mapping: Mapping) -> Export:
    """Crossings of areas by their names, or tracks.

    Raises:
        DataError: the file is wrong, or holds what the mapping does not explain.
    """
    reading = Reading(path, mapping)
    whole = document(reading)
    parts = list(whole.items()) if isinstance(whole.value, list) else [whole]
    counts, tracks = Counts(reading), Tracks(reading)
    for part in parts:
        if part.has("objects"):
            _frame(part, tracks, reading)
        elif part.has("counterHistory"):
            _recording(part, counts, reading)
        elif not part.has("counterSummary"):  # a recording in which nothing was counted
            raise reading.wrong(
                part.place or "the whole file",
                "neither `objects` (tracker data) nor `counterHistory` (counter data); export one "
                "of both",
            )
    table: pd.DataFrame = tracks.table()
    return reading.done(tracks=table, counts=counts.table())


def _frame(frame: Node, tracks: Tracks, reading: Reading) -> None:
    at = Clock(reading).utc(frame.text("timestamp"), frame.place)
    numbered = frame.has("frameId") and reading.mapping.frame_offset is not None
    for node in frame.items("objects"):
        kind = reading.kind(node.text("name"), node.place)
        if kind is None:
            continue
        x, y, width, height = (node.number(key) for key in ("x", "y", "w", "h"))
        tracks.add(
            node.place,
            track=node.text("id"),
            kind=kind,
            frame=frame.whole("frameId") if numbered else None,
            at=at,
            box=(x - width / 2, y - height / 2, x + width / 2, y + height / 2),
            score=node.number("confidence", float("nan")),
        )


def _recording(part: Node, counts: Counts, reading: Reading) -> None:
    clock = Clock(reading)
    names = {}
    if part.has("areas"):
        names = {id_: area.text("name", id_) for id_, area in part.node("areas").keys()}
    for entry in part.items("counterHistory"):
        for node in entry.items() if isinstance(entry.value, list) else [entry]:
            area = node.text("area")
            words = Words(
                line=names.get(area, area),
                direction=node.text("countingDirection", ""),
                kind=node.text("name"),
            )
            at = clock.utc(node.text("timestamp"), node.place)
            counts.event(node.place, words, at, node.text("id", ""))
