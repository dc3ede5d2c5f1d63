"""The one form in which every maker's export is handed on: tables of tracks, counts and alerts."""

from collections.abc import Mapping as Columns
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from hlaska.columns import AT, COUNT, DIRECTION, FRAME, KIND, LINE, TRACK

X0, Y0, X1, Y1 = BOX = ("x0", "y0", "x1", "y1")
X_M, Y_M = "x_m", "y_m"
SPEED_MS = "speed_ms"
SCORE = "score"
STARTS_AT, ENDS_AT = "starts_at", "ends_at"
TO_LINE = "to_line"
ENDED_AT = "ended_at"
CAMERA = "camera"
TEXT = "text"

_TIME = "datetime64[ns, UTC]"
TRACK_TYPES = {
    AT: _TIME,
    FRAME: "Int64",
    TRACK: "str",
    KIND: "str",
    **dict.fromkeys((*BOX, X_M, Y_M, SPEED_MS, SCORE), "float64"),
}
COUNT_TYPES = {
    LINE: "str",
    DIRECTION: "str",
    KIND: "str",
    STARTS_AT: _TIME,
    ENDS_AT: _TIME,
    COUNT: "int64",
    TO_LINE: "str",
}
ALERT_TYPES = {
    AT: _TIME,
    ENDED_AT: _TIME,
    CAMERA: "str",
    KIND: "str",
    SCORE: "float64",
    TEXT: "str",
}


def typed(columns: Columns[str, Sequence[object]], types: Columns[str, str]) -> pd.DataFrame:
    """A table of these columns in the order and the types of `types`; also when it is empty."""
    return pd.DataFrame(
        {
            name: _times(columns[name]) if kind == _TIME else _plain(columns[name], kind)
            for name, kind in types.items()
        }
    )


def _times(column: Sequence[object]) -> "pd.Series[pd.Timestamp]":
    # Through object, as an empty or all unknown column has no times to tell its type by.
    values: list[Any] = list(column)
    return pd.to_datetime(pd.Series(values, dtype=object), utc=True).dt.as_unit("ns")


def _plain(column: Sequence[Any], kind: str) -> "pd.Series[Any]":
    return pd.Series(column, dtype=kind)


def no_tracks() -> pd.DataFrame:
    """A table of tracks without rows."""
    return typed(dict.fromkeys(TRACK_TYPES, ()), TRACK_TYPES)


def no_counts() -> pd.DataFrame:
    """A table of counts without rows."""
    return typed(dict.fromkeys(COUNT_TYPES, ()), COUNT_TYPES)


def no_alerts() -> pd.DataFrame:
    """A table of alerts without rows."""
    return typed(dict.fromkeys(ALERT_TYPES, ()), ALERT_TYPES)


@dataclass(frozen=True, slots=True, eq=False)
class Export:
    """What one system exported, in our words, units and time."""

    system: str
    """Its name in the run file."""
    format: str
    """The adapter that read it, a key of `FORMATS`."""
    tracks: pd.DataFrame = field(default_factory=no_tracks)
    """A row an object and moment: `at` (UTC, NaT unknown), `frame` (from 0, <NA> unknown), `track`
    ("" where objects are not followed), `kind` (our class), `x0` `y0` `x1` `y1` (pixels), `x_m`
    `y_m` (metres on the ground), `speed_ms` (m/s), `score` (0..1); numbers are NaN where unknown.
    """
    counts: pd.DataFrame = field(default_factory=no_counts)
    """A row a line, direction, class and time: `line`, `direction`, `kind`, `starts_at`, `ends_at`
    (UTC; the same for a single crossing whose moment is known), `count`, `to_line` ("" unless it
    is a turning movement from `line` to `to_line`)."""
    alerts: pd.DataFrame = field(default_factory=no_alerts)
    """A row an alert: `at`, `ended_at` (UTC, NaT unknown), `camera` ("" unknown), `kind`, `score`
    (0..1, NaN), `text`."""
    repairs: tuple[str, ...] = ()
    """What was mended on the way in, such as "line 7: decimal comma read as point"."""
    left_out: tuple[str, ...] = ()
    """What the file holds that the tables do not."""
