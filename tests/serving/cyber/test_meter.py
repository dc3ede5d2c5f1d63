"""The meter, in this process: what packets become."""

import pytest

from serving.cyber import meter
from serving.cyber.meter import COLUMNS, MeterOrder
from serving.cyber.metering import Metering
from tests.serving.cyber.packets import (
    CAMERA,
    CAMERA6,
    RECORDER,
    RECORDER6,
    T,
    icmp,
    tcp,
    udp,
    write,
)

F, S, R, P, A = 1, 2, 4, 8, 16


class Told:
    """A wire that leads nowhere."""

    def __init__(self):
        self.rows = []
        self.ignored = self.lost = 0

    def add(self, row):
        self.rows.append(dict(zip(COLUMNS, row, strict=True)))

    def flush(self):
        return


@pytest.fixture
def metered(tmp_path):
    """The flows of packets, in the order in which they were told."""

    def run(packets, *, idle_s=15, active_s=60, dissections=0):
        path = write(tmp_path / "some.pcap", packets)
        told = Told()
        trouble = Metering(MeterOrder(str(path), False, idle_s, active_s, dissections), told).run()
        assert not trouble
        return told

    return run


def ends(row):
    return row["src"], row["src_port"], row["dst"], row["dst_port"]


ASKED = (RECORDER, 50_000, CAMERA, 554)
THERE = (RECORDER, 50_000, CAMERA, 554)
BACK = (CAMERA, 554, RECORDER, 50_000)


def test_packets_both_ways_are_one_flow_with_the_flags_of_each_side(metered):
    (row,) = metered(
        [
            (0, tcp(*THERE, S)),
            (0.1, tcp(*BACK, S | A)),
            (0.2, tcp(*THERE, A | P, b"DESCRIBE")),
            (2.5, tcp(*BACK, A | F)),
        ]
    ).rows
    assert ends(row) == ASKED
    assert (row["src_packets"], row["dst_packets"]) == (2, 2)
    assert (row["src_bytes"], row["dst_bytes"]) == (40 + 48, 40 + 40)
    assert (row["src_flags"], row["dst_flags"]) == (S | A | P, S | A | F)
    assert (row["began_ms"], row["ended_ms"]) == (T * 1000, T * 1000 + 2500)


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(tcp(*BACK, S | A), id="a SYN that is answered"),
        pytest.param(tcp(*BACK, A | P), id="from the middle, by the port"),
    ],
)
def test_who_answers_first_did_not_begin_it(metered, first):
    (row,) = metered([(0, first), (0.1, tcp(*THERE, A))]).rows
    assert ends(row) == ASKED
    assert (row["src_flags"], row["dst_packets"]) == (A, 1)


def test_a_flow_that_goes_on_is_told_in_pieces_from_the_same_side(metered):
    # Of these ports nobody knows which is the server's.
    there, back = (RECORDER, 50_000, CAMERA, 9999), (CAMERA, 9999, RECORDER, 50_000)
    packets = [(0, tcp(*there, S)), (0.1, tcp(*back, S | A))]
    # After the first piece, and in each that follows, the camera is the first to speak.
    packets += [(second, tcp(*back, A | P, b"video")) for second in range(1, 200)]
    rows = metered(packets).rows
    assert len(rows) == 4
    assert {ends(row) for row in rows} == {there}
    assert sum(row["dst_packets"] for row in rows) == 200
    assert all(row["ended_ms"] - row["began_ms"] <= 60_000 for row in rows)


def test_a_flow_that_was_silent_for_long_is_another_one(metered):
    rows = metered([(0, udp(*THERE)), (14, udp(*THERE)), (30, udp(*THERE))]).rows
    assert [row["src_packets"] for row in rows] == [2, 1]


def test_a_flow_that_goes_on_keeps_none_from_being_told(metered):
    packets = [(second, udp(CAMERA, 5004, RECORDER, 5004)) for second in range(50)]
    packets.insert(1, (0.5, udp(RECORDER, 60_000, CAMERA, 80)))
    rows = metered(packets).rows
    assert [row["dst_port"] for row in rows] == [80, 5004]


