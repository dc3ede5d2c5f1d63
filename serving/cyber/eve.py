"""Suricata's eve.json: one object a line; those of type `flow` become flows.

https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.cyber.lines import json_records, unreadable
from serving.cyber.parsed import Alert, Parsed, Raw, flows_of, together
from serving.cyber.values import addresses, counts, moment, number

MOST_LETTERS = 200
"""Of a signature."""

_Record = dict[str, Any]


class EveParser:
    """Reads an eve.json piece by piece."""

    def read(self, lines: Sequence[str], first: int = 1) -> Parsed:
        """The flows and alerts of some whole lines; other events are skipped.

        Args:
            lines: Without their ends.
            first: Number of the first of them, for the complaint.
        """
        flows, places, alerts, wrong, skipped = [], [], [], [], 0
        full = [(place, line) for place, line in enumerate(lines, first) if line.strip()]
        texts = [line for _, line in full]
        for row, record in enumerate(json_records(texts)):
            event = record.get("event_type") if record is not None else None
            if record is None or not isinstance(event, str):
                wrong.append(row)
            elif event == "flow" and isinstance(record.get("flow"), dict):
                flows.append(record)
                places.append(full[row][0])
            elif event == "alert" and (alert := _alert(record)) is not None:
                alerts.append(alert)
            elif event in ("flow", "alert"):
                wrong.append(row)
            else:
                skipped += 1
        numbers = [place for place, _ in full]
        bad = unreadable(texts, numbers, wrong, "be JSON with event_type, and what that needs")
        return together([_flows(flows, places), bad, Parsed(skipped=skipped, alerts=tuple(alerts))])


def _flows(records: Sequence[_Record], places: Sequence[int]) -> Parsed:
    if not records:
        return Parsed()

    def outer(name: str) -> list[Any]:
        return [record.get(name) for record in records]

    flow = [record["flow"] for record in records]
    tcp = [record.get("tcp") for record in records]

    def inner(name: str) -> list[Any]:
        return [each.get(name) for each in flow]

    def count(*columns: list[Any]) -> NDArray[np.float64]:
        return counts(len(records), *columns)

    def flags(name: str) -> NDArray[np.float64]:
        told = [each.get(name) if isinstance(each, dict) else None for each in tcp]
        return np.array([_hexadecimal(each) for each in told])

    started = np.array([moment(value) for value in inner("start")])
    ended = [moment(value) if value is not None else None for value in inner("end")]
    return flows_of(
        Raw(
            started_s=started,
            duration_s=np.where([end is None for end in ended], 0.0, _floats(ended) - started),
            src=outer("src_ip"),
            dst=outer("dest_ip"),
            src_port=count(outer("src_port"), outer("icmp_type")),
            dst_port=count(outer("dest_port"), outer("icmp_code")),
            protocol=outer("proto"),
            service=outer("app_proto"),
            src_bytes=count(inner("bytes_toserver")),
            dst_bytes=count(inner("bytes_toclient")),
            src_packets=count(inner("pkts_toserver")),
            dst_packets=count(inner("pkts_toclient")),
            src_flags=flags("tcp_flags_ts"),
            dst_flags=flags("tcp_flags_tc"),
            community_id=outer("community_id"),
        ),
        places,
    )


def _floats(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values])


def _hexadecimal(value: object) -> float:
    try:
        return int(value[:4], 16) if isinstance(value, str) else np.nan
    except ValueError:
        return np.nan


def _alert(record: _Record) -> Alert | None:
    src, dst = addresses([record.get("src_ip"), record.get("dest_ip")])
    rule = record.get("alert")
    at, port = moment(record.get("timestamp")), number(record.get("dest_port", 0))
    if not isinstance(rule, dict) or not src or not dst or np.isnan(at):
        return None
    severity = number(rule.get("severity", 3))
    words = str(rule.get("signature", ""))[:MOST_LETTERS]
    return Alert(
        at=datetime.fromtimestamp(at, UTC),
        src=src,
        dst=dst,
        dst_port=int(port) if 0 <= port <= 65_535 else 0,
        signature="".join(letter for letter in words if letter.isprintable()),
        severity=int(severity) if 0 <= severity <= 255 else 3,
    )
