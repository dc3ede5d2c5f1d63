"""Figures of a system that know how they vary: a value, and what it is made of by stretches."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hlaska.bootstrap import Counts, Measure, ratio
from training.comparison.facts import Absent


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to judge."""

    key: str
    heading: str
    digits: int
    better: Literal["more", "less"]
    source: str
    """The formula in words, and where it is from."""
    least: float = 0.0
    """It cannot be less."""
    most: float = np.inf
    """It cannot be more."""


_COCO = "Lin et al., Microsoft COCO, ECCV 2014"
_PER_CELL = "over line, direction, class and interval"
METRICS = (
    Metric("map50", "mAP@.5", 3, "more",
           f"area under precision and recall at IoU .5, mean over classes; {_COCO}", 0, 1),
    Metric("map", "mAP@[.5:.95]", 3, "more", f"its mean over IoU .50, .55 … .95; {_COCO}", 0, 1),
    Metric("f1", "F1 of boxes", 3, "more",
           "2 found / (2 found + false + missed) at IoU .5; van Rijsbergen, Information Retrieval, "
           "1979", 0, 1),
    Metric("hota", "HOTA", 3, "more", "Luiten et al., HOTA, IJCV 129, 2021, by trackeval", 0, 1),
    Metric("idf1", "IDF1", 3, "more",
           "F1 of boxes under the best naming of tracks; Ristani et al., ECCV workshops 2016, by "
           "trackeval", 0, 1),
    Metric("mota", "MOTA", 3, "more",
           "1 - (missed + false + switches) / true; Bernardin and Stiefelhagen, CLEAR MOT, 2008, "
           "by trackeval", -np.inf, 1),
    Metric("found_share", "crossings found", 3, "more",
           "share of true crossings that are counted when they happen, within 2 s", 0, 1),
    Metric("count_error", "count error", 3, "less",
           f"sum of |counted - true| per true crossing, {_PER_CELL}"),
    Metric("mape", "MAPE of counts", 3, "less",
           f"mean of |counted - true| / true {_PER_CELL}, where something is true; Makridakis, "
           "Accuracy measures, 1993"),
    Metric("rmse", "RMSE of counts", 2, "less",
           f"square root of the mean of (counted - true)² {_PER_CELL}; crossings"),
    Metric("geh5", "GEH under 5", 3, "more",
           "share of these cells, where something is true, with sqrt(2 (m - t)² / (m + t)) under 5 "
           "for flows an hour; Design manual for roads and bridges 12.2.1, 1996, which asks for "
           ".85", 0, 1),
    Metric("turn_error", "turning error", 3, "less",
           "sum of |counted - true| per true turning movement, over from, to, class and interval"),
    Metric("speed_off", "speed off, km/h", 1, "less",
           "mean of |measured - true| over tracks' boxes that match at IoU .5"),
    Metric("speed_bias", "speed bias, km/h", 1, "less",
           "mean of measured - true over the same; 0 is best, so it is not ranked", -np.inf),
    Metric("alert_precision", "alerts, precision", 3, "more", "share of alerts that are true",
           0, 1),
    Metric("alert_recall", "alerts, recall", 3, "more", "share of what happened that was told",
           0, 1),
    Metric("alert_delay", "alert delay, mean s", 1, "less",
           "from the true beginning to the alert, over true alerts", -np.inf),
    Metric("false_alarms", "false alarms a day", 2, "less", "false alerts per judged day"),
)  # fmt: skip
BY_KEY = {metric.key: metric for metric in METRICS}
UNRANKED = ("speed_bias",)
"""Better is nearer to nothing, which a difference of two does not say."""


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """How a system did, and how that adds up."""

    value: float
    """On everything that is judged; NaN where nothing was asked."""
    units: Counts
    """Stretches of time x counts; NaN in a stretch in which nothing was asked."""
    measure: Measure
    """From summed counts to a figure."""


def summed(units: NDArray[np.float64], measure: Measure = ratio) -> Figure:
    """A figure of sums: that of everything is that of the summed stretches."""
    return Figure(float(measure(units.sum(axis=0))), units, measure)


def averaged(value: float, parts: NDArray[np.float64]) -> Figure:
    """A figure that does not add up, such as HOTA: known of the whole and of each stretch."""
    return Figure(value, np.column_stack([parts, np.where(np.isnan(parts), np.nan, 1.0)]), ratio)


Figures = dict[str, Figure | Absent]
"""By the key of their metric."""
