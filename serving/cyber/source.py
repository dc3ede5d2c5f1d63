"""The door of network guarding: whatever tells of flows, opened by its address.

Another format is one file with a parser, and one line in `_OPENERS`.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Protocol
from urllib.parse import urlsplit

from hlaska.errors import SourceError, unknown
from serving.cyber.capture import Capture
from serving.cyber.eve import EveParser
from serving.cyber.netflow import NetFlowDecoder
from serving.cyber.pairing import Pairing
from serving.cyber.parsed import Parsed, together
from serving.cyber.tables import BinetflowParser, CsvParser
from serving.cyber.tail import MOST_LINE, Tail
from serving.cyber.udp import UdpPort
from serving.cyber.zeek import ZeekParser

MOST_LINES = 20_000
"""Read at once, so that a feed's flows come in tables of at most as many rows."""
WAIT_S = 0.5
"""So long a live feed waits for news before it says that there are none."""


class Feed(Protocol):
    """Where flows come from, opened."""

    live: bool
    """Whether it goes on while it is read, and may tell more than anybody has time for."""

    def told(self) -> Iterator[Parsed]:
        """What comes, for ever or until a recording is over; empty when there is nothing new.

        Raises:
            SourceError: it cannot be read any more, or is of another format.
        """
        ...

    def close(self) -> None:
        """Let go of files, sockets and processes; for the thread that reads, or when none does."""
        ...


class LineParser(Protocol):
    """Reads one format of text, piece by piece."""

    def read(self, lines: Sequence[str], first: int = 1) -> Parsed:
        """The flows of some whole lines, of which the first has this number.

        Raises:
            SourceError: it is another format.
        """
        ...


def open_feed(uri: str, *, follow: bool) -> Feed:
    """Open a feed.

    Args:
        uri: zeek:FOLDER or zeek:FILE, eve:FILE, netflow://HOST:PORT, pcap:FILE, interface:NAME,
            csv:FILE or binetflow:FILE.
        follow: Whether a text is waited for when it is over, as it is still written to. Of a
            folder of Zeek's, conn.log alone is followed; otherwise conn.*.log are read too, those
            that were put aside, by their names.

    Raises:
        SourceError: there is no such kind of feed, no such file or interface, or it may not be
            read.
    """
    kind, _, rest = uri.partition(":")
    opener = _OPENERS.get(kind)
    if opener is None:
        raise SourceError(unknown("kind of flow feed", kind, _OPENERS))
    if not rest.strip("/"):
        raise SourceError(f"{uri!r} names nothing; write {kind}: and what is to be read")
    return opener(rest, follow)


class TextFeed:
    """The lines of some files, one after another; the last one may be followed.

    Args:
        paths: The files.
        parser: Makes a parser; each file gets its own.
        follow: Whether more is waited for; of one file only.

    Raises:
        SourceError: the first file is not there, or cannot be read.
    """

    def __init__(
        self, paths: Sequence[Path], parser: Callable[[], LineParser], *, follow: bool
    ) -> None:
        self.live = follow
        self._paths = list(paths)
        self._parser = parser
        self._closed = False
        self._tail = Tail(self._paths[0], follow=follow)

    def told(self) -> Iterator[Parsed]:
        """See `Feed.told`."""
        for path in self._paths:
            if path != self._paths[0]:
                self._tail = Tail(path, follow=False)
            try:
                yield from self._of(path)
            finally:
                self._tail.close()

    def close(self) -> None:
        """See `Feed.close`."""
        self._closed = True
        self._tail.close()

    def _of(self, path: Path) -> Iterator[Parsed]:
        parser, sure, too_long = self._parser(), False, 0
        while not self._closed:
            first, lines = self._tail.read_new(MOST_LINES)
            if not lines:
                if self._tail.ended:
                    return
                time.sleep(WAIT_S)
                yield Parsed()
                continue
            try:
                parsed = parser.read(lines, first)
            except SourceError as error:
                raise SourceError(f"{path}: {error}") from error
            if not sure and parsed.unreadable >= sum(1 for line in lines if line.strip()) > 0:
                raise SourceError(f"{path}: nothing in it can be read; {parsed.complaint}")
            sure = True
            if missed := self._tail.too_long - too_long:
                too_long += missed
                complaint = f"a line of more than {MOST_LINE} bytes"
                parsed = together([parsed, Parsed(unreadable=missed, complaint=complaint)])
            if parsed.complaint:
                parsed = replace(parsed, complaint=f"{path}: {parsed.complaint}")
            yield parsed


class NetFlowFeed:
    """What exporters of NetFlow and IPFIX send to a UDP port.

    Args:
        host: Address of this machine to listen on.
        port: Number of the port.

    Raises:
        SourceError: it cannot be listened on.
    """

    live = True

    def __init__(self, host: str, port: int) -> None:
        self._port = UdpPort(host, port)
        self.port = self._port.port
        """Number of the port."""
        self._closed = False

    def told(self) -> Iterator[Parsed]:
        """See `Feed.told`."""
        decoder, pairing = NetFlowDecoder(), Pairing()
        while not self._closed:
            received = decoder.read(self._port.receive(WAIT_S))
            yield together(
                [
                    pairing.join(received.halves, time.monotonic()),
                    Parsed(
                        unreadable=received.unreadable,
                        skipped=received.skipped,
                        lost=received.lost,
                        complaint=received.complaint,
                    ),
                ]
            )

    def close(self) -> None:
        """See `Feed.close`."""
        self._closed = True
        self._port.close()


def _zeek(rest: str, follow: bool) -> Feed:
    path = Path(rest).expanduser()
    if not path.is_dir():
        return TextFeed([path], ZeekParser, follow=follow)
    if follow:
        return TextFeed([path / "conn.log"], ZeekParser, follow=True)
    logs = sorted(each for each in path.glob("conn*.log") if each.name.startswith("conn."))
    if not logs:
        raise SourceError(
            f"{path} holds no conn.log; name the folder in which Zeek writes its logs"
        )
    return TextFeed(logs, ZeekParser, follow=False)


def _text(parser: Callable[[], LineParser]) -> Callable[[str, bool], Feed]:
    return lambda rest, follow: TextFeed([Path(rest).expanduser()], parser, follow=follow)


def _netflow(rest: str, follow: bool) -> Feed:
    try:
        parts = urlsplit(f"netflow:{rest}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise SourceError(f"netflow:{rest} is no address; write netflow://0.0.0.0:2055")
    return NetFlowFeed(host, port)


_OPENERS: Mapping[str, Callable[[str, bool], Feed]] = MappingProxyType(
    {
        "zeek": _zeek,
        "eve": _text(EveParser),
        "csv": _text(CsvParser),
        "binetflow": _text(BinetflowParser),
        "netflow": _netflow,
        "pcap": lambda rest, follow: Capture(str(Path(rest).expanduser()), live=False),
        "interface": lambda rest, follow: Capture(rest, live=True),
    }
)
