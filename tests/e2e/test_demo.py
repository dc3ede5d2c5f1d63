"""`hlaska demo` as a newcomer runs it: up, watched, ended with Ctrl-C, and nothing left."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from serving.client import Gateway
from serving.processes import end

pytestmark = [pytest.mark.network, pytest.mark.ray, pytest.mark.timeout(600)]


def test_the_demo_plays_recordings_says_which_models_run_and_leaves_no_process(tmp_path, free_port):
    ports = {name: free_port() for name in ("GATEWAY", "DASHBOARDS", "MLFLOW")}
    environment = os.environ | {f"HLASKA_{name}_PORT": str(port) for name, port in ports.items()}
    environment |= {"HLASKA_HOME": str(tmp_path / "home")}
    log = tmp_path / "log"
    with log.open("wb") as file:
        demo = subprocess.Popen(
            [sys.executable, "-m", "hlaska", "demo"],
            env=environment,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    family = []
    try:
        deadline = time.monotonic() + 400
        while "The watchtower is up" not in log.read_text(errors="replace"):
            assert demo.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        assert f"http://127.0.0.1:{ports['DASHBOARDS']}/live_threat" in log.read_text()
        with Gateway(f"http://127.0.0.1:{ports['GATEWAY']}") as gateway:
            (camera,) = [camera for site in gateway.sites() for camera in site.cameras]
            microphones = [one for site in gateway.sites() for one in site.microphones]
            models = {stream.source: stream.detector for stream in gateway.streams()}
        assert "PETS 2009 footage, not Pilsen" in camera.note
        assert len(microphones) == 8
        assert all("synthetic" in microphone.note for microphone in microphones)
        assert models[camera.id] in log.read_text()
        assert models["americka-mic-1"] in log.read_text()
        page = f"http://127.0.0.1:{ports['DASHBOARDS']}/live_threat"
        assert urllib.request.urlopen(page).status == 200
        family = psutil.Process(demo.pid).children(recursive=True)
        # As a terminal does it: to the whole group at once.
        os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(90) == 0
    finally:
        end(demo, patience_s=40)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert len(family) > 8 and alive == []
    assert "Traceback" not in log.read_text()
