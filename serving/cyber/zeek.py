"""Zeek's conn.log: tab-separated with a header that says what is where, or JSON lines.

https://docs.zeek.org/en/master/logs/conn.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hlaska.errors import SourceError
from hlaska.network.flows import FlowState
from serving.cyber.lines import json_records, separated, unreadable
from serving.cyber.parsed import Parsed, Raw, flows_of, together
from serving.cyber.values import Column, counts, shown, times

STATES: Mapping[str, FlowState] = MappingProxyType(
    {
        "S0": FlowState.UNANSWERED,  # attempt seen, no reply
        "S1": FlowState.ESTABLISHED,  # open, and not closed
        "SF": FlowState.ESTABLISHED,  # opened and closed as usual
        "S2": FlowState.ESTABLISHED,  # the originator wants to close, nobody replies
        "S3": FlowState.ESTABLISHED,  # the responder wants to close, nobody replies
        "REJ": FlowState.REJECTED,  # attempt rejected
        "RSTO": FlowState.RESET,  # open, the originator aborted
        "RSTR": FlowState.RESET,  # open, the responder aborted
        # SYN and then a reset by the originator itself, no SYN-ACK: nobody answered.
        "RSTOS0": FlowState.UNANSWERED,
        # SYN and then FIN, no SYN-ACK: half open, nobody answered.
        "SH": FlowState.UNANSWERED,
        # SYN-ACK and then a reset (RSTRH) or FIN (SHR) to a SYN that Zeek did not see.
        "RSTRH": FlowState.OTHER,
        "SHR": FlowState.OTHER,
        "OTH": FlowState.OTHER,  # seen from the middle
    }
)
"""What Zeek's `conn_state` means."""

REQUIRED = ("ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto")
TEXTS = ("id.orig_h", "id.resp_h", "proto", "service", "conn_state", "community_id")
FIGURES = (
    "ts", "duration", "id.orig_p", "id.resp_p", "orig_bytes", "resp_bytes", "orig_ip_bytes",
    "resp_ip_bytes", "orig_pkts", "resp_pkts",
)  # fmt: skip
MOST_FIELDS = 200
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")


class ZeekParser:
    """Reads a conn.log piece by piece; a header may come at any time, with other fields."""

    def __init__(self) -> None:
        self._forget()

    def read(self, lines: Sequence[str], first: int = 1) -> Parsed:
        """The flows of some whole lines.

        Args:
            lines: Without their ends.
            first: Number of the first of them, for the complaint.

        Raises:
            SourceError: a header says that this is another log of Zeek's.
        """
        parts, begin = [], 0
        headers = [n for n, line in enumerate(lines) if line.startswith(("#", "\t#", " #"))]
        for end in (*headers, len(lines)):
            if end > begin:
                parts.append(self._records(lines[begin:end], first + begin))
            if end < len(lines):
                self._header(lines[end].strip(), first + end)
            begin = end + 1
        return together(parts)

    def _forget(self) -> None:
        self._separator = "\t"
        self._unset = "-"
        self._fields: tuple[str, ...] = ()

    def _header(self, line: str, number: int) -> None:
        name, _, rest = line.partition(" ")
        if name == "#separator":
            # A new file: what the one before it said of its fields holds no more.
            self._forget()
            separator = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), rest.strip())
            if len(separator) != 1 or separator in '\n\r"':
                raise SourceError(
                    f"line {number}: {shown(separator)} cannot separate fields; let Zeek write "
                    "its logs with tabs"
                )
            self._separator = separator
            return
        name, _, rest = line.partition(self._separator)
        if name == "#unset_field":
            self._unset = rest
        elif name == "#path" and rest != "conn":
            raise SourceError(
                f"line {number}: this is Zeek's log {shown(rest)}; only conn.log tells of flows: "
                "name that file, or the folder with it"
            )
        elif name == "#fields":
            self._fields = tuple(rest.split(self._separator))[:MOST_FIELDS] if rest else ()
            if missing := [field for field in REQUIRED if field not in self._fields]:
                raise SourceError(
                    f"line {number}: the header has no field {', '.join(missing)}, without which "
                    "there is no flow; let Zeek write its usual conn.log"
                )

    def _records(self, lines: Sequence[str], first: int) -> Parsed:
        """Lines without a header among them; JSON and text may be mixed."""
        places = range(first, first + len(lines))
        if not any(line.startswith("{") or not line for line in lines):
            return self._of_text(lines, places)
        parts = []
        for json, reader in ((True, _of_json), (False, self._of_text)):
            rows = [
                row
                for row, line in enumerate(lines)
                if line.startswith("{") == json and line and not line.isspace()
            ]
            if rows:
                parts.append(reader([lines[row] for row in rows], [places[row] for row in rows]))
        return together(parts)

    def _of_text(self, lines: Sequence[str], places: Sequence[int]) -> Parsed:
        if not self._fields:
            allowed = "come after #separator and #fields, or be JSON"
            return unreadable(lines, places, range(len(lines)), allowed)
        columns, rows, others = separated(
            lines,
            self._separator,
            self._fields,
            texts=TEXTS,
            figures=FIGURES,
            unset=self._unset,
        )
        parsed = _flows(columns.get, [places[row] for row in rows])
        allowed = f"have {len(self._fields)} fields"
        return together([parsed, unreadable(lines, places, others, allowed)])


def _of_json(lines: Sequence[str], places: Sequence[int]) -> Parsed:
    records, rows, wrong, skipped = [], [], [], 0
    for row, record in enumerate(json_records(lines)):
        if record is not None and record.get("_path", "conn") != "conn":
            # Streaming logs of Zeek put all logs in one.
            skipped += 1
        elif record is None or "id.orig_h" not in record or "conn_state" not in record:
            wrong.append(row)
        else:
            records.append(record)
            rows.append(row)

    def column(name: str) -> Column:
        return [record.get(name) for record in records]

    parsed = _flows(column, [places[row] for row in rows])
    bad = unreadable(lines, places, wrong, "be JSON with id.orig_h and conn_state")
    return together([parsed, bad, Parsed(skipped=skipped)])


def _flows(column: Callable[[str], Column | None], places: Sequence[int]) -> Parsed:
    """The flows of columns with Zeek's names; those that are not there are None."""

    def required(name: str) -> Column:
        found = column(name)
        assert found is not None
        return found

    def count(*names: str) -> NDArray[np.float64]:
        return counts(len(places), *(column(name) for name in names))

    protocol = required("proto")
    src_packets, dst_packets = count("orig_pkts"), count("resp_pkts")
    stated = column("conn_state")
    state = None
    if stated is not None:
        # Of UDP and ICMP Zeek says less than the packets do: an answered ping is OTH.
        silent = ~(src_packets + dst_packets > 0)
        state = [
            STATES.get(value, "") if (name == "tcp" or none) and isinstance(value, str) else ""
            for value, name, none in zip(stated, protocol, silent, strict=True)
        ]
    return flows_of(
        Raw(
            started_s=times(required("ts")),
            duration_s=count("duration"),
            src=required("id.orig_h"),
            dst=required("id.resp_h"),
            src_port=count("id.orig_p"),
            dst_port=count("id.resp_p"),
            protocol=protocol,
            service=column("service"),
            src_bytes=count("orig_ip_bytes", "orig_bytes"),
            dst_bytes=count("resp_ip_bytes", "resp_bytes"),
            src_packets=src_packets,
            dst_packets=dst_packets,
            state=state,
            community_id=column("community_id"),
        ),
        places,
    )
