import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.traffic.exchanges import (
    SEGMENT_BYTES,
    TCP_HEADERS,
    UDP_HEADERS,
    rows,
    tcp,
    ticks,
    udp,
)
from hlaska.network.flows import FlowState

AMOUNT = st.integers(0, 10**10)


def test_a_request_and_its_answer_by_hand():
    # SYN, ACK, FIN, the request, and an acknowledgement of the two segments of the answer.
    sizes = tcp(100, 2000)
    assert sizes.src_packets == 5
    assert sizes.src_bytes == 100 + 5 * TCP_HEADERS
    # SYN-ACK, FIN, two segments, one acknowledgement.
    assert sizes.dst_packets == 5
    assert sizes.dst_bytes == 2000 + 5 * TCP_HEADERS


@given(AMOUNT, AMOUNT)
def test_no_packet_is_larger_than_ethernet_bears_nor_smaller_than_its_headers(up, down):
    sizes = tcp(up, down)
    for size, packets in (
        (sizes.src_bytes, sizes.src_packets),
        (sizes.dst_bytes, sizes.dst_packets),
    ):
        assert TCP_HEADERS * packets <= size <= (SEGMENT_BYTES + TCP_HEADERS) * packets


def test_whoever_does_not_answer_sends_nothing():
    sizes = udp([48.0, 300.0], [0.0, 100.0], packets=2)
    assert list(sizes.src_bytes) == [48 + 2 * UDP_HEADERS, 300 + 2 * UDP_HEADERS]
    assert list(sizes.dst_bytes) == [0, 100 + 2 * UDP_HEADERS]
    assert list(sizes.dst_packets) == [0, 2]


def test_a_row_for_each_moment(chance):
    made = rows(
        chance(), [1.0, 2.0], src="10.0.0.1", dst=["10.0.0.2", "10.0.0.3"], port=80,
        sizes=tcp(10, 10), state=FlowState.RESET,
    )  # fmt: skip
    assert list(made["at_s"]) == [1, 2]
    assert list(made["dst"]) == ["10.0.0.2", "10.0.0.3"]
    assert set(made["state"]) == {"reset"}
    assert made["src_port"].between(32_768, 60_999).all()


def test_no_moment_makes_no_row(chance):
    assert not len(rows(chance(), [], src="a", dst="b", port=1, sizes=tcp(1, 1)))


@pytest.mark.parametrize("jitter", [0.001, 0.3])
def test_a_timer_is_regular_but_for_its_jitter(chance, jitter):
    at_s = ticks(chance(), 60, 100, 86_500, jitter=jitter)
    assert (at_s >= 100).all() and (at_s <= 86_500).all()
    assert len(at_s) == pytest.approx(1440, abs=2)
    assert np.std(np.diff(at_s)) == pytest.approx(60 * jitter * 2**0.5, rel=0.1)
