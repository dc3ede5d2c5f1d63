"""Line counts against the truth: the served rule is run over the true tracks as well."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from hlaska.cameras import Camera
from hlaska.columns import CONFIDENCE, DIRECTION, FRAME, LINE, OBJECT_CLASS, TRACK
from hlaska.measures import wilson_interval
from hlaska.rules.finding import Finding
from hlaska.rules.line_counts import LineCounts
from hlaska.tracks import Scene, Track
from training.evaluation.observations import BOX, CROSSING_COLUMNS, Row, table

SAME_S = 2.0
"""Longest time between two crossings that may be the same: as long as the tracker keeps a hidden
person, who is then counted on reappearing."""
TRUE = "true"
COUNTED = "counted"
FOUND = "found"

_START = datetime(2000, 1, 1, tzinfo=UTC)


def line_rules(camera: Camera) -> list[LineCounts]:
    """The rules of a camera's lines, as its pipeline has them."""
    return [
        LineCounts(
            line=line.id,
            start=line.points[0],
            end=line.points[1],
            forward=line.forward,
            backward=line.backward,
        )
        for line in camera.lines
    ]


def crossing_rows(frame: int, findings: Iterable[Finding]) -> list[Row]:
    """Rows of `CROSSING_COLUMNS`: each track of each line count; other findings are left out."""
    return [
        (frame, finding.line, finding.direction, finding.object_class, track)
        for finding in findings
        if finding.line is not None
        for track in finding.track_ids
    ]


def crossings_of(tracks: pd.DataFrame, camera: Camera) -> pd.DataFrame:
    """The crossings that the camera's lines count when shown these tracks.

    Args:
        tracks: `frame`, `track`, `object_class`, the box, and `confidence` (of the track so far).
        camera: Its lines, and how long a frame lasts.
    """
    rules = line_rules(camera)
    rows: list[Row] = []
    for frame, group in tracks.groupby(FRAME):
        number = int(str(frame))
        now = _START + timedelta(seconds=number / camera.fps)
        scene = Scene(captured_at=now, tracks=tuple(_tracks(group, now)))
        for rule in rules:
            rows += crossing_rows(number, rule.update(scene))
    return table(rows, CROSSING_COLUMNS)


def _tracks(group: pd.DataFrame, now: datetime) -> Iterable[Track]:
    for number, name, *box, score in group[[TRACK, OBJECT_CLASS, *BOX, CONFIDENCE]].itertuples(
        index=False, name=None
    ):
        left, top, right, bottom = box
        yield Track(number, name, (left, top, right, bottom), score, started_at=now)


@dataclass(frozen=True, slots=True, eq=False)
class CrossingScores:
    """How a system counted."""

    lines: pd.DataFrame
    """A row a line and direction: `line`, `direction`, and how many crossings there were (`true`),
    were counted (`counted`, of any class), and were counted when they happened (`found`)."""

    @property
    def true(self) -> int:
        """Crossings in truth."""
        return int(self.lines[TRUE].sum())

    @property
    def counted(self) -> int:
        """Crossings counted, rightly or not."""
        return int(self.lines[COUNTED].sum())

    @property
    def found(self) -> int:
        """True crossings that were counted."""
        return int(self.lines[FOUND].sum())

    @property
    def found_interval(self) -> tuple[float, float]:
        """95 % interval of the share of true crossings that is counted (Wilson)."""
        return wilson_interval(hits=self.found, trials=self.true)

    @property
    def error(self) -> float:
        """Sum over lines and directions of |counted - true|, per true crossing; NaN without any."""
        off = int((self.lines[COUNTED] - self.lines[TRUE]).abs().sum())
        return off / self.true if self.true else float("nan")


def crossing_scores(truth: pd.DataFrame, seen: pd.DataFrame, camera: Camera) -> CrossingScores:
    """Compares counted crossings with the true ones.

    A true crossing is found by at most one counted crossing of the same class, line and direction,
    within `SAME_S`.

    Args:
        truth: Rows of `CROSSING_COLUMNS`.
        seen: The same.
        camera: Its lines give the rows, and its frames per second the time.
    """
    rows = []
    within = round(SAME_S * camera.fps)
    for line in camera.lines:
        for direction in (line.forward, line.backward):
            one, other = (
                each[(each[LINE] == line.id) & (each[DIRECTION] == direction)]
                for each in (truth, seen)
            )
            found = sum(
                _together(
                    sorted(group[FRAME]), sorted(other[other[OBJECT_CLASS] == name][FRAME]), within
                )
                for name, group in one.groupby(OBJECT_CLASS)
            )
            rows.append((line.id, direction, len(one), len(other), found))
    return CrossingScores(
        pd.DataFrame(rows, columns=pd.Index([LINE, DIRECTION, TRUE, COUNTED, FOUND]))
    )


def _together(one: list[int], other: list[int], within: int) -> int:
    """The most pairs, one of each sorted list, that are at most `within` apart."""
    hits = first = second = 0
    while first < len(one) and second < len(other):
        apart = other[second] - one[first]
        if abs(apart) <= within:
            hits, first, second = hits + 1, first + 1, second + 1
        elif apart < 0:
            second += 1
        else:
            first += 1
    return hits
