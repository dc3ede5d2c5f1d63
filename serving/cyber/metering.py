"""The metering child: packets of a capture or of a live interface to flows, as lines of JSON.

It runs as `python -m serving.cyber.metering NAME`, takes its order as one line of JSON, and may be
killed at any time; when its parent is gone (its standard input closes) it leaves too. A crash in
the dissector over a packet that was made for that costs nothing but the child.
"""

import json
import os
import sys
import threading
import time
from typing import Any, BinaryIO

from nfstream.engine import (  # type: ignore[import-untyped]
    activate_capture,
    create_engine,
    setup_capture,
    setup_dissector,
)

from serving.cyber.meter import Meter, MeterOrder

MOST_ROWS = 2_000
"""Flows in one line."""
TELL_EVERY_S = 0.5
SNAP_BYTES = 65_535
"""Taken of a packet: all of it, as network cards hand over several at once as one."""
RING_BYTES = 32 * 1024 * 1024
"""For packets that wait; what finds no room is lost, and counted."""
MOST_SILENCES = 100
"""An interface that says so often within a second that there is nothing is gone."""

PACKET, IGNORED, END = 1, 0, -2
"""What the engine says when it is asked for the next packet; else nothing came, or all is over."""


class Wire:
    """The way to the parent: flows in lines, now and then."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._rows: list[list[Any]] = []
        self.ignored = 0
        """Packets since the last line that are none of IP, or cut off."""
        self.lost = 0
        """Packets since the last line that found no room."""

    def add(self, row: list[Any]) -> None:
        """Tell of a flow, soon."""
        self._rows.append(row)
        if len(self._rows) >= MOST_ROWS:
            self.flush()

    def flush(self) -> None:
        """Tell what there is."""
        self.send({"rows": self._rows, "ignored": self.ignored, "lost": self.lost})
        self._rows = []
        self.ignored = self.lost = 0

    def send(self, message: dict[str, Any]) -> None:
        """Write one line; the parent's absence ends the child."""
        try:
            self._out.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
            self._out.flush()
        except BrokenPipeError:
            os._exit(0)


class Metering:
    """Reads packets into a meter until the capture is over, or for ever.

    Args:
        order: What to read.
        wire: Where the flows go.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, order: MeterOrder, wire: Wire) -> None:
        self._live, self._mode, self._wire = order.live, int(order.live), wire
        self._ffi, self._lib = create_engine()
        error = self._ffi.new("char[256]")
        group = os.getpid() & 0xFFFF
        self._capture = setup_capture(
            self._ffi,
            self._lib,
            order.source,
            SNAP_BYTES,
            True,
            self._mode,
            error,
            group,
            RING_BYTES,
        )
        if self._capture is None or not activate_capture(
            self._capture, self._lib, error, None, self._mode
        ):
            raise OSError(self._ffi.string(error).decode(errors="replace"))
        dissector = setup_dissector(self._ffi, self._lib, order.dissections)
        self._meter = Meter((self._ffi, self._lib), dissector, order, wire.add)
        self._lock = threading.Lock()
        self._over = threading.Event()

    def run(self) -> str:
        """Meter; what went wrong, empty when the capture has simply come to its end."""
        teller = threading.Thread(target=self._tell_now_and_then, daemon=True)
        teller.start()
        trouble = self._read()
        self._over.set()
        teller.join()
        self._meter.finish()
        self._wire.flush()
        return trouble

    def _read(self) -> str:
        silences, since_s = 0, time.monotonic()
        while True:
            packet = self._ffi.new("struct nf_packet *")
            what = self._lib.capture_next(self._capture, packet, False, 1, 0, self._mode)
            if what == PACKET:
                with self._lock:
                    self._meter.take(packet)
            elif what == IGNORED:
                self._wire.ignored += 1
            elif what == END:
                return ""
            elif not self._live:
                return "the capture breaks off; what came before was read"
            elif (silences := silences + 1) > MOST_SILENCES:
                if time.monotonic() - since_s < 1:
                    return "the interface is gone or down"
                silences, since_s = 0, time.monotonic()

    def _tell_now_and_then(self) -> None:
        """A silent interface does not return to `_read`: time has to go on beside it."""
        statistics, lost_before = self._ffi.new("struct nf_stat *"), 0
        while not self._over.wait(TELL_EVERY_S):
            with self._lock:
                self._lib.capture_stats(self._capture, statistics, self._mode)
                self._wire.lost += (statistics.dropped - lost_before) % 2**32
                lost_before = statistics.dropped
                if self._live:
                    self._meter.pass_time(time.time_ns() // 1_000_000)
                self._wire.flush()


def _leave_with_the_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Read the order and meter."""
    order = MeterOrder(**json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()
    # The engine prints to the standard output; the wire is ours alone.
    wire = Wire(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    try:
        trouble = Metering(order, wire).run()
    except OSError as error:
        wire.send({"error": str(error)})
    else:
        wire.send({"error" if order.live else "end": trouble})


if __name__ == "__main__":
    main()
