"""The system that guards its network: from a log that grows to an event with its conversations."""

import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hlaska.network.evidence import FlowEvidence
from hlaska.network.watch import WatchArgs
from hlaska.tracks import StreamState
from serving.client import Gateway

pytestmark = [pytest.mark.ray, pytest.mark.timeout(240)]

HEAD = (
    "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\t"
    "service\tduration\torig_bytes\tresp_bytes\tconn_state\torig_pkts\tresp_pkts\n"
)
SLICE_S = WatchArgs().slice_s
CAMERA, RECORDER, STRANGER = "10.50.0.11", "10.50.0.2", "10.50.0.66"


def next_slice() -> float:
    """When the watch begins to look anew, so that what follows is judged as one, seconds."""
    return math.ceil(datetime.now(UTC).timestamp() / SLICE_S) * SLICE_S


def line(ts: float, src: str, dst: str, port: int, state: str = "S0") -> str:
    answered = "700\tSF\t6\t5" if state == "SF" else "0\tS0\t1\t0"
    size, rest = answered.split("\t", 1)
    return f"{ts:.6f}\tC1\t{src}\t40000\t{dst}\t{port}\ttcp\t-\t0.1\t500\t{size}\t{rest}\n"


@pytest.fixture(scope="module")
def gateway(running_system):
    with Gateway(running_system.gateway_url, timeout_s=5) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def log(site_file) -> Path:
    path = site_file.parent / "conn.log"
    path.write_text(HEAD + line(next_slice() - 1, RECORDER, CAMERA, 554, "SF"))
    return path


def found(gateway, kind):
    return [stored.event for stored in gateway.events(kind=kind, source="taps")]


def status(gateway):
    """What the feed says of itself; None before its first word."""
    return {each.source: each for each in gateway.streams()}.get("taps")


def test_an_unknown_device_that_scans_a_camera_becomes_events_with_evidence(
    gateway, log, eventually
):
    eventually(lambda: (now := status(gateway)) and now.state is StreamState.HEALTHY, 90)
    begins = next_slice()
    with log.open("a") as end:
        end.writelines(line(begins + n / 100, STRANGER, CAMERA, 1000 + n) for n in range(300))
    (scan,) = eventually(lambda: found(gateway, "cyber.scan"), 90)
    assert scan.attributes["host"] == STRANGER and scan.attributes["carries"] == "gate"
    assert f"{STRANGER} tried 300 ports of 1 host" in scan.attributes["words"]
    (piece,) = scan.evidence
    shown = FlowEvidence.model_validate_json(gateway.evidence(piece.sha256))
    assert {talk.dst for talk in shown.talks} == {CAMERA} and shown.left_out == 100
    assert {event.attributes["host"] for event in found(gateway, "cyber.new-asset")} == {STRANGER}


def test_models_run_beside_the_rules_and_hosts_are_told(gateway, log, eventually):
    now = status(gateway)
    assert "rules, flow-attacks" in now.detector and "flow-anomaly" in now.detector

    def told():
        hosts = {host.ip: host for host in status(gateway).network.hosts}
        return hosts if {CAMERA, STRANGER} <= hosts.keys() else None

    hosts = eventually(told, 120)
    assert hosts[CAMERA].asset == "cam-gate" and hosts[CAMERA].carries == "gate"
    assert "cyber.scan" in hosts[STRANGER].alarms


def test_a_log_that_is_rotated_is_followed(gateway, log, eventually):
    log.rename(log.with_name("conn.old"))
    log.write_text(HEAD)
    begins = next_slice()
    with log.open("a") as end:
        end.writelines(line(begins + n / 10, STRANGER, CAMERA, 554, "SF") for n in range(40))
    (guesses,) = eventually(lambda: found(gateway, "cyber.bruteforce"), 90)
    assert guesses.attributes["service"] == "rtsp" and guesses.attributes["peer"] == CAMERA
