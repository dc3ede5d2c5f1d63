"""Flow tables written as the sources would write them: small, and independent of the parsers."""

import ipaddress
import json
import struct

import pandas as pd
from hypothesis import strategies as st

from hlaska.network import flows as f

ZEEK_FIELDS = (
    "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration",
    "orig_bytes", "resp_bytes", "conn_state", "missed_bytes", "history", "orig_pkts",
    "orig_ip_bytes", "resp_pkts", "resp_ip_bytes", "community_id",
)  # fmt: skip
ZEEK_STATES = {
    "established": "SF", "unanswered": "S0", "rejected": "REJ", "reset": "RSTO", "other": "OTH"
}  # fmt: skip
TCP_FLAGS = {
    "established": (0x1B, 0x1B), "unanswered": (0x02, 0), "rejected": (0x02, 0x14),
    "reset": (0x1E, 0x12), "other": (0x10, 0),
}  # fmt: skip
NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1, "icmp6": 58, "sctp": 132}
FIELDS9 = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 4), (1, 8), (22, 4), (21, 4))
FIELDS9_6 = ((27, 16), (28, 16), *FIELDS9[2:])
BOOTED_S, UPTIME_MS = 1_700_000_000, 400_000_000
"""Of an exporter."""


def rows(table):
    return table.to_dict("records")


def seconds(row):
    return row[f.STARTED_AT].timestamp()


def zeek_record(row):
    return {
        "ts": round(seconds(row), 6),
        "uid": "C1",
        "id.orig_h": row[f.SRC],
        "id.orig_p": row[f.SRC_PORT],
        "id.resp_h": row[f.DST],
        "id.resp_p": row[f.DST_PORT],
        "proto": row[f.PROTOCOL].replace("icmp6", "icmp"),
        "service": row[f.SERVICE] or None,
        "duration": row[f.DURATION_S],
        "orig_bytes": 1,
        "resp_bytes": 1,
        "conn_state": ZEEK_STATES[row[f.STATE]],
        "missed_bytes": 0,
        "history": "ShADadfF",
        "orig_pkts": row[f.SRC_PACKETS],
        "orig_ip_bytes": row[f.SRC_BYTES],
        "resp_pkts": row[f.DST_PACKETS],
        "resp_ip_bytes": row[f.DST_BYTES],
        "community_id": row[f.COMMUNITY_ID] or None,
    }


def zeek_header(fields=ZEEK_FIELDS, separator="\t", unset="-"):
    return [
        "#separator " + "".join(f"\\x{ord(letter):02x}" for letter in separator),
        separator.join(("#set_separator", ",")),
        separator.join(("#empty_field", "(empty)")),
        separator.join(("#unset_field", unset)),
        separator.join(("#path", "conn")),
        separator.join(("#fields", *fields)),
        separator.join(("#types", *("string" for _ in fields))),
    ]


def zeek_line(record, fields=ZEEK_FIELDS, separator="\t", unset="-"):
    texts = []
    for field in fields:
        value = record.get(field)
        # Zeek writes times with six digits, and never with an exponent.
        text = f"{value:.6f}" if isinstance(value, float) else str(value)
        texts.append(unset if value is None else text)
    return separator.join(texts)


def zeek_text(table, **layout):
    lines = [zeek_line(zeek_record(row), **layout) for row in rows(table)]
    return [*zeek_header(**layout), *lines, "#close\t2026-11-24-00-00-00"]


def zeek_json(table):
    records = [zeek_record(row) for row in rows(table)]
    return [json.dumps({k: v for k, v in each.items() if v is not None}) for each in records]


def eve_record(row):
    end = row[f.STARTED_AT] + pd.Timedelta(microseconds=round(row[f.DURATION_S] * 1e6))
    names = {"icmp6": "IPv6-ICMP"}
    record = {
        "timestamp": end.isoformat(),
        "event_type": "flow",
        "src_ip": row[f.SRC],
        "dest_ip": row[f.DST],
        "proto": names.get(row[f.PROTOCOL], row[f.PROTOCOL].upper()),
        "app_proto": row[f.SERVICE] or "failed",
        "flow": {
            "pkts_toserver": row[f.SRC_PACKETS],
            "pkts_toclient": row[f.DST_PACKETS],
            "bytes_toserver": row[f.SRC_BYTES],
            "bytes_toclient": row[f.DST_BYTES],
            "start": row[f.STARTED_AT].isoformat(),
            "end": end.isoformat(),
            "state": "new",
        },
    }
    if row[f.PROTOCOL].startswith("icmp"):
        record |= {"icmp_type": row[f.SRC_PORT], "icmp_code": row[f.DST_PORT]}
    else:
        record |= {"src_port": row[f.SRC_PORT], "dest_port": row[f.DST_PORT]}
    if row[f.PROTOCOL] == "tcp":
        mine, theirs = TCP_FLAGS[row[f.STATE]]
        record["tcp"] = {"tcp_flags_ts": f"{mine:02x}", "tcp_flags_tc": f"{theirs:02x}"}
    return record


def halves(row):
    """Both directions of a flow as tuples in the order of `FIELDS9`, without the times."""
    flags = TCP_FLAGS[row[f.STATE]] if row[f.PROTOCOL] == "tcp" else (0, 0)
    src, dst = (ipaddress.ip_address(row[name]).packed for name in (f.SRC, f.DST))
    number = NUMBERS[row[f.PROTOCOL]]
    ports = (row[f.SRC_PORT], row[f.DST_PORT])
    back = (ports[1], ports[0])
    if number in (1, 58):
        ports = back = (0, ports[0] * 256 + ports[1])
    yield (src, dst, *ports, number, flags[0], row[f.SRC_PACKETS], row[f.SRC_BYTES])
    if row[f.DST_PACKETS]:
        yield (dst, src, *back, number, flags[1], row[f.DST_PACKETS], row[f.DST_BYTES])