def test_under_a_flood_those_longest_silent_are_told_early_and_none_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(meter, "MOST_FLOWS", 10)
    packets = [(n / 1000, udp(RECORDER, 1024 + n, CAMERA, 80)) for n in range(100)]
    # One of those that are open speaks again, and so is none of the longest silent.
    packets.insert(95, (0.0945, udp(RECORDER, 1024 + 90, CAMERA, 80)))
    told = Told()
    path = write(tmp_path / "some.pcap", packets)
    metering = Metering(MeterOrder(str(path), False, 15, 60, 0), told)
    metering._read()
    assert [row["src_port"] for row in told.rows] == list(range(1024, 1024 + 90))
    metering._meter.finish()
    assert len(told.rows) == 100
    assert sum(row["src_packets"] for row in told.rows) == 101


def test_packets_a_little_out_of_order_are_one_flow(metered):
    (row,) = metered([(1, udp(*THERE)), (0.9, udp(*BACK)), (1.1, udp(*THERE))]).rows
    assert (row["src_packets"], row["dst_packets"]) == (2, 1)


def test_after_a_clock_was_set_back_time_goes_on_from_there(metered):
    rows = metered([(7200, udp(*THERE)), (0, udp(*THERE)), (1, udp(*THERE))]).rows
    assert [row["began_ms"] - T * 1000 for row in rows] == [7_200_000, 0]
    assert rows[1]["ended_ms"] - rows[1]["began_ms"] == 1000


def test_time_goes_on_without_packets_where_it_is_passed(tmp_path):
    path = write(tmp_path / "some.pcap", [(0, udp(*THERE))])
    told = Told()
    metering = Metering(MeterOrder(str(path), False, 15, 60, 0), told)
    metering._read()
    metering._meter.pass_time(int(T * 1000) + 14_000)
    assert not told.rows
    metering._meter.pass_time(int(T * 1000) + 15_000)
    assert len(told.rows) == 1


@pytest.mark.parametrize(
    ("src", "dst", "kind", "code", "number"),
    [(RECORDER, CAMERA, 8, 0, 1), (RECORDER, CAMERA, 3, 1, 1), (RECORDER6, CAMERA6, 135, 0, 58)],
)
def test_of_icmp_the_first_packets_type_and_code_are_told(metered, src, dst, kind, code, number):
    (row,) = metered([(0, icmp(src, dst, kind, code)), (1, icmp(dst, src, 0, 0))]).rows
    assert (row["src"], row["dst"], row["protocol"]) == (src, dst, number)
    assert (row["icmp_type"], row["icmp_code"]) == (kind, code)
    assert (row["src_packets"], row["dst_packets"]) == (1, 1)


def test_ipv6_is_metered_like_ipv4(metered):
    (row,) = metered(
        [(0, udp(RECORDER6, 5000, CAMERA6, 53)), (1, udp(CAMERA6, 53, RECORDER6, 5000))]
    ).rows
    assert ends(row) == (RECORDER6, 5000, CAMERA6, 53)
    assert row["src_bytes"] == 49


def test_what_is_no_ip_is_ignored_and_counted(metered):
    told = metered([(0, b"\xff" * 12 + b"\x08\x06" + b"\0" * 46), (1, b"short"), (2, udp(*THERE))])
    assert (len(told.rows), told.ignored) == (1, 2)


def test_the_service_is_recognised_on_any_port(metered):
    asked = (RECORDER, 50_000, CAMERA, 4711)
    answered = (CAMERA, 4711, RECORDER, 50_000)
    ask = b"DESCRIBE rtsp://10.31.1.2/stream RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    packets = [
        (0, tcp(*asked, S)),
        (0.1, tcp(*answered, S | A)),
        (0.2, tcp(*asked, A | P, ask)),
        (0.3, tcp(*answered, A | P, b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")),
    ]
    (row,) = metered(packets, dissections=20).rows
    assert row["service"].lower() == "rtsp"


def test_what_cannot_be_opened_is_named(tmp_path):
    path = tmp_path / "no.pcap"
    path.write_bytes(b"no capture at all, whatever its name")
    with pytest.raises(OSError, match="unknown file format"):
        Metering(MeterOrder(str(path), False, 15, 60, 0), Told())
