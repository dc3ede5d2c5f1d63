"""From packets to flows: a bounded table of those that are open.

The engine of nfstream (libpcap and nDPI) reads the packets, counts and dissects. Its own loop
around that, `NFStreamer`, is left alone: it forks whoever calls it, threads, Ray and all, and pins
it to a core; a flow that goes on keeps all that began after it from being told, for half an hour;
under a flood its table grows without end; and it does not say that a file broke off.
"""

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from hlaska.network.flows import PROTOCOL_NUMBERS
from serving.cyber.sides import ACK, FIN, PSH, RST, SYN, URG, begun_by_dst

CData = Any
"""Something of the engine's, in C."""

COLUMNS = (
    "began_ms", "ended_ms", "protocol", "icmp_type", "icmp_code", "service",
    "src", "src_port", "src_bytes", "src_packets", "src_flags",
    "dst", "dst_port", "dst_bytes", "dst_packets", "dst_flags",
)  # fmt: skip
"""Of a row that a meter tells."""

MOST_FLOWS = 100_000
"""Flows that are open at one time (some 350 MB); of more, those longest silent are told early."""
SCAN_EVERY_MS = 100
"""How often flows that have become silent are looked for, by the packets' clock."""
SET_BACK_MS = 60_000
"""Packets that are so much older than the one before come after a change of the clock."""
BY_IP_BYTES = 1
"""What nfstream calls this way of counting."""
FLAGS = (("fin", FIN), ("syn", SYN), ("rst", RST), ("psh", PSH), ("ack", ACK), ("urg", URG))
TCP, ICMP, ICMP6 = (PROTOCOL_NUMBERS[name] for name in ("tcp", "icmp", "icmp6"))


@dataclass(frozen=True)
class MeterOrder:
    """What the child is to read, and how."""

    source: str
    """A path, or the name of an interface."""
    live: bool
    idle_s: int
    """A flow is over when it has been silent for so long …"""
    active_s: int
    """… and one that goes on is told in pieces of this length."""
    dissections: int
    """Packets of each flow that are looked into to find its service; 0: none."""


def to_json(order: MeterOrder) -> str:
    """The line that the child reads first."""
    return json.dumps(asdict(order))


class _Flow:
    """An open flow: what the engine keeps of it, and what it does not."""

    __slots__ = ("icmp", "kept", "turned")

    def __init__(self, kept: CData, turned: bool, icmp: tuple[int, int]) -> None:
        self.kept = kept
        self.turned = turned
        """Whether the side that was seen first is the one that was spoken to."""
        self.icmp = icmp
        """Type and code."""


