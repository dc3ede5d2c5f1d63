import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.cyber import netflow
from serving.cyber import templates as t
from serving.cyber.netflow import NetFlowDecoder
from tests.serving.cyber import encoders as e

HERE = "10.31.0.9"
PING = (b"\x0a\x1f\x01\x02", b"\x0a\x1f\x00\x01")
BODY9 = e.packed((*PING, 50_000, 554, 6, 0x1B, 3, 100), 1000, 2500)
BODY10 = e.packed(
    (*PING, 50_000, 554, 6, 0x1B, 3, 100), 1_700_000_001_000, 1_700_000_002_500, "!QQ"
)
DATA9, DATA10 = e.data_set(256, BODY9), e.data_set(256, BODY10)


@pytest.fixture
def decoder():
    return NetFlowDecoder()


def read(decoder, *datagrams, exporter=HERE):
    return decoder.read([(exporter, datagram) for datagram in datagrams])


def v5(*records, count=None, sequence=0, engine=0):
    head = struct.pack(
        "!HHIIIIBBH", 5, len(records) if count is None else count, 60_000, 1_700_000_000,
        500_000_000, sequence, 0, engine, 0,
    )  # fmt: skip
    return head + b"".join(records)


RECORD5 = struct.pack(
    "!4s4s4sHHIIIIHHBBBBHHBBH", *PING, b"\0" * 4, 1, 2, 3, 100, 50_000, 52_500, 50_000, 554, 0,
    0x1B, 6, 0, 0, 0, 0, 0, 0,
)  # fmt: skip


def seen(half):
    return (
        half.src,
        half.dst,
        half.src_port,
        half.dst_port,
        half.protocol,
        half.octets,
        half.packets,
    )


ONE = ("10.31.1.2", "10.31.0.1", 50_000, 554, 6, 100, 3)


def test_netflow_5_needs_no_template(decoder):
    (half,) = read(decoder, v5(RECORD5)).halves
    assert seen(half) == ONE
    # The datagram was sent when the exporter had been up for 60 s.
    assert (half.started_s, half.ended_s) == (1_699_999_990.5, 1_699_999_993.0)
    assert (half.flags, half.back_packets) == (0x1B, 0)


def test_netflow_5_that_breaks_off_gives_what_there_is(decoder):
    received = read(decoder, v5(RECORD5, RECORD5[:40], count=2))
    assert len(received.halves) == 1
    assert received.unreadable == 1
    assert "1 records, where 2 should be" in received.complaint


def test_netflow_9_is_read_by_its_template(decoder):
    received = read(decoder, e.header9(0, e.TEMPLATES9), e.header9(1, DATA9))
    (half,) = received.halves
    assert seen(half) == ONE
    assert (half.started_s, half.ended_s) == (e.BOOTED_S + 1, e.BOOTED_S + 2.5)


def test_ipfix_is_read_by_its_template(decoder):
    (half,) = read(decoder, e.header10(0, e.TEMPLATES10 + DATA10)).halves
    assert seen(half) == ONE
    assert (half.started_s, half.ended_s) == (1_700_000_001, 1_700_000_002.5)


def test_records_that_come_before_their_template_are_counted(decoder):
    received = read(decoder, e.header9(0, DATA9))
    assert (len(received.halves), received.unreadable) == (0, 1)
    assert received.complaint == (
        "exporter 10.31.0.9: records of template 256, which has not come yet; let it send its "
        "templates every minute"
    )
    assert len(read(decoder, e.header9(1, e.TEMPLATES9 + DATA9)).halves) == 1


def test_templates_belong_to_their_exporter_and_its_domain(decoder):
    read(decoder, e.header9(0, e.TEMPLATES9))
    assert read(decoder, e.header9(0, DATA9), exporter="10.31.0.10").unreadable == 1
    assert read(decoder, e.header9(0, DATA9, domain=8)).unreadable == 1
    assert read(decoder, e.header10(0, DATA9)).unreadable == 1
    assert len(read(decoder, e.header9(1, DATA9)).halves) == 1


def test_a_template_that_comes_anew_replaces_the_old_one(decoder):
    turned = e.data_set(0, e.template(256, ((12, 4), (8, 4), *e.FIELDS9[2:])))
    received = read(decoder, e.header9(0, e.TEMPLATES9 + DATA9), e.header9(1, turned + DATA9))
    assert sorted(half.src for half in received.halves) == ["10.31.0.1", "10.31.1.2"]


def test_a_malformed_template_leaves_what_was_known(decoder):
    bad = e.data_set(0, struct.pack("!HHHH", 256, 9, 1, 4))
    received = read(decoder, e.header9(0, e.TEMPLATES9), e.header9(1, bad + DATA9))
    assert (len(received.halves), received.unreadable) == (1, 1)
    assert "what was known before still holds" in received.complaint


def test_a_set_that_is_too_long_costs_only_what_follows_it(decoder):
    bad = struct.pack("!HH", 256, 5000)
    received = read(decoder, e.header9(0, e.TEMPLATES9 + DATA9 + bad), e.header9(1, DATA9))
    assert (len(received.halves), received.unreadable) == (2, 1)


