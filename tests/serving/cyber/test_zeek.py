import json
import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import SourceError
from hlaska.network import flows as f
from serving.cyber.zeek import ZeekParser
from tests.serving.cyber.encoders import ZEEK_FIELDS, zeek_header, zeek_line

RECORD = {
    "ts": 1_700_000_000.5, "uid": "C1", "id.orig_h": "10.31.1.2", "id.orig_p": 50_000,
    "id.resp_h": "10.31.0.1", "id.resp_p": 554, "proto": "tcp", "duration": 2.5, "orig_bytes": 10,
    "resp_bytes": 20, "conn_state": "SF", "orig_pkts": 3, "orig_ip_bytes": 100, "resp_pkts": 4,
    "resp_ip_bytes": 200,
}  # fmt: skip


def line(**changes):
    return zeek_line(RECORD | changes)


def read(*lines, header=True):
    return ZeekParser().read([*(zeek_header() if header else ()), *lines])


def only(parsed):
    assert len(parsed.flows) == 1, parsed.complaint
    return parsed.flows.iloc[0]


def test_a_line_becomes_a_flow():
    row = only(read(line()))
    assert row[f.STARTED_AT] == pd.Timestamp("2023-11-14 22:13:20.5", tz="UTC")
    assert (row[f.DURATION_S], row[f.SRC], row[f.DST]) == (2.5, "10.31.1.2", "10.31.0.1")
    assert (row[f.SRC_PORT], row[f.DST_PORT], row[f.SERVICE]) == (50_000, 554, "rtsp")
    assert (row[f.SRC_PACKETS], row[f.DST_PACKETS]) == (3, 4)
    assert row[f.STATE] == "established"


def test_bytes_are_those_of_ip_where_zeek_counted_them():
    assert only(read(line()))[[f.SRC_BYTES, f.DST_BYTES]].tolist() == [100, 200]
    row = only(read(line(orig_ip_bytes=None, resp_ip_bytes=None)))
    assert row[[f.SRC_BYTES, f.DST_BYTES]].tolist() == [10, 20]


def test_what_is_not_told_is_zero():
    row = only(read(line(duration=None, orig_bytes=None, orig_ip_bytes=None, resp_pkts=None)))
    assert (row[f.DURATION_S], row[f.SRC_BYTES], row[f.DST_PACKETS]) == (0, 0, 0)


MEANT = {
    "S0": "unanswered", "S1": "established", "SF": "established", "REJ": "rejected",
    "S2": "established", "S3": "established", "RSTO": "reset", "RSTR": "reset",
    "RSTOS0": "unanswered", "RSTRH": "other", "SH": "unanswered", "SHR": "other", "OTH": "other",
}  # fmt: skip


@pytest.mark.parametrize(("state", "meant"), MEANT.items())
def test_every_state_of_zeek_has_a_meaning(state, meant):
    assert only(read(line(conn_state=state)))[f.STATE] == meant


def test_of_udp_and_icmp_the_packets_say_more_than_zeeks_state():
    ping = {"proto": "icmp", "id.orig_p": 8, "id.resp_p": 0, "conn_state": "OTH"}
    assert only(read(line(**ping)))[f.STATE] == "established"
    assert only(read(line(**ping, resp_pkts=0)))[f.STATE] == "unanswered"
    assert (
        only(read(line(proto="udp", conn_state="S0", orig_pkts=None, resp_pkts=None)))[f.STATE]
        == "unanswered"
    )


def test_a_header_in_the_middle_changes_the_fields():
    fields = (*reversed(ZEEK_FIELDS), "new_field")
    parsed = read(line(), "#close\t2026", *zeek_header(fields), zeek_line(RECORD, fields), line())
    assert len(parsed.flows) == 2
    assert (parsed.flows.iloc[0] == parsed.flows.iloc[1]).all()
    # The line with the old fields after the new header has one too few.
    assert parsed.unreadable == 1


def test_the_header_may_come_in_an_earlier_piece():
    parser = ZeekParser()
    assert len(parser.read(zeek_header()).flows) == 0
    assert len(parser.read([line()], 8).flows) == 1


def test_a_header_may_be_indented():
    parsed = ZeekParser().read(["\t" + zeek_header()[0], *zeek_header()[1:], line()])
    assert len(parsed.flows) == 1


def test_lines_before_any_header_are_complained_of():
    parsed = read(line(), header=False)
    assert parsed.unreadable == 1
    assert "it should come after #separator and #fields, or be JSON" in parsed.complaint


def test_another_log_of_zeeks_is_refused():
    with pytest.raises(SourceError, match=r"line 1: this is Zeek's log 'dns'; only conn\.log"):
        ZeekParser().read(["#path\tdns"])
    with pytest.raises(SourceError, match=r"line 3: the header has no field id\.orig_h, id\.orig"):
        ZeekParser().read(["#fields\tts\tproto\tid.resp_h\tid.resp_p"], 3)


