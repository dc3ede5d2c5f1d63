"""Flows in tables: CSV with our own columns, and binetflow as Argus writes it.

Both begin with a header that names the columns, in any order; columns that nobody knows are left
alone.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hlaska.errors import SourceError
from hlaska.network import flows as f
from hlaska.network.flows import FlowState
from serving.cyber.lines import Columns, separated, unreadable
from serving.cyber.parsed import Parsed, Raw, flows_of, together
from serving.cyber.sides import ACK, FIN, PSH, RST, SYN, URG
from serving.cyber.values import counts, shown, times, words
from serving.cyber.zeek import STATES as ZEEK_STATES

MOST_COLUMNS = 200

OWN_NEEDED = tuple(name for name in f.FLOW_DTYPES if name not in (
    f.SERVICE, f.STATE, f.COMMUNITY_ID, f.SRC_ASSET, f.DST_ASSET
))  # fmt: skip
"""Columns that a CSV of flows must have; the others may be missing or empty."""
ARGUS_NEEDED = (
    "StartTime", "Dur", "Proto", "SrcAddr", "Sport", "DstAddr", "Dport", "State", "TotPkts",
    "TotBytes", "SrcBytes",
)  # fmt: skip
"""Columns that binetflow must have. `Dir` and `SrcPkts` may be missing."""
OWN_TEXTS = (
    f.STARTED_AT, f.SRC, f.DST, f.PROTOCOL, f.SERVICE, f.STATE, f.COMMUNITY_ID
)  # fmt: skip
OWN_FIGURES = (
    f.DURATION_S, f.SRC_PORT, f.DST_PORT, f.SRC_BYTES, f.DST_BYTES, f.SRC_PACKETS, f.DST_PACKETS
)  # fmt: skip
ARGUS_TEXTS = ("StartTime", "Proto", "SrcAddr", "Sport", "Dir", "DstAddr", "Dport", "State")
ARGUS_FIGURES = ("Dur", "TotPkts", "TotBytes", "SrcBytes", "SrcPkts")

ARGUS_STATES: Mapping[str, FlowState] = MappingProxyType(
    {
        "CON": FlowState.ESTABLISHED,  # both sides spoke
        "EST": FlowState.ESTABLISHED,
        "ACC": FlowState.ESTABLISHED,
        "FIN": FlowState.ESTABLISHED,  # open, and being closed
        "CLO": FlowState.ESTABLISHED,
        "INT": FlowState.UNANSWERED,  # only the initial side spoke
        "REQ": FlowState.UNANSWERED,  # asked, no answer
        "RST": FlowState.RESET,
    }
    | dict(ZEEK_STATES)
)
"""What a `State` means that is no pair of flags. (Some write Zeek's names there.)"""
UNREACHABLE = ("UR", "URP", "URH", "URN", "URF", "URO", "URHPRO")
"""Argus: the other side, or one on the way, said by ICMP that it cannot be reached."""
FLAGS = {"F": FIN, "S": SYN, "R": RST, "P": PSH, "A": ACK, "U": URG, "E": 64, "C": 128}
"""Argus' letters for TCP's flags."""


class _TableParser:
    """Finds the header, and reads the lines below by it."""

    def __init__(
        self,
        needed: Sequence[str],
        texts: Sequence[str],
        figures: Sequence[str],
        separators: str,
        flows: Callable[[Columns, Sequence[int]], Parsed],
    ) -> None:
        self._needed = needed
        self._texts = texts
        self._figures = figures
        self._separators = separators
        self._flows = flows
        self._names: list[str] = []
        self._separator = separators[0]

    def read(self, lines: Sequence[str], first: int = 1) -> Parsed:
        """The flows of some whole lines.

        Args:
            lines: Without their ends.
            first: Number of the first of them, for the complaint.

        Raises:
            SourceError: the first line is no header, or one without the columns that it takes.
        """
        full = [(place, line) for place, line in enumerate(lines, first) if line.strip()]
        parts, begin = [], 0
        # A new file comes with a header of its own; so does the first.
        headers = [
            row
            for row, (_, line) in enumerate(full)
            if self._needed[0] in line and self._header(line)
        ]
        if full and not self._names and 0 not in headers:
            raise SourceError(
                f"line {full[0][0]} is {shown(full[0][1])}, and no header; it must name at least "
                f"the columns {', '.join(self._needed)}"
            )
        for end in (*headers, len(full)):
            if end > begin:
                parts.append(self._records(full[begin:end]))
            if end < len(full) and (header := self._header(full[end][1])) is not None:
                self._names, self._separator = header
            begin = end + 1
        return together(parts)

    def _header(self, line: str) -> tuple[list[str], str] | None:
        """The names of the columns and the separator, where the line is a header."""
        for separator in self._separators:
            names = [name.strip().strip('"') for name in line.split(separator)[:MOST_COLUMNS]]
            if set(self._needed) <= set(names):
                return names, separator
        return None

    def _records(self, full: Sequence[tuple[int, str]]) -> Parsed:
        places, lines = [place for place, _ in full], [line for _, line in full]
        table, rows, others = separated(
            lines,
            self._separator,
            self._names,
            texts=self._texts,
            figures=self._figures,
            quoted=True,
        )
        parsed = self._flows(table, [places[row] for row in rows]) if rows else Parsed()
        allowed = f"have {len(self._names)} fields"
        return together([parsed, unreadable(lines, places, others, allowed)])


class CsvParser(_TableParser):
    """CSV with the columns of a flow table; times in ISO 8601 or as seconds since 1970."""

    def __init__(self) -> None:
        super().__init__(OWN_NEEDED, OWN_TEXTS, OWN_FIGURES, ",", _own)


class BinetflowParser(_TableParser):
    """Argus' bidirectional flows, separated by commas or tabs; times are taken for UTC.

    Bytes are those of the frames, so there are some more of them than of IP.
    """

    def __init__(self) -> None:
        super().__init__(ARGUS_NEEDED, ARGUS_TEXTS, ARGUS_FIGURES, ",\t", _argus)


def _own(table: Columns, places: Sequence[int]) -> Parsed:
    known = {state.value for state in FlowState}
    state = [name if name in known else "" for name in words(table.get(f.STATE, ()))]
    figures = {name: counts(len(places), table[name]) for name in OWN_FIGURES}
    return flows_of(
        Raw(
            started_s=times(table[f.STARTED_AT]),
            src=table[f.SRC],
            dst=table[f.DST],
            protocol=table[f.PROTOCOL],
            service=table.get(f.SERVICE),
            state=state or None,
            community_id=table.get(f.COMMUNITY_ID),
            **figures,
        ),
        places,
    )


def _argus(table: Columns, places: Sequence[int]) -> Parsed:
    protocol = [name.lower() for name in words(table["Proto"])]
    icmp = np.array(["icmp" in name for name in protocol], bool)
    src_port, dst_port = (
        counts(len(places), [_port(text) for text in words(table[name])])
        for name in ("Sport", "Dport")
    )
    packets, octets, src_bytes, duration_s = (
        counts(len(places), table[name]) for name in ("TotPkts", "TotBytes", "SrcBytes", "Dur")
    )
    dst_bytes = octets - src_bytes
    # Where it is not told who sent how many, each side had its half.
    half = np.where(dst_bytes > 0, np.ceil(packets / 2), packets)
    src_packets = counts(len(places), table["SrcPkts"]) if "SrcPkts" in table else half
    states = words(table["State"])
    flags = np.array([_flags(text) for text in states]).reshape(-1, 2)
    raw = Raw(
        started_s=times(table["StartTime"]),
        duration_s=duration_s,
        src=table["SrcAddr"],
        dst=table["DstAddr"],
        src_port=src_port,
        dst_port=dst_port,
        protocol=protocol,
        src_bytes=src_bytes,
        dst_bytes=dst_bytes,
        src_packets=src_packets,
        dst_packets=packets - src_packets,
        state=[_state(text, name) for text, name in zip(states, protocol, strict=True)],
        src_flags=flags[:, 0],
        dst_flags=flags[:, 1],
    )
    if "Dir" in table:
        _turn(raw, np.array([text.strip() == "<-" for text in words(table["Dir"])], bool))
    # Of ICMP the type and the code are one number, or two that look like ports; they have no side.
    one = np.array([text.startswith("0x") for text in words(table["Sport"])], bool)
    raw.src_port = np.where(icmp, np.where(one, src_port % 256, src_port), raw.src_port)
    raw.dst_port = np.where(icmp, np.where(one, src_port // 256, dst_port), raw.dst_port)
    return flows_of(raw, places)


def _port(text: str) -> float | str:
    try:
        return int(text[:6], 16) if text.startswith("0x") else text
    except ValueError:
        return np.nan


@lru_cache(maxsize=4_096)
def _flags(state: str) -> tuple[float, float]:
    """The flags of both sides out of `SRPA_FSPA`; NaN where they are not told."""
    src, seam, dst = state.partition("_")
    if not seam or not set(src + dst) <= FLAGS.keys():
        return np.nan, np.nan
    return sum(FLAGS[letter] for letter in set(src)), sum(FLAGS[letter] for letter in set(dst))


def _state(text: str, protocol: str) -> str:
    if text in UNREACHABLE:
        # Of ICMP itself it only says which message it was.
        return "" if "icmp" in protocol else FlowState.REJECTED
    return ARGUS_STATES.get(text, "") if "_" not in text else ""


def _turn(raw: Raw, back: NDArray[np.bool_]) -> None:
    """Make `src` those who began it, where Argus says that it was the other side."""
    if not back.any():
        return
    for name in ("", "_port", "_bytes", "_packets", "_flags"):
        src, dst = np.asarray(getattr(raw, f"src{name}")), np.asarray(getattr(raw, f"dst{name}"))
        setattr(raw, f"src{name}", np.where(back, dst, src))
        setattr(raw, f"dst{name}", np.where(back, src, dst))
