"""What a system made of a clip, as tables: the one form in which every system is judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from hlaska.columns import (
    BOTTOM_PX,
    CONFIDENCE,
    DIRECTION,
    EAST_M,
    FRAME,
    LEFT_PX,
    LINE,
    NORTH_M,
    OBJECT_CLASS,
    RIGHT_PX,
    TOP_PX,
    TRACK,
)
from hlaska.tracks import Detections, Track

BOX = [LEFT_PX, TOP_PX, RIGHT_PX, BOTTOM_PX]
TRACK_COLUMNS = [FRAME, TRACK, OBJECT_CLASS, *BOX, CONFIDENCE, EAST_M, NORTH_M]
DETECTION_COLUMNS = [FRAME, OBJECT_CLASS, *BOX, CONFIDENCE]
CROSSING_COLUMNS = [FRAME, LINE, DIRECTION, OBJECT_CLASS, TRACK]

_WORDS = (OBJECT_CLASS, LINE, DIRECTION)
_WHOLE = (FRAME, TRACK)

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """What was made of some frames of a clip."""

    frames: range
    """Numbers of the frames that were shown, from 0."""
    tracks: pd.DataFrame
    """A row a track and frame: `frame`, `track`, `object_class`, `left_px` … `bottom_px` (pixels),
    `confidence` (the track's, 0..1), `east_m`, `north_m` (metres from the site's centre, NaN where
    unknown)."""
    detections: pd.DataFrame
    """A row a detection that counts: `frame`, `object_class`, the box, `confidence`."""
    crossings: pd.DataFrame
    """A row a counted crossing: `frame`, `line`, `direction`, `object_class`, `track`."""
    looked: float = 1.0
    """Share of the frames that the detector was shown; the others had not changed."""
    candidates: pd.DataFrame | None = None
    """As `detections`, down to scores that do not count; none where a system does not tell them."""

    def only(self, frames: range) -> "Observations":
        """The part of it in these frames."""

        def part(table: pd.DataFrame) -> pd.DataFrame:
            return table[table[FRAME].between(frames.start, frames.stop - 1)]

        return replace(
            self,
            frames=frames,
            tracks=part(self.tracks),
            detections=part(self.detections),
            crossings=part(self.crossings),
            candidates=None if self.candidates is None else part(self.candidates),
        )


def table(rows: Iterable[Row], columns: Sequence[str]) -> pd.DataFrame:
    """Rows with the right types, also when there are none."""
    types = {
        name: "int64" if name in _WHOLE else "object" if name in _WORDS else "float64"
        for name in columns
    }
    return pd.DataFrame(list(rows), columns=pd.Index(columns)).astype(types)


def track_rows(frame: int, tracks: Iterable[Track]) -> list[Row]:
    """Rows of `TRACK_COLUMNS`."""
    nowhere = (float("nan"), float("nan"))
    return [
        (frame, track.id, track.object_class, *track.box_px, track.score)
        + (track.ground_m or nowhere)
        for track in tracks
    ]


def detection_rows(frame: int, found: Detections, least: dict[str, float]) -> list[Row]:
    """Rows of `DETECTION_COLUMNS`, of the detections that reach their class's least score."""
    return [
        (frame, str(name), *map(float, box), float(score))
        for box, score, name in zip(found.boxes_px, found.scores, found.classes, strict=True)
        if score >= least.get(str(name), float("inf"))
    ]
