"""Tracks of an export, row by row, and what is mended when all are there."""

import math
from datetime import datetime

import numpy as np
import pandas as pd

from hlaska.columns import AT, FRAME, KIND, TRACK
from training.vendors.export import (
    BOX,
    SCORE,
    SPEED_MS,
    TRACK_TYPES,
    X_M,
    Y_M,
    typed,
)
from training.vendors.reading import Place, Reading
from training.vendors.times import at_frames

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
NO_BOX: Box = (math.nan, math.nan, math.nan, math.nan)
LAST_FRAME = 1_000_000_000
NO_SCORE = math.nan
_NAMED = 5


class Tracks:
    """The tracks of an export while it is read.

    Args:
        reading: To which they belong.
        first: Number of the format's first frame; ours is 0.
    """

    def __init__(self, reading: Reading, *, first: int = 0) -> None:
        self._reading = reading
        self._offset = (reading.mapping.frame_offset or 0) - first
        self._rows: list[tuple[object, ...]] = []

    def add(
        self,
        place: Place,
        *,
        track: str,
        kind: str,
        frame: int | None = None,
        at: datetime | None = None,
        box: Box = NO_BOX,
        ground_m: tuple[float, float] = (math.nan, math.nan),
        speed_ms: float = math.nan,
        score: float = NO_SCORE,
    ) -> None:
        """One object at one moment.

        Args:
            place: Where it stands in the file.
            track: Its id; "" where objects are not followed.
            kind: Our class.
            frame: As the file numbers it.
            at: Its time; None: that of the frame.
            box: Pixels.
            ground_m: Metres on the ground.
            speed_ms: Metres a second.
            score: 0..1; what lies outside is kept as unknown.

        Raises:
            DataError: the frame lies before the first.
        """
        if frame is not None:
            number = frame + self._offset
            if not 0 <= number <= LAST_FRAME:
                raise self._reading.wrong(
                    place,
                    f"frame {frame}, where {-self._offset} is the first; write another "
                    "`frame_offset:` in the mapping",
                )
            frame = number
        if box[0] == box[0] and not (box[0] < box[2] and box[1] < box[3]):
            self._reading.leave_out("boxes without an area", place)
            return
        if score == score and not 0 <= score <= 1:
            self._reading.repair("a score that is not between 0 and 1 is taken as unknown", place)
            score = NO_SCORE
        self._rows.append((at, frame, track, kind, *box, *ground_m, speed_ms, score))

    def __len__(self) -> int:
        return len(self._rows)

    def table(self) -> pd.DataFrame:
        """All of them, in their order, mended.

        What stands there twice is taken once. A track that was gone for longer than
        `reused_after_s` of the mapping is another object with an old id, and gets a new one. Where
        rows have no time, it is that of their frame.
        """
        columns = dict(
            zip(
                (AT, FRAME, TRACK, KIND, *BOX, X_M, Y_M, SPEED_MS, SCORE),
                zip(*self._rows, strict=True) if self._rows else [()] * len(TRACK_TYPES),
                strict=True,
            )
        )
        columns[FRAME] = pd.array(columns[FRAME], dtype="Int64")  # type: ignore[assignment]
        rows = typed(columns, TRACK_TYPES)
        untimed = rows[AT].isna() & rows[FRAME].notna()
        if untimed.any():
            frames = rows.loc[untimed, FRAME].to_numpy(np.float64)
            rows.loc[untimed, AT] = at_frames(frames, self._reading.mapping).as_unit("ns")
        return split(once(rows, self._reading), self._reading)


def once(rows: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """The rows without those that say of a moment what one before says, as overlapping files do."""
    again = rows.duplicated([AT, FRAME, TRACK, KIND, *BOX, X_M, Y_M])
    if again.any():
        reading.repair(f"{int(again.sum())} rows of tracks stand there twice and are taken once")
    return rows[~again].reset_index(drop=True)


def split(rows: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """The rows, in which an id that comes again after a long gap is written `id#2`, then `id#3`."""
    mapping = reading.mapping
    seconds = (rows[AT] - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    if mapping.fps is not None:
        # Of systems that tell both, the frame: their clocks may run at another pace.
        seconds = (rows[FRAME].astype("Float64") / mapping.fps).astype("float64").fillna(seconds)
    order = pd.DataFrame({TRACK: rows[TRACK], "s": seconds})[(rows[TRACK] != "") & seconds.notna()]
    order = order.sort_values([TRACK, "s"], kind="stable")
    gaps = order.groupby(TRACK, sort=False)["s"].diff() > mapping.reused_after_s
    if not gaps.any():
        return rows
    part = gaps.groupby(order[TRACK], sort=False).cumsum()
    later = part[part > 0]
    named = rows.loc[later.index, TRACK]
    ids = list(dict.fromkeys(named))
    reading.repair(
        f"track ids {', '.join(ids[:_NAMED])}{' …' if len(ids) > _NAMED else ''} come again after "
        f"more than {mapping.reused_after_s:g} s: counted as new objects, written {ids[0]}#2"
    )
    renamed = rows.copy()
    renamed.loc[later.index, TRACK] = named + "#" + (later + 1).astype(int).astype("str")
    return renamed
