import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.network import flows as f
from serving.cyber import pairing
from serving.cyber.halves import Half
from serving.cyber.pairing import HOLD_S, Pairing
from serving.cyber.parsed import together

CAMERA, RECORDER = "10.31.1.2", "10.31.0.1"
T = 1_700_000_000.0


def half(src=RECORDER, dst=CAMERA, ports=(50_000, 554), *, at=T, protocol=6, flags=0x1B, **changes):
    sent = Half(at, at + 1, src, dst, *ports, protocol, 100, 3, flags, 0, 0, flags * 0)
    return sent._replace(**changes)


def answer(to, **changes):
    back = to._replace(src=to.dst, dst=to.src, src_port=to.dst_port, dst_port=to.src_port)
    return back._replace(octets=900, packets=9, **changes)


@pytest.fixture
def joined():
    """The flows of halves that come together, and of those that are left."""

    def join(*halves):
        them = Pairing()
        return together([them.join(halves, 0), them.rest()]).flows

    return join


def sides(flows):
    return flows[[f.SRC, f.SRC_PORT, f.DST, f.DST_PORT]].to_numpy().tolist()


@pytest.mark.parametrize("turned", [False, True])
def test_two_halves_make_a_flow_towards_the_service(joined, turned):
    asked = half()
    both = (asked, answer(asked, ended_s=T + 5))
    flows = joined(*(reversed(both) if turned else both))
    assert sides(flows) == [[RECORDER, 50_000, CAMERA, 554]]
    assert flows[[f.SRC_BYTES, f.DST_BYTES, f.SRC_PACKETS, f.DST_PACKETS]].to_numpy().tolist() == [
        [100, 900, 3, 9]
    ]
    assert flows[f.DURATION_S].tolist() == [5]
    assert flows[f.STATE].tolist() == ["established"]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("ports", "first", "second"),
    [
        pytest.param((9000, 9001), {"at": T}, {"started_s": T + 0.5}, id="the earlier one"),
        pytest.param((5000, 8554), {}, {"started_s": T - 0.5}, id="the one towards a service"),
        pytest.param((9001, 9000), {}, {}, id="the one from the higher port"),
        pytest.param((554, 9000), {"flags": 2}, {"flags": 0x14}, id="the one that asked by SYN"),
        pytest.param((0, 2048), {"protocol": 1}, {"dst_port": 0}, id="the ping, not the pong"),
    ],
)
def test_there_are_signs_of_who_began(joined, ports, first, second, turned):
    asked = half(ports=ports, **first)
    both = (asked, answer(asked)._replace(**second))
    flows = joined(*(reversed(both) if turned else both))
    assert flows[f.SRC].tolist() == [RECORDER]


def test_half_a_flow_that_nobody_answered_is_told_when_it_has_waited():
    them = Pairing()
    assert len(them.join([half(flags=2)], 100.0).flows) == 0
    assert len(them.join([], 100.0 + HOLD_S - 0.1).flows) == 0
    flows = them.join([], 100.0 + HOLD_S).flows
    assert flows[f.STATE].tolist() == ["unanswered"]
    assert len(them.join([], 1000.0).flows) == 0
    assert len(them.rest().flows) == 0


def test_the_other_half_may_come_in_a_later_batch():
    them, asked = Pairing(), half()
    them.join([asked], 100.0)
    assert len(them.join([answer(asked)], 101.0).flows) == 1
    assert len(them.rest().flows) == 0


def test_several_pairs_of_the_same_ends_go_together_in_their_order(joined):
    asked = [half(at=T), half(at=T + 60)]
    flows = joined(*asked, *(answer(each) for each in asked))
    assert flows[f.DURATION_S].tolist() == [1, 1]


def test_an_answer_alone_is_told_from_the_side_that_asked(joined):
    flows = joined(answer(half()))
    assert sides(flows) == [[RECORDER, 50_000, CAMERA, 554]]
    assert (flows[f.SRC_PACKETS].tolist(), flows[f.DST_PACKETS].tolist()) == ([0], [9])


def test_a_refusal_alone_is_told_from_the_side_that_asked(joined):
    flows = joined(half(CAMERA, RECORDER, (9999, 50_000), flags=0x14, packets=1))
    assert sides(flows) == [[RECORDER, 50_000, CAMERA, 9999]]
    assert flows[f.STATE].tolist() == ["rejected"]


def test_a_syn_from_the_port_of_a_service_is_no_answer(joined):
    assert joined(half(CAMERA, RECORDER, (554, 50_000), flags=2))[f.SRC].tolist() == [CAMERA]


def test_what_an_exporter_has_paired_needs_no_other_half():
    whole = half(back_octets=900, back_packets=9, back_flags=0x1B)
    flows = Pairing().join([whole], 0).flows
    assert (flows[f.DST_BYTES].tolist(), flows[f.STATE].tolist()) == ([900], ["established"])


def test_type_and_code_of_icmp_are_the_ports(joined):
    flows = joined(half(ports=(0, 3 * 256 + 1), protocol=1, flags=math.nan))
    assert flows[[f.PROTOCOL, f.SRC_PORT, f.DST_PORT]].to_numpy().tolist() == [["icmp", 3, 1]]


def test_flags_that_are_not_told_are_none(joined):
    asked = half(flags=math.nan)
    assert joined(asked)[f.STATE].tolist() == ["unanswered"]
    assert joined(asked, answer(asked))[f.STATE].tolist() == ["established"]


def test_those_that_wait_are_bounded(monkeypatch):
    monkeypatch.setattr(pairing, "MOST_WAITING", 10)
    them = Pairing()
    told = them.join([half(ports=(port, 554)) for port in range(1000, 1025)], 0)
    assert told.flows[f.SRC_PORT].tolist() == list(range(1000, 1015))
    assert len(them.rest().flows) == 10


def test_a_record_that_cannot_be_is_left_out_and_complained_of(joined):
    them = Pairing()
    them.join([half(octets=2**60), half(ports=(50_001, 554))], 0)
    told = them.rest()
    assert (len(told.flows), told.unreadable) == (1, 1)
    assert told.complaint.startswith("record of 10.31.0.1: the number of bytes from the source")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 30)), max_size=40))
def test_no_half_is_lost_or_told_twice(events):
    them, told = Pairing(), []
    for number, (back, port, now) in enumerate(sorted(events, key=lambda each: each[2])):
        one = half(ports=(50_000 + port, 554), octets=2**number)
        sent = answer(one)._replace(octets=2**number) if back else one
        told.append(them.join([sent], float(now)).flows)
    told.append(them.rest().flows)
    octets = sum(int(each[f.SRC_BYTES].sum() + each[f.DST_BYTES].sum()) for each in told)
    assert octets == 2 ** len(events) - 1
