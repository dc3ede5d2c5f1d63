import pytest

from catalogs.traffic.day import day
from catalogs.traffic.zeek import FIELDS, STATES, conn_log
from hlaska.network import flows as f
from hlaska.network.flows import FlowState
from serving.cyber.zeek import ZeekParser


@pytest.fixture(scope="module")
def flows(pilsen):
    return day(pilsen, 4, hours=1, attacks=10).flows


def test_every_line_has_every_field(flows):
    lines = list(conn_log(flows))
    fields = next(line for line in lines if line.startswith("#fields"))
    assert fields.split("\t")[1:] == list(FIELDS)
    told = [line for line in lines if not line.startswith("#")]
    assert len(told) == len(flows)
    assert {line.count("\t") for line in told} == {len(FIELDS) - 1}


def test_every_state_has_its_word():
    assert set(STATES) == set(FlowState)


def test_what_is_read_again_is_what_was_written(flows):
    read = ZeekParser().read(list(conn_log(flows)))
    assert (read.unreadable, read.skipped) == (0, 0)
    for column in (
        f.STARTED_AT, f.SRC, f.DST, f.SRC_PORT, f.DST_PORT, f.PROTOCOL, f.SRC_BYTES, f.DST_BYTES,
        f.SRC_PACKETS, f.DST_PACKETS, f.STATE,
    ):  # fmt: skip
        assert list(read.flows[column]) == list(flows[column]), column
    # Zeek tells no duration of a single packet, and recognises no RTP.
    several = (flows[f.SRC_PACKETS] > 1) | (flows[f.DST_PACKETS] > 0)
    assert list(read.flows[f.DURATION_S][several]) == list(flows[f.DURATION_S][several])
    assert set(read.flows[f.SERVICE]) == set(flows[f.SERVICE]) - {"rtp"} | {""}
