"""Captures and live interfaces: their packets become flows in a child; see `metering`."""

import contextlib
import os
import selectors
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic_core import from_json

from hlaska.errors import SourceError, unknown
from serving.cyber.meter import COLUMNS, MeterOrder, to_json
from serving.cyber.parsed import Parsed, Raw, flows_of, together

IDLE_S = 15
"""A flow that has been silent for so long is over: so late, at the latest, a scan is seen."""
ACTIVE_S = 60
"""A flow that goes on is told in pieces of this length."""
DISSECTIONS = 20
"""nDPI finds what it can find in so many packets of a flow."""
WAIT_S = 0.5
BLOCK = 1024 * 1024

PCAP = {
    bytes.fromhex(magic): order
    for magic, order in (
        ("a1b2c3d4", ">"), ("d4c3b2a1", "<"),  # microseconds
        ("a1b23c4d", ">"), ("4d3cb2a1", "<"),  # nanoseconds
        ("a1b2cd34", ">"), ("34cdb2a1", "<"),  # Kuznetzov's, of old Linux
    )
}  # fmt: skip
"""How a capture begins, and in which order of bytes it goes on: pcap-savefile(5)."""
PCAPNG = bytes.fromhex("0a0d0d0a")
"""https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/draft-ietf-opsawg-pcapng.html"""
LINKS = {
    0: "BSD loopback", 1: "Ethernet", 9: "PPP", 50: "PPP", 101: "IP", 104: "HDLC",
    113: "Linux cooked", 127: "radiotap", 228: "IPv4", 229: "IPv6",
}  # fmt: skip
"""https://www.tcpdump.org/linktypes.html, as far as nfstream's engine reads them."""


class Capture:
    """Flows of a capture, or of an interface for as long as it is there.

    A second look at a flow that goes on or came back is another row of the table. Nothing runs
    before `told` is asked, and nothing is left of it when it ends or is given up.

    Args:
        source: A file, pcap or pcapng, or the name of an interface.
        live: Whether it is an interface.
        idle_s: A flow is over when it has been silent for so long …
        active_s: … and one that goes on is told in pieces of this length.
        dissections: Packets of each flow that are looked into to find its service; 0: none.

    Raises:
        SourceError: there is no such file or interface, it is no capture, or this process may not
            see what goes over the interface.
    """

    def __init__(
        self,
        source: str,
        *,
        live: bool,
        idle_s: int = IDLE_S,
        active_s: int = ACTIVE_S,
        dissections: int = DISSECTIONS,
    ) -> None:
        self.live = live
        self._order = MeterOrder(source, live, idle_s, active_s, dissections)
        if live:
            _check_interface(source)
        else:
            _check_file(Path(source))
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process number of the metering child, while there is one."""
        return None if self._child is None else self._child.pid

    def told(self) -> Iterator[Parsed]:
        """What comes, until a file is over; empty when there is nothing new.

        Raises:
            SourceError: it cannot be read any more.
        """
        seen = ignored = 0
        try:
            for message in self._messages():
                if message is None:
                    yield Parsed()
                elif "rows" in message:
                    parsed = _flows(message["rows"], message["ignored"], message["lost"])
                    seen, ignored = seen + len(parsed.flows), ignored + parsed.skipped
                    yield parsed
                elif trouble := message.get("end"):
                    yield Parsed(unreadable=1, complaint=f"{self._order.source}: {trouble}")
                elif "error" in message:
                    raise SourceError(f"{self._order.source}: {message['error']}")
            if ignored and not seen:
                yield Parsed(complaint=f"none of the {ignored} packets is a whole one of IP")
        finally:
            self.close()

    def close(self) -> None:
        """Kill the child. Nothing of it remains."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        child.wait()

    def _messages(self) -> Iterator[dict[str, Any] | None]:
        """What the child says, None when it is silent for `WAIT_S`."""
        child = self._child = subprocess.Popen(
            [sys.executable, "-m", "serving.cyber.metering", self._order.source[:200]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert child.stdin is not None and child.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(to_json(self._order).encode() + b"\n")
            child.stdin.flush()
        waiting = selectors.DefaultSelector()
        waiting.register(child.stdout, selectors.EVENT_READ)
        said = b""
        over = False
        with waiting:
            while self._child is child:
                if not waiting.select(WAIT_S):
                    yield None
                    continue
                block = os.read(child.stdout.fileno(), BLOCK)
                *lines, said = (said + block).split(b"\n")
                for line in lines:
                    message = from_json(line)
                    over = over or "end" in message or "error" in message
                    yield message
                if not block:
                    break
        if not over and self._child is child:
            code = child.wait()
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise SourceError(f"{self._order.source}: the meter died ({how})")


def _flows(rows: Sequence[Sequence[Any]], ignored: int, lost: int) -> Parsed:
    parsed = Parsed()
    if rows:
        columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
        numbers = {
            name: np.array(values, np.float64)
            for name, values in columns.items()
            if name not in ("src", "dst", "service")
        }
        icmp = np.isin(numbers["protocol"], [1, 58])
        parsed = flows_of(
            Raw(
                started_s=numbers["began_ms"] / 1e3,
                duration_s=(numbers["ended_ms"] - numbers["began_ms"]) / 1e3,
                src=columns["src"],
                dst=columns["dst"],
                src_port=np.where(icmp, numbers["icmp_type"], numbers["src_port"]),
                dst_port=np.where(icmp, numbers["icmp_code"], numbers["dst_port"]),
                protocol=[str(number) for number in columns["protocol"]],
                service=columns["service"],
                src_bytes=numbers["src_bytes"],
                dst_bytes=numbers["dst_bytes"],
                src_packets=numbers["src_packets"],
                dst_packets=numbers["dst_packets"],
                src_flags=numbers["src_flags"],
                dst_flags=numbers["dst_flags"],
            ),
            columns["src"],
            what="flow of",
        )
    complaint = f"{lost} packets found no room; this machine cannot keep up" if lost else ""
    return together([parsed, Parsed(skipped=ignored, lost=lost, complaint=complaint)])


def _check_file(path: Path) -> None:
    try:
        # Opening a pipe would wait until somebody writes into it.
        if not path.is_file():
            raise SourceError(f"there is no file {path}; name a capture, pcap or pcapng")
        with path.open("rb") as file:
            head = file.read(24)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
    if head[:4] == PCAPNG:
        return
    order = PCAP.get(head[:4])
    if order is None:
        hint = "; unpack it first (gunzip)" if head[:2] == b"\x1f\x8b" else ""
        raise SourceError(f"{path} is no capture: pcap and pcapng can be read{hint}")
    if len(head) < 24:
        raise SourceError(f"{path} breaks off in its first line; capture it again")
    # The upper bits tell of checksums at the end of frames.
    link = struct.unpack(order + "I", head[20:24])[0] & 0xFFFF
    if link not in LINKS:
        raise SourceError(
            f"{path} has packets of link type {link}, which cannot be read; those that can: "
            f"{', '.join(f'{number} ({name})' for number, name in LINKS.items())}"
        )


def _check_interface(name: str) -> None:
    known = sorted(interface for _, interface in socket.if_nameindex())
    if name not in known:
        raise SourceError(unknown("network interface", name, known))
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    except PermissionError as error:
        raise SourceError(
            f"this process may not see what goes over {name}; let it: setcap cap_net_raw+ep "
            f"{Path(sys.executable).resolve()}, or run the container with --cap-add NET_RAW"
        ) from error
