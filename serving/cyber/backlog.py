"""Flows that wait to be looked at: bounded, and thinned out under a burst, which it says."""

import threading
from collections import deque

import pandas as pd

MOST_FLOWS = 400_000
"""Waiting: about 100 MB."""
FULL = 0.5
"""From this share of `MOST_FLOWS` on a live feed is thinned out."""


class Backlog:
    """A queue of flow tables between the thread that reads and the one that looks.

    Of a live feed nobody can ask the network to wait: beyond half of `most` every second flow is
    kept, from each further eighth on half as many, evenly, so that whoever does much is still seen.
    A recording waits.

    Args:
        live: Whether what is not taken is lost.
        most: Flows that may wait.
    """

    def __init__(self, *, live: bool, most: int = MOST_FLOWS) -> None:
        self.live, self._most = live, most
        self._tables: deque[pd.DataFrame] = deque()
        self._waiting = 0
        self._seen = self._kept = 0
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return self._waiting

    def put(self, flows: pd.DataFrame) -> None:
        """Add flows; where a recording has no room, wait until there is some."""
        with self._changed:
            if self.live:
                flows = self._thinned(flows)
            else:
                self._changed.wait_for(lambda: self._closed or self._waiting < self._most)
                self._seen, self._kept = self._seen + len(flows), self._kept + len(flows)
            if len(flows):
                self._tables.append(flows)
                self._waiting += len(flows)
            self._changed.notify_all()

    def get(self, timeout_s: float, *, most: int = 50_000) -> pd.DataFrame | None:
        """About `most` flows, those that have waited longest; None: there are none."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._tables), timeout_s)
            tables: list[pd.DataFrame] = []
            while self._tables and (not tables or sum(map(len, tables)) < most):
                tables.append(self._tables.popleft())
            self._waiting -= sum(map(len, tables))
            self._changed.notify_all()
        if not tables:
            return None
        return pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]

    def sampled(self) -> float:
        """Share of the flows since the last call that was kept; 1 when there were none."""
        with self._changed:
            share = self._kept / self._seen if self._seen else 1.0
            self._seen = self._kept = 0
        return share

    def close(self) -> None:
        """Nobody waits any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _thinned(self, flows: pd.DataFrame) -> pd.DataFrame:
        self._seen += len(flows)
        full = (self._waiting + len(flows) / 2) / self._most
        step = 1 if full < FULL else 2 ** (1 + int((full - FULL) / (1 - FULL) * 4))
        kept = flows.iloc[::step][: max(0, self._most - self._waiting)]
        self._kept += len(kept)
        return kept
