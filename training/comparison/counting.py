"""How well crossings are counted: at each line, way and class, interval by interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.bootstrap import Counts, ratio
from hlaska.cameras import Camera
from hlaska.columns import COUNT, DIRECTION, FRAME, LINE, OBJECT_CLASS
from hlaska.measures import geh
from training.comparison.facts import INTERVAL, Absent, Facts, Part
from training.comparison.figures import Figures, summed
from training.comparison.spans import Interval, Spans
from training.comparison.stacking import inside
from training.evaluation.crossings import crossing_scores

Cell = tuple[str, str, str]
"""Line, direction and class."""
KEYS = ("count_error", "mape", "rmse", "geh5")
GOOD_GEH = 5.0


def cells_of(truth: pd.DataFrame, camera: Camera, kinds: Sequence[str]) -> list[Cell]:
    """Everything that is counted: each line both ways and each class, and what else is true.

    Args:
        truth: True counts.
        camera: Its lines.
        kinds: Classes that are judged; none: those of the truth.
    """
    classes = kinds or sorted(truth[OBJECT_CLASS].unique())
    drawn = [
        (line.id, way, kind)
        for line, kind in product(camera.lines, classes)
        for way in (line.forward, line.backward)
    ]
    true = (
        truth[[LINE, DIRECTION, OBJECT_CLASS]].drop_duplicates().itertuples(index=False, name=None)
    )
    return sorted({*drawn, *(cell for cell in true if not kinds or cell[2] in kinds)})


def grid(counts: pd.DataFrame, cells: Sequence[Cell], intervals: int) -> NDArray[np.float64]:
    """Counts as cells x intervals; what is not told was not counted. Other cells are left out."""
    places = {cell: place for place, cell in enumerate(cells)}
    filled = np.zeros((len(cells), intervals))
    columns = [LINE, DIRECTION, OBJECT_CLASS, INTERVAL, COUNT]
    for line, way, kind, number, count in counts[columns].itertuples(index=False, name=None):
        if (line, way, kind) in places:
            filled[places[line, way, kind], int(number)] += count
    return filled


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """True counts and a system's, of the same cells and intervals."""

    cells: Sequence[Cell]
    intervals: Sequence[Interval]
    true: NDArray[np.float64]
    """Cells x intervals."""
    told: NDArray[np.float64]


def compared(truth: Part, seen: Part, spans: Spans, cells: Sequence[Cell]) -> Counted | Absent:
    """Both counts side by side; or why there are not both."""
    for part in (truth, seen):
        if isinstance(part, Absent):
            return part
    assert isinstance(truth, pd.DataFrame) and isinstance(seen, pd.DataFrame)
    intervals = spans.intervals()
    true, told = (grid(part, cells, len(intervals)) for part in (truth, seen))
    return Counted(cells, intervals, true, told)


def count_figures(both: Counted | Absent) -> Figures:
    """Count error, MAPE, RMSE and the share of GEH under 5; the units are intervals.

    A percentage and a GEH are of cells in which something is true: else whoever counts nothing
    where nothing is would look good by the number of empty cells. What is counted where nothing is
    true is in the count error and in RMSE.
    """
    if isinstance(both, Absent):
        return dict.fromkeys(KEYS, both)
    off = np.abs(both.told - both.true)
    some = both.true > 0
    shares = np.divide(off, both.true, out=np.zeros_like(off), where=some)
    good = np.array(
        [
            [some[cell, place] and geh(measured=told, true=true, hours=span.hours) < GOOD_GEH
             for place, (span, told, true) in enumerate(zip(both.intervals, told_row, true_row,
                                                            strict=True))]
            for cell, (told_row, true_row) in enumerate(zip(both.told, both.true, strict=True))
        ],
        float,
    ).reshape(off.shape)  # fmt: skip
    many = some.sum(axis=0)
    size = np.full(off.shape[1], len(both.cells))
    return {
        "count_error": summed(_units(off.sum(axis=0), both.true.sum(axis=0))),
        "mape": summed(_units(shares.sum(axis=0), many)),
        "rmse": summed(_units((off**2).sum(axis=0), size), root),
        "geh5": summed(_units(good.sum(axis=0), many)),
    }


def root(counts: Counts) -> NDArray[np.float64]:
    """The square root of the first count over the second."""
    return np.sqrt(ratio(counts))


def crossing_figures(truth: Facts, seen: Facts, spans: Spans, camera: Camera) -> Figures:
    """The share of true crossings that are counted when they happen; the units are intervals."""
    for part in (truth.crossings, seen.crossings):
        if isinstance(part, Absent):
            return {"found_share": part}
    real, told = truth.crossings, seen.crossings
    assert isinstance(real, pd.DataFrame) and isinstance(told, pd.DataFrame)
    rows = []
    for interval in spans.intervals():
        first, last = (
            math.ceil((at - spans.starts_at).total_seconds() * spans.fps - 1e-6)
            for at in (interval.starts_at, interval.ends_at)
        )
        one, other = (
            part[inside(part[FRAME].to_numpy(np.int64), range(first, last))]
            for part in (real, told)
        )
        scores = crossing_scores(one, other, camera)
        rows.append([scores.found, scores.true])
    return {"found_share": summed(np.array(rows, float))}


def _units(part: NDArray[np.float64], whole: NDArray[np.float64]) -> Counts:
    return np.column_stack([part, whole]).astype(np.float64)
