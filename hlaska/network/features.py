"""The numbers that models get: a row a conversation, or a row a host, of one minute.

Only what every input can tell is among them: no addresses, no numbers of ports, no hop limits, by
which a model would know the attackers of its training data again and nobody else. Amounts are
natural logarithms of 1 + x, so that a camera's megabytes and a scanner's 60 bytes fit on one scale.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.flows import LOGINS, FlowState
from hlaska.network.network import Network

WINDOW_S = 60.0
"""Length of the windows that rows are made of, one after another: models are trained on it."""

VIDEO = frozenset({"rtsp", "rtp", "rtcp", "onvif"})
INFRASTRUCTURE = frozenset({"dns", "dhcp", "ntp", "snmp", "mdns", "ssdp"})
_PROTOCOLS = ("tcp", "udp", "icmp")
_STATES = (
    FlowState.ESTABLISHED, FlowState.UNANSWERED, FlowState.REJECTED, FlowState.RESET,
)  # fmt: skip
_SERVICES = ("login", "video", "infrastructure", "other", "none")

FEATURES = (
    "flows",
    "src_bytes",
    "dst_bytes",
    "src_packets",
    "dst_packets",
    "src_bytes_per_packet",
    "dst_bytes_per_packet",
    "duration",
    "flows_per_s",
    "bytes_per_s",
    *(f"is_{name}" for name in _PROTOCOLS),
    *(f"is_{name}" for name in _STATES),
    *(f"for_{name}" for name in _SERVICES),
    "well_known_port",
    "src_inside",
    "dst_inside",
    "dst_is_group",
    "src_peers",
    "src_ports",
    "src_doors",
    "src_flows",
    "src_failed",
    "src_sent",
    "src_asked",
    "port_peers",
    "pair_flows",
    "pair_ports",
    "pair_failed",
    "dst_sources",
    "dst_flows",
    "dst_ports",
    "dst_failed",
    "door_sources",
)
"""Columns of `conversation_features`.

- `flows`; bytes, packets and `duration` (s) of a flow on average: logarithms. Bytes per packet as a
  share of 1,500. `flows_per_s` over the time from first to last; `bytes_per_s` while flows last.
- `is_…`: protocol (icmp6 is icmp) and state. `for_…`: kinds of service; a port below 1,024.
- `src_inside`, `dst_inside`: of the site's network; `dst_is_group`: a broadcast, a multicast group.
- Of the window, logarithms of counts. `src_…`: the source's peers, ports and doors (address and
  port) that it asked, flows, share that failed, bytes sent, flows in which it was asked itself;
  `port_peers`: hosts that it asked on this port. `pair_…`: the two hosts. `dst_…`: hosts that asked
  the destination, their flows, ports, share that failed; `door_sources`: hosts that asked this port
  of it.
