"""How well alerts tell what happened: how many are true, how late, and how many are false a day."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.columns import AT, KIND, SOURCE
from training.comparison.facts import ENDED_AT, Absent, Facts
from training.comparison.figures import Figures, summed
from training.comparison.spans import Spans

KEYS = ("alert_precision", "alert_recall", "alert_delay", "false_alarms")


def alert_figures(truth: Facts, seen: Facts, spans: Spans, tolerance_s: float) -> Figures:
    """Precision, recall, mean delay in seconds, and false alarms a day; the units are stretches.

    An alert is true when it is of the same kind and camera (where both say which) as something
    that happened, from `tolerance_s` before it began to `tolerance_s` after it ended, and is the
    first to tell of it: a second one is false.

    Args:
        truth: What happened.
        seen: What the system told.
        spans: What is judged.
        tolerance_s: Seconds.
    """
    for part in (truth.alerts, seen.alerts):
        if isinstance(part, Absent):
            return dict.fromkeys(KEYS, part)
    real, told = truth.alerts, seen.alerts
    assert isinstance(real, pd.DataFrame) and isinstance(told, pd.DataFrame)
    told_of = matched(real, told, tolerance_s)
    stretches = spans.stretches()
    delays = np.array(
        [np.nan if number < 0 else (told[AT][number] - at).total_seconds()
         for at, number in zip(real[AT], told_of, strict=True)]
    )  # fmt: skip
    false = np.ones(len(told), bool)
    false[told_of[told_of >= 0]] = False
    happened, false_at = (
        _stretch_of(times, spans, stretches) for times in (real[AT], told[AT][false])
    )
    rows = []
    for place, stretch in enumerate(stretches):
        here = delays[happened == place]
        known = here[~np.isnan(here)]
        days = len(stretch) * stretch.step / spans.fps / 86_400
        rows.append([len(known), len(here), (false_at == place).sum(), known.sum(), days])
    found, happened_here, wrong, late, days_here = np.array(rows, float).T
    return {
        "alert_precision": summed(np.column_stack([found, found + wrong])),
        "alert_recall": summed(np.column_stack([found, happened_here])),
        "alert_delay": summed(np.column_stack([late, found])),
        "false_alarms": summed(np.column_stack([wrong, days_here])),
    }


def matched(truth: pd.DataFrame, told: pd.DataFrame, tolerance_s: float) -> NDArray[np.int64]:
    """For everything that happened, the number of the first alert that tells of it; -1: none.

    What ends first chooses first, which finds the most pairs when lengths differ.
    """
    tolerance = timedelta(seconds=tolerance_s)
    free = np.ones(len(told), bool)
    found = np.full(len(truth), -1)
    ends = truth[ENDED_AT].fillna(truth[AT])
    for number in np.argsort(ends.to_numpy(), kind="stable"):
        one = truth.iloc[number]
        may = (
            free
            & (told[KIND] == one[KIND]).to_numpy()
            & (
                (told[SOURCE] == one[SOURCE]) | (told[SOURCE] == "") | (one[SOURCE] == "")
            ).to_numpy()
            & told[AT].between(one[AT] - tolerance, ends.iloc[number] + tolerance).to_numpy()
        )
        if may.any():
            found[number] = int(np.flatnonzero(may)[0])
            free[found[number]] = False
    return found


def _stretch_of(
    times: "pd.Series[pd.Timestamp]", spans: Spans, stretches: Sequence[range]
) -> NDArray[np.int64]:
    frames = np.clip(spans.frames_at(times), spans.frames.start, spans.frames.stop - 1)
    return np.searchsorted([part.start for part in stretches], frames, side="right") - 1
