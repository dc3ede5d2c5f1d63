"""The running system with a registered detector: the alias moves, a shadow looks.

A system of its own: the others run a seed. Both versions are the built-in detector, which needs no
weights; that of version 2 is less sure of people.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient

from catalogs import seeds
from hlaska.results import ReportKind
from hlaska.settings import Settings
from hlaska.tracks import StreamState
from serving.client import Gateway
from serving.commands import LOCAL
from serving.models import registry
from serving.processes import answers, end
from serving.system import mlflow_server, read_args
from training.registry import register

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]

NAME = "gate-detector"


@dataclass(frozen=True)
class Switching:
    """The running system and its registry."""

    gateway: Gateway
    client: MlflowClient
    settings: Settings
    process: subprocess.Popen
    folder: Path

    def point(self, alias: str, version: str) -> None:
        self.client.set_registered_model_alias(NAME, alias, version)

    def stream(self):
        (status,) = [each for each in self.gateway.streams() if each.source == "gate"]
        return status

    @property
    def version(self) -> str:
        (ref,) = self.stream().models
        return ref.version


def put(folder: Path, settings: Settings, person: float) -> str:
    """The built-in detector as one more version."""
    shutil.copytree(seeds.folder("hog"), folder)
    card = json.loads((folder / "card.json").read_text())
    card["operating_point"]["person"] = person
    (folder / "card.json").write_text(json.dumps(card))
    return register(folder, NAME, settings, alias="champion")


@pytest.fixture(scope="module")
def switching(tmp_path_factory, site_file, free_port, eventually):
    folder = tmp_path_factory.mktemp("switching")
    settings = Settings(
        home=folder / "home", gateway_port=free_port(), mlflow_port=free_port(), data=None
    )
    settings.home.mkdir()
    with mlflow_server(settings):
        eventually(lambda: answers(f"{settings.mlflow_url}/health"), 400)
        for number, person in enumerate((0.5, 0.6)):
            put(folder / f"model-{number}", settings, person)
        registry(settings).set_registered_model_alias(NAME, "champion", "1")
    environment = os.environ | {"HLASKA_HOME": str(settings.home)}
    environment |= {"HLASKA_GATEWAY_PORT": str(settings.gateway_port)}
    environment |= {"HLASKA_MLFLOW_PORT": str(settings.mlflow_port)}
    options = folder / "options.yaml"
    options.write_text(json.dumps(read_args(LOCAL) | {"shadow": {"report_s": 2}}))
    site = json.loads(site_file.read_text())
    # Half as fast as it was: a busy machine must be able to keep up, for no frame may be lost.
    site["cameras"][0]["speed"] = 0.5
    slow = folder / "testville.yaml"
    slow.write_text(json.dumps(site))
    command = [sys.executable, "-m", "hlaska", "up", "--site", str(slow), "--camera", "gate"]
    command += ["--detector", f"models:/{NAME}@champion", "--config", str(options)]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        command, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    try:
        with Gateway(settings.gateway_url, timeout_s=5) as gateway:

            def healthy():
                assert process.poll() is None, (folder / "log").read_text(errors="replace")
                streams = gateway.streams()
                return streams and streams[0].state is StreamState.HEALTHY

            eventually(healthy, 500)
            eventually(lambda: answers(f"{settings.mlflow_url}/health"), 400)
            yield Switching(gateway, registry(settings), settings, process, folder)
    finally:
        end(process, patience_s=40)
        log.close()


def crossings(gateway):
    found = gateway.events(source="gate", kind="mobility.count", newest_first=False, limit=1000)
    return [stored.event for stored in found]


def test_the_stream_goes_on_without_a_gap_when_the_alias_moves_and_moves_back(
    switching, eventually
):
    gateway = switching.gateway
    assert switching.version == "1"
    eventually(lambda: crossings(gateway), 90)
    before = switching.stream()
    for version in ("2", "1"):
        counted = len(crossings(gateway))
        switching.point("champion", version)
        eventually(lambda version=version: switching.version == version, 60)
        after = eventually(lambda counted=counted: crossings(gateway)[counted:], 90)
        # What crossed after the switch says whose scores it rests on.
        eventually(lambda version=version: crossings(gateway)[-1].model.version == version, 90)
        assert {event.model.name for event in after} == {NAME}
    status = switching.stream()
    assert status.state is StreamState.HEALTHY and status.note == ""
    assert status.epoch == before.epoch
    # Not one frame was dropped, refused or left unscored meanwhile.
    assert status.dropped == before.dropped
    assert not gateway.events(source="gate", kind="health.")
    metrics = gateway._ask("GET", "/metrics").text
    assert f'hlaska_stream_model_info{{model="{NAME}",site="testville",source="gate"' in metrics


def test_a_shadow_watches_reports_and_raises_nothing(switching, eventually):
    gateway = switching.gateway
    switching.point("shadow", "2")
    report = eventually(
        lambda: (found := gateway.reports(kind=ReportKind.SHADOW, model=NAME)) and found[0], 120
    )
    assert [ref.version for ref in report.models] == [switching.version, "2"]
    agreed, latency = report.tables
    assert agreed.rows[0]["what"] == "testville/gate" and agreed.rows[0]["frames"] > 0
    assert {row["what"] for row in latency.rows} == {"champion", "shadow"}
    counted = len(crossings(gateway))
    more = eventually(
        lambda: len(crossings(gateway)) >= counted + 2 and gateway.report(report.id),
        90,
    )
    assert more.tables[0].rows[0]["frames"] > agreed.rows[0]["frames"]
    events = [stored.event for stored in gateway.events(source="gate", limit=1000)]
    assert {event.model.version for event in events if event.model} <= {"1", "2"}
    ids = [event.id for event in events]
    assert len(ids) == len(set(ids))
    assert {event.model.version for event in crossings(gateway)[counted:]} == {switching.version}
    switching.client.delete_registered_model_alias(NAME, "shadow")


def test_a_version_that_cannot_be_loaded_is_refused_in_words_and_the_old_one_serves_on(
    switching, eventually
):
    serving = switching.version
    version = put(switching.folder / "broken", switching.settings, 0.7)
    switching.point("champion", serving)
    run = switching.client.get_model_version(NAME, version).run_id
    (card,) = (switching.settings.home / "mlflow" / "artifacts").rglob(f"{run}/**/card.json")
    card.write_text("{}")
    switching.point("champion", version)
    note = eventually(lambda: switching.stream().note, 60)
    assert f"version {version} is refused" in note
    assert note in switching.gateway.health().reason
    frames = switching.stream().last_frame_at
    eventually(lambda: switching.stream().last_frame_at > frames, 30)
    assert switching.version == serving
    switching.point("champion", serving)
    eventually(lambda: switching.stream().note == "", 60)


def test_a_registry_that_is_killed_stops_nothing(switching, eventually):
    servers = [
        each
        for each in psutil.Process(switching.process.pid).children(recursive=True)
        if "mlflow" in " ".join(each.cmdline())
    ]
    before = switching.stream()
    for server in servers:
        server.kill()
    assert servers
    eventually(lambda: "registry does not answer" in switching.stream().note, 60)
    counted = len(crossings(switching.gateway))
    eventually(lambda: len(crossings(switching.gateway)) > counted, 90)
    status = switching.stream()
    assert (status.state, status.epoch) == (StreamState.HEALTHY, before.epoch)
    assert switching.version == before.models[0].version
    time.sleep(1)
    assert not switching.gateway.events(source="gate", kind="health.")