@pytest.mark.parametrize("separator", ["", "\\x0a", "\\x22", "ab"])
def test_a_separator_that_can_separate_nothing_is_refused(separator):
    with pytest.raises(SourceError, match=r"line 1: .* cannot separate fields"):
        ZeekParser().read([f"#separator {separator}", "#fields\tts"])


def test_json_lines_need_no_header():
    records = [
        RECORD,
        RECORD | {"ts": "2023-11-14T22:13:20.500000Z"},
        RECORD | {"extra": {"a": []}},
    ]
    parsed = ZeekParser().read([json.dumps(each) for each in records])
    assert parsed.complaint == ""
    assert len(parsed.flows) == 3
    assert parsed.flows.drop_duplicates().shape[0] == 1


def test_in_a_stream_of_all_logs_only_connections_count():
    lines = [json.dumps(RECORD | {"_path": path}) for path in ("conn", "dns", "http")]
    parsed = ZeekParser().read(lines)
    assert (len(parsed.flows), parsed.skipped, parsed.unreadable) == (1, 2, 0)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(line(ts="soon"), id="no time"),
        pytest.param(line()[:60], id="half a line"),
        pytest.param(line() + "\tmore", id="a field too many"),
        pytest.param(line(**{"id.orig_h": "<script>"}), id="no address"),
        pytest.param(line(**{"id.orig_p": 70_000}), id="no port"),
        pytest.param(line(proto="tcp\0"), id="NUL"),
        pytest.param("\0" * 1000, id="nothing but NUL"),
        pytest.param("{" * 5000, id="deep JSON"),
        pytest.param('{"id.orig_h": 1, "conn_state": []}', id="JSON of other types"),
        pytest.param('{"a": "\\ud800"}', id="half a letter"),
        pytest.param("[1]", id="a list"),
        pytest.param("x" * 300_000, id="a huge line"),
    ],
)
def test_a_bad_line_costs_its_neighbours_nothing(bad):
    parsed = read(line(), bad, line(ts=1_700_000_001.5))
    assert len(parsed.flows) == 2
    assert parsed.unreadable == 1
    assert parsed.complaint.startswith("line 9: ")
    assert len(parsed.complaint) < 250
    assert parsed.complaint.isprintable()


def test_quotes_and_odd_ends_of_lines_in_a_field_do_no_harm():
    parsed = read(line(uid='"'), line(uid="a\rb"), line(uid='c"'), line(uid="\u2028"))
    assert len(parsed.flows) == 4


def test_what_zeek_says_twice_is_there_twice():
    assert len(read(line(), line()).flows) == 2


def test_times_of_a_capture_that_begins_at_zero_are_kept():
    assert only(read(line(ts=22.335172)))[f.STARTED_AT] == pd.Timestamp(22_335_172_000, tz="UTC")


def test_ipv6_is_written_as_everywhere():
    row = only(read(line(**{"id.orig_h": "FE80:0:0:0:0:0:0:1", "id.resp_h": "ff02::1:3"})))
    assert (row[f.SRC], row[f.DST]) == ("fe80::1", "ff02::1:3")


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\n", codec="utf-8"))))
def test_no_text_is_too_much_for_it(lines):
    try:
        parsed = read(line(), *lines)
    except SourceError:
        return
    assert len(parsed.flows) >= 1


@given(
    st.lists(st.lists(st.text(alphabet="0123456789.:abc-#\\x{}\"'\t ", max_size=8), max_size=20))
)
def test_no_fields_are_too_much_for_it(table):
    lines = ["\t".join(fields) for fields in table]
    try:
        parsed = ZeekParser().read([*zeek_header(), *lines])
    except SourceError:
        return
    assert len(parsed.flows) + parsed.unreadable + parsed.skipped <= len(lines)


FILES = [
    "port-scans/horizontal", "port-scans/vertical", "test10-mixed-zeek-dir",
    "test13-malicious-dhcpscan-zeek-dir", "test9-mixed-zeek-dir",
]  # fmt: skip


@pytest.mark.network
@pytest.mark.parametrize("folder", FILES)
def test_real_logs_are_read_to_the_last_line(folder):
    path = Path(os.environ["HLASKA_DATA"]) / "cyber/slips" / folder / "conn.log"
    lines = path.read_text().splitlines()
    records = [each for each in lines if not each.strip().startswith("#")]
    parsed = ZeekParser().read(lines)
    assert (len(parsed.flows), parsed.unreadable, parsed.skipped) == (len(records), 0, 0)
    # Told by another reader of JSON, and by where the fields stand in these texts.
    by_json = records[0].startswith("{")
    told = [json.loads(each) if by_json else each.split("\t") for each in records]
    sent = sum(int(each["orig_ip_bytes" if by_json else 17]) for each in told)
    assert parsed.flows[f.SRC_BYTES].sum() == sent
    began = [float(each["ts" if by_json else 0]) for each in told]
    assert parsed.flows[f.STARTED_AT].astype("int64").tolist() == [round(s * 1e6) for s in began]
