import csv
import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import SourceError
from hlaska.network import flows as f
from serving.cyber.tables import ARGUS_NEEDED, OWN_NEEDED, BinetflowParser, CsvParser

ARGUS = (
    "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,"
    "SrcBytes,SrcPkts,Label"
)
COUNTS = [f.SRC_BYTES, f.DST_BYTES, f.SRC_PACKETS, f.DST_PACKETS]
OWN = ",".join(OWN_NEEDED)
ROW = "2026-11-24T09:00:00.25Z,2.5,10.31.1.2,10.31.0.1,50000,554,tcp,100,200,3,4"


def argus(
    proto="tcp", src="10.31.1.2", sport="50000", way="   ->", dst="10.31.0.1", dport="554",
    state="FSPA_FSPA", packets=7, octets=300, src_bytes=100, src_packets=3, label="flow=Normal",
):  # fmt: skip
    return (
        f"2026/11/24 09:00:00.250000,2.5,{proto},{src},{sport},{way},{dst},{dport},{state},0,0,"
        f"{packets},{octets},{src_bytes},{src_packets},{label}"
    )


def one(**columns):
    parsed = BinetflowParser().read([ARGUS, argus(**columns)])
    assert len(parsed.flows) == 1, parsed.complaint
    return parsed.flows.iloc[0]


def test_a_row_of_argus_becomes_a_flow():
    row = one()
    assert row[f.STARTED_AT] == pd.Timestamp("2026-11-24 09:00:00.25", tz="UTC")
    assert row[COUNTS].tolist() == [
        100,
        200,
        3,
        4,
    ]
    assert (row[f.SRC_PORT], row[f.DST_PORT], row[f.SERVICE]) == (50_000, 554, "rtsp")
    assert row[f.STATE] == "established"


def test_where_the_other_side_began_the_sides_change():
    row = one(way="  <-")
    assert (row[f.SRC], row[f.SRC_PORT], row[f.DST_PORT]) == ("10.31.0.1", 554, 50_000)
    assert row[COUNTS].tolist() == [
        200,
        100,
        4,
        3,
    ]


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({"state": "S_", "packets": 3}, "unanswered"),
        ({"state": "S_RA", "packets": 2, "src_packets": 1}, "rejected"),
        ({"state": "SRPA_FSPA"}, "reset"),
        ({"state": "PA_PA"}, "established"),
        ({"state": "CON", "proto": "udp"}, "established"),
        ({"state": "INT", "proto": "udp"}, "unanswered"),
        ({"state": "URP", "proto": "udp"}, "rejected"),
        ({"state": "URP", "proto": "icmp", "sport": "0x0303", "packets": 3}, "unanswered"),
        ({"state": "ECO", "proto": "icmp", "sport": "0x0008"}, "established"),
        ({"state": "S0"}, "unanswered"),
        ({"state": "<b>_</b>"}, "established"),
        ({"state": ""}, "established"),
    ],
)
def test_states_of_argus_have_a_meaning(columns, state):
    assert one(**columns)[f.STATE] == state


@pytest.mark.parametrize(
    ("proto", "sport", "dport", "ports"),
    [
        pytest.param("icmp", "0x0303", "0x0ecc", (3, 3), id="in one number"),
        pytest.param("icmp", "0x0008", "0x7208", (8, 0), id="a ping"),
        pytest.param("ipv6-icmp", "135", "0", (135, 0), id="apart"),
        pytest.param("igmp", "", "", (0, 0), id="no ports at all"),
    ],
)
@pytest.mark.parametrize("way", ["->", "<-"])
def test_of_icmp_the_type_and_the_code_are_the_ports(proto, sport, dport, ports, way):
    row = one(proto=proto, sport=sport, dport=dport, way=way)
    assert (row[f.SRC_PORT], row[f.DST_PORT]) == ports


def test_what_is_no_ip_is_skipped():
    lines = [ARGUS, argus(proto="arp", sport="", dport=""), argus(proto="llc", src="0:0:0:0:0:0")]
    parsed = BinetflowParser().read([*lines, argus()])
    assert (len(parsed.flows), parsed.skipped, parsed.unreadable) == (1, 2, 0)


def test_without_the_packets_of_the_source_each_side_has_half():
    header = ARGUS.replace("SrcPkts,", "")
    both, alone = argus().replace(",100,3,", ",100,"), argus(octets=100).replace(",100,3,", ",100,")
    flows = BinetflowParser().read([header, both, alone]).flows
    assert flows[f.SRC_PACKETS].tolist() == [4, 7]
    assert flows[f.DST_PACKETS].tolist() == [3, 0]


