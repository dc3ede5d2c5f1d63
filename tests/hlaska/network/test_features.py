"""Rows of features from tables that can be counted by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.network import flows as f
from hlaska.network.conversations import conversations
from hlaska.network.features import (
    FEATURES,
    HOST_FEATURES,
    conversation_features,
    host_features,
)
from hlaska.network.flows import FlowState


def column(values, name, names=FEATURES):
    return values[:, names.index(name)]


@pytest.fixture
def made(town):
    """`made(rows)`: conversations and their features."""

    def make(rows):
        table = conversations(town.table(rows))
        return table, conversation_features(table, town.network)

    return make


def test_a_scan_is_seen_in_the_peers_ports_and_failures_of_its_source(town, made):
    rows = [town.knock(n, town.outside, town.camera, 1000 + n) for n in range(30)]
    rows.append(town.flow(40, town.recorder, town.camera, 554))
    table, values = made(rows)
    scan = (table[f.SRC] == town.outside).to_numpy()
    assert np.expm1(column(values, "src_ports")[scan]) == pytest.approx(30)
    assert np.expm1(column(values, "src_peers")[scan]) == pytest.approx(1)
    assert (column(values, "src_failed")[scan] == 1).all()
    assert (column(values, "src_failed")[~scan] == 0).all()
    # What it did is seen at the camera too, whoever speaks to it.
    assert np.expm1(column(values, "dst_ports")) == pytest.approx(31)
    assert np.expm1(column(values, "dst_sources")) == pytest.approx(2)


def test_amounts_are_of_one_flow_on_average(town, made):
    rows = [town.flow(n, town.recorder, town.camera, 80, src_bytes=100 * (n + 1)) for n in range(3)]
    _, values = made(rows)
    assert np.expm1(column(values, "flows")) == pytest.approx(3)
    assert np.expm1(column(values, "src_bytes")) == pytest.approx(200)


@pytest.mark.parametrize(
    ("protocol", "port", "service", "name"),
    [
        ("tcp", 554, "", "for_video"),
        ("tcp", 22, "", "for_login"),
        ("udp", 53, "", "for_infrastructure"),
        ("tcp", 502, "", "for_other"),
        ("tcp", 9999, "", "for_none"),
        ("udp", 40_000, "rtp", "for_video"),
        ("tcp", 9999, "something new", "for_other"),
    ],
)
def test_every_service_is_of_one_kind(town, made, protocol, port, service, name):
    row = town.flow(0, town.recorder, town.camera, port, protocol=protocol, service=service)
    _, values = made([row])
    kinds = [one for one in FEATURES if one.startswith("for_")]
    assert [one for one in kinds if column(values, one)[0]] == [name]


@pytest.mark.parametrize("state", list(FlowState))
def test_every_state_is_told_or_is_none_of_those(town, made, state):
    _, values = made([town.flow(0, town.recorder, town.camera, 80, state=state)])
    told = [one for one in FEATURES if one.startswith("is_") and column(values, one)[0]]
    assert told == ["is_tcp", *([] if state == FlowState.OTHER else [f"is_{state}"])]


@pytest.mark.parametrize("address", ["224.0.0.251", "255.255.255.255", "10.0.0.255", "ff02::fb"])
def test_groups_are_no_hosts(town, made, address):
    _, values = made([town.flow(0, town.recorder, address, 5353)])
    assert column(values, "dst_is_group") == 1


def test_ends_inside_and_outside_are_told_apart(town, made):
    _, values = made([town.flow(0, town.camera, town.outside, 443)])
    assert column(values, "src_inside") == 1 and column(values, "dst_inside") == 0


def busy(town, seed=1, many=200):
    rng = np.random.default_rng(seed)
    hosts = [town.camera, town.other_camera, town.recorder, town.outside]
    return [
        town.flow(
            float(n % 50), *rng.choice(hosts, 2, replace=False).tolist(),
            int(rng.choice([80, 554, 9000, 9001])), src_bytes=int(rng.integers(40, 10**6)),
            state=rng.choice([str(state) for state in FlowState]),
        )
        for n in range(many)
    ]  # fmt: skip


def test_addresses_and_high_ports_do_not_matter_only_that_they_differ(town):
    table = conversations(town.table(busy(town)))
    values = conversation_features(table, town.network)
    others = {town.camera: "10.31.1.77", town.other_camera: "10.31.1.3", town.outside: "8.8.4.4"}
    renamed = table.assign(
        **{side: table[side].replace(others) for side in (f.SRC, f.DST)},
        dst_port=table[f.DST_PORT].replace({9000: 31_337, 9001: 2001}).astype("int32"),
    )
    assert np.array_equal(values, conversation_features(renamed, town.network))


def test_the_order_of_rows_does_not_matter(town):
    table = conversations(town.table(busy(town)))
    order = np.random.default_rng(2).permutation(len(table))
    mixed = table.iloc[order].reset_index(drop=True)
    values = conversation_features(table, town.network)
    assert np.allclose(conversation_features(mixed, town.network), values[order], atol=1e-5)


@pytest.mark.parametrize("kind", ["conversations", "hosts"])
def test_windows_at_once_are_windows_one_by_one(town, kind):
    parts = [conversations(town.table(busy(town, seed))) for seed in range(3)]
    whole = pd.concat(parts, ignore_index=True)
    windows = np.repeat([4, 9, 2], [len(part) for part in parts])
    if kind == "conversations":
        together = conversation_features(whole, town.network, windows=windows)
        apart = np.vstack([conversation_features(part, town.network) for part in parts])
        assert np.allclose(together, apart, atol=1e-5)
        return
    found = host_features(whole, town.network, windows=windows)
    for number, part in zip([4, 9, 2], parts, strict=True):
        mine = found.windows == number
        alone = host_features(part, town.network)
        assert dict(
            zip(found.hosts[mine], map(tuple, found.values[mine].round(3)), strict=True)
        ) == (dict(zip(alone.hosts, map(tuple, alone.values.round(3)), strict=True)))


def test_no_conversation_makes_no_row(town, made):
    _, values = made([])
    assert values.shape == (0, len(FEATURES)) and values.dtype == np.float32
    found = host_features(conversations(town.table([])), town.network)
    assert found.values.shape == (0, len(HOST_FEATURES))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**48), st.integers(0, 2**48), st.integers(0, 2**40),
            st.floats(0, 1e9), st.integers(0, 65_535),
            st.sampled_from(["tcp", "udp", "icmp", "icmp6", "sctp", "47"]),
        ),
        min_size=1, max_size=20,
    )
)  # fmt: skip
def test_whatever_is_told_of_flows_the_numbers_are_finite(town, rows):
    table = conversations(
        town.table(
            [
                town.flow(
                    0, town.camera, town.outside, port, src_bytes=up, dst_bytes=down,
                    src_packets=packets, duration_s=lasts_s, protocol=protocol,
                )
                for up, down, packets, lasts_s, port, protocol in rows
            ]
        )
    )  # fmt: skip
    assert np.isfinite(conversation_features(table, town.network)).all()
    assert np.isfinite(host_features(table, town.network).values).all()


def test_hosts_are_inside_and_have_said_something(town):
    rows = [
        town.flow(0, town.recorder, town.camera, 554, src_bytes=100, dst_bytes=5000),
        town.knock(1, town.outside, "10.31.1.200", 80),
        town.flow(2, town.camera, town.outside, 443, src_bytes=700, dst_bytes=300),
        town.flow(3, town.camera, "224.0.0.251", 5353, src_bytes=60, protocol="udp"),
    ]
    found = host_features(conversations(town.table(rows)), town.network)
    assert set(found.hosts) == {town.recorder, town.camera}
    camera = found.values[list(found.hosts).index(town.camera)][None]
    assert np.expm1(column(camera, "sent", HOST_FEATURES)) == pytest.approx(5760, rel=1e-4)
    assert np.expm1(column(camera, "video_sent", HOST_FEATURES)) == pytest.approx(5000, rel=1e-4)
    # A group is no peer outside.
    assert np.expm1(column(camera, "peers_outside", HOST_FEATURES)) == pytest.approx(1)
    assert np.expm1(column(camera, "sent_outside", HOST_FEATURES)) == pytest.approx(700, rel=1e-4)
    assert column(camera, "is_camera", HOST_FEATURES) == 1
    recorder = found.values[list(found.hosts).index(town.recorder)][None]
    assert column(recorder, "is_camera", HOST_FEATURES) == 0
    assert column(recorder, "is_known", HOST_FEATURES) == 1


def test_names_are_those_of_the_columns(town):
    assert len(set(FEATURES)) == len(FEATURES)
    assert len(set(HOST_FEATURES)) == len(HOST_FEATURES)
    table = conversations(town.table(busy(town)))
    assert conversation_features(table, town.network).shape[1] == len(FEATURES)
    assert host_features(table, town.network).values.shape[1] == len(HOST_FEATURES)
