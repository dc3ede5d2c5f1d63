"""A recorded day of flows, played as if it were today.

All but its last minutes come as fast as they are taken in, with times that end now: so the watch
has learnt a day before anybody waits for it. The last minutes then come as they were, second by
second, and after them the day again, from its beginning.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.network import flows as f
from hlaska.network.conversations import ended_at

BATCH = 20_000
"""Flows in one batch of the fast part."""
PIECE_S = 1800.0
"""Of the time of flows; at most a second of work where there are few of them."""
PAUSE_S = 0.5
"""Between batches of the slow part."""


def replayed(
    day: pd.DataFrame,
    *,
    live_s: float,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    wait: Callable[[float], object] = time.sleep,
) -> Iterator[pd.DataFrame]:
    """The flows of a recording with times of today, each when it is over; without end.

    Args:
        day: A flow table, in any order.
        live_s: How much of its end is played second by second.
        clock: Tells the time, UTC.
        wait: Waits for so many seconds; when it answers true, the replay is over.

    Yields:
        Flow tables. Nothing at all when the recording is empty.
    """
    if not len(day):
        return
    order = np.argsort(_us(ended_at(day)), kind="stable")
    day = day.iloc[order].reset_index(drop=True)
    ends_us = _us(ended_at(day))
    live_us = min(live_s * 1e6, int(ends_us[-1] - ends_us[0]))
    shift_us = _now_us(clock) - int(ends_us[-1] - live_us)
    begin = int(np.searchsorted(ends_us + shift_us, _now_us(clock), side="right"))
    for start in range(0, begin, BATCH):
        yield _shifted(day.iloc[start : min(start + BATCH, begin)], shift_us)
    while True:
        while begin < len(day):
            until = int(np.searchsorted(ends_us + shift_us, _now_us(clock), side="right"))
            if until > begin:
                yield _shifted(day.iloc[begin:until], shift_us)
                begin = until
            elif wait(PAUSE_S):
                return
        # The first flow of the new day ends a second after the last of the old one.
        shift_us, begin = shift_us + int(ends_us[-1] - ends_us[0]) + 1_000_000, 0


def pieces(flows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Flows of `PIECE_S` at a time: a recording may tell of a whole day at once."""
    steps = np.maximum.accumulate(_us(flows[f.STARTED_AT]) // round(PIECE_S * 1e6))
    edges = [0, *(np.flatnonzero(np.diff(steps)) + 1), len(flows)]
    for begin, end in pairwise(edges):
        yield flows.iloc[begin:end]


def _shifted(flows: pd.DataFrame, shift_us: int) -> pd.DataFrame:
    moved = flows.reset_index(drop=True)
    shift = pd.Timedelta(microseconds=shift_us)
    moved[f.STARTED_AT] = (moved[f.STARTED_AT] + shift).dt.as_unit("us")
    return moved


def _us(stamps: "pd.Series[pd.Timestamp]") -> NDArray[np.int64]:
    return stamps.to_numpy("datetime64[us]").astype(np.int64)


def _now_us(clock: Callable[[], datetime]) -> int:
    return round(clock().timestamp() * 1e6)