"""

HOST_FEATURES = (
    "asks",
    "is_asked",
    "sent",
    "received",
    "sent_bytes_per_packet",
    "peers",
    "peers_outside",
    "ports",
    "doors",
    "sources",
    "own_ports",
    "failed",
    "failed_here",
    "sent_outside",
    "received_outside",
    "logins",
    "logins_here",
    "video_sent",
    "video_received",
    "infrastructure",
    "datagrams",
    "is_camera",
    "is_microphone",
    "is_known",
)
"""Columns of `host_features`: flows it began and was asked in; bytes, also with hosts outside, and
of video; peers, ports and doors that it asked, hosts that asked it, ports it was asked on; share of
its flows that failed, either way; flows with a login, either way, of infrastructure; share over
UDP; what the site file says it is. Counts and bytes as logarithms."""

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]


class HostRows(NamedTuple):
    """What `host_features` gives."""

    hosts: NDArray[np.object_]
    """The address of each row."""
    values: NDArray[np.float32]
    """m x `HOST_FEATURES`."""
    windows: Codes
    """The window of each row."""


def conversation_features(
    table: pd.DataFrame, network: Network, *, windows: Codes | None = None
) -> NDArray[np.float32]:
    """What a model gets of each conversation.

    Args:
        table: Conversations of windows of `WINDOW_S`; see `hlaska.network.conversations.COLUMNS`.
        network: Which addresses are inside.
        windows: The window of each row, a number; one and the same unless given.

    Returns:
        n x `FEATURES`, all finite.
    """
    side = _Sides(table, network, windows)
    flows, failed = side.flows, side.failed
    src, dst = side.src, side.dst
    pair, door = _together(src, side.dst_host), _together(dst, side.port)
    bytes_there, bytes_back = side.numbers(f.SRC_BYTES), side.numbers(f.DST_BYTES)
    packets_there, packets_back = side.numbers(f.SRC_PACKETS), side.numbers(f.DST_PACKETS)
    lasted = side.numbers(c.DURATION_SUM_S)
    columns = [
        np.log1p(flows),
        *(np.log1p(amount / flows) for amount in (bytes_there, bytes_back)),
        *(np.log1p(amount / flows) for amount in (packets_there, packets_back)),
        _share(bytes_there, packets_there) / 1500,
        _share(bytes_back, packets_back) / 1500,
        np.log1p(lasted / flows),
        np.log1p(flows / (1 + side.span_s)),
        np.log1p((bytes_there + bytes_back) / (1 + lasted)),
        *_one_hot(side.text(f.PROTOCOL, lambda name: name.removesuffix("6")), _PROTOCOLS),
        *_one_hot(side.text(f.STATE), _STATES),
        *_one_hot(side.kinds, _SERVICES),
        side.numbers(f.DST_PORT) < 1024,
        side.inside[side.src_host],
        side.inside[side.dst_host],
        side.of_hosts(_is_group)[side.dst_host],
        *map(np.log1p, (
            _distinct(src, side.dst_host), _distinct(src, side.port), _distinct(src, door),
            _sum(src, flows),
        )),
        _share(_sum(src, failed), _sum(src, flows)),
        np.log1p(_sum(src, bytes_there)),
        np.log1p(np.bincount(dst, flows, side.many)[src]),
        np.log1p(_distinct(_together(src, side.port), side.dst_host)),
        *map(np.log1p, (_sum(pair, flows), _distinct(pair, side.port))),
        _share(_sum(pair, failed), _sum(pair, flows)),
        *map(np.log1p, (
            _distinct(dst, side.src_host), _sum(dst, flows), _distinct(dst, side.port),
        )),
        _share(_sum(dst, failed), _sum(dst, flows)),
        np.log1p(_distinct(door, side.src_host)),
    ]  # fmt: skip
    return np.column_stack(columns).astype(np.float32).reshape(len(table), len(FEATURES))


def host_features(
    table: pd.DataFrame, network: Network, *, windows: Codes | None = None
) -> HostRows:
    """What a model gets of each inside host that said something, and window.

    Args:
        table: Conversations of windows of `WINDOW_S`; see `hlaska.network.conversations.COLUMNS`.
        network: Which addresses are inside, and what they are.
        windows: The window of each row, a number; one and the same unless given.
    """
    side = _Sides(table, network, windows)
    many, src, dst = side.many, side.src, side.dst

    def amount(where: Codes, what: Numbers) -> Numbers:
        return np.bincount(where, what, many).astype(np.float64)

    there, back = side.numbers(f.SRC_BYTES), side.numbers(f.DST_BYTES)
    sent = amount(src, there) + amount(dst, back)
    packets = amount(src, side.numbers(f.SRC_PACKETS)) + amount(dst, side.numbers(f.DST_PACKETS))
    asks, asked = amount(src, side.flows), amount(dst, side.flows)
    outside = ~(side.inside | side.of_hosts(_is_group))
    to_outside, of_outside = outside[side.dst_host], outside[side.src_host]
    video, login = side.among(VIDEO), side.among(LOGINS)
    both, others = np.concatenate([src, dst]), np.concatenate([side.dst_host, side.src_host])
    host = side.host_of_code
    columns = [
        np.log1p(asks),
        np.log1p(asked),
        np.log1p(sent),
        np.log1p(amount(src, back) + amount(dst, there)),
        _share(sent, packets) / 1500,
        np.log1p(_per_group(both, others, many)),
        np.log1p(_per_group(src[to_outside], side.dst_host[to_outside], many)),
        np.log1p(_per_group(src, side.port, many)),
        np.log1p(_per_group(src, _together(dst, side.port), many)),
        np.log1p(_per_group(dst, side.src_host, many)),
        np.log1p(_per_group(dst, side.port, many)),
        _share(amount(src, side.failed), asks),
        _share(amount(dst, side.failed), asked),
        np.log1p(amount(src, there * to_outside) + amount(dst, back * of_outside)),
        np.log1p(amount(src, back * to_outside) + amount(dst, there * of_outside)),
        np.log1p(amount(src, side.flows * login)),
        np.log1p(amount(dst, side.flows * login)),
        np.log1p(amount(src, there * video) + amount(dst, back * video)),
        np.log1p(amount(src, back * video) + amount(dst, there * video)),
        np.log1p(amount(src, side.flows * side.among(INFRASTRUCTURE))),
        _share(amount(src, side.flows * side.equal(f.PROTOCOL, "udp")), asks),
        *(side.of_hosts(_has_role(network, role))[host] for role in ("camera", "microphone")),
        side.of_hosts(lambda address: address in network.devices)[host],
    ]
    values = np.column_stack(columns).astype(np.float32).reshape(many, len(HOST_FEATURES))
    shown = np.flatnonzero(side.inside[host] & (packets > 0))
    return HostRows(side.hosts[host[shown]], values[shown], side.window_of_code[shown])


class _Sides:
    """A table of conversations as numbers; a host of one window is one code."""

    def __init__(self, table: pd.DataFrame, network: Network, windows: Codes | None) -> None:
        self._table = table
        many = len(table)
        codes, hosts = pd.factorize(pd.concat([table[f.SRC], table[f.DST]], ignore_index=True))
        self.hosts = np.asarray(hosts, dtype=object)
        self.src_host = codes[:many].astype(np.int64)
        self.dst_host = codes[many:].astype(np.int64)
        at = np.zeros(many, np.int64) if windows is None else np.asarray(windows, np.int64)
        both, pairs = pd.factorize(np.tile(at, 2) * max(1, len(hosts)) + codes)
        self.src, self.dst = both[:many].astype(np.int64), both[many:].astype(np.int64)
        self.many = len(pairs)
        self.host_of_code = pairs % max(1, len(hosts))
        self.window_of_code = pairs // max(1, len(hosts))
        self.inside = self.of_hosts(network.inside)
        self.port = table[f.DST_PORT].to_numpy(np.int64)
        self.flows = self.numbers(c.FLOWS)
        states = (FlowState.UNANSWERED, FlowState.REJECTED)
        self.failed = self.flows * np.logical_or(*(self.equal(f.STATE, one) for one in states))

    @property
    def kinds(self) -> NDArray[np.object_]:
        """Of each row, one of `_SERVICES`."""
        # RTSP asks for a password too, but what it is there for is video.
        known = {"": "none"} | dict.fromkeys(INFRASTRUCTURE, "infrastructure")
        known |= dict.fromkeys(LOGINS, "login") | dict.fromkeys(VIDEO, "video")
        return self.text(f.SERVICE, lambda name: known.get(name, "other"))

    @property
    def span_s(self) -> Numbers:
        """Of each row, from the first flow's beginning to the last one's end, seconds."""
        first, last = (
            self._table[name].to_numpy("datetime64[us]").view(np.int64)
            for name in (c.FIRST_AT, c.LAST_AT)
        )
        return np.maximum(0.0, (last - first) / 1e6)

    def numbers(self, column: str) -> Numbers:
        return self._table[column].to_numpy(np.float64)

    def text(self, column: str, change: Callable[[str], str] = str) -> NDArray[np.object_]:
        """A column of texts, each changed; there are few different ones."""
        codes, values = pd.factorize(self._table[column])
        return np.array([*map(change, values), ""], dtype=object)[codes]

    def equal(self, column: str, value: str) -> NDArray[np.bool_]:
        return (self._table[column] == value).to_numpy(bool)

    def among(self, services: frozenset[str]) -> NDArray[np.bool_]:
        return self._table[f.SERVICE].isin(services).to_numpy(bool)

    def of_hosts(self, ask: Callable[[str], bool]) -> NDArray[np.bool_]:
        """An answer for each of `hosts`."""
        return np.array([ask(host) for host in self.hosts], bool)


def _one_hot(values: NDArray[np.object_], names: Sequence[str]) -> list[NDArray[np.bool_]]:
    return [values == name for name in names]


def _share(part: Numbers, whole: Numbers) -> Numbers:
    return part / np.maximum(whole, 1)


def _together(one: Codes, other: Codes) -> Codes:
    """Codes of pairs, dense."""
    return pd.factorize(one * (1 + int(other.max(initial=0))) + other)[0].astype(np.int64)


def _sum(group: Codes, amounts: Numbers) -> Numbers:
    """For each row, the sum over all rows of its group."""
    return np.bincount(group, amounts).astype(np.float64)[group]


def _distinct(group: Codes, items: Codes) -> Numbers:
    """For each row, how many different items all rows of its group have."""
    return _per_group(group, items, int(group.max(initial=-1)) + 1)[group]


def _per_group(group: Codes, items: Codes, many: int) -> Numbers:
    width = 1 + int(items.max(initial=0))
    pairs = pd.unique(group * width + items)
    return np.bincount(pairs // width, minlength=many).astype(np.float64)


def _has_role(network: Network, role: str) -> Callable[[str], bool]:
    devices = network.devices
    return lambda address: address in devices and devices[address].role == role


def _is_group(address: str) -> bool:
    """Whether it is a multicast group (RFC 5771, RFC 4291, 2.7) or everybody."""
    if ":" in address:
        return address.startswith("ff")
    first = address.partition(".")[0]
    return (first.isdigit() and 224 <= int(first) <= 239) or address.endswith(".255")
