"""The flow table: one row a flow, whatever told of it. Column names, types, and how to make one.

A flow is all that two hosts sent each other on one pair of ports, as far as its source tells it in
one record. `src` is who began it (the side that spoke first), so the two directions differ.
"""

import base64
import hashlib
import socket
import struct
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address
from types import MappingProxyType

import pandas as pd

from hlaska.network.network import Network

STARTED_AT = "started_at"
DURATION_S = "duration_s"
SRC = "src"
DST = "dst"
SRC_PORT = "src_port"
DST_PORT = "dst_port"
PROTOCOL = "protocol"
SERVICE = "service"
SRC_BYTES = "src_bytes"
DST_BYTES = "dst_bytes"
SRC_PACKETS = "src_packets"
DST_PACKETS = "dst_packets"
STATE = "state"
COMMUNITY_ID = "community_id"
SRC_ASSET = "src_asset"
DST_ASSET = "dst_asset"

FLOW_DTYPES: Mapping[str, str] = MappingProxyType(
    {
        STARTED_AT: "datetime64[us, UTC]",
        DURATION_S: "float64",
        SRC: "str",
        DST: "str",
        SRC_PORT: "int32",
        DST_PORT: "int32",
        PROTOCOL: "str",
        SERVICE: "str",
        SRC_BYTES: "int64",
        DST_BYTES: "int64",
        SRC_PACKETS: "int64",
        DST_PACKETS: "int64",
        STATE: "str",
        COMMUNITY_ID: "str",
        SRC_ASSET: "str",
        DST_ASSET: "str",
    }
)
"""Every flow table has these columns, of these types, and no missing value.

- `started_at`: when the first packet was seen, UTC. `duration_s`: seconds to the last one, >= 0.
- `src`, `dst`: addresses in the form of `ipaddress` (compressed, lower case).
- `src_port`, `dst_port`: 0..65535; for ICMP the type and the code, as Zeek writes them.
- `protocol`: lower case: tcp, udp, icmp, icmp6, sctp, or the IANA number as text.
- `service`: what is spoken: what the source recognised, else what `SERVICES` says of the port, else
  empty.
- `src_bytes`, `dst_bytes`: bytes that each side sent, with IP headers where the source has them.
- `state`: a `FlowState`.
- `community_id`: see `community_id`; empty for protocols that have none there.
- `src_asset`, `dst_asset`: ids of the site's assets; empty for other hosts. See `with_assets`.
"""


class FlowState(StrEnum):
    """How a flow went, as far as each kind of source can tell it."""

    ESTABLISHED = "established"
    """Both sides spoke (of TCP: the connection was opened)."""
    UNANSWERED = "unanswered"
    """The other side never said a word."""
    REJECTED = "rejected"
    """The other side refused: a reset to the first packet, or ICMP unreachable."""
    RESET = "reset"
    """It was open, and one side broke it off."""
    OTHER = "other"
    """Seen from the middle, or not told."""


SERVICES: Mapping[tuple[str, int], str] = MappingProxyType(
    {
        (protocol, port): service
        for service, protocol, ports in (
            ("ssh", "tcp", (22,)),
            ("telnet", "tcp", (23, 2323)),
            ("smtp", "tcp", (25, 465, 587)),
            ("dns", "udp", (53,)),
            ("dns", "tcp", (53,)),
            ("dhcp", "udp", (67, 68, 546, 547)),
            ("http", "tcp", (80, 8000, 8080)),
            ("ntp", "udp", (123,)),
            ("snmp", "udp", (161, 162)),
            ("tls", "tcp", (443, 8443)),
            ("smb", "tcp", (139, 445)),
            ("modbus", "tcp", (502,)),
            ("rtsp", "tcp", (554, 8554)),
            ("mqtt", "tcp", (1883,)),
            ("mqtt", "tcp", (8883,)),
            ("ssdp", "udp", (1900,)),
            ("onvif", "udp", (3702,)),
            ("mdns", "udp", (5353,)),
            ("iec104", "tcp", (2404,)),
            ("dnp3", "tcp", (20000,)),
        )
        for port in ports
    }
)
"""What is usually spoken on a port: IANA's Service Name and Transport Protocol Port Number
Registry, and what IP cameras listen on (8000, 8080, 8554; ONVIF's discovery on 3702)."""

LOGINS = frozenset({"ssh", "telnet", "rtsp", "http", "tls", "mqtt", "smb", "smtp"})
"""Services that ask for a password."""

