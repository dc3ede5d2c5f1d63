"""Made days as rows of features, each with the truth about it."""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalogs.traffic.day import NORMAL, MadeDay
from hlaska.network import flows as f
from hlaska.network.conversations import KEYS, conversations, ended_at
from hlaska.network.features import WINDOW_S, conversation_features, host_features
from hlaska.network.network import Network

Texts = NDArray[np.object_]
Codes = NDArray[np.int64]
_ROW = "row"


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Features with the truth, in any order."""

    values: NDArray[np.float32]
    """n x features."""
    labels: Texts
    """The family of the attack that a row is of; `NORMAL` of none."""
    activities: Codes
    """Which attack, a number; -1 of none."""
    hosts: Texts
    """Who began the conversation; or the host that a row is about."""
    peers: Texts
    """The other side; empty where a row is about a host."""
    windows: Codes
    """Number of the window."""
    beside: NDArray[np.bool_]
    """Of no attack itself, but one of its hosts takes part in one in that window, or was plugged in
    for one: to tell of it is neither right nor a false alarm."""

    def __len__(self) -> int:
        return len(self.values)

    def take(self, which: NDArray[np.bool_] | Codes) -> Self:
        """Some of the rows."""
        return type(self)(*(getattr(self, one.name)[which] for one in fields(self)))

    @property
    def attack(self) -> NDArray[np.bool_]:
        """Of each row, whether it is of an attack."""
        return self.labels != NORMAL

    @property
    def quiet(self) -> NDArray[np.bool_]:
        """Of each row, whether an alarm about it is a false one."""
        return ~self.attack & ~self.beside


def together(parts: list[Rows]) -> Rows:
    """Rows of several days; their windows and attacks stay apart."""
    windows = activities = 0
    moved = []
    for part in parts:
        named = np.where(part.activities >= 0, part.activities + activities, -1)
        moved.append(replace(part, activities=named, windows=part.windows + windows))
        # A gap, so that no alarm goes on from one day to the next.
        windows += int(part.windows.max(initial=0)) + 1000
        activities += int(part.activities.max(initial=-1)) + 1
    return Rows(*(np.concatenate([getattr(p, one.name) for p in moved]) for one in fields(Rows)))


def window_numbers(flows: pd.DataFrame) -> Codes:
    """In which window each flow ended, counted from the first; windows begin with the clock's."""
    ends = ended_at(flows).to_numpy("datetime64[us]").astype(np.int64)
    numbers = ends // round(WINDOW_S * 1e6)
    return numbers - int(numbers.min()) if len(numbers) else numbers


def windowed(flows: pd.DataFrame, numbers: Codes) -> tuple[pd.DataFrame, Codes, Codes]:
    """The conversations of many windows at once.

    Returns:
        The conversations; the window of each; and of each flow the row of its conversation.
    """
    # One window's sources are others than the next one's: so the sums of serving do the work.
    text = flows[f.SRC].astype(object) + "|" + pd.Series(numbers, index=flows.index).astype(str)
    keyed = flows.assign(**{f.SRC: text.astype("str")})
    table = conversations(keyed)
    found = keyed[list(KEYS)].merge(
        table[list(KEYS)].assign(**{_ROW: np.arange(len(table))}), on=list(KEYS), how="left"
    )
    parts = [key.partition("|") for key in table[f.SRC]]
    sources = pd.Series([src for src, _, _ in parts], index=table.index, dtype="str")
    windows = np.array([window for _, _, window in parts], object).astype(np.int64)
    return table.assign(**{f.SRC: sources}), windows, found[_ROW].to_numpy(np.int64)


def rows_of(day: MadeDay, network: Network) -> tuple[Rows, Rows]:
    """A row a conversation and window, and a row an inside host and window.

    The first is of an attack when one of its flows is, the second when the host takes part in one.
    """
    numbers = window_numbers(day.flows)
    table, windows, of_flow = windowed(day.flows, numbers)
    # By the number of the activity; the last is for -1.
    families = np.array([*(one.family for one in day.activities), NORMAL], dtype=object)
    activities = np.full(len(table), -1, np.int64)
    np.maximum.at(activities, of_flow, day.numbers)
    src, dst = (table[end].to_numpy(object) for end in (f.SRC, f.DST))
    ends: dict[tuple[int, str], int] = {}
    for row in np.flatnonzero(activities >= 0):
        for host in (src[row], dst[row]):
            ends[int(windows[row]), str(host)] = int(activities[row])
    # Who was plugged in to attack is never told of falsely.
    intruders = {host for one in day.activities for host in one.hosts} - set(network.devices)
    busy = [
        not intruders.isdisjoint((one, two)) or (w, one) in ends or (w, two) in ends
        for w, one, two in zip(windows.tolist(), src, dst, strict=True)
    ]
    talks = Rows(
        values=conversation_features(table, network, windows=windows),
        labels=families[activities],
        activities=activities,
        hosts=src,
        peers=dst,
        windows=windows,
        beside=np.array(busy, bool) & (activities < 0),
    )
    made = host_features(table, network, windows=windows)
    keys = zip(made.windows, made.hosts, strict=True)
    of_host = np.array([ends.get((int(w), str(h)), -1) for w, h in keys], np.int64)
    nobody = np.full(len(made.hosts), "", dtype=object)
    hosts = Rows(
        values=made.values,
        labels=families[of_host],
        activities=of_host,
        hosts=made.hosts,
        peers=nobody,
        windows=made.windows,
        beside=(of_host < 0) & np.isin(made.hosts.astype(str), list(intruders)),
    )
    return talks, hosts
