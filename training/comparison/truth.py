"""The truth of a run: boxes, crossings, counts and alerts that people wrote down."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from catalogs.readers import load_boxes
from hlaska.cameras import Camera
from hlaska.columns import (
    AT,
    BOTTOM_PX,
    CONFIDENCE,
    COUNT,
    EAST_M,
    FRAME,
    KIND,
    LEFT_PX,
    NORTH_M,
    OBJECT_CLASS,
    RIGHT_PX,
    SOURCE,
    TRACK,
)
from hlaska.errors import DataError, unknown
from hlaska.ground import project
from hlaska.settings import Settings
from training.comparison import neutral
from training.comparison.facts import (
    ALERT_COLUMNS,
    COUNT_COLUMNS,
    ENDED_AT,
    MOVED_COLUMNS,
    SPEED,
    TURN,
    Absent,
    Facts,
    crossed,
    moved,
    nothing,
)
from training.comparison.run import Truth, located
from training.comparison.spans import Spans
from training.evaluation.observations import CROSSING_COLUMNS, Row, table

_CLASS_FIELD = 7
_BOX_CELLS = {
    "frame": neutral.whole,
    "track": neutral.whole,
    "kind": neutral.word,
    **dict.fromkeys(("x0", "y0", "x1", "y1"), neutral.number),
}
_GROUND = ("x_m", "y_m", "speed_ms")


def read_truth(truth: Truth, base: Path, settings: Settings, spans: Spans, camera: Camera) -> Facts:
    """What really happened in the judged time.

    Args:
        truth: What the run file says of it.
        base: The folder of the run file.
        settings: Where the catalog's data are.
        spans: What is judged.
        camera: Its lines, and its homography where the truth has no metres of its own.

    Raises:
        DataError: a file of it cannot be had or read, or does not fit the scene.
    """

    def at(where: str) -> Path:
        return located(where, base, settings)

    facts = nothing("the truth does not say")
    if truth.tracks:
        tracks = on_ground(_tracks(at(truth.tracks), truth), camera)
        facts = replace(moved(tracks, spans, camera, ()), alerts=facts.alerts)
    if truth.crossings:
        path = at(truth.crossings)
        facts = crossed(facts, _crossings(path, spans, camera), spans, camera)
    if truth.counts:
        straight, turning = _counts(at(truth.counts), spans, camera)
        if len(straight):
            facts = replace(facts, counts=straight)
        if len(turning):
            facts = replace(facts, movements=turning)
    if truth.alerts:
        facts = replace(facts, alerts=_alerts(at(truth.alerts), spans))
    if all(isinstance(part, Absent) or part.empty for part in _parts(facts)):
        raise DataError(
            f"nothing of the truth lies between {spans.begins_at} and {spans.ends_at}; correct "
            "starts_at and fps of the scene, or its frames"
        )
    return facts


def _parts(facts: Facts) -> list[pd.DataFrame | Absent]:
    return [facts.tracks, facts.crossings, facts.counts, facts.movements, facts.alerts]


def on_ground(tracks: pd.DataFrame, camera: Camera) -> pd.DataFrame:
    """The same tracks with metres on the ground where the homography gives them and nobody else."""
    if camera.homography is None or tracks.empty:
        return tracks
    feet = np.column_stack([(tracks[LEFT_PX] + tracks[RIGHT_PX]) / 2, tracks[BOTTOM_PX]])
    ground = project(camera.homography, feet)
    known = tracks.copy()
    for name, metres in zip((EAST_M, NORTH_M), ground.T, strict=True):
        known[name] = tracks[name].where(tracks[name].notna(), metres)
    return known


def _tracks(path: Path, truth: Truth) -> pd.DataFrame:
    if path.suffix == ".csv":
        return _neutral_tracks(path)
    boxes = load_boxes(path)
    boxes[OBJECT_CLASS] = truth.kind
    if truth.classes:
        if path.suffix == ".xml":
            raise DataError(f"{path}: CVML names no classes; leave `classes:` out")
        boxes[OBJECT_CLASS] = _classes(path, boxes, truth.classes)
        boxes = boxes[boxes[OBJECT_CLASS] != ""]
    # A 0 there means "not to be judged" (https://motchallenge.net/instructions).
    boxes = boxes[boxes[CONFIDENCE] != 0].copy()
    boxes[CONFIDENCE] = 1.0
    boxes[[EAST_M, NORTH_M, SPEED]] = np.nan
    return _once(path, boxes[MOVED_COLUMNS])


def _classes(path: Path, boxes: pd.DataFrame, classes: dict[str, str]) -> list[str]:
    """The class of each box, "" for one that is left out; in the order of `load_boxes`."""
    found: dict[tuple[int, int], str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        fields = line.split(",")
        if not line.strip():
            continue
        if len(fields) <= _CLASS_FIELD:
            raise DataError(f"{path}, line {number}: no eighth field, which `classes:` reads")
        key = int(float(fields[0])) - 1, int(float(fields[1]))
        found[key] = classes.get(fields[_CLASS_FIELD].strip().removesuffix(".0"), "")
    return [found[int(frame), int(track)] for frame, track in zip(boxes[FRAME], boxes[TRACK],
            strict=True)]  # fmt: skip


def _neutral_tracks(path: Path) -> pd.DataFrame:
    optional = dict.fromkeys(_GROUND, neutral.or_nothing(neutral.number))
    rows = []
    for line, cells in neutral.rows_of(path, _BOX_CELLS, optional):
        left, top, right, bottom = (cells[side] for side in ("x0", "y0", "x1", "y1"))
        if not (left < right and top < bottom):  # type: ignore[operator]
            raise DataError(f"{path}, line {line}: no box: x0 lies left of x1, y0 above y1")
        ground = [np.nan if cells[name] is None else cells[name] for name in _GROUND]
        rows.append(
            (cells["frame"], cells["track"], cells["kind"], left, top, right, bottom, 1.0, *ground)
        )
    return _once(path, table(rows, MOVED_COLUMNS))


def _once(path: Path, tracks: pd.DataFrame) -> pd.DataFrame:
    twice = tracks[tracks.duplicated([FRAME, TRACK])]
    if len(twice):
        frame, track = twice.iloc[0][[FRAME, TRACK]]
        raise DataError(f"{path}: object {track} is in frame {frame} twice; delete one of them")
    return tracks.reset_index(drop=True)


def _crossings(path: Path, spans: Spans, camera: Camera) -> pd.DataFrame:
    wanted = {"line": neutral.word, "direction": neutral.word, "kind": neutral.word}
    optional: dict[str, neutral.Read] = {
        "frame": neutral.or_nothing(neutral.whole),
        "at": neutral.or_nothing(neutral.moment),
        "track": neutral.or_nothing(neutral.whole),
    }
    rows = []
    for line, cells in neutral.rows_of(path, wanted, optional, either=("frame", "at")):
        _known(path, line, camera, str(cells["line"]), str(cells["direction"]))
        frame = cells["frame"]
        if frame is None:
            if cells["at"] is None:
                raise DataError(f"{path}, line {line}: neither frame nor at says when it was")
            frame = int(spans.frames_at(_times(cells["at"]))[0])
        track = -1 if cells["track"] is None else cells["track"]
        rows.append((frame, cells["line"], cells["direction"], cells["kind"], track))
    return table(rows, CROSSING_COLUMNS)


def _known(path: Path, number: int, camera: Camera, line: str, direction: str) -> None:
    lines = {one.id: one for one in camera.lines}
    if not lines:
        return
    if line not in lines:
        raise DataError(f"{path}, line {number}: {unknown('line', line, lines)}")
    ways = (lines[line].forward, lines[line].backward)
    if direction and direction not in ways:
        raise DataError(f"{path}, line {number}: {unknown('direction', direction, ways)}")


def _counts(path: Path, spans: Spans, camera: Camera) -> tuple[pd.DataFrame, pd.DataFrame]:
    wanted: dict[str, neutral.Read] = {
        "line": neutral.word,
        "direction": str,
        "kind": neutral.word,
        "starts_at": neutral.moment,
        "ends_at": neutral.moment,
        "count": neutral.whole,
    }
    straight: list[Row] = []
    turning: list[Row] = []
    for line, cells in neutral.rows_of(path, wanted, {"to_line": str}):
        to_line = str(cells["to_line"] or "")
        _known(path, line, camera, str(cells["line"]), str(cells["direction"]))
        if to_line:
            _known(path, line, camera, to_line, "")
        starts, ends = (_times(cells[name]) for name in ("starts_at", "ends_at"))
        [place], [fits] = spans.interval_between(starts, ends)
        if not fits:
            raise DataError(
                f"{path}, line {line}: {starts[0]} to {ends[0]} is not inside one interval of "
                f"{spans.interval_s} s; make interval_s of the scene as long as those of the truth"
            )
        if not 0 <= place < len(spans.intervals()):
            continue
        if to_line:
            name = f"{cells['line']}{TURN}{to_line}"
            turning.append((name, "", cells["kind"], place, cells["count"]))
        else:
            way = cells["direction"]
            straight.append((cells["line"], way, cells["kind"], place, cells["count"]))
    return _summed(straight), _summed(turning)


def _summed(rows: list[Row]) -> pd.DataFrame:
    return table(rows, COUNT_COLUMNS).groupby(COUNT_COLUMNS[:-1], as_index=False)[[COUNT]].sum()


def _times(at: object) -> "pd.Series[pd.Timestamp]":
    return pd.Series(pd.DatetimeIndex([at]))


def _alerts(path: Path, spans: Spans) -> pd.DataFrame:
    return in_time(pd.DataFrame(_alert_rows(path), columns=pd.Index(ALERT_COLUMNS)), spans)


def _alert_rows(path: Path) -> Iterator[Row]:
    optional: dict[str, neutral.Read] = {
        "ended_at": neutral.or_nothing(neutral.moment),
        "camera": str,
    }
    wanted: dict[str, neutral.Read] = {"at": neutral.moment, "kind": neutral.word}
    for line, cells in neutral.rows_of(path, wanted, optional):
        if cells["ended_at"] is not None and cells["ended_at"] < cells["at"]:  # type: ignore[operator]
            raise DataError(f"{path}, line {line}: it ended before it began")
        yield cells["at"], cells["ended_at"], cells["camera"] or "", cells["kind"]


def in_time(alerts: pd.DataFrame, spans: Spans) -> pd.DataFrame:
    """The alerts that began in the judged time, in their order, with the right types."""
    typed = alerts.astype({SOURCE: "object", KIND: "object"})
    for name in (AT, ENDED_AT):
        typed[name] = pd.to_datetime(typed[name], utc=True)
    here = typed[AT].between(spans.begins_at, spans.ends_at, inclusive="left")
    return typed[here].sort_values(AT, kind="stable", ignore_index=True)
