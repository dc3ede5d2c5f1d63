import numpy as np
import pandas as pd
import pytest

from hlaska.network import flows as f
from serving.cyber.parsed import LAST_S, Parsed, Raw, flows_of, together


def raw(count=1, **columns):
    numbers = {
        "started_s": 1_700_000_000.25, "duration_s": 1.5, "src_port": 50_000, "dst_port": 554,
        "src_bytes": 100, "dst_bytes": 200, "src_packets": 1, "dst_packets": 2,
    }  # fmt: skip
    texts = {"src": "10.31.1.2", "dst": "10.31.0.1", "protocol": "tcp"}
    filled = {name: np.full(count, value, np.float64) for name, value in numbers.items()}
    filled |= {name: [value] * count for name, value in texts.items()}
    for name, values in columns.items():
        filled[name] = np.array(values, np.float64) if name in numbers else values
    return Raw(**filled)


def test_a_flow_has_the_columns_and_types_of_a_flow_table():
    parsed = flows_of(raw(), [1])
    assert {name: str(kind) for name, kind in parsed.flows.dtypes.items()} == dict(f.FLOW_DTYPES)
    row = parsed.flows.iloc[0]
    assert row[f.STARTED_AT] == pd.Timestamp("2023-11-14 22:13:20.250", tz="UTC")
    assert (row[f.SERVICE], row[f.STATE]) == ("rtsp", "established")
    assert row[f.COMMUNITY_ID] == f.community_id("tcp", "10.31.1.2", "10.31.0.1", 50_000, 554)
    assert parsed.complaint == ""


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        pytest.param({"started_s": [-1]}, "the time is -1.0", id="before 1970"),
        pytest.param({"started_s": [LAST_S]}, "the time is 4102444800.0", id="after 2100"),
        pytest.param({"started_s": [np.nan]}, "the time is no number", id="no time"),
        pytest.param({"duration_s": [np.inf]}, "the duration is inf", id="for ever"),
        pytest.param({"src": ["camera"]}, "the source address is 'camera'", id="no address"),
        pytest.param({"dst": ["fe80::1"]}, "address is 'fe80::1'; allowed: of", id="two kinds"),
        pytest.param({"src_port": [65_536]}, "the source port is 65536.0", id="no port"),
        pytest.param({"dst_port": [1.5]}, "the destination port is 1.5", id="half a port"),
        pytest.param({"src_bytes": [-1]}, "bytes from the source is -1.0", id="below zero"),
        pytest.param({"dst_packets": [2.0**49]}, "packets from the dest", id="too many"),
        pytest.param({"protocol": ["<b>"]}, "the protocol is '<b>'", id="no protocol"),
        pytest.param({"protocol": [6]}, "the protocol is 6", id="a protocol of another type"),
    ],
)
def test_a_row_that_cannot_be_is_left_out_counted_and_complained_of(columns, words):
    ((name, (bad,)),) = columns.items()
    good = getattr(raw(), name)[0]
    parsed = flows_of(raw(3, **{name: [good, bad, good]}), [7, 8, 9])
    assert len(parsed.flows) == 2
    assert (parsed.unreadable, parsed.skipped) == (1, 0)
    assert parsed.complaint.startswith("line 8: ")
    assert words in parsed.complaint


def test_what_is_no_flow_of_ip_is_skipped_without_a_complaint():
    parsed = flows_of(
        raw(2, protocol=["arp", "tcp"], src=["00:11:22:33:44:55", "10.31.1.2"]), [1, 2]
    )
    assert (len(parsed.flows), parsed.unreadable, parsed.skipped) == (1, 0, 1)
    assert parsed.complaint == ""


def test_a_clock_that_was_set_back_makes_no_negative_duration():
    assert flows_of(raw(duration_s=[-3600]), [1]).flows[f.DURATION_S].tolist() == [0]


def test_a_community_id_of_the_source_is_kept_and_nonsense_is_not():
    theirs = "1:" + "A" * 27 + "="
    parsed = flows_of(raw(2, community_id=[theirs, "1:<script>"]), [1, 2])
    own = f.community_id("tcp", "10.31.1.2", "10.31.0.1", 50_000, 554)
    assert parsed.flows[f.COMMUNITY_ID].tolist() == [theirs, own]


def test_a_state_that_is_told_counts_more_than_the_packets():
    parsed = flows_of(raw(2, state=["rejected", ""]), [1, 2])
    assert parsed.flows[f.STATE].tolist() == ["rejected", "established"]


def test_of_no_rows_comes_an_empty_table():
    parsed = flows_of(raw(0), [])
    pd.testing.assert_frame_equal(parsed.flows, f.no_flows())


def test_several_are_put_together_with_the_first_complaint():
    one = flows_of(raw(2), [1, 2])
    both = together([Parsed(lost=3), one, Parsed(unreadable=1, complaint="first"), one,
                     Parsed(skipped=2, complaint="second")])  # fmt: skip
    assert len(both.flows) == 4
    assert (both.unreadable, both.skipped, both.lost) == (1, 2, 3)
    assert both.complaint == "first"
