"""Whether what a sensor gives is still what it gave: two samples of the same figures.

Two-sample Kolmogorov-Smirnov (scipy.stats.ks_2samp). Looks at a street follow each other closely
and are alike, so that a p-value of theirs is far too small: samples are thinned to one a minute
first, and a figure has drifted only when the distance, too, is large. Figures of all sensors are
tested together: Benjamini and Hochberg, Controlling the false discovery rate, J. of the Royal
Statistical Society B 57, 1995 (scipy.stats.false_discovery_control).
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control, ks_2samp

from hlaska.results import Column, Report, ReportKind, ResultTable, Value

LEAST = 20
"""Values, a minute apart, of each sample."""
ALPHA = 0.001
FAR = 0.3
"""Distance of the two distributions (0..1) that matters."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One figure of one sensor."""

    sensor: str
    figure: str
    distance: float | None
    """Kolmogorov-Smirnov, 0..1; None: there are too few values."""
    p: float | None
    """Adjusted for how many figures were tested."""
    before: float
    now: float
    """Medians; NaN without values."""
    drifted: bool


COLUMNS = (
    Column("distance", "distance", 2),
    Column("p", "p", 4),
    Column("before", "median then", 2),
    Column("now", "median now", 2),
)
Figures = Mapping[str, ArrayLike]
"""Values of each figure of a sensor, a minute apart."""


def compare(before: Mapping[str, Figures], now: Mapping[str, Figures]) -> list[Drift]:
    """Every figure of every sensor that both samples have.

    Args:
        before: By sensor, what it gave when its model was made, or set up.
        now: The same, lately.
    """
    pairs = [
        (sensor, figure, _values(before[sensor][figure]), _values(now[sensor][figure]))
        for sensor in sorted(before.keys() & now.keys())
        for figure in sorted(before[sensor].keys() & now[sensor].keys())
    ]
    tested = [
        ks_2samp(old, new, method="asymp") if min(len(old), len(new)) >= LEAST else None
        for _, _, old, new in pairs
    ]
    raw = [float(test.pvalue) for test in tested if test is not None]
    adjusted = iter(false_discovery_control(raw) if raw else ())
    found = []
    for (sensor, figure, old, new), test in zip(pairs, tested, strict=True):
        p = None if test is None else float(next(adjusted))
        distance = None if test is None else float(test.statistic)
        found.append(
            Drift(
                sensor,
                figure,
                distance,
                p,
                _median(old),
                _median(new),
                drifted=bool(p is not None and p < ALPHA and distance and distance >= FAR),
            )
        )
    return found


def of_sensor(found: Sequence[Drift], sensor: str) -> list[Drift]:
    """Those of one sensor, the farthest first."""
    own = [one for one in found if one.sensor == sensor]
    return sorted(own, key=lambda one: -(one.distance or 0.0))


def report_of(
    found: Sequence[Drift], site: str, sensor: str, *, since: datetime, at: datetime
) -> Report:
    """What is known of one sensor, as a report: passed when nothing has drifted.

    Args:
        found: As `compare` gives it.
        site: Whose sensor it is.
        sensor: Its id.
        since: When the sample was taken that is compared with.
        at: Now.
    """
    own = of_sensor(found, sensor)
    tested = [one for one in own if one.p is not None]
    drifted = [one for one in own if one.drifted]
    rows: list[dict[str, Value]] = [
        {
            "what": one.figure,
            "distance": one.distance,
            "p": one.p,
            "before": one.before,
            "now": one.now,
        }
        for one in own
    ]
    if drifted:
        summary = "has drifted: " + ", ".join(
            f"{one.figure} {one.before:.3g} → {one.now:.3g}" for one in drifted
        )
    elif tested:
        summary = f"as it was: {len(tested)} figures looked at"
    else:
        summary = f"not known: fewer than {LEAST} looks; watch longer"
    note = (
        f"Against {since:%Y-%m-%d %H:%M} UTC. Two-sample Kolmogorov-Smirnov distance; p is "
        f"adjusted for all figures; drifted: p < {ALPHA} and distance of {FAR} or more."
    )
    return Report(
        id=f"drift-{sensor[:30].rstrip('._-')}-{at:%Y%m%dt%H%M%S}-{uuid.uuid4().hex[:6]}",
        kind=ReportKind.DRIFT,
        made_at=at,
        title=f"Drift of {sensor}",
        summary=summary,
        site=site,
        source=sensor,
        passed=None if not tested else not drifted,
        about={"since": since.isoformat(timespec="seconds")},
        tables=(ResultTable("drift", f"Drift of {sensor}", note, COLUMNS, tuple(rows)),),
    )


def _values(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, np.float64)
    return array[np.isfinite(array)]


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if len(values) else float("nan")
