"""What happened in a scene, or what a system says did: one form for the truth and every answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hlaska.cameras import Camera
from hlaska.columns import AT, COUNT, DIRECTION, FRAME, KIND, LINE, OBJECT_CLASS, SOURCE, TRACK
from training.comparison.spans import Spans
from training.evaluation.crossings import crossings_of
from training.evaluation.observations import TRACK_COLUMNS

SPEED = "speed_mps"
INTERVAL = "interval"
ENDED_AT = "ended_at"
MOVED_COLUMNS = [*TRACK_COLUMNS, SPEED]
COUNT_COLUMNS = [LINE, DIRECTION, OBJECT_CLASS, INTERVAL, COUNT]
ALERT_COLUMNS = [AT, ENDED_AT, SOURCE, KIND]
TURN = " → "
"""Stands between the two lines of a turning movement."""


@dataclass(frozen=True, slots=True)
class Absent:
    """Something that cannot be known of a system, and why."""

    reason: str


Part = pd.DataFrame | Absent


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Everything of the judged time. Each part is a table, or why there is none."""

    detections: Part
    """A row a box that counts: `DETECTION_COLUMNS` of `training.evaluation.observations`."""
    candidates: Part
    """The same down to scores that do not count, where a system tells them: for its ranking."""
    tracks: Part
    """A row a track and frame: `TRACK_COLUMNS`, and `speed_mps` (on the ground; NaN unknown)."""
    crossings: Part
    """A row a crossing, when it happened: `CROSSING_COLUMNS`."""
    counts: Part
    """`line`, `direction`, `object_class`, `interval` (number), `count`; a cell at most once."""
    movements: Part
    """The same of turning movements: `line` is "from → to", `direction` is empty."""
    alerts: Part
    """`at`, `ended_at` (UTC, NaT unknown), `source` (camera, "" unknown), `kind`."""


def nothing(reason: str) -> Facts:
    """Facts of which none is known, all for one reason."""
    absent = Absent(reason)
    return Facts(absent, absent, absent, absent, absent, absent, absent)


def moved(tracks: pd.DataFrame, spans: Spans, camera: Camera, kinds: Sequence[str]) -> Facts:
    """Facts of tracks: their boxes, and what they cross. Alerts are absent.

    Args:
        tracks: Of all frames, judged or not: a track's past tells on which side it is.
        spans: What is judged.
        camera: Its lines.
        kinds: Classes that are judged; none: all.
    """
    if kinds:
        tracks = tracks[tracks[OBJECT_CLASS].isin(kinds)]
    here = spans.judged(tracks)
    facts = replace(nothing("its tracks raise no alerts"), detections=here, candidates=here)
    return crossed(replace(facts, tracks=here), crossings_of(tracks, camera), spans, camera)


def crossed(facts: Facts, crossings: pd.DataFrame, spans: Spans, camera: Camera) -> Facts:
    """The same facts with these crossings, and the counts and turning movements that they make."""
    if not camera.lines:
        absent = Absent("the scene has no lines; add `lines:` to it")
        return replace(facts, crossings=absent, counts=absent, movements=absent)
    inside = crossings[FRAME].between(spans.frames.start, spans.frames.stop - 1)
    here = crossings[inside]
    return replace(
        facts, crossings=here, counts=counted(here, spans), movements=turned(crossings, spans)
    )


def counted(crossings: pd.DataFrame, spans: Spans) -> pd.DataFrame:
    """How many crossings of each line, direction and class there were in each interval."""
    rows = crossings.assign(**{INTERVAL: spans.interval_of(crossings[FRAME].to_numpy(np.int64))})
    cells = rows.groupby([LINE, DIRECTION, OBJECT_CLASS, INTERVAL], sort=True).size()
    return cells.rename(COUNT).astype("float64").reset_index()


def turned(crossings: pd.DataFrame, spans: Spans) -> Part:
    """Turning movements: a track crosses one line and, as the next, another one.

    It counts when the second is crossed, with the class that the track then has. Who goes out and
    comes in again by the same line has not turned there.
    """
    if (crossings[TRACK] < 0).any():
        return Absent("its crossings do not say whose they are; name the track of each")
    ordered = crossings.sort_values(FRAME, kind="stable")
    before = ordered.groupby(TRACK, sort=False)[LINE].shift()
    turns = (before.notna() & (before != ordered[LINE])).to_numpy()
    rows = ordered[turns].copy()
    rows[LINE] = before[turns] + TURN + rows[LINE]
    rows[DIRECTION] = ""
    inside = rows[FRAME].between(spans.frames.start, spans.frames.stop - 1)
    return counted(rows[inside], spans)
