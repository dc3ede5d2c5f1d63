"""Flows summed by who talked to whom about what: what rules, models and evidence look at.

A scan of a thousand ports is a thousand rows; a day of video is one. A window of some minutes is
put together from the sums of its slices, so that no flow is looked at twice.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.network import flows as f

FLOWS = "flows"
FIRST_AT = "first_at"
LAST_AT = "last_at"
DURATION_SUM_S = "duration_sum_s"

MOST = 2.0**62
"""No sum is greater."""
KEYS = (f.SRC, f.DST, f.DST_PORT, f.PROTOCOL, f.SERVICE, f.STATE)
"""What makes a conversation."""
SUMS = (FLOWS, f.SRC_BYTES, f.DST_BYTES, f.SRC_PACKETS, f.DST_PACKETS, DURATION_SUM_S)
"""What is summed over its flows."""
COLUMNS = (*KEYS, *SUMS, FIRST_AT, LAST_AT)
"""The columns of a table of conversations: `KEYS` as in a flow table; `flows`, how many; bytes and
packets that each side sent, of all flows together; `duration_sum_s`, of all flows together;
`first_at`, when the first began, and `last_at`, when the last ended, UTC."""


def conversations(flows: pd.DataFrame) -> pd.DataFrame:
    """The conversations of a flow table; columns: `COLUMNS`."""
    return sliced(flows, np.zeros(len(flows), np.int64)).get(0, _summed(flows)[list(COLUMNS)])


def no_conversations() -> pd.DataFrame:
    """A table of conversations without rows."""
    return conversations(f.no_flows())


def sliced(flows: pd.DataFrame, numbers: NDArray[np.int64]) -> dict[int, pd.DataFrame]:
    """The conversations of each slice of a flow table, in rising order of their numbers.

    Args:
        flows: The flow table.
        numbers: To which slice each of its rows belongs.
    """
    whole, first = _grouped(_summed(flows), numbers)
    slices = numbers[first]
    order = np.argsort(slices, kind="stable")
    whole, slices = whole.iloc[order], slices[order]
    values, begins = np.unique(slices, return_index=True)
    ends = np.append(begins[1:], len(whole)) if len(begins) else begins
    return {
        int(value): whole.iloc[begin:end].reset_index(drop=True)
        for value, begin, end in zip(values, begins, ends, strict=True)
    }


def _summed(flows: pd.DataFrame) -> pd.DataFrame:
    summed = flows.copy(deep=False)
    summed[FLOWS] = np.ones(len(flows), np.int64)
    summed[DURATION_SUM_S] = flows[f.DURATION_S]
    summed[FIRST_AT] = flows[f.STARTED_AT]
    summed[LAST_AT] = ended_at(flows)
    return summed


def ended_at(flows: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """When the last packet of each flow was seen."""
    lasted = (flows[f.DURATION_S].to_numpy() * 1e6).astype("timedelta64[us]")
    ends: pd.Series[pd.Timestamp] = flows[f.STARTED_AT] + lasted
    return ends


def stacked(slices: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The conversations of several slices, one below the other: the same one may come again."""
    parts = [part for part in slices if len(part)]
    if len(parts) == 1:
        return parts[0]
    return pd.concat(parts, ignore_index=True) if parts else no_conversations()


def together(slices: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The conversations of several slices as one table, each once; columns: `COLUMNS`."""
    parts = [part for part in slices if len(part)]
    return parts[0] if len(parts) == 1 else grouped(stacked(parts))


def grouped(table: pd.DataFrame) -> pd.DataFrame:
    """The same of a stack, in which a conversation may come several times."""
    return _grouped(table, np.zeros(len(table), np.int64))[0]


def _grouped(
    table: pd.DataFrame, slices: NDArray[np.int64]
) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """Sums over equal keys and slices, and of each the first row.

    Ten times as fast as `groupby` where there are few rows, as mostly.
    """
    if not len(table):
        return table[list(COLUMNS)].reset_index(drop=True), np.zeros(0, np.intp)
    first, group = _groups(table, slices)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(first)))
    columns: dict[str, object] = {key: table[key].array[first] for key in KEYS}
    for name in SUMS:
        # In floating point, as what strangers claim to have sent would overflow whole numbers.
        total = np.add.reduceat(table[name].to_numpy(np.float64)[order], starts)
        columns[name] = np.minimum(total, MOST).astype(table[name].to_numpy().dtype)
    for name, extreme in ((FIRST_AT, np.minimum), (LAST_AT, np.maximum)):
        stamps = table[name].to_numpy("datetime64[us]").view(np.int64)[order]
        found = extreme.reduceat(stamps, starts).view("datetime64[us]")
        columns[name] = pd.DatetimeIndex(found).tz_localize("UTC")
    return pd.DataFrame(columns), first


def _groups(
    table: pd.DataFrame, slices: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of each group of equal keys the first row, in order; of each row the number of its group."""
    code = pd.factorize(slices)[0].astype(np.int64)
    for key in KEYS:
        codes, values = pd.factorize(table[key])
        code = code * len(values) + codes
        # Six keys of many values each would not fit into 64 bits: number what there is.
        code = pd.factorize(code)[0].astype(np.int64)
    _, first = np.unique(code, return_index=True)
    return first, code