@pytest.mark.parametrize(
    "datagram",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0\x09", id="two bytes"),
        pytest.param(b"\0\x07" + b"\0" * 40, id="another version"),
        pytest.param(v5()[:20], id="v5, half a header"),
        pytest.param(e.header9(0, b"")[:18], id="v9, half a header"),
        pytest.param(struct.pack("!HHIII", 10, 5000, 0, 0, 0), id="IPFIX, too long"),
        pytest.param(struct.pack("!HHIII", 10, 3, 0, 0, 0), id="IPFIX, too short"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="something else"),
    ],
)
def test_a_bad_datagram_costs_its_neighbours_nothing(decoder, datagram):
    received = read(decoder, v5(RECORD5), datagram, v5(RECORD5, sequence=1))
    assert (len(received.halves), received.unreadable, received.lost) == (2, 1, 0)
    assert received.complaint.startswith("exporter 10.31.0.9: ")


def test_options_are_no_flows(decoder):
    options = e.data_set(1, struct.pack("!HHHHHHH", 300, 4, 4, 1, 4, 41, 2)[:-2] + b"\0\2")
    received = read(decoder, e.header9(0, options + e.data_set(300, b"\0" * 12)))
    assert (len(received.halves), received.skipped, received.unreadable) == (0, 2, 0)


def test_records_without_addresses_are_no_flows(decoder):
    counters = e.data_set(0, e.template(256, ((1, 4), (2, 4))))
    received = read(decoder, e.header9(0, counters + e.data_set(256, b"\0" * 16)))
    assert (len(received.halves), received.skipped) == (0, 2)


@pytest.mark.parametrize(
    ("datagrams", "lost"),
    [
        pytest.param([v5(RECORD5), v5(RECORD5, sequence=1)], 0, id="v5, none"),
        pytest.param([v5(RECORD5), v5(RECORD5, sequence=31)], 30, id="v5, 30 records"),
        pytest.param([e.header9(1, b""), e.header9(5, b"")], 3, id="v9, three datagrams"),
        pytest.param([e.header9(2**32 - 1, b""), e.header9(0, b"")], 0, id="v9, counted over"),
        pytest.param([e.header9(50_000, b""), e.header9(0, b"")], 0, id="v9, started again"),
        pytest.param(
            [e.header9(7, b""), e.header9(6, b""), e.header9(8, b"")], 0, id="v9, out of order"
        ),
        pytest.param(
            [e.header10(0, e.TEMPLATES10 + DATA10), e.header10(1, b""), e.header10(9, b"")],
            8,
            id="IPFIX, eight records",
        ),
        pytest.param(
            [e.header10(n, e.TEMPLATES10 + DATA10) for n in (0, 1, 0, 2)], 0, id="IPFIX, one twice"
        ),
        pytest.param(
            [e.header10(0, DATA10), e.header10(5, b"")], 0, id="IPFIX, none could count them"
        ),
    ],
)  # fmt: skip
def test_what_was_lost_is_told_by_the_sequence(decoder, datagrams, lost):
    received = read(decoder, *datagrams)
    assert received.lost == lost
    assert ("never arrived" in received.complaint) == (lost > 0)


def test_each_engine_of_an_exporter_counts_for_itself(decoder):
    assert read(decoder, v5(RECORD5, sequence=7), v5(RECORD5, sequence=900, engine=1)).lost == 0


def test_exporters_and_templates_are_bounded(decoder, monkeypatch):
    monkeypatch.setattr(netflow, "MOST_EXPORTERS", 2)
    monkeypatch.setattr(netflow, "MOST_TEMPLATES", 3)
    one = e.data_set(0, e.template(256, e.FIELDS9))
    for number in range(2):
        assert (
            read(decoder, e.header9(0, e.TEMPLATES9 if number else one, domain=number)).unreadable
            == 0
        )
    received = read(decoder, e.header9(0, one, domain=2))
    assert received.unreadable == 1
    assert "one more than 2 exporters" in received.complaint
    received = read(decoder, e.header9(1, e.data_set(0, e.template(400, e.FIELDS9)), domain=1))
    assert received.unreadable == 1
    assert "more than 3 templates" in received.complaint
    # What is known may still be told anew.
    assert read(decoder, e.header9(1, one, domain=0)).unreadable == 0


def test_a_withdrawn_template_is_forgotten(decoder):
    read(decoder, e.header10(0, e.TEMPLATES10 + e.data_set(2, struct.pack("!HH", 256, 0))))
    assert read(decoder, e.header10(0, DATA10)).unreadable == 1


TIMES = (b"\x0a\x1f\x01\x02", b"\x0a\x1f\x00\x01", 0, 0, 6, 0, 1, 100)


