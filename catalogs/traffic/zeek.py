"""A flow table as Zeek's `conn.log`, in tab-separated text.

https://docs.zeek.org/en/master/logs/conn.html and its list of connection states.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from catalogs.traffic.exchanges import TCP_HEADERS, UDP_HEADERS
from hlaska.network import flows as f
from hlaska.network.flows import FlowState

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "ts": "time",
        "uid": "string",
        "id.orig_h": "addr",
        "id.orig_p": "port",
        "id.resp_h": "addr",
        "id.resp_p": "port",
        "proto": "enum",
        "service": "string",
        "duration": "interval",
        "orig_bytes": "count",
        "resp_bytes": "count",
        "conn_state": "string",
        "orig_pkts": "count",
        "orig_ip_bytes": "count",
        "resp_pkts": "count",
        "resp_ip_bytes": "count",
    }
)
STATES: Mapping[str, str] = MappingProxyType(
    {
        FlowState.ESTABLISHED: "SF",
        FlowState.UNANSWERED: "S0",
        FlowState.REJECTED: "REJ",
        FlowState.RESET: "RSTO",
        FlowState.OTHER: "OTH",
    }
)
SERVICES: Mapping[str, str] = MappingProxyType(
    {name: name for name in ("dhcp", "dns", "http", "mqtt", "ntp", "smb", "snmp", "ssh")}
    | {"tls": "ssl"}
)
"""What Zeek has a parser for and recognises, by our name."""


def conn_log(flows: pd.DataFrame) -> Iterator[str]:
    """The lines of the log, in the order of the table."""
    yield "#separator \\x09"
    yield "#set_separator\t,"
    yield "#empty_field\t(empty)"
    yield "#unset_field\t-"
    yield "#path\tconn"
    yield "\t".join(["#fields", *FIELDS])
    yield "\t".join(["#types", *FIELDS.values()])
    yield from flow_lines(flows)


def flow_lines(flows: pd.DataFrame) -> Iterator[str]:
    """The lines of flows alone."""
    seconds = flows[f.STARTED_AT].to_numpy("datetime64[us]").astype(np.int64) / 1e6
    answered = flows[f.DST_PACKETS].to_numpy() > 0
    header = np.where(flows[f.PROTOCOL] == "tcp", TCP_HEADERS, UDP_HEADERS)
    payload = [
        np.maximum(0, flows[size].to_numpy() - header * flows[packets].to_numpy())
        for size, packets in ((f.SRC_BYTES, f.SRC_PACKETS), (f.DST_BYTES, f.DST_PACKETS))
    ]
    columns = [
        seconds.tolist(),
        flows[f.SRC].tolist(),
        flows[f.SRC_PORT].tolist(),
        flows[f.DST].tolist(),
        flows[f.DST_PORT].tolist(),
        flows[f.PROTOCOL].tolist(),
        [SERVICES.get(name, "-") for name in flows[f.SERVICE]],
        flows[f.DURATION_S].tolist(),
        payload[0].tolist(),
        payload[1].tolist(),
        [STATES[state] for state in flows[f.STATE]],
        flows[f.SRC_PACKETS].tolist(),
        flows[f.SRC_BYTES].tolist(),
        flows[f.DST_PACKETS].tolist(),
        flows[f.DST_BYTES].tolist(),
        answered.tolist(),
    ]
    for number, row in enumerate(zip(*columns, strict=True)):
        at_s, src, src_port, dst, dst_port, protocol, service, lasts_s, *counts, both = row
        up, down, state, src_packets, src_bytes, dst_packets, dst_bytes = counts
        # Zeek knows no duration of a single packet.
        length = f"{lasts_s:.6f}" if both or src_packets > 1 else "-"
        yield (
            f"{at_s:.6f}\tC{number:06x}\t{src}\t{src_port}\t{dst}\t{dst_port}\t{protocol}\t"
            f"{service}\t{length}\t{up}\t{down}\t{state}\t{src_packets}\t{src_bytes}\t"
            f"{dst_packets}\t{dst_bytes}"
        )
