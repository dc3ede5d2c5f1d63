"""The same figures under conditions: at dusk, in rain, in a crowd, far away, for what is small."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.cameras import Camera
from hlaska.columns import BOTTOM_PX, FRAME, LEFT_PX, OBJECT_CLASS, RIGHT_PX, TOP_PX
from hlaska.ground import project
from training.comparison.boxes import box_figures
from training.comparison.conditions import Condition, within
from training.comparison.counting import Counted, count_figures
from training.comparison.facts import Absent, Facts, Part
from training.comparison.figures import Figures
from training.comparison.following import track_figures
from training.comparison.spans import Spans
from training.comparison.stacking import stacked
from training.evaluation.matching import pairs

METRICS = ("map50", "f1", "hota", "idf1", "count_error")
"""What is asked again."""
Measured = Callable[[pd.DataFrame], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A condition as it is in this truth."""

    condition: Condition
    frames: NDArray[np.bool_] | None
    """Of each judged frame, whether it is so; None for a condition of objects."""
    measured: Measured | None
    """What of an object is between the bounds; None for a condition of moments."""

    @property
    def between(self) -> tuple[float | None, float | None]:
        """The bounds, of objects."""
        return self.condition.distance_m or self.condition.height_px or (None, None)


def split_of(condition: Condition, truth: Facts, spans: Spans, camera: Camera) -> Split | Absent:
    """How a condition divides this truth; or why it cannot."""
    if condition.by == "distance" and camera.homography is None:
        return Absent("distances need a homography; add it to the scene")
    if condition.by == "distance":
        return Split(condition, None, _distances(camera))
    if condition.by == "size":
        return Split(condition, None, _heights)
    numbers = np.arange(spans.frames.start, spans.frames.stop, spans.frames.step)
    if condition.objects is not None:
        if isinstance(truth.tracks, Absent):
            return truth.tracks
        many = truth.tracks.groupby(FRAME).size().reindex(numbers, fill_value=0)
        so = np.array([within(float(one), condition.objects) for one in many])
    elif condition.frames is not None:
        so = (numbers >= condition.frames[0]) & (numbers < condition.frames[1])
    else:
        assert condition.times is not None
        first, last = spans.frames_at(pd.Series(pd.to_datetime(list(condition.times), utc=True)))
        so = (numbers >= first) & (numbers < last)
    return Split(condition, so, None)


def split_figures(
    split: Split, truth: Facts, seen: Facts, counted: Counted | Absent, spans: Spans
) -> Figures:
    """mAP@.5, F1, HOTA and IDF1 of that part, and the count error of intervals that are all in it.

    Of objects: what is matched with a true object of another part is left out, and so is what
    matches nothing and would itself be of another part. So the parts of a split share no box.
    """
    if split.measured is None:
        assert split.frames is not None
        keep = np.arange(spans.frames.start, spans.frames.stop, spans.frames.step)[split.frames]
        part, mine = (_at(facts, keep) for facts in (truth, seen))
    else:
        part, mine = _of(split, truth, seen, spans)
    figures = box_figures(part, mine, spans.frames, [spans.frames])
    figures |= track_figures(part, mine, spans.frames, [spans.frames])
    if split.frames is None:
        figures["count_error"] = Absent("objects that cross are not told apart")
    else:
        figures["count_error"] = count_figures(_whole(counted, split.frames, spans))["count_error"]
    return {key: figures[key] for key in METRICS}


def _at(facts: Facts, frames: NDArray[np.int64]) -> Facts:
    def part(table: Part) -> Part:
        return table if isinstance(table, Absent) else table[table[FRAME].isin(frames)]

    return replace(
        facts,
        detections=part(facts.detections),
        candidates=part(facts.candidates),
        tracks=part(facts.tracks),
    )


def _whole(counted: Counted | Absent, so: NDArray[np.bool_], spans: Spans) -> Counted | Absent:
    """The intervals of which every frame is so."""
    if isinstance(counted, Absent):
        return counted
    numbers = np.arange(spans.frames.start, spans.frames.stop, spans.frames.step)
    place = spans.interval_of(numbers)
    keep = [bool(so[place == one].all() and (place == one).any()) for one in
            range(len(counted.intervals))]  # fmt: skip
    if not any(keep):
        return Absent(f"no interval of {spans.interval_s} s is all in this part")
    return replace(
        counted,
        intervals=[one for one, kept in zip(counted.intervals, keep, strict=True) if kept],
        true=counted.true[:, keep],
        told=counted.told[:, keep],
    )


def _of(split: Split, truth: Facts, seen: Facts, spans: Spans) -> tuple[Facts, Facts]:
    if isinstance(truth.tracks, Absent):
        return truth, seen
    assert split.measured is not None
    real = truth.tracks
    here = np.array([within(one, split.between) for one in split.measured(real)], bool)

    def part(table: Part) -> Part:
        if isinstance(table, Absent):
            return table
        rows = table.reset_index(drop=True)
        return rows.drop(_foreign(split, real.assign(here=here), rows, spans.frames))

    mine = replace(
        seen,
        detections=part(seen.detections),
        candidates=part(seen.candidates),
        tracks=part(seen.tracks),
    )
    return replace(truth, tracks=real[here]), mine


def _foreign(split: Split, truth: pd.DataFrame, seen: pd.DataFrame, frames: range) -> pd.Index:
    """Indices of the boxes that belong to another part."""
    assert split.measured is not None
    own = np.array([within(one, split.between) for one in split.measured(seen)], bool)
    both = stacked(truth, seen.assign(own=own), _kinds(truth, seen), frames)
    here, wanted = both.truth["here"].to_numpy(bool), both.seen["own"].to_numpy(bool).copy()
    for one, other, iou in both.overlaps():
        rows, columns = pairs(iou)
        wanted[other.start + columns] = here[one.start + rows]
    return both.seen.index[~wanted]


def _kinds(*tables: pd.DataFrame) -> Sequence[str]:
    return sorted({kind for table in tables for kind in table[OBJECT_CLASS]})


def _heights(rows: pd.DataFrame) -> NDArray[np.float64]:
    return (rows[BOTTOM_PX] - rows[TOP_PX]).to_numpy(np.float64)


def _distances(camera: Camera) -> Measured:
    """Metres on the ground from where the middle of the picture's lower edge looks."""
    homography = camera.homography
    assert homography is not None
    width, height = camera.size_px
    near = project(homography, [(width / 2, height)])[0]

    def measured(rows: pd.DataFrame) -> NDArray[np.float64]:
        feet = np.column_stack([(rows[LEFT_PX] + rows[RIGHT_PX]) / 2, rows[BOTTOM_PX]])
        return np.hypot(*(project(homography, feet) - near).T)

    return measured
