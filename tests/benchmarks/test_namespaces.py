"""Hosts that talk, in namespaces; and how hours and attacks are laid out of what they said."""

import socket
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from catalogs.traffic.attacks import FAMILIES
from hlaska.errors import SourceError
from hlaska.network import flows as f
from tests.benchmarks import bench_guarding, namespaces
from tests.benchmarks.bench_guarding import ATTACK_RUN_S, BEGINS, RULES, attacked, prepared
from tests.benchmarks.namespace_town import BRIDGE

SECONDS = 20


def polls() -> pd.DataFrame:
    """The recorder asks a camera once a second."""
    many = SECONDS
    began = pd.Timestamp("2026-11-24", tz="UTC") + pd.to_timedelta(range(many), unit="s")
    return f.flow_table(
        {
            f.STARTED_AT: began,
            f.DURATION_S: 0.1,
            f.SRC: "10.31.1.2",
            f.DST: "10.31.1.11",
            f.SRC_PORT: [40_000 + number for number in range(many)],
            f.DST_PORT: 80,
            f.PROTOCOL: "tcp",
            f.SRC_BYTES: 500,
            f.DST_BYTES: 1800,
            f.SRC_PACKETS: 6,
            f.DST_PACKETS: 5,
            f.STATE: "established",
        }
    )


def test_hosts_in_namespaces_speak_real_protocols_and_nothing_of_them_stays(tmp_path):
    reason = namespaces.missing()
    if "apt-get install" in reason:
        pytest.skip(reason)
    if reason:
        # Nothing that could be installed helps: then this is what has to be said.
        with pytest.raises(SourceError, match="may not make network namespaces"):
            namespaces.record(8, tmp_path / "flows.csv")
        return
    flows = namespaces.record(8, tmp_path / "flows.csv")
    assert {"rtsp", "http", "mqtt", "dns", "ntp"} <= set(flows[f.SERVICE])
    spoken = flows[(flows[f.SRC] == "10.31.1.2") & (flows[f.SERVICE] == "rtsp")]
    assert set(spoken[f.DST]) == {"10.31.1.11", "10.31.1.12"}
    assert (spoken[f.DST_BYTES] > 50_000).any()
    assert BRIDGE not in {name for _, name in socket.if_nameindex()}
    assert not list(Path("/run/netns").glob("cam-*"))


def test_a_machine_without_a_program_says_what_to_install(monkeypatch):
    monkeypatch.setitem(namespaces.NEEDED, "no-such-program", "some-package")
    assert "apt-get install some-package" in namespaces.missing()
    with pytest.raises(SourceError, match="apt-get install"):
        namespaces.record(1, namespaces.ROOT / "never-written.csv")


def test_an_hour_is_some_seconds_again_and_again_in_the_order_of_their_ends():
    hour = bench_guarding.repeated(polls(), timedelta(seconds=SECONDS), BEGINS)
    assert len(hour) == 3600 and hour[f.STARTED_AT].is_monotonic_increasing
    assert hour[f.STARTED_AT].min() == BEGINS


def test_an_attack_is_laid_into_the_traffic_and_told_by_the_rules():
    ground = prepared(polls(), SECONDS, (None, None))
    scan = FAMILIES["scan"]["vertical"]
    activity, flows, found = attacked(ground, scan, [0], shifted=False)
    assert flows == ATTACK_RUN_S + len(activity.rows)
    assert set(found) == {RULES}
    assert "cyber.scan" in {one.kind for one in found[RULES]}
    devices = frozenset(ground.cast.devices)
    row = bench_guarding._row("scan", [(activity, flows, found)], frozenset(), devices)
    assert row["rules_told"] == row["named"] == "1 of 1"
    quiet = frozenset((RULES, one.kind, one.host) for one in found[RULES])
    row = bench_guarding._row("scan", [(activity, flows, found)], quiet, devices)
    assert row["told"] == "0 of 1" and row["rules_false"] == 2.0 * len(found[RULES])
