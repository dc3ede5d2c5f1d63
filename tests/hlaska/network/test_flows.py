import pandas as pd
import pytest

from hlaska.network import flows as f
from hlaska.network.network import Device, Network

NEEDED = {
    f.STARTED_AT: [pd.Timestamp("2026-11-24 09:00", tz="UTC")], f.DURATION_S: [1],
    f.SRC: ["10.31.0.1"], f.DST: ["10.31.1.2"], f.SRC_PORT: [50_000], f.DST_PORT: [554],
    f.PROTOCOL: ["tcp"], f.SRC_BYTES: [1], f.DST_BYTES: [2], f.SRC_PACKETS: [3],
    f.DST_PACKETS: [4], f.STATE: ["established"],
}  # fmt: skip


def kinds(table):
    return {name: str(kind) for name, kind in table.dtypes.items()}


def test_a_table_has_all_columns_in_order_and_of_their_types():
    table = f.flow_table(dict(reversed(NEEDED.items())))
    assert list(table.columns) == list(f.FLOW_DTYPES)
    assert kinds(table) == dict(f.FLOW_DTYPES)
    assert kinds(f.no_flows()) == dict(f.FLOW_DTYPES)
    assert not table.isna().to_numpy().any()


def test_a_service_that_nobody_told_is_that_of_the_port():
    several = pd.concat([pd.DataFrame(NEEDED)] * 3).assign(
        **{f.SERVICE: ["", "http", ""], f.DST_PORT: [554, 554, 9999]}
    )
    assert f.flow_table(several)[f.SERVICE].tolist() == ["rtsp", "http", ""]


def test_a_missing_column_is_an_error():
    with pytest.raises(KeyError, match=f.STATE):
        f.flow_table({name: values for name, values in NEEDED.items() if name != f.STATE})


def test_the_sites_assets_are_named_and_others_are_not():
    network = Network((), {"10.31.1.2": Device(name="camera-07", role="camera")})
    table = f.with_assets(f.flow_table(NEEDED), network)
    assert (table[f.SRC_ASSET].tolist(), table[f.DST_ASSET].tolist()) == ([""], ["camera-07"])
    assert kinds(table) == dict(f.FLOW_DTYPES)


ECHO = ("icmp", "192.168.0.89", "192.168.0.1", 8, 0)
NEIGHBOUR = ("icmp6", "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0)
PUBLISHED = [
    (("tcp", "128.232.110.120", "66.35.250.204", 34855, 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (("udp", "192.168.1.52", "8.8.8.8", 54585, 53), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    (("sctp", "192.168.170.8", "192.168.170.56", 7, 7), "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="),
    (("sctp", "192.168.170.56", "192.168.170.8", 80, 7), "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="),
    (ECHO, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
    (("icmp", "192.168.0.89", "192.168.0.1", 20, 0), "1:3o2RFccXzUgjl7zDpqmY7yJi8rI="),
    (("icmp", "192.168.0.89", "192.168.0.1", 20, 1), "1:tz/fHIDUHs19NkixVVoOZywde+I="),
    (NEIGHBOUR, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
    (
        ("icmp6", "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:507:0:1:260:97ff:fe07:69ea", 3, 0),
        "1:/OGBt9BN1ofenrmSPWYicpij2Vc=",
    ),
]
"""What the specification's own implementation gives: corelight/pycommunityid."""


@pytest.mark.parametrize(("flow", "expected"), PUBLISHED)
def test_community_ids_are_those_that_were_published(flow, expected):
    assert f.community_id(*flow) == expected


@pytest.mark.parametrize(
    ("flow", "answer"),
    [
        (PUBLISHED[0][0], ("tcp", "66.35.250.204", "128.232.110.120", 80, 34855)),
        (ECHO, ("icmp", "192.168.0.1", "192.168.0.89", 0, 0)),
        (ECHO, ("icmp", "192.168.0.1", "192.168.0.89", 0, 8)),
        (NEIGHBOUR, ("icmp6", NEIGHBOUR[2], NEIGHBOUR[1], 136, 0)),
    ],
)
def test_both_directions_have_one_community_id(flow, answer):
    assert f.community_id(*flow) == f.community_id(*answer)


def test_an_icmp_message_that_nothing_answers_has_a_direction():
    there = ("icmp", "192.168.0.89", "192.168.0.1", 3, 1)
    back = ("icmp", "192.168.0.1", "192.168.0.89", 3, 1)
    assert f.community_id(*there) != f.community_id(*back)


def test_another_seed_gives_another_community_id():
    assert f.community_id(*PUBLISHED[0][0], seed=1) == "1:3V71V58M3Ksw/yuFALMcW0LAHvc="


def test_the_way_an_address_is_written_does_not_matter():
    short, long = ("tcp", "fe80::1", "fe80::2", 1, 2), ("tcp", "FE80:0::0:1", "fe80:0:0::2", 1, 2)
    assert f.community_id(*short) == f.community_id(*long)


def test_other_protocols_have_none():
    assert f.community_id("47", "10.31.0.1", "10.31.1.2", 0, 0) == ""


def test_what_is_no_address_is_an_error():
    with pytest.raises(ValueError, match="camera"):
        f.community_id("tcp", "camera", "10.31.1.2", 1, 2)
