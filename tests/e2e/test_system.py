"""The whole system as it runs in the street, and what it does when parts of it are killed."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import psutil
import pytest

from hlaska.events import Event, event_id
from hlaska.tracks import StreamState
from serving.client import Gateway
from serving.outbox import Outbox
from serving.processes import end
from serving.spool import Spool

pytestmark = [pytest.mark.ray, pytest.mark.timeout(420)]


@pytest.fixture
def gateway(running_system):
    with Gateway(running_system.gateway_url, timeout_s=5) as gateway:
        yield gateway


def stream(gateway, source="gate"):
    """What it last said of itself; a gateway that has just begun has yet to hear of it."""
    said = {status.source: status for status in gateway.streams()}
    if source not in said:
        raise LookupError(f"the gateway has not heard of {source}")
    return said[source]


def crossings(gateway):
    return gateway.events(source="gate", kind="mobility.count", newest_first=False, limit=1000)


def test_what_the_camera_sees_becomes_events_counts_and_pictures(gateway, eventually):
    begin = datetime.now(UTC) - timedelta(hours=1)
    intrusion = eventually(lambda: gateway.events(kind="video.intrusion"), 90)[0].event
    assert (intrusion.source, intrusion.zone) == ("gate", "closed")
    assert intrusion.attributes["object_class"] == "car"
    assert intrusion.model.name == "hog"
    # The yard is in the right half of the picture: a few metres east of the centre on the map.
    assert 13.3776 < intrusion.location.lon < 13.3780

    still = gateway.evidence(intrusion.evidence[0].sha256)
    assert hashlib.sha256(still).hexdigest() == intrusion.evidence[0].sha256
    assert still.startswith(b"\xff\xd8")

    eventually(lambda: {c.direction for c in bins(gateway, begin)} >= {"east", "west"}, 60)
    assert {(c.line, c.object_class) for c in bins(gateway, begin)} == {("middle", "car")}
    assert gateway.snapshot("testville", "gate").startswith(b"\xff\xd8")
    eventually(lambda: stream(gateway).tracks)


def bins(gateway, since):
    until = datetime.now(UTC) + timedelta(minutes=1)
    return gateway.counts(site="testville", since=since, until=until).bins


def test_a_car_that_goes_to_and_fro_is_counted_once_each_way_and_lap(gateway, eventually):
    seen = eventually(lambda: len(c := crossings(gateway)) >= 6 and c, 120)
    directions = [stored.event.attributes["direction"] for stored in seen]
    assert all(one != other for one, other in pairwise(directions))


def test_a_camera_that_cannot_be_read_is_lost_with_the_reason_and_reported_once(
    gateway, eventually
):
    eventually(lambda: stream(gateway, "blind").state is StreamState.LOST, 90)
    assert "no file" in stream(gateway, "blind").reason
    assert gateway.health().status == "degraded"
    downs = gateway.events(source="blind", kind="health.down")
    assert len(downs) == 1
    assert "no file" in downs[0].event.attributes["reason"]


def test_mlflow_runs_beside_it(running_system):
    assert httpx.get(f"{running_system.mlflow_url}/health").text == "OK"


def test_a_killed_decoder_is_replaced_and_the_gap_is_shown(gateway, running_system, eventually):
    eventually(lambda: stream(gateway).state is StreamState.HEALTHY)
    before = stream(gateway)
    (decoder,) = running_system.processes("serving.video.decode gate")
    decoder.kill()
    restored = eventually(
        lambda: (
            [
                stored.event
                for stored in gateway.events(source="gate", kind="health.")
                if stored.event.observed_at > before.at
            ][::-1]
            or None
        ),
        30,
    )
    eventually(lambda: stream(gateway).state is StreamState.HEALTHY, 30)
    eventually(lambda: stream(gateway).last_frame_at > before.at + timedelta(seconds=1), 30)
    assert restored[0].kind == "health.degraded"
    assert "signal 9" in restored[0].attributes["reason"]
    # The stream is still the same one: nothing it has counted is counted again.
    assert stream(gateway).epoch == before.epoch


def test_a_killed_detector_costs_frames_but_no_stream(gateway, running_system, eventually):
    before = eventually(lambda: stream(gateway))
    (replica,) = running_system.processes("ServeReplica:hlaska:Detector")
    replica.kill()
    killed = datetime.now(UTC)
    eventually(lambda: stream(gateway).last_frame_at > killed + timedelta(seconds=10), 120)
    counted = len(crossings(gateway))
    eventually(lambda: len(crossings(gateway)) > counted, 60)
    assert stream(gateway).epoch == before.epoch
    ids = [stored.event.id for stored in crossings(gateway)]
    assert len(ids) == len(set(ids))


def test_a_killed_stream_host_comes_back_by_itself(gateway, running_system, eventually):
    before = eventually(lambda: stream(gateway))
    decoders = running_system.processes("serving.video.decode gate")
    # Flow feeds have a host of their own.
    (host,) = [
        each
        for each in running_system.processes("ray::StreamHost")
        if decoders[0] in each.children()
    ]
    host.kill()
    eventually(lambda: stream(gateway).epoch > before.epoch, 120)
    eventually(lambda: stream(gateway).state is StreamState.HEALTHY, 60)
    assert not any(decoder.is_running() for decoder in decoders)


def test_a_gateway_killed_while_events_come_loses_none_and_doubles_none(
    gateway, running_system, eventually, tmp_path
):
    epoch = datetime.now(UTC)
    outbox = Outbox(
        lambda: Gateway(running_system.gateway_url, timeout_s=5), Spool(tmp_path / "spool.sqlite")
    )
    counted = len(crossings(gateway))
    (replica,) = running_system.processes("ServeReplica:hlaska:Gateway")
    sent = []
    for number in range(200):
        moment = epoch + timedelta(milliseconds=number)
        event = Event(
            id=event_id(
                site="testville",
                source="gate",
                kind="video.running",
                started_at=moment,
                epoch=epoch,
            ),
            site="testville",
            source="gate",
            kind="video.running",
            observed_at=moment,
            confidence=0.5,
        )
        outbox.event(event, {})
        sent.append(event.id)
        if number == 100:
            replica.kill()
        time.sleep(0.02)
    eventually(lambda: outbox.waiting == 0, 120)
    outbox.close()
    stored = eventually(
        lambda: gateway.events(kind="video.running", newest_first=False, limit=1000), 60
    )
    assert [s.event.id for s in stored] == sent
    # The camera's own events have waited in the host's spool and come too.
    eventually(lambda: len(crossings(gateway)) > counted, 60)
    eventually(lambda: stream(gateway).waiting == 0, 60)


def test_a_second_system_on_the_same_ports_says_so(running_system):
    port = running_system.gateway_url.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "hlaska", "up"],
        env=os.environ | {"HLASKA_GATEWAY_PORT": port},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "something already answers" in done.stderr and "HLASKA_GATEWAY_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_with_the_detector_inside_it_runs_too_and_all_of_it_ends_with_ctrl_c(
    tmp_path, eventually, free_port, site_file
):
    """A system of its own, since it has to end."""
    environment = os.environ | {"HLASKA_HOME": str(tmp_path / "home")}
    ports = {"GATEWAY": free_port(), "MLFLOW": free_port()}
    environment |= {f"HLASKA_{name}_PORT": str(port) for name, port in ports.items()}
    command = [sys.executable, "-m", "hlaska", "up", "--site", str(site_file), "--camera", "gate"]
    command += ["--placement", "inside", "--detector", "seed:hog"]
    with (tmp_path / "log").open("wb") as log:
        system = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        with Gateway(f"http://127.0.0.1:{ports['GATEWAY']}") as gateway:
            eventually(lambda: gateway.streams(), 240)
            eventually(lambda: crossings(gateway), 90)
            (site,) = gateway.sites()
        assert [camera.id for camera in site.cameras] == ["gate"]
        family = psutil.Process(system.pid).children(recursive=True)
        running = [" ".join(process.cmdline()) for process in family]
        assert any("StreamHost" in words for words in running)
        assert not any("Detector" in words for words in running)
        system.send_signal(signal.SIGINT)
        assert system.wait(60) == 0
    finally:
        end(system, patience_s=40)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