PROTOCOL_NUMBERS: Mapping[str, int] = MappingProxyType(
    {"icmp": 1, "tcp": 6, "udp": 17, "icmp6": 58, "sctp": 132}
)
"""IANA's Assigned Internet Protocol Numbers."""
PROTOCOL_NAMES: Mapping[int, str] = MappingProxyType(
    {number: name for name, number in PROTOCOL_NUMBERS.items()}
)


def no_flows() -> pd.DataFrame:
    """A flow table without rows."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in FLOW_DTYPES.items()})


def flow_table(columns: Mapping[str, object]) -> pd.DataFrame:
    """A flow table of these columns, in the order and types of `FLOW_DTYPES`.

    Args:
        columns: All columns but `service`, `community_id` and the assets, which may be missing or
            empty in some rows: services are then told by the port.

    Raises:
        KeyError: a column is missing.
        ValueError, TypeError: values that their column cannot hold.
    """
    table = pd.DataFrame(dict(columns))
    for optional in (SERVICE, COMMUNITY_ID, SRC_ASSET, DST_ASSET):
        if optional not in table:
            table[optional] = ""
    table = table[list(FLOW_DTYPES)].astype(dict(FLOW_DTYPES))
    unnamed = table[SERVICE].to_numpy() == ""
    if unnamed.any():
        named = [
            SERVICES.get((protocol, port), "")
            for protocol, port in zip(
                table[PROTOCOL].to_numpy()[unnamed],
                table[DST_PORT].to_numpy()[unnamed],
                strict=True,
            )
        ]
        table.loc[unnamed, SERVICE] = named
    return table.reset_index(drop=True)


def with_assets(flows: pd.DataFrame, network: Network) -> pd.DataFrame:
    """The flow table with the names of the site's assets."""
    names = {address: device.name for address, device in network.devices.items()}
    return flows.assign(
        **{
            asset: pd.array([names.get(one, "") for one in flows[host]], dtype="str")
            for asset, host in ((SRC_ASSET, SRC), (DST_ASSET, DST))
        }
    )


_ICMP_ANSWERS: Mapping[str, Mapping[int, int]] = MappingProxyType(
    {
        protocol: dict(pairs) | {answer: question for question, answer in pairs}
        for protocol, pairs in (
            # Echo, router, timestamp, information, address mask: RFC 792, 950, 1256.
            ("icmp", ((8, 0), (10, 9), (13, 14), (15, 16), (17, 18))),
            # Echo, listener, router, neighbour, node information, home agent: RFC 4443, 2710,
            # 4861, 4620, 6275.
            ("icmp6", ((128, 129), (130, 131), (133, 134), (135, 136), (139, 140), (144, 145))),
        )
    }
)
"""Types of ICMP that answer each other, as the specification of the Community ID pairs them."""


def community_id(
    protocol: str, src: str, dst: str, src_port: int, dst_port: int, *, seed: int = 0
) -> str:
    """The Community ID of a flow, version 1, by which tools recognise each other's flows.

    https://github.com/corelight/community-id-spec: a SHA-1 over seed, addresses, protocol and
    ports, the lower endpoint first. Of ICMP a type and the one that answers it count as ports; a
    type that nothing answers keeps its code and its direction.

    Returns:
        `1:` and 28 letters; empty for protocols other than TCP, UDP, SCTP and ICMP.

    Raises:
        ValueError: an address is none.
    """
    number = PROTOCOL_NUMBERS.get(protocol)
    if number is None:
        return ""
    one, two = _packed(src), _packed(dst)
    one_way = False
    if protocol in _ICMP_ANSWERS:
        answer = _ICMP_ANSWERS[protocol].get(src_port)
        one_way = answer is None
        dst_port = dst_port if answer is None else answer
    if not one_way and (one, src_port) > (two, dst_port):
        one, two, src_port, dst_port = two, one, dst_port, src_port
    head = struct.pack("!H", seed) + one + two + bytes((number, 0))
    digest = hashlib.sha1(
        head + struct.pack("!HH", src_port, dst_port), usedforsecurity=False
    ).digest()
    return "1:" + base64.b64encode(digest).decode("ascii")


def _packed(address: str) -> bytes:
    # Twenty times as fast as `ipaddress`, which is asked for what is not plain.
    try:
        return (
            socket.inet_aton(address)
            if "." in address and ":" not in address
            else (socket.inet_pton(socket.AF_INET6, address))
        )
    except OSError:
        return ip_address(address).packed
