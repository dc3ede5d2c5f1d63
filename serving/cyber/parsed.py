"""What every parser hands on, and the cleaning that all of them share.

What stands in a log was sent by whoever is on the network, or written by a program that died half
way. A parser only finds the columns (`Raw`); `flows_of` believes nothing of them: rows that cannot
be are left out and counted, and no text of theirs gets through that a page could stumble over.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.network import flows as f
from serving.cyber.sides import states
from serving.cyber.values import Column, addresses, protocol_name, services, shown

LAST_S = 4_102_444_800.0
"""Times after 2100-01-01 are none, and durations beyond as many seconds."""
MOST_COUNT = 2**48
"""Bytes or packets of one flow: at 400 Gbit/s it takes an hour and a half to send so many."""

_STATES = frozenset(each.value for each in f.FlowState)
_COMMUNITY_ID = re.compile(r"1:[A-Za-z0-9+/]{27}=", re.ASCII)


@cache
def _empty() -> pd.DataFrame:
    return f.no_flows()


def nothing() -> pd.DataFrame:
    """A flow table without rows, in a thirtieth of the time that making one takes."""
    return _empty().copy(deep=False)


@dataclass(frozen=True, slots=True)
class Alert:
    """What a source itself takes for an attack: here, a rule of Suricata."""

    at: datetime
    src: str
    dst: str
    dst_port: int
    signature: str
    """At most 200 printable letters; written by whoever wrote the rule."""
    severity: int
    """1 is the gravest."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """Flows, and what became of all that is none."""

    flows: pd.DataFrame = field(default_factory=nothing)
    """A flow table, in the order of the source; what it tells twice is there twice."""
    unreadable: int = 0
    """Records that are broken or tell what cannot be."""
    skipped: int = 0
    """Records that are well and tell of something else than a flow of IP."""
    lost: int = 0
    """Records or packets that the source itself lost on the way."""
    complaint: str = ""
    """What is wrong with the first that was unreadable or lost, for a person."""
    alerts: tuple[Alert, ...] = ()


def together(parts: Sequence[Parsed]) -> Parsed:
    """Several as one, in this order."""
    if len(parts) == 1:
        return parts[0]
    tables = [part.flows for part in parts if len(part.flows)]
    return Parsed(
        flows=pd.concat(tables, ignore_index=True) if tables else nothing(),
        unreadable=sum(part.unreadable for part in parts),
        skipped=sum(part.skipped for part in parts),
        lost=sum(part.lost for part in parts),
        complaint=next((part.complaint for part in parts if part.complaint), ""),
        alerts=tuple(alert for part in parts for alert in part.alerts),
    )


@dataclass(slots=True)
class Raw:
    """Columns as a source tells them, one entry a flow. NaN: there is something, and it is none."""

    started_s: NDArray[np.float64]
    """Seconds since 1970, UTC."""
    duration_s: NDArray[np.float64]
    """Below zero (a clock was set back meanwhile) counts as zero."""
    src: Column
    dst: Column
    src_port: NDArray[np.float64]
    dst_port: NDArray[np.float64]
    protocol: Column
    src_bytes: NDArray[np.float64]
    dst_bytes: NDArray[np.float64]
    src_packets: NDArray[np.float64]
    dst_packets: NDArray[np.float64]
    service: Column | None = None
    state: Sequence[str] | None = None
    """A `FlowState`; empty: by flags and packets."""
    src_flags: NDArray[np.float64] | None = None
    """All flags of TCP that `src` set; NaN: not told."""
    dst_flags: NDArray[np.float64] | None = None
    community_id: Column | None = None


def flows_of(raw: Raw, places: Sequence[object], what: str = "line") -> Parsed:
    """The flow table of those rows that can be.

    Args:
        raw: The columns.
        places: Where each row stands, for the complaint …
        what: … and what the places are numbers of.
    """
    src, dst = addresses(raw.src), addresses(raw.dst)
    protocol = [
        protocol_name(each, ":" in host) if type(each) is str else ""
        for each, host in zip(raw.protocol, src, strict=True)
    ]
    other = np.array([name is None for name in protocol], bool)
    paired = [(":" in one) == (":" in two) and two != "" for one, two in zip(src, dst, strict=True)]
    checks = [
        ("time", "1970 to 2100", raw.started_s, _below(raw.started_s, LAST_S)),
        ("duration", "seconds", raw.duration_s, _below(raw.duration_s, LAST_S, least=-LAST_S)),
        ("protocol", "tcp, udp, icmp … or its number", raw.protocol, _given(protocol)),
        ("source address", "IPv4 or IPv6", raw.src, _given(src)),
        ("destination address", "of the source's kind", raw.dst, np.array(paired, bool)),
        ("source port", "0 to 65535", raw.src_port, _whole(raw.src_port, 65_535)),
        ("destination port", "0 to 65535", raw.dst_port, _whole(raw.dst_port, 65_535)),
        *(
            (f"number of {name}", "0 to 2^48", counts, _whole(counts, MOST_COUNT))
            for name, counts in (
                ("bytes from the source", raw.src_bytes),
                ("bytes from the destination", raw.dst_bytes),
                ("packets from the source", raw.src_packets),
                ("packets from the destination", raw.dst_packets),
            )
        ),
    ]
    good = np.ones(len(src), bool)
    complaint = ""
    for name, allowed, values, fine in checks:
        wrong = ~(fine | other)
        if not complaint and wrong.any():
            row = int(np.argmax(wrong))
            value = values[row]
            words = shown(value.item() if isinstance(value, np.generic) else value)
            complaint = (
                f"{what} {places[row]}: the {name} is {words.replace('nan', 'no number')}; "
                f"allowed: {allowed}"
            )
        good &= ~wrong
    rows = np.flatnonzero(good & ~other)
    return Parsed(
        flows=_table(raw, rows, src, dst, protocol) if len(rows) else nothing(),
        unreadable=int((~good).sum()),
        skipped=int(other.sum()),
        complaint=complaint,
    )


def _table(
    raw: Raw,
    rows: NDArray[np.intp],
    src: Sequence[str],
    dst: Sequence[str],
    protocol: Sequence[str | None],
) -> pd.DataFrame:
    everything = len(rows) == len(src)

    def texts(values: Column) -> list[Any]:
        return list(values) if everything else [values[row] for row in rows]

    def whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
        return values[rows].astype(np.int64)

    sides = {f.SRC: texts(src), f.DST: texts(dst), f.PROTOCOL: texts(protocol)}
    numbers = {
        f.SRC_PORT: whole(raw.src_port),
        f.DST_PORT: whole(raw.dst_port),
        f.SRC_BYTES: whole(raw.src_bytes),
        f.DST_BYTES: whole(raw.dst_bytes),
        f.SRC_PACKETS: whole(raw.src_packets),
        f.DST_PACKETS: whole(raw.dst_packets),
    }
    tcp = np.array([name == "tcp" for name in sides[f.PROTOCOL]], bool)
    worked_out = states(
        tcp=tcp,
        src_flags=_flags(raw.src_flags, rows),
        dst_flags=_flags(raw.dst_flags, rows),
        src_packets=numbers[f.SRC_PACKETS],
        dst_packets=numbers[f.DST_PACKETS],
    )
    state = list(worked_out)
    if raw.state is not None:
        state = [told or own for told, own in zip(texts(raw.state), state, strict=True)]
    told_ids = texts(raw.community_id) if raw.community_id is not None else [""] * len(rows)
    ids = [
        told if type(told) is str and _COMMUNITY_ID.fullmatch(told) else f.community_id(*flow)
        for told, *flow in zip(
            told_ids,
            sides[f.PROTOCOL],
            sides[f.SRC],
            sides[f.DST],
            numbers[f.SRC_PORT].tolist(),
            numbers[f.DST_PORT].tolist(),
            strict=True,
        )
    ]
    words = sides | {
        f.SERVICE: services(texts(raw.service)) if raw.service is not None else [""] * len(rows),
        f.STATE: state,
        f.COMMUNITY_ID: ids,
    }
    started = (raw.started_s[rows] * 1e6).round().astype(np.int64).view("datetime64[us]")
    return f.flow_table(
        {
            f.STARTED_AT: pd.DatetimeIndex(started).tz_localize("UTC"),
            f.DURATION_S: np.maximum(raw.duration_s[rows], 0.0),
        }
        | {name: pd.array(values, dtype="str") for name, values in words.items()}
        | numbers
    )


def _below(values: NDArray[np.float64], most: float, *, least: float = 0.0) -> NDArray[np.bool_]:
    return (values >= least) & (values < most)


def _whole(values: NDArray[np.float64], most: int) -> NDArray[np.bool_]:
    return (values >= 0) & (values <= most) & (values == np.floor(values))


def _given(values: Sequence[str | None]) -> NDArray[np.bool_]:
    return np.array([value != "" for value in values], bool)


def _flags(flags: NDArray[np.float64] | None, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    if flags is None:
        return np.full(len(rows), -1, np.int64)
    mine = flags[rows]
    return np.where((mine >= 0) & (mine < 256), mine, -1).astype(np.int64)
