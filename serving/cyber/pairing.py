"""Puts the two halves of a flow together, which NetFlow and IPFIX tell apart."""

from collections import deque
from collections.abc import Sequence

import numpy as np

from hlaska.network.flows import PROTOCOL_NAMES, PROTOCOL_NUMBERS
from serving.cyber.halves import Half
from serving.cyber.parsed import Parsed, Raw, flows_of
from serving.cyber.sides import ACK, RST, SYN, begun_by_dst, is_service

HOLD_S = 5.0
"""So long a half waits for the other: exporters send both within a second or two."""
MOST_WAITING = 200_000
"""Halves that wait; of more, the oldest wait no longer."""

_ICMP = (PROTOCOL_NUMBERS["icmp"], PROTOCOL_NUMBERS["icmp6"])
_ECHOES = (0, 129)
"""Types of ICMP that answer a ping."""
_Key = tuple[str, str, int, int, int]
_Pair = tuple[Half, Half | None]


class Pairing:
    """Remembers halves until the other half comes."""

    def __init__(self) -> None:
        self._waiting: dict[_Key, deque[tuple[float, Half]]] = {}
        self._order: deque[tuple[float, _Key]] = deque()

    def join(self, halves: Sequence[Half], now_s: float) -> Parsed:
        """The flows that are whole now, and those that have waited long enough.

        Args:
            halves: What came since the last time.
            now_s: The time by any clock that never goes back, in seconds.
        """
        pairs: list[_Pair] = []
        for half in halves:
            if half.back_packets > 0:
                pairs.append((half, None))
                continue
            ports = (0, 0) if half.protocol in _ICMP else (half.src_port, half.dst_port)
            back = (half.dst, half.src, ports[1], ports[0], half.protocol)
            others = self._waiting.get(back)
            if others:
                pairs.append((others.popleft()[1], half))
                if not others:
                    del self._waiting[back]
            else:
                key = (half.src, half.dst, *ports, half.protocol)
                self._waiting.setdefault(key, deque()).append((now_s, half))
                self._order.append((now_s, key))
        self._release(now_s - HOLD_S, pairs)
        return _flows(pairs) if pairs else Parsed()

    def rest(self) -> Parsed:
        """The flows of all that still wait."""
        return self.join((), float("inf"))

    def _release(self, until_s: float, pairs: list[_Pair]) -> None:
        while self._order and (self._order[0][0] <= until_s or len(self._order) > MOST_WAITING):
            came_s, key = self._order.popleft()
            others = self._waiting.get(key)
            # One that has found its half has left the queue of its key, and is in this one still.
            if others and others[0][0] <= came_s:
                pairs.append((others.popleft()[1], None))
                if not others:
                    del self._waiting[key]


def _flows(pairs: Sequence[_Pair]) -> Parsed:
    rows = [_row(first, second) for first, second in pairs]
    (
        started, ended, src, dst, src_port, dst_port, protocol, src_bytes, src_packets, src_flags,
        dst_bytes, dst_packets, dst_flags,
    ) = zip(*rows, strict=True)  # fmt: skip
    icmp = np.isin(protocol, _ICMP)
    code = np.array(dst_port)
    started_s = np.array(started)
    return flows_of(
        Raw(
            started_s=started_s,
            duration_s=np.array(ended) - started_s,
            src=src,
            dst=dst,
            src_port=np.where(icmp, code // 256, src_port).astype(np.float64),
            dst_port=np.where(icmp, code % 256, dst_port).astype(np.float64),
            protocol=[str(number) for number in protocol],
            src_bytes=np.array(src_bytes, np.float64),
            dst_bytes=np.array(dst_bytes, np.float64),
            src_packets=np.array(src_packets, np.float64),
            dst_packets=np.array(dst_packets, np.float64),
            src_flags=np.array(src_flags, np.float64),
            dst_flags=np.array(dst_flags, np.float64),
        ),
        src,
        what="record of",
    )


def _row(first: Half, second: Half | None) -> Half:
    """A flow: what `src` sent and, as what came back, what `dst` sent."""
    if second is None and first.back_packets > 0:
        return first
    if second is None:
        # Of the other side nothing is known to have come. (NaN stays NaN: not told.)
        nothing = first._replace(octets=0, packets=0, flags=first.flags * 0)
        nothing = _turned(nothing)
        first, second = (nothing, first) if _answers(first) else (first, nothing)
    elif _second_began(first, second):
        first, second = second, first
    return Half(
        min(first.started_s, second.started_s),
        max(first.ended_s, second.ended_s),
        *first[2:10],  # up to what it sent, and what came back: what the other one sent
        *second[7:10],
    )


def _turned(half: Half) -> Half:
    return half._replace(src=half.dst, dst=half.src, src_port=half.dst_port, dst_port=half.src_port)


def _answers(half: Half) -> bool:
    """Whether a half whose other half never came is that of the side that was spoken to."""
    if half.protocol == PROTOCOL_NUMBERS["tcp"] and half.flags >= 0:
        flags = int(half.flags)
        if flags & SYN and not flags & ACK:
            return False
        if flags & RST and not flags & SYN and half.packets == 1:
            return True
    return begun_by_dst(PROTOCOL_NAMES.get(half.protocol, ""), half.src_port, half.dst_port)


def _second_began(first: Half, second: Half) -> bool:
    if first.flags >= 0 and second.flags >= 0:
        opened, answered = int(first.flags) & SYN, int(second.flags) & SYN
        if opened != answered:
            return answered > 0
    if first.protocol in _ICMP:
        return second.started_s < first.started_s or first.dst_port // 256 in _ECHOES
    name = PROTOCOL_NAMES.get(first.protocol, "")
    by_first, by_second = is_service(name, first.dst_port), is_service(name, first.src_port)
    if by_first != by_second:
        return by_second
    if first.started_s != second.started_s:
        return second.started_s < first.started_s
    return first.src_port < first.dst_port
