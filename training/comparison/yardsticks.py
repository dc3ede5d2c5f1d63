"""Two rows that nobody sells: one that knows the truth, and one that always says the same."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from hlaska.columns import AT, COUNT, DIRECTION, KIND, LINE, OBJECT_CLASS, SOURCE
from training.comparison.facts import (
    ALERT_COLUMNS,
    COUNT_COLUMNS,
    INTERVAL,
    MOVED_COLUMNS,
    Absent,
    Facts,
    Part,
    nothing,
)
from training.comparison.spans import Spans
from training.comparison.truth import in_time
from training.evaluation.observations import DETECTION_COLUMNS, table


def oracle(truth: Facts) -> Facts:
    """The truth itself: what it does not reach, no system can, and something is wrong with us."""
    return truth


def constant(truth: Facts, spans: Spans) -> Facts:
    """It watches nothing and still answers: the best that always saying the same can do.

    It sees no boxes. It counts at each line, way and class the mean of the truth, in every interval
    by its length; it raises as many alerts as there were, all of the commonest kind, at even times.
    Who is not better than it has told nobody anything. It knows the truth's means, which no system
    on the street does.
    """
    blind: Part = truth.tracks
    boxes: Part = truth.detections
    if not isinstance(truth.tracks, Absent):
        blind, boxes = table([], MOVED_COLUMNS), table([], DETECTION_COLUMNS)
    return replace(
        nothing("a constant counts and does not say when"),
        detections=boxes,
        candidates=boxes,
        tracks=blind,
        counts=_mean(truth.counts, spans),
        movements=_mean(truth.movements, spans),
        alerts=_even(truth.alerts, spans),
    )


def _mean(counts: Part, spans: Spans) -> Part:
    if isinstance(counts, Absent):
        return counts
    hours = [interval.hours for interval in spans.intervals()]
    cells = counts.groupby([LINE, DIRECTION, OBJECT_CLASS])[COUNT].sum()

    def rows() -> Iterator[tuple[object, ...]]:
        for cell, total in cells.items():
            for place, long in enumerate(hours):
                yield (*cell, place, total * long / sum(hours))  # type: ignore[misc]

    typed = table(rows(), COUNT_COLUMNS)
    return typed.astype({INTERVAL: "int64"})


def _even(alerts: Part, spans: Spans) -> Part:
    if isinstance(alerts, Absent):
        return alerts
    many = len(alerts)
    times = [spans.begins_at + (spans.ends_at - spans.begins_at) * share
             for share in (np.arange(many) + 0.5) / max(many, 1)]  # fmt: skip
    common = alerts[KIND].mode()
    return in_time(
        pd.DataFrame(
            {
                AT: times,
                "ended_at": pd.NaT,
                SOURCE: "",
                KIND: common[0] if many else "",
            },
            columns=pd.Index(ALERT_COLUMNS),
        ),
        spans,
    )
