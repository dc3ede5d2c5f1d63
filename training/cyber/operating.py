"""Alarms, and from which score on they are few enough."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.errors import ModelError
from hlaska.network.features import WINDOW_S
from serving.cyber.drift import LEAST_ROWS, Reference
from training.cyber.windows import Codes, Rows

PAUSE_S = 600.0
"""All that is told of one host without a longer pause is one alarm: an activity is over when it was
not seen for ten minutes (`hlaska.network.watch`)."""
FALSE_ALARMS_PER_HOUR = 1.0
"""What a dispatcher bears of one network, at most."""
DRIFT_MARGIN = 1.2
"""Over the highest drift of an hour of calibration days."""
STEPS = 60
"""Into which the search for a threshold divides what is left."""

Scores = NDArray[np.floating]


def alarms(rows: Rows, over: NDArray[np.bool_]) -> int:
    """How many alarms it is to tell of some rows.

    Args:
        rows: Of which each is about `hosts`.
        over: Which are told.
    """
    if not over.any():
        return 0
    told = pd.DataFrame({"host": rows.hosts[over], "window": rows.windows[over]})
    told = told.sort_values(["host", "window"])
    later = told["window"].diff() > PAUSE_S / WINDOW_S
    return int((later | (told["host"] != told["host"].shift())).sum())


def threshold(rows: Rows, scores: Scores, allowed: float) -> float:
    """The lowest threshold that gives at most so many alarms.

    Args:
        rows: Of which each is about `hosts`; every alarm about them is a false one.
        scores: One a row.
        allowed: Alarms; a part of one is none.

    Returns:
        A number just above a score; minus infinity when every score may be told.
    """
    peaks = np.unique(scores)[::-1]
    # So many of the peaks may be told, and so many may not. Alarms that merge make the count fall
    # here and there: where it exceeds first is sought in ever smaller steps.
    fine, many = 0, len(peaks) + 1
    while many - fine > 1:
        for count in np.unique(np.linspace(fine + 1, many - 1, STEPS).astype(int)):
            if alarms(rows, scores >= peaks[count - 1]) > allowed:
                many = int(count)
                break
            fine = int(count)
    return above(peaks[fine]) if fine < len(peaks) else -np.inf


def above(score: np.floating) -> float:
    """The next number above a score, of its own precision."""
    return float(np.nextafter(score, score.dtype.type(np.inf)))


def drift_limit(reference: Reference, rows: Rows) -> float:
    """How far an hour may be from what was learnt, before nobody should believe the model.

    Args:
        reference: Of training.
        rows: Of calibration days; those of attacks do not count.

    Raises:
        ModelError: no hour has enough rows.
    """
    quiet = rows.take(~rows.attack)
    numbers = quiet.windows // round(3600 / WINDOW_S)
    drifts = [
        reference.drift(quiet.values[numbers == number]).mean() for number in np.unique(numbers)
    ]
    known = [drift for drift in drifts if np.isfinite(drift)]
    if not known:
        raise ModelError(f"no hour of calibration has {LEAST_ROWS} rows; make longer days")
    return DRIFT_MARGIN * float(max(known))


def found(rows: Rows, hit: NDArray[np.bool_]) -> tuple[int, int]:
    """How many attacks have a row that was hit, and how many there are."""
    own = rows.activities >= 0
    return len(np.unique(rows.activities[own & hit])), len(np.unique(rows.activities[own]))


def hours(windows: Codes) -> float:
    """How long the windows are together that have a row."""
    return len(np.unique(windows)) * WINDOW_S / 3600