@pytest.mark.parametrize(
    ("fields", "body", "times"),
    [
        pytest.param(
            ((150, 4), (151, 4)), struct.pack("!II", 1_700_000_001, 1_700_000_003), (1, 3), id="s"
        ),
        pytest.param(
            ((152, 8), (161, 4)), struct.pack("!QI", 1_700_000_001_500, 250), (1.5, 1.75),
            id="ms and duration",
        ),
        pytest.param(
            ((154, 8), (155, 8)),
            struct.pack("!IIII", 3_908_988_801, 2**31, 3_908_988_802, 0), (1.5, 2),
            id="us, as NTP counts",
        ),
        pytest.param(
            ((156, 8), (162, 4)), struct.pack("!III", 3_908_988_801, 2**31, 250_000), (1.5, 1.75),
            id="ns and duration",
        ),
        pytest.param(
            ((158, 4), (159, 4)), struct.pack("!II", 2_000_000, 500_000), (8, 9.5), id="ago"
        ),
        pytest.param(
            ((160, 8), (22, 4), (21, 4)),
            struct.pack("!QII", 1_700_000_000_000, 1500, 2500), (1.5, 2.5), id="uptime and boot",
        ),
        pytest.param(
            ((22, 4), (21, 4)), struct.pack("!II", 1500, 2500), (9, 10), id="uptime without boot"
        ),
        pytest.param((), b"", (10, 10), id="none at all"),
    ],
)  # fmt: skip
def test_every_clock_of_ipfix_is_understood(decoder, fields, body, times):
    layout = (*e.FIELDS9[:-2], *fields)
    record = e.packed(TIMES, 0, 0)[:-8] + body
    message = e.data_set(2, e.template(256, layout)) + e.data_set(256, record)
    (half,) = read(decoder, e.header10(0, message, sent_s=1_700_000_010)).halves
    found = (half.started_s - 1_700_000_000, half.ended_s - 1_700_000_000)
    assert found == pytest.approx(times, abs=1e-6)


def test_uptime_that_began_anew_after_49_days_is_understood(decoder):
    # It was 2^32 ms - 5 s when the flow began, and is 10 s now.
    body = e.packed(TIMES, 2**32 - 5000, 2000)
    sent = e.header9(0, e.TEMPLATES9 + e.data_set(256, body), uptime_ms=10_000)
    (half,) = read(decoder, sent).halves
    assert half.started_s == pytest.approx(e.BOOTED_S + 10 - 15)
    assert half.ended_s - half.started_s == pytest.approx(7)


def test_an_exporter_may_be_a_little_ahead_of_itself(decoder):
    body = e.packed(TIMES, 10_500, 10_500)
    sent = e.header9(0, e.TEMPLATES9 + e.data_set(256, body), uptime_ms=10_000)
    (half,) = read(decoder, sent).halves
    assert half.started_s == pytest.approx(e.BOOTED_S + 10.5)


def test_an_exporter_may_tell_both_sides(decoder):
    back = struct.pack("!HHIHHI", 0x8001, 4, t.BACK_ENTERPRISE, 0x8002, 4, t.BACK_ENTERPRISE)
    layout = struct.pack("!HH", 256, 12) + e.template(0, e.FIELDS10)[4:] + back
    record = BODY10 + struct.pack("!II", 900, 9)
    message = e.data_set(2, layout) + e.data_set(256, record)
    (half,) = read(decoder, e.header10(0, message)).halves
    assert (half.octets, half.back_octets, half.back_packets) == (100, 900, 9)
    assert math.isnan(half.back_flags)


def test_one_template_may_have_both_kinds_of_addresses(decoder):
    layout = e.template(256, ((8, 4), (12, 4), (27, 16), (28, 16)))
    six = bytes(15) + b"\1", bytes(15) + b"\2"
    records = b"".join([*PING, bytes(32), bytes(8), *six])
    message = e.data_set(2, layout) + e.data_set(256, records)
    halves = read(decoder, e.header10(0, message)).halves
    assert [(half.src, half.dst) for half in halves] == [("10.31.1.2", "10.31.0.1"), ("::1", "::2")]


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        pytest.param(((32, 2),), b"\3\1", id="as type and code"),
        pytest.param(((11, 2),), b"\3\1", id="as a port"),
    ],
)
def test_type_and_code_of_icmp_are_found(decoder, fields, body):
    layout = e.template(256, ((8, 4), (12, 4), (4, 1), (7, 2), *fields))
    record = b"".join(PING) + b"\1\0\7" + body
    message = e.data_set(2, layout) + e.data_set(256, record)
    (half,) = read(decoder, e.header10(0, message)).halves
    assert (half.src_port, half.dst_port) == (0, 3 * 256 + 1)


SETS = st.builds(
    lambda kind, body: struct.pack("!HH", kind, 4 + len(body)) + body,
    st.sampled_from([0, 1, 2, 3, 256, 257, 300]),
    st.binary(max_size=120),
)
DATAGRAMS = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda n, sets: e.header9(n, b"".join(sets)), st.integers(0, 9), st.lists(SETS)),
    st.builds(lambda n, sets: e.header10(n, b"".join(sets)), st.integers(0, 9), st.lists(SETS)),
    st.builds(lambda body, n: v5(body, count=n), st.binary(max_size=200), st.integers(0, 9)),
)


@given(st.lists(DATAGRAMS))
def test_no_datagram_is_too_much(datagrams):
    read(NetFlowDecoder(), e.header9(0, e.TEMPLATES9), *datagrams)
