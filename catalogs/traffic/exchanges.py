"""What two hosts say to each other, as rows of a flow table that is still to be.

Bytes hold IP headers, as NetFlow counts them (RFC 7011, `octetDeltaCount`). Time is in seconds from
the day's beginning. Of TCP, packets follow from the payload: what a sender of full segments and a
receiver that acknowledges every second one exchange.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from catalogs.traffic.chance import Chance
from hlaska.network import flows as f
from hlaska.network.flows import FlowState

AT_S = "at_s"
"""When a flow begins, in seconds from the day's beginning."""
COLUMNS = (
    AT_S,
    f.DURATION_S,
    f.SRC,
    f.DST,
    f.SRC_PORT,
    f.DST_PORT,
    f.PROTOCOL,
    f.SERVICE,
    f.SRC_BYTES,
    f.DST_BYTES,
    f.SRC_PACKETS,
    f.DST_PACKETS,
    f.STATE,
)
SEGMENT_BYTES = 1448
"""Payload of a full TCP segment: 1,500 of Ethernet (IEEE 802.3) less IP, TCP and time stamps."""
TCP_HEADERS = 52
"""IP 20, TCP 20 (RFC 9293), time stamps 12 (RFC 7323)."""
UDP_HEADERS = 28
"""IP 20, UDP 8 (RFC 768)."""
SYN_BYTES = 60
"""A Linux SYN: IP 20, TCP 20, 20 of options."""
RESET_BYTES = 40
EPHEMERAL = (32_768, 60_999)
"""Linux's `ip_local_port_range`."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Bytes and packets that each side sends; arrays, or one number for all."""

    src_bytes: ArrayLike
    dst_bytes: ArrayLike
    src_packets: ArrayLike
    dst_packets: ArrayLike


NOTHING = Sizes(0, 0, 0, 0)
ONE_SYN = Sizes(SYN_BYTES, 0, 1, 0)
REFUSED = Sizes(SYN_BYTES, RESET_BYTES, 1, 1)
"""A SYN, and the reset that answers it."""


def tcp(up: ArrayLike, down: ArrayLike, *, opens: bool = True) -> Sizes:
    """A TCP exchange of so many bytes of payload each way.

    Every second full segment is acknowledged (RFC 9293, section 3.8.6.3).

    Args:
        up: Payload that the opening side sends, bytes.
        down: … and the other one.
        opens: Whether the connection is opened and closed in it (three packets of one side, two of
            the other), rather than a piece of a longer one.
    """
    sent, received = np.asarray(up, float), np.asarray(down, float)
    there, back = np.ceil(sent / SEGMENT_BYTES), np.ceil(received / SEGMENT_BYTES)
    src_packets = there + np.ceil(back / 2) + 3 * opens
    dst_packets = back + np.ceil(there / 2) + 2 * opens
    return Sizes(
        sent + src_packets * TCP_HEADERS, received + dst_packets * TCP_HEADERS,
        src_packets, dst_packets,
    )  # fmt: skip


def udp(
    up: ArrayLike, down: ArrayLike = 0, *, packets: ArrayLike = 1, answers: ArrayLike | None = None
) -> Sizes:
    """Datagrams of so many bytes of payload in all.

    Args:
        up: Payload that the first side sends.
        down: … and the other one; 0: it does not answer.
        packets: Datagrams of the first side.
        answers: … and of the other; as many as `packets` unless given.
    """
    sent, received = np.asarray(up, float), np.asarray(down, float)
    there = np.asarray(packets, float)
    back = np.where(received > 0, there if answers is None else np.asarray(answers, float), 0)
    return Sizes(sent + there * UDP_HEADERS, received + back * UDP_HEADERS, there, back)


def rows(
    chance: Chance,
    at_s: ArrayLike,
    *,
    src: ArrayLike,
    dst: ArrayLike,
    port: ArrayLike,
    sizes: Sizes,
    protocol: str = "tcp",
    duration_s: ArrayLike = 0.0,
    state: ArrayLike = FlowState.ESTABLISHED,
    src_port: ArrayLike | None = None,
    service: str = "",
) -> pd.DataFrame:
    """One row a moment; everything else is one value for all, or one a row.

    Args:
        chance: Draws source ports where none are given.
        at_s: When each flow begins, seconds.
        src: Who began it.
        dst: The other side.
        port: Of the other side; for ICMP the code.
        sizes: Of `tcp` or `udp`.
        protocol: As in a flow table.
        duration_s: Of each.
        state: A `FlowState`.
        src_port: For ICMP the type.
        service: What a recogniser would say of it; empty: what is known of the port.
    """
    moments = np.atleast_1d(np.asarray(at_s, float))
    many = len(moments)
    ports = chance.rng.integers(*EPHEMERAL, many) if src_port is None else src_port
    columns: dict[str, Any] = {
        AT_S: moments,
        f.DURATION_S: duration_s,
        f.SRC: src,
        f.DST: dst,
        f.SRC_PORT: ports,
        f.DST_PORT: port,
        f.PROTOCOL: protocol,
        f.SERVICE: service,
        f.SRC_BYTES: sizes.src_bytes,
        f.DST_BYTES: sizes.dst_bytes,
        f.SRC_PACKETS: sizes.src_packets,
        f.DST_PACKETS: sizes.dst_packets,
        f.STATE: str(state) if isinstance(state, str) else state,
    }
    return pd.DataFrame({name: np.broadcast_to(value, many) for name, value in columns.items()})


def ticks(
    chance: Chance, period_s: float, begin_s: float, end_s: float, *, jitter: float = 0.01
) -> Numbers:
    """When something happens that a timer starts, in seconds between two times.

    The timer's phase is random, its quartz is off by up to 50 millionths (data sheets of ordinary
    crystals), and each turn is late by some share of the period.

    Args:
        chance: All chance.
        period_s: Of the timer.
        begin_s: From here …
        end_s: … to there.
        jitter: Standard deviation of a turn, as a share of the period.
    """
    period_s *= 1 + chance.rng.uniform(-5e-5, 5e-5)
    first = begin_s + chance.rng.uniform(0, period_s)
    moments = np.arange(first, end_s, period_s)
    moments = moments + chance.rng.normal(0, jitter * period_s, len(moments))
    return np.clip(moments, begin_s, end_s)


def spread(chance: Chance, middle: float, share: float, many: int) -> Numbers:
    """Sizes that scatter around a middle: log-normal, `share` the deviation of the logarithm."""
    return middle * np.exp(chance.rng.normal(0, share, many))
