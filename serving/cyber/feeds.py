"""Opens what a site file names as a flow feed: a live one is followed, a recording is played."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from hlaska.errors import SourceError
from hlaska.network import flows as f
from hlaska.network.conversations import ended_at
from serving.cyber.parsed import Parsed, together
from serving.cyber.replay import replayed
from serving.cyber.source import Feed, open_feed

RECORDINGS = frozenset({"pcap", "csv", "binetflow"})
"""Kinds of feed that are over at some time; logs are still written to."""
ENDINGS = {
    ".log": "zeek",
    ".json": "eve",
    ".pcap": "pcap",
    ".pcapng": "pcap",
    ".csv": "csv",
    ".binetflow": "binetflow",
}
"""What a file of a data set is, by its ending."""
MOST_FLOWS = 5_000_000
"""Of a recording that is played: it is held in memory, about a gigabyte."""
HELD = 200_000
"""Flows among which a recording is put in order."""


def connect(uri: str, *, open_uri: Callable[[str], str], live_s: float) -> Feed:
    """Open a feed.

    Args:
        uri: As in the site file; see `hlaska.network.network.FlowFeed`.
        open_uri: Makes a path of `dataset:NAME/FILE`.
        live_s: How much of the end of a recording is played second by second.

    Raises:
        SourceError: it cannot be opened.
        DataError: the data set cannot be had.
    """
    kind = uri.partition(":")[0]
    if kind == "dataset":
        path = Path(open_uri(uri))
        if path.suffix not in ENDINGS:
            raise SourceError(
                f"{uri} is nothing that tells of flows; allowed are files that end in "
                f"{', '.join(ENDINGS)}"
            )
        uri = f"{ENDINGS[path.suffix]}:{path}"
    if kind == "dataset" or kind in RECORDINGS:
        return Played(open_feed(uri, follow=False), live_s=live_s)
    return open_feed(uri, follow=True)


def in_order(told: Iterator[Parsed], *, held: int = HELD) -> Iterator[Parsed]:
    """What a recording tells, its flows in the order in which they ended.

    Some logs are written when a program had time. Flows are put in order among the next `held`;
    one that stands farther from its place than that stays where it is.

    Args:
        told: What is told.
        held: Flows that are kept back.
    """
    waiting: list[Parsed] = []
    for parsed in told:
        waiting.append(parsed)
        if sum(len(each.flows) for each in waiting) >= 2 * held:
            whole = _sorted(together(waiting))
            ready, rest = whole.flows.iloc[:-held], whole.flows.iloc[-held:]
            waiting = [Parsed(flows=rest.reset_index(drop=True))]
            yield replace(whole, flows=ready)
    if waiting:
        yield _sorted(together(waiting))


class Played:
    """A recording, played as if it were live; see `serving.cyber.replay`.

    Args:
        recording: The recording.
        live_s: How much of its end is played second by second.
    """

    live = False

    def __init__(self, recording: Feed, *, live_s: float) -> None:
        self._recording = recording
        self._live_s = live_s
        self._closed = threading.Event()

    def told(self) -> Iterator[Parsed]:
        """See `Feed.told`.

        Raises:
            SourceError: there is more than fits into memory, or it cannot be read.
        """
        parts, many = [], 0
        for parsed in self._recording.told():
            parts.append(parsed)
            many += len(parsed.flows)
            if many > MOST_FLOWS:
                raise SourceError(
                    f"more than {MOST_FLOWS:,} flows are in the recording; play a part of it"
                )
            if self._closed.is_set():
                return
        whole = together(parts)
        yield replace(whole, flows=f.no_flows())
        for flows in replayed(whole.flows, live_s=self._live_s, wait=self._closed.wait):
            if self._closed.is_set():
                return
            yield Parsed(flows=flows)

    def close(self) -> None:
        """See `Feed.close`."""
        self._closed.set()
        self._recording.close()


def _sorted(parsed: Parsed) -> Parsed:
    order = ended_at(parsed.flows).argsort(kind="stable")
    return replace(parsed, flows=parsed.flows.iloc[order].reset_index(drop=True))
