"""Records of NetFlow and IPFIX as halves of flows: what one side sent the other."""

import socket
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hlaska.network.flows import PROTOCOL_NUMBERS
from serving.cyber import templates as t
from serving.cyber.templates import Records, Template

SINCE_1900_S = 2_208_988_800
"""From NTP's epoch to that of Unix, RFC 5905."""


class Half(NamedTuple):
    """What one side sent the other, or, of an exporter that tells both, both."""

    started_s: float
    """Seconds since 1970."""
    ended_s: float
    src: str
    dst: str
    src_port: int
    dst_port: int
    """Of ICMP 256 times the type and the code; `src_port` is then 0."""
    protocol: int
    octets: int
    packets: int
    flags: float
    """TCP's, all that were set; NaN: not told."""
    back_octets: int
    back_packets: int
    back_flags: float


class Piece(NamedTuple):
    """Records of one template out of one datagram."""

    records: bytes
    """As `Template.records` gives them."""
    rows: int
    sent_s: float
    """When, by the exporter's clock."""
    booted_s: float
    """When its uptime was zero; NaN: not told."""


def halves(template: Template, pieces: Sequence[Piece]) -> list[Half]:
    """The halves of flows that some records of one template tell of, in their order."""
    records = template.columns(b"".join(piece.records for piece in pieces))
    rows = [piece.rows for piece in pieces]
    started, ended = _times(
        records,
        np.repeat([piece.sent_s for piece in pieces], rows),
        np.repeat([piece.booted_s for piece in pieces], rows),
    )
    protocol = _whole(records, t.PROTOCOL)
    src_port, dst_port = _whole(records, t.SRC_PORT), _whole(records, t.DST_PORT)
    for name, element in (("icmp", t.ICMP4), ("icmp6", t.ICMP6)):
        of_it = protocol == PROTOCOL_NUMBERS[name]
        src_port[of_it] = 0
        # An exporter that knows no element for type and code has them in the port.
        told = _whole(records, element)
        dst_port = np.where(of_it & (told > 0), told, dst_port)
    columns = (
        started,
        ended,
        _addresses(records, t.SRC4, t.SRC6),
        _addresses(records, t.DST4, t.DST6),
        src_port.tolist(),
        dst_port.tolist(),
        protocol.tolist(),
        _whole(records, t.BYTES, t.TOTAL_BYTES, t.ASKER_BYTES).tolist(),
        _whole(records, t.PACKETS, t.TOTAL_PACKETS, t.ASKER_PACKETS).tolist(),
        _flags(records, t.FLAGS),
        _whole(records, t.BACK + t.BYTES, t.BACK + t.TOTAL_BYTES, t.ANSWERER_BYTES).tolist(),
        _whole(records, t.BACK + t.PACKETS, t.BACK + t.TOTAL_PACKETS, t.ANSWERER_PACKETS).tolist(),
        _flags(records, t.BACK + t.FLAGS),
    )
    return list(map(Half._make, zip(*columns, strict=True)))


def _whole(records: Records, *elements: int) -> NDArray[np.uint64]:
    """The first of these elements that the template has; 0 where it has none."""
    found = next((each for each in elements if each in records), None)
    return np.zeros(records.count, np.uint64) if found is None else records.whole(found)


def _flags(records: Records, element: int) -> list[float]:
    if element not in records:
        return [np.nan] * records.count
    # Two bytes since RFC 7125; the upper one holds no flag that matters here.
    flags: list[float] = (records.whole(element) & 0xFF).astype(np.float64).tolist()
    return flags


def _addresses(records: Records, four: int, six: int) -> list[str]:
    if four not in records:
        return [_text(packed) for packed in records.packed(six)]
    if six not in records:
        return [_text(packed) for packed in records.packed(four)]
    # A template for both: what is not used is zero.
    return [
        _text(short if any(short) else long)
        for short, long in zip(records.packed(four), records.packed(six), strict=True)
    ]


@lru_cache(maxsize=65_536)
def _text(packed: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def _times(
    records: Records, sent_s: NDArray[np.float64], booted_s: NDArray[np.float64]
) -> tuple[list[float], list[float]]:
    """When each record's flow began and ended, by the best clock that its template has."""
    if t.BOOTED_MS in records:
        booted_s = records.whole(t.BOOTED_MS) / 1e3
    started = _moments(
        records, sent_s, (t.START_MS, t.START_S, t.START_US, t.START_NS, t.START_DELTA_US)
    )
    ended = _moments(records, sent_s, (t.END_MS, t.END_S, t.END_US, t.END_NS, t.END_DELTA_US))
    lasted = np.zeros(records.count)
    if t.DURATION_MS in records:
        lasted = records.whole(t.DURATION_MS) / 1e3
    elif t.DURATION_US in records:
        lasted = records.whole(t.DURATION_US) / 1e6
    elif t.START_UPTIME in records and t.END_UPTIME in records:
        first, last = records.whole(t.START_UPTIME), records.whole(t.END_UPTIME)
        # Uptime is counted in 32 bits: it begins anew every 49 days.
        lasted = ((last - first) & 0xFFFF_FFFF) / 1e3
    if started is None and t.START_UPTIME in records:
        # Nothing has been up for 2^40 ms, 35 years, whatever it tells.
        up_ms = np.nan_to_num((sent_s - booted_s) * 1e3).clip(-(2.0**40), 2.0**40)
        now = up_ms.round().astype(np.int64)
        ago = (now - records.whole(t.START_UPTIME).astype(np.int64)) & 0xFFFF_FFFF
        # Exporters that read two clocks can be a little ahead of themselves.
        ago = np.where(ago >= 2**31, ago - 2**32, ago)
        started = np.where(np.isnan(booted_s), sent_s - lasted, sent_s - ago / 1e3)
    if started is None:
        started = (sent_s if ended is None else ended) - lasted
    if ended is None:
        ended = started + lasted
    return started.tolist(), ended.tolist()


def _moments(
    records: Records, sent_s: NDArray[np.float64], elements: tuple[int, int, int, int, int]
) -> NDArray[np.float64] | None:
    """The first of the elements that there is as seconds since 1970."""
    ms, s, us, ns, delta_us = elements
    if ms in records:
        return records.whole(ms) / 1e3
    for element in (us, ns):
        if element in records:
            # Seconds since 1900, and in the lower half parts of 2^32 of a second.
            return records.whole(element) / 2**32 - SINCE_1900_S
    if s in records:
        return records.whole(s).astype(np.float64)
    if delta_us in records:
        return sent_s - records.whole(delta_us) / 1e6
    return None