def packed(half, started_ms, ended_ms, ends="!II"):
    src, dst, *rest = half
    return src + dst + struct.pack("!HHBBIQ", *rest) + struct.pack(ends, started_ms, ended_ms)


def data_set(number, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("!HH", number, 4 + len(body)) + body


def template(number, fields):
    return struct.pack("!HH", number, len(fields)) + b"".join(
        struct.pack("!HH", *field) for field in fields
    )


def header9(sequence, body, *, domain=7, uptime_ms=UPTIME_MS):
    sent_s = BOOTED_S + uptime_ms // 1000
    return struct.pack("!HHIIII", 9, 1, uptime_ms, sent_s, sequence, domain) + body


def header10(sequence, body, *, domain=7, sent_s=BOOTED_S):
    return struct.pack("!HHIII", 10, 16 + len(body), sent_s, sequence, domain) + body


TEMPLATES9 = data_set(0, template(256, FIELDS9) + template(257, FIELDS9_6))
FIELDS10 = (*FIELDS9[:-2], (152, 8), (153, 8))
FIELDS10_6 = (*FIELDS9_6[:-2], (152, 8), (153, 8))
TEMPLATES10 = data_set(2, template(256, FIELDS10) + template(257, FIELDS10_6))


def netflow9(table):
    """Datagrams: the templates, and then a flow each."""
    datagrams = [header9(0, TEMPLATES9)]
    for number, row in enumerate(rows(table), start=1):
        began_ms = round((seconds(row) - BOOTED_S) * 1000)
        ended_ms = began_ms + round(row[f.DURATION_S] * 1000)
        sets = [
            data_set(256 if len(half[0]) == 4 else 257, packed(half, began_ms, ended_ms))
            for half in halves(row)
        ]
        datagrams.append(header9(number, b"".join(sets)))
    return datagrams


def ipfix(table):
    datagrams, sent = [header10(0, TEMPLATES10)], 0
    for row in rows(table):
        began_ms = round(seconds(row) * 1000)
        ended_ms = began_ms + round(row[f.DURATION_S] * 1000)
        both = list(halves(row))
        sets = [
            data_set(256 if len(half[0]) == 4 else 257, packed(half, began_ms, ended_ms, "!QQ"))
            for half in both
        ]
        datagrams.append(header10(sent, b"".join(sets)))
        sent += len(both)
    return datagrams


def _addresses(four):
    return st.integers(1, 2 ** (32 if four else 128) - 1).map(
        lambda number: str(ipaddress.IPv4Address(number) if four else _six(number))
    )


def _six(number):
    address = ipaddress.IPv6Address(number)
    return address if address.ipv4_mapped is None else ipaddress.IPv6Address(number ^ (1 << 127))


@st.composite
def _flow(draw, *, netflow):
    protocol = draw(st.sampled_from(["tcp", "udp", "icmp", "icmp6", "sctp"]))
    icmp = protocol.startswith("icmp")
    four = protocol != "icmp6" if icmp else draw(st.booleans())
    state = draw(st.sampled_from(["established", "unanswered"]))
    if protocol == "tcp":
        state = draw(st.sampled_from(list(TCP_FLAGS)))
    answered = state in ("established", "rejected", "reset")
    octets, packets = st.integers(0, 2**47), st.integers(1, 2**31)
    # NetFlow counts milliseconds, and knows no services.
    step = 1000 if netflow else 1
    began = draw(st.integers(BOOTED_S * 10**6, (BOOTED_S + 10**5) * 10**6)) // step * step
    return {
        f.STARTED_AT: pd.Timestamp(began, unit="us", tz="UTC"),
        f.DURATION_S: draw(st.integers(0, 10**9)) // step * step / 1e6,
        f.SRC: draw(_addresses(four)),
        f.DST: draw(_addresses(four)),
        f.SRC_PORT: draw(st.sampled_from([3, 8, 13, 128, 135] if icmp else [50_000, 65_535])),
        f.DST_PORT: draw(st.integers(0, 255) if icmp else st.sampled_from([554, 53, 1, 9999])),
        f.PROTOCOL: protocol,
        f.SERVICE: draw(st.sampled_from([""] if netflow else ["", "http", "dns", "x-1"])),
        f.SRC_BYTES: draw(octets),
        f.DST_BYTES: draw(octets) if answered else 0,
        f.SRC_PACKETS: draw(packets),
        f.DST_PACKETS: draw(packets) if answered else 0,
        f.STATE: state,
    }


def _table(flows):
    if not flows:
        return f.no_flows()
    ends = (f.PROTOCOL, f.SRC, f.DST, f.SRC_PORT, f.DST_PORT)
    for flow in flows:
        flow[f.COMMUNITY_ID] = f.community_id(*(flow[name] for name in ends))
    return f.flow_table(pd.DataFrame(flows))


def tables(*, netflow=False):
    """Flow tables in which no two hosts talk twice."""
    flows = st.lists(
        _flow(netflow=netflow),
        max_size=20,
        unique_by=lambda flow: frozenset((flow[f.SRC], flow[f.DST])),
    )
    return flows.map(_table)
