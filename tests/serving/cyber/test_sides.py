import numpy as np
import pytest

from serving.cyber.sides import begun_by_dst, states

F, S, R, P, A = 1, 2, 4, 8, 16


def state(src_flags, dst_flags, src_packets, dst_packets, *, tcp=True):
    found = states(
        tcp=np.array([tcp]),
        src_flags=np.array([src_flags]),
        dst_flags=np.array([dst_flags]),
        src_packets=np.array([src_packets]),
        dst_packets=np.array([dst_packets]),
    )
    return found[0]


@pytest.mark.parametrize(
    ("src_flags", "dst_flags", "packets", "how"),
    [
        pytest.param(S | A | P | F, S | A | P | F, (9, 8), "established", id="as usual"),
        pytest.param(A | P, A, (9, 8), "established", id="seen from the middle, both go along"),
        pytest.param(S, 0, (3, 0), "unanswered", id="no answer"),
        pytest.param(S | R, 0, (2, 0), "unanswered", id="given up before an answer"),
        pytest.param(F, 0, (1, 0), "unanswered", id="FIN scan"),
        pytest.param(0, 0, (1, 0), "unanswered", id="NULL scan"),
        pytest.param(S, R | A, (1, 1), "rejected", id="closed port"),
        pytest.param(S, R | A, (3, 3), "rejected", id="closed port, asked three times"),
        pytest.param(F | P, R | A, (1, 1), "rejected", id="XMAS scan of a closed port"),
        pytest.param(S | R, S | A, (2, 1), "reset", id="half-open scan of an open port"),
        pytest.param(S | A | P, S | A | R, (9, 8), "reset", id="broken off by the server"),
        pytest.param(A | P | R, A | P, (9, 8), "reset", id="broken off, seen from the middle"),
        pytest.param(S | A | P | F, 0, (9, 0), "established", id="answers went another way"),
        pytest.param(S | A | R, 0, (9, 0), "reset", id="answers went another way, broken off"),
        pytest.param(A | P, 0, (9, 0), "other", id="one side, from the middle"),
        pytest.param(0, R | A, (0, 1), "rejected", id="only the refusal was seen"),
        pytest.param(0, A | P, (0, 5), "other", id="only the answers were seen"),
        pytest.param(-1, -1, (5, 5), "established", id="flags not told, both spoke"),
        pytest.param(-1, -1, (5, 0), "unanswered", id="flags not told, one spoke"),
        pytest.param(-1, -1, (0, 0), "other", id="nothing told"),
    ],
)
def test_flags_and_packets_tell_how_a_connection_went(src_flags, dst_flags, packets, how):
    assert state(src_flags, dst_flags, *packets) == how


@pytest.mark.parametrize(
    ("packets", "how"), [((1, 1), "established"), ((2, 0), "unanswered"), ((0, 2), "other")]
)
def test_of_other_protocols_the_packets_alone_tell(packets, how):
    assert state(S, R, *packets, tcp=False) == how


@pytest.mark.parametrize(
    ("protocol", "src_port", "dst_port", "begun"),
    [
        pytest.param("tcp", 554, 50_000, True, id="a camera answers"),
        pytest.param("tcp", 50_000, 554, False, id="a camera is asked"),
        pytest.param("udp", 53, 40_000, True, id="a name server answers"),
        pytest.param("udp", 123, 123, False, id="both are servers"),
        pytest.param("tcp", 700, 40_000, True, id="a port of the system, if no known service"),
        pytest.param("tcp", 40_000, 50_000, False, id="nobody knows"),
        pytest.param("icmp", 53, 40_000, False, id="no ports"),
    ],
)
def test_ports_tell_who_began(protocol, src_port, dst_port, begun):
    assert begun_by_dst(protocol, src_port, dst_port) is begun
