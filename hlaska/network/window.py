"""A table of conversations laid out for rules: addresses as numbers, columns as arrays."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.finding import MOST_PEERS
from hlaska.network.flows import FlowState
from hlaska.network.network import Network, is_group

Rows = NDArray[np.intp]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Window:
    """The conversations of some stretch of time.

    Args:
        table: Conversations; see `hlaska.network.conversations.COLUMNS`.
        begins: When the stretch begins, UTC.
        ends: When it ends, UTC.
        network: What addresses are.
    """

    def __init__(
        self, table: pd.DataFrame, begins: datetime, ends: datetime, network: Network
    ) -> None:
        self.table = table
        self.begins, self.ends = begins, ends
        self.network = network
        codes, hosts = pd.factorize(
            np.concatenate([table[f.SRC].to_numpy(object), table[f.DST].to_numpy(object)])
        )
        self.hosts: list[str] = [str(host) for host in hosts]
        """All addresses; `src` and `dst` are places in it."""
        self.src, self.dst = codes[: len(table)], codes[len(table) :]

    def __len__(self) -> int:
        return len(self.table)

    @property
    def span_s(self) -> float:
        """How long it is, seconds."""
        return (self.ends - self.begins).total_seconds()

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """Of each of `hosts`, whether it belongs to the site's network."""
        return np.array([self.network.inside(host) for host in self.hosts], bool)

    @cached_property
    def group(self) -> NDArray[np.bool_]:
        """Of each of `hosts`, whether it is everybody or a multicast group."""
        return np.array([is_group(host) for host in self.hosts], bool)

    @cached_property
    def outside(self) -> NDArray[np.bool_]:
        """Of each of `hosts`, whether it is one host, and none of the site's network."""
        return ~self.inside & ~self.group

    @cached_property
    def sensor(self) -> NDArray[np.bool_]:
        """Of each of `hosts`, whether it is a camera or microphone."""
        return np.array([self.network.is_sensor(host) for host in self.hosts], bool)

    @cached_property
    def failed(self) -> NDArray[np.bool_]:
        """Of each conversation, whether it came to nothing: unanswered or refused."""
        states = self.text(f.STATE)
        failed: NDArray[np.bool_] = np.isin(states, (FlowState.UNANSWERED, FlowState.REJECTED))
        return failed

    @cached_property
    def answered(self) -> NDArray[np.bool_]:
        """Of each conversation, whether the other side said something and was not refusing."""
        answered: NDArray[np.bool_] = ~self.failed & (self.numbers(f.DST_PACKETS) > 0)
        return answered

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column of numbers."""
        return self.table[column].to_numpy(np.float64)

    def text(self, column: str) -> NDArray[np.object_]:
        """A column of texts."""
        return self.table[column].to_numpy(object)

    @cached_property
    def first_us(self) -> NDArray[np.int64]:
        """When each conversation began, µs since 1970."""
        return self.table[c.FIRST_AT].to_numpy("datetime64[us]").astype(np.int64)

    @cached_property
    def last_us(self) -> NDArray[np.int64]:
        """When each conversation ended, µs since 1970."""
        return self.table[c.LAST_AT].to_numpy("datetime64[us]").astype(np.int64)

    def first_at(self, rows: Rows) -> datetime:
        """When the first of some conversations began."""
        return _moment(self.first_us[rows].min())

    def last_at(self, rows: Rows) -> datetime:
        """When the last of some conversations ended; never after the window."""
        return min(self.ends, _moment(self.last_us[rows].max()))

    def most_met(self, hosts: Iterable[int], flows: NDArray[np.float64]) -> tuple[str, ...]:
        """The addresses with most flows first, `MOST_PEERS` at most.

        Args:
            hosts: Places in `hosts`, one a conversation.
            flows: How many flows each of these conversations has.
        """
        places = np.fromiter(hosts, np.intp)
        counts = np.bincount(places, weights=flows, minlength=len(self.hosts))
        most = np.argsort(-counts, kind="stable")[:MOST_PEERS]
        return tuple(self.hosts[place] for place in most if counts[place] > 0)


def _moment(us: np.int64) -> datetime:
    return _EPOCH + timedelta(microseconds=int(us))