def test_tabs_may_separate_too():
    lines = [line.replace(",", "\t") for line in (ARGUS, argus())]
    assert len(BinetflowParser().read(lines).flows) == 1


def test_a_row_of_our_own_needs_neither_state_nor_service():
    row = CsvParser().read([OWN, ROW]).flows.iloc[0]
    assert (row[f.SERVICE], row[f.STATE]) == ("rtsp", "established")
    assert row[f.COMMUNITY_ID].startswith("1:")


def test_times_of_our_own_may_be_seconds():
    rows = [ROW.replace("2026-11-24T09:00:00.25Z", "1795510800.25"), ROW]
    assert CsvParser().read([OWN, *rows]).flows[f.STARTED_AT].nunique() == 1


def test_a_new_header_changes_the_columns():
    turned = ",".join(reversed(OWN.split(","))), ",".join(reversed(ROW.split(",")))
    parser = CsvParser()
    flows = parser.read([OWN, ROW, *turned]).flows
    assert (flows.iloc[0] == flows.iloc[1]).all()
    assert len(parser.read([turned[1]]).flows) == 1


@pytest.mark.parametrize(
    ("parser", "missing"), [(CsvParser, OWN_NEEDED), (BinetflowParser, ARGUS_NEEDED)]
)
@pytest.mark.parametrize("first", ["a,b,c", "\0", '"', "x" * 100_000, ROW])
def test_what_does_not_begin_with_a_header_is_refused(parser, missing, first):
    with pytest.raises(SourceError, match=f"line 1 is .* and no header; .*{missing[-1]}"):
        parser().read([first, ROW])


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(ROW[:30], id="half a line"),
        pytest.param(ROW + ",more", id="a field too many"),
        pytest.param(ROW.replace("10.31.1.2", "=cmd()"), id="no address"),
        pytest.param(ROW.replace("50000", "0x50"), id="no port"),
        pytest.param(ROW.replace("50000", "50\0"), id="NUL"),
        pytest.param('"' + ROW, id="a quote that does not close"),
        pytest.param('"' * 200_000, id="nothing but quotes"),
        pytest.param(ROW.replace("100", "-100"), id="below zero"),
        pytest.param("started_at", id="a piece of a header"),
    ],
)
def test_a_bad_row_costs_its_neighbours_nothing(bad):
    parsed = CsvParser().read([OWN, ROW, bad, "", ROW])
    assert (len(parsed.flows), parsed.unreadable) == (2, 1)
    assert parsed.complaint.startswith("line 3: ")
    assert parsed.complaint.isprintable()


def test_fields_may_be_quoted():
    quoted = ",".join(f'"{field}"' for field in ROW.split(","))
    flows = CsvParser().read([OWN, ROW, quoted]).flows
    assert (flows.iloc[0] == flows.iloc[1]).all()


TEXT = st.text(alphabet=st.characters(exclude_characters="\n", codec="utf-8"), max_size=20)


@pytest.mark.parametrize(
    ("parser", "header", "row"), [(CsvParser, OWN, ROW), (BinetflowParser, ARGUS, argus())]
)
@given(st.lists(TEXT), st.lists(st.lists(TEXT, max_size=16)))
def test_no_text_is_too_much(parser, header, row, lines, fields):
    parsed = parser().read([header, row, *lines, *(",".join(each) for each in fields), row])
    assert len(parsed.flows) >= 2


@pytest.mark.network
@pytest.mark.parametrize(
    ("name", "separator"),
    [
        ("test2-malicious.binetflow", ","),
        ("test11-portscan.binetflow", ","),
        ("test5-mixed.binetflow", "\t"),
    ],
)
def test_real_binetflow_is_read_to_the_last_line(name, separator):
    path = Path(os.environ["HLASKA_DATA"]) / "cyber/slips" / name
    with path.open(newline="") as file:
        told = list(csv.DictReader(file, delimiter=separator))
    of_ip = [each for each in told if each["Proto"] not in ("arp", "llc", "man")]
    parsed = BinetflowParser().read(path.read_text().split("\n"))
    assert (len(parsed.flows), parsed.unreadable) == (len(of_ip), 0)
    assert parsed.skipped == len(told) - len(of_ip)
    total = parsed.flows[f.SRC_BYTES].sum() + parsed.flows[f.DST_BYTES].sum()
    assert total == sum(int(each["TotBytes"]) for each in of_ip)
    packets = parsed.flows[f.SRC_PACKETS].sum() + parsed.flows[f.DST_PACKETS].sum()
    assert packets == sum(int(each["TotPkts"]) for each in of_ip)
