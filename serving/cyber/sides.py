"""Who of two hosts began a flow, and how it went, as far as packets and TCP flags tell.

Sources that keep a state of their own (Zeek) say it; for all others it is worked out here, by the
same rules, so that a scan looks the same in NetFlow and in a capture.
"""

import numpy as np
from numpy.typing import NDArray

from hlaska.network.flows import SERVICES, FlowState

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
"""Bits of TCP's flags, RFC 9293, section 3.1."""

WELL_KNOWN = 1024
"""Ports below it are those of servers: IANA's system ports."""


def is_service(protocol: str, port: int) -> bool:
    """Whether a server rather than a client is likely to be behind this port."""
    return (protocol, port) in SERVICES


def begun_by_dst(protocol: str, src_port: int, dst_port: int) -> bool:
    """Whether the ports say that `dst` is the client and `src` the server.

    For flows that were seen from the middle, or from one side only.
    """
    if protocol not in ("tcp", "udp"):
        return False
    mine, theirs = is_service(protocol, src_port), is_service(protocol, dst_port)
    if mine != theirs:
        return mine
    return src_port < WELL_KNOWN <= dst_port


def states(
    *,
    tcp: NDArray[np.bool_],
    src_flags: NDArray[np.int64],
    dst_flags: NDArray[np.int64],
    src_packets: NDArray[np.int64],
    dst_packets: NDArray[np.int64],
) -> NDArray[np.object_]:
    """The `FlowState` of each flow.

    Args:
        tcp: Whether it is TCP: of others the packets alone count.
        src_flags: All flags that `src` ever set, or -1 where nobody told …
        dst_flags: … and `dst`.
        src_packets: Packets that `src` sent …
        dst_packets: … and `dst`.
    """
    flagged = tcp & (src_flags >= 0) & (dst_flags >= 0)
    src, dst = np.where(flagged, src_flags, 0), np.where(flagged, dst_flags, 0)
    src_spoke, dst_spoke = src_packets > 0, dst_packets > 0
    one_sided = flagged & src_spoke & ~dst_spoke
    both = src_spoke & dst_spoke
    reset = ((src | dst) & RST) > 0
    acknowledged = (src & ACK) > 0
    asked_only = ((src & SYN) > 0) & ~acknowledged
    # A reset is all that came back: to a SYN, or to the one packet of an ACK or FIN scan.
    refused = ((dst & RST) > 0) & ((dst & SYN) == 0) & (asked_only | (dst_packets == 1))
    which = [
        # Nobody saw the answers, but `src` acknowledged some: they went another way.
        (one_sided & acknowledged & ((src & SYN) > 0) & reset, FlowState.RESET),
        (one_sided & acknowledged & ((src & SYN) > 0), FlowState.ESTABLISHED),
        # An opening packet, or one of a FIN, NULL or XMAS scan: it acknowledges nothing.
        (one_sided & ~acknowledged & (asked_only | ~reset), FlowState.UNANSWERED),
        (one_sided, FlowState.OTHER),
        (flagged & ~src_spoke & reset & ((dst & SYN) == 0), FlowState.REJECTED),
        (both & flagged & refused, FlowState.REJECTED),
        (both & flagged & reset, FlowState.RESET),
        # Without a reset both sides went along, even where the opening was not seen.
        (both, FlowState.ESTABLISHED),
        (src_spoke, FlowState.UNANSWERED),
    ]
    names = np.array([*(state.value for _, state in which), FlowState.OTHER.value], object)
    chosen = np.select([when for when, _ in which], range(len(which)), len(which))
    found: NDArray[np.object_] = names[chosen]
    return found
