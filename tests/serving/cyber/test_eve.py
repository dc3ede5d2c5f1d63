import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.network import flows as f
from serving.cyber.eve import EveParser

FLOW = {
    "timestamp": "2026-11-24T10:00:05.000000+0100", "flow_id": 1, "event_type": "flow",
    "src_ip": "10.31.1.2", "src_port": 50_000, "dest_ip": "10.31.0.1", "dest_port": 554,
    "proto": "TCP", "app_proto": "rtsp", "community_id": "1:" + "A" * 27 + "=",
    "flow": {
        "pkts_toserver": 3, "pkts_toclient": 4, "bytes_toserver": 100, "bytes_toclient": 200,
        "start": "2026-11-24T10:00:00.250000+0100", "end": "2026-11-24T10:00:02.750000+0100",
        "state": "closed", "reason": "timeout",
    },
    "tcp": {"tcp_flags": "1b", "tcp_flags_ts": "1b", "tcp_flags_tc": "1b", "state": "closed"},
}  # fmt: skip
ALERT = {
    "timestamp": "2026-11-24T10:00:01.000000+0100", "event_type": "alert", "src_ip": "10.31.1.2",
    "src_port": 50_000, "dest_ip": "10.31.0.1", "dest_port": 23, "proto": "TCP",
    "alert": {"signature": "Telnet to a camera", "severity": 1},
}  # fmt: skip


def read(*records):
    return EveParser().read([json.dumps(record) for record in records])


def test_a_flow_event_becomes_a_flow():
    parsed = read(FLOW)
    row = parsed.flows.iloc[0]
    assert row[f.STARTED_AT] == pd.Timestamp("2026-11-24 09:00:00.25", tz="UTC")
    assert (row[f.DURATION_S], row[f.SRC], row[f.DST_PORT]) == (2.5, "10.31.1.2", 554)
    assert (row[f.SRC_BYTES], row[f.DST_PACKETS]) == (100, 4)
    assert (row[f.SERVICE], row[f.STATE]) == ("rtsp", "established")
    assert row[f.COMMUNITY_ID] == FLOW["community_id"]


@pytest.mark.parametrize(
    ("flags", "packets", "state"),
    [
        ({"tcp_flags_ts": "02", "tcp_flags_tc": "14"}, (1, 1), "rejected"),
        ({"tcp_flags_ts": "02", "tcp_flags_tc": "00"}, (2, 0), "unanswered"),
        ({"tcp_flags_ts": "1e", "tcp_flags_tc": "12"}, (5, 4), "reset"),
        ({"tcp_flags_ts": "xyz", "tcp_flags_tc": 5}, (5, 4), "established"),
        ([], (5, 0), "unanswered"),
    ],
)
def test_the_flags_tell_how_it_went(flags, packets, state):
    counted = {"pkts_toserver": packets[0], "pkts_toclient": packets[1]}
    parsed = read(FLOW | {"tcp": flags, "flow": FLOW["flow"] | counted})
    assert parsed.flows[f.STATE].tolist() == [state]


def test_of_icmp_the_type_and_the_code_are_the_ports():
    ping = {name: value for name, value in FLOW.items() if "port" not in name}
    row = read(ping | {"proto": "ICMP", "icmp_type": 3, "icmp_code": 1}).flows.iloc[0]
    assert (row[f.PROTOCOL], row[f.SRC_PORT], row[f.DST_PORT]) == ("icmp", 3, 1)


def test_alerts_come_along():
    (alert,) = read(ALERT).alerts
    assert alert.at == datetime(2026, 11, 24, 9, 0, 1, tzinfo=UTC)
    assert (alert.src, alert.dst, alert.dst_port) == ("10.31.1.2", "10.31.0.1", 23)
    assert (alert.signature, alert.severity) == ("Telnet to a camera", 1)


def test_an_alerts_words_are_short_and_printable():
    rule = {"signature": "\u202e<b>\n" * 100, "severity": 10**9}
    (alert,) = read(ALERT | {"alert": rule, "dest_port": "x"}).alerts
    assert alert.signature.isprintable()
    assert len(alert.signature) <= 200
    assert (alert.severity, alert.dst_port) == (3, 0)


def test_other_events_are_skipped():
    parsed = read(FLOW, {"event_type": "dns"}, {"event_type": "stats", "flow": 1})
    assert (len(parsed.flows), parsed.skipped, parsed.unreadable) == (1, 2, 0)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("{", id="half a line"),
        pytest.param("null", id="no object"),
        pytest.param("{}", id="no event"),
        pytest.param('{"event_type": 7}', id="an event of another type"),
        pytest.param('{"event_type": "flow"}', id="a flow without its numbers"),
        pytest.param('{"event_type": "flow", "flow": []}', id="a flow of another type"),
        pytest.param('{"event_type": "flow", "flow": {}}', id="an empty flow"),
        pytest.param('{"event_type": "alert", "alert": {}}', id="an alert about nobody"),
        pytest.param(json.dumps(FLOW | {"src_ip": "<script>"}), id="no address"),
        pytest.param(json.dumps(FLOW | {"src_port": 10**400}), id="a huge number"),
        pytest.param(json.dumps(FLOW | {"src_port": [1]}), id="a list for a number"),
        pytest.param("\0\0", id="NUL"),
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_a_bad_line_costs_its_neighbours_nothing(bad):
    parsed = EveParser().read([json.dumps(FLOW), "", bad, json.dumps(FLOW)], 100)
    assert (len(parsed.flows), parsed.unreadable) == (2, 1)
    assert parsed.complaint.startswith("line 102: ")
    assert parsed.complaint.isprintable()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@given(
    st.dictionaries(st.sampled_from([*FLOW, "icmp_type"]), ANYTHING),
    st.dictionaries(st.sampled_from(list(FLOW["flow"])), ANYTHING),
    st.dictionaries(st.sampled_from(list(FLOW["tcp"])), ANYTHING),
)
def test_whatever_stands_in_its_fields_the_neighbour_is_read(outer, flow, tcp):
    changed = {"flow": FLOW["flow"] | flow, "tcp": FLOW["tcp"] | tcp} | outer
    parsed = read(FLOW, FLOW | changed)
    assert len(parsed.flows) >= 1
    assert len(parsed.flows) + parsed.unreadable + parsed.skipped + len(parsed.alerts) == 2


@pytest.mark.network
def test_a_real_log_is_read_to_the_last_line():
    path = Path(os.environ["HLASKA_DATA"]) / "cyber/slips/test6-malicious.suricata.json"
    lines = path.read_text().splitlines()
    events = [json.loads(line) for line in lines]
    flows = [each for each in events if each["event_type"] == "flow"]
    alerts = [each for each in events if each["event_type"] == "alert"]
    parsed = EveParser().read(lines)
    assert len(parsed.flows) == len(flows) > 3000
    assert len(parsed.alerts) == len(alerts) > 700
    assert parsed.skipped == len(lines) - len(flows) - len(alerts)
    assert parsed.unreadable == 0
    assert parsed.flows[f.DST_BYTES].sum() == sum(each["flow"]["bytes_toclient"] for each in flows)
    began = [datetime.fromisoformat(each["flow"]["start"]) for each in flows]
    assert parsed.flows[f.STARTED_AT].tolist() == [pd.Timestamp(each) for each in began]
    # A SYN that a RST answers is the bulk of what scanners get.
    syns = [each for each in flows if each.get("tcp", {}).get("tcp_flags_ts") == "02"]
    refused = [each for each in syns if each["tcp"]["tcp_flags_tc"] == "14"]
    assert (parsed.flows[f.STATE] == "rejected").sum() >= len(refused) > 1000