class Meter:
    """A table of open flows.

    Args:
        engine: nfstream's `ffi` and `lib`.
        dissector: nfstream's, or its NULL.
        order: How to meter.
        tell: Takes the row of a flow that is over; see `COLUMNS`.
    """

    def __init__(
        self,
        engine: tuple[CData, CData],
        dissector: CData,
        order: MeterOrder,
        tell: Callable[[list[Any]], None],
    ) -> None:
        self._idle_ms, self._active_ms = order.idle_s * 1000, order.active_s * 1000
        self._dissections = order.dissections
        self._ffi, self._lib = engine
        self._dissector = dissector
        self._tell = tell
        self._flows: OrderedDict[tuple[Any, ...], _Flow] = OrderedDict()
        self._now_ms = 0
        self._scanned_ms = 0

    def take(self, packet: CData) -> None:
        """Add a packet to its flow."""
        if packet.time < self._now_ms - SET_BACK_MS:
            self.finish()
            self._now_ms = self._scanned_ms = packet.time
        # Packets of several queues of a network card come a little out of order.
        self._now_ms = packet.time = max(packet.time, self._now_ms)
        one = (packet.src_ip[0], packet.src_ip[1], packet.src_port)
        two = (packet.dst_ip[0], packet.dst_ip[1], packet.dst_port)
        ends = (one, two) if one <= two else (two, one)
        key = (ends, packet.protocol, packet.vlan_id)
        flow = self._flows.get(key)
        if flow is None:
            self._begin(key, packet, _turned(packet))
        else:
            over = self._lib.meter_update_flow(
                flow.kept, packet, self._idle_ms, self._active_ms,
                BY_IP_BYTES, 1, 0, self._dissections, self._dissector, 0,
            )  # fmt: skip
            if over == 0:
                self._flows.move_to_end(key)
            else:
                del self._flows[key]
                turned = _turned(packet)
                if over == 2:
                    # It goes on: whoever began it has begun the next piece too.
                    turned = flow.turned != _from_the_other(packet, flow.kept)
                self._end(flow)
                self._begin(key, packet, turned)
        if self._now_ms - self._scanned_ms >= SCAN_EVERY_MS:
            self._scan()

    def pass_time(self, now_ms: int) -> None:
        """Tell the flows that are over by now, though no packet came."""
        self._now_ms = max(now_ms, self._now_ms)
        self._scan()

    def finish(self) -> None:
        """Tell all flows that are open."""
        while self._flows:
            self._end(self._flows.popitem(last=False)[1])

    def _begin(self, key: tuple[Any, ...], packet: CData, turned: bool) -> None:
        kept = self._lib.meter_initialize_flow(
            packet, BY_IP_BYTES, 1, 0, self._dissections, self._dissector, 0
        )
        if kept == self._ffi.NULL:
            raise MemoryError("no memory for another flow")
        self._flows[key] = _Flow(kept, turned, _icmp(packet))
        if len(self._flows) > MOST_FLOWS:
            self._end(self._flows.popitem(last=False)[1])

    def _scan(self) -> None:
        self._scanned_ms = self._now_ms
        silent_since = self._now_ms - self._idle_ms
        while self._flows:
            flow = next(iter(self._flows.values()))
            if flow.kept.bidirectional_last_seen_ms > silent_since:
                break
            self._end(self._flows.popitem(last=False)[1])

    def _end(self, flow: _Flow) -> None:
        self._lib.meter_expire_flow(flow.kept, self._dissections, self._dissector)
        self._tell(self._row(flow))
        self._lib.meter_free_flow(flow.kept, self._dissections, 0, 1)

    def _row(self, flow: _Flow) -> list[Any]:
        """Columns: `COLUMNS`."""
        kept = flow.kept
        src = [
            self._text(kept.src_ip_str),
            kept.src_port,
            kept.src2dst_bytes,
            kept.src2dst_packets,
            sum(bit for name, bit in FLAGS if getattr(kept, f"src2dst_{name}_packets")),
        ]
        dst = [
            self._text(kept.dst_ip_str),
            kept.dst_port,
            kept.dst2src_bytes,
            kept.dst2src_packets,
            sum(bit for name, bit in FLAGS if getattr(kept, f"dst2src_{name}_packets")),
        ]
        return [
            kept.bidirectional_first_seen_ms,
            kept.bidirectional_last_seen_ms,
            kept.protocol,
            *flow.icmp,
            self._text(kept.application_name),
            *((dst + src) if flow.turned else (src + dst)),
        ]

    def _text(self, text: CData) -> str:
        return str(self._ffi.string(text).decode("ascii", errors="replace"))


def _turned(packet: CData) -> bool:
    """Whether the first packet that is seen is an answer."""
    if packet.protocol != TCP:
        return False
    if packet.syn:
        return bool(packet.ack)
    return begun_by_dst("tcp", packet.src_port, packet.dst_port)


def _from_the_other(packet: CData, kept: CData) -> bool:
    """Whether a packet of a flow comes from the side that was not seen first."""
    return bool(
        packet.src_port != kept.src_port
        or packet.src_ip[0] != kept.src_ip[0]
        or packet.src_ip[1] != kept.src_ip[1]
    )


def _icmp(packet: CData) -> tuple[int, int]:
    content, size = packet.ip_content, packet.ip_content_len
    if packet.protocol == ICMP and packet.ip_version == 4:
        at = (content[0] & 15) * 4
    elif packet.protocol == ICMP6 and packet.ip_version == 6:
        at = 40
    else:
        return 0, 0
    return (content[at], content[at + 1]) if at + 1 < size else (0, 0)
