"""The real system, started once for all end-to-end tests: MLflow, Ray Serve, streams, dashboards.

Its camera plays a generated clip without end: a "car" (a bright box; `hog` calls every large wide
blob that moves one) crosses a counting line and a closed area, is away, and comes back. Its three
microphones hear a street without end, in step: somebody speaks, and then a shot falls.
"""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import psutil
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from catalogs.sounds import gunshot
from catalogs.sounds.noise import street_noise
from catalogs.sounds.street import Street, heard
from hlaska.errors import GatewayError
from hlaska.sound.scores import RATE_HZ
from serving.client import Gateway
from serving.processes import answers, end

SIZE_PX = (384, 288)
LAP_S = 16.0
STREET_LAP_S = 24.0
SPEAKS_AT_S, SHOT_AT_S = 9.5, 13.0
MICROPHONES_M = {"west": 0.0, "middle": 40.0, "east": 90.0}
"""Metres east of the centre, along the south side of the street."""
DEGREES_PER_M = 1 / (111_320 * np.cos(np.radians(49.7475)))
SHOT_M = 55.0
FPS = 10
CAR_PX = 90
CROSSING_S = 4.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The running system stays until the tests end, and takes a core: what needs it comes last.

    So tests with a system of their own are alone on the machine, as all others are.
    """
    items.sort(key=lambda item: "running_system" in getattr(item, "fixturenames", ()))


@dataclass(frozen=True)
class RunningSystem:
    """Addresses of the running system, and the process that all of it descends from."""

    gateway_url: str
    dashboards_url: str
    mlflow_url: str
    home: Path
    process: subprocess.Popen

    def processes(self, words: str) -> list[psutil.Process]:
        """The living processes of the system whose command line has these words."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if words in " ".join(process.cmdline()):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """`free_port()`: one on which nobody listens."""
    return _free_port


@pytest.fixture(scope="session")
def eventually() -> Callable[..., object]:
    """`eventually(condition, timeout_s=60)`: its first true answer; fails when there is none.

    A gateway that does not answer and something that is not there yet are no answer.
    """

    def wait(condition: Callable[[], object], timeout_s: float = 60) -> object:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                answer = condition()
            except (GatewayError, LookupError):
                answer = None
            if answer:
                return answer
            assert time.monotonic() < deadline, f"not within {timeout_s} s"
            time.sleep(0.1)

    return wait


def car_left_px(second: float) -> float | None:
    """Where the car is: it crosses to the right, is away, comes back, is away."""
    width = SIZE_PX[0]
    for start, begin, finish in ((4.0, -CAR_PX, width), (10.0, width, -CAR_PX)):
        if start <= second < start + CROSSING_S:
            return begin + (finish - begin) * (second - start) / CROSSING_S
    return None


def write_scene(path: Path) -> Path:
    """One lap of the car, over textured ground that is empty most of the time, as streets are."""
    width, height = SIZE_PX
    rng = np.random.default_rng(7)
    ground = cv2.GaussianBlur(rng.integers(70, 130, (height, width, 3), np.uint8), (0, 0), 2)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 2_000_000
        for number in range(round(LAP_S * FPS)):
            image = ground.copy()
            left = car_left_px(number / FPS)
            if left is not None:
                corner = (round(left), 150)
                cv2.rectangle(image, corner, (corner[0] + CAR_PX, 195), (210, 220, 230), -1)
            noisy = image.astype(np.int16) + rng.normal(0, 2, image.shape).astype(np.int16)
            picture = np.clip(noisy, 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def write_street(folder: Path) -> None:
    """What each microphone hears in one lap: noise, somebody who speaks beside it, and the shot."""
    rng = np.random.default_rng(11)
    speech = _spoken("the weather is fine today and we will meet at the market at noon")
    # One that the seed hears plainly everywhere: how many it misses is for the evaluation to say.
    arm = np.random.default_rng(40)
    shot, _ = gunshot.volley(arm, 1, arm=gunshot.weapon(arm, supersonic=False))
    street = Street()
    for name, x_m in MICROPHONES_M.items():
        samples = 0.003 * street_noise(rng, STREET_LAP_S)
        begin = round(SPEAKS_AT_S * RATE_HZ)
        samples[begin : begin + len(speech)] += 0.1 * speech
        way = street.impulse_response((SHOT_M, 8.0, 1.5), (x_m, 1.0, 4.0))
        arrives = heard(shot, way)
        begin = round(SHOT_AT_S * RATE_HZ)
        # As if a pistol of 156 dB overdrove the nearest microphone a little.
        samples[begin : begin + len(arrives)] += 20 * arrives
        soundfile.write(folder / f"{name}.flac", np.clip(samples, -1, 1), RATE_HZ)


def _spoken(words: str) -> NDArray[np.float32]:
    if not shutil.which("espeak-ng"):
        return np.zeros(1, np.float32)  # nobody speaks; the test that listens for it is skipped
    wav = subprocess.run(["espeak-ng", "--stdout", words], capture_output=True, check=True).stdout
    samples, rate_hz = soundfile.read(io.BytesIO(wav), dtype="float32")
    spoken = soxr.resample(samples, rate_hz, RATE_HZ)
    return np.asarray(spoken / np.abs(spoken).max(), np.float32)


def write_site(path: Path, clip: Path) -> Path:
    """A site with that camera, one whose file is missing, three microphones, and their network."""
    ring = [[13.3770, 49.7470], [13.3782, 49.7470], [13.3782, 49.7480], [13.3770, 49.7480]]
    camera = {
        "position": {"lon": 13.3776, "lat": 49.7470},
        "view": {"bearing_deg": 0, "angle_deg": 60, "range_m": 60},
        "size_px": list(SIZE_PX),
    }
    gate = camera | {
        "id": "gate",
        "name": "Brána",
        "uri": f"file://{clip}",
        "note": "generated scene",
        "homography": [[0.1, 0, -19], [0, -0.1, 30], [0, 0, 1]],
        "lines": [
            {
                "id": "middle",
                "name": "Middle",
                "points": [[192, 100], [192, 280]],
                "forward": "west",
                "backward": "east",
            }
        ],
        "zones": [
            {
                "id": "yard",
                "name": "Yard",
                "zone": "closed",
                "polygon": [[220, 120], [380, 120], [380, 280], [220, 280]],
                "rules": [{"rule": "intrusion", "classes": ["car"]}],
            }
        ],
    }
    site = {
        "id": "testville",
        "name": "Zkušební město",
        "centre": {"lon": 13.3776, "lat": 49.7475},
        "time_zone": "Europe/Prague",
        "sources": ["made up for a test"],
        "streets": [{"name": "Dlouhá", "path": [[13.3768, 49.7475], [13.3784, 49.7475]]}],
        "zones": [
            {
                "id": "closed",
                "name": "Closed yard",
                "kind": "restricted",
                "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
            }
        ],
        "microphones": [
            {
                "id": name,
                "name": name.capitalize(),
                "uri": f"file://{path.parent}/{name}.flac",
                "note": "generated sound",
                "position": {"lon": 13.3776 + x_m * DEGREES_PER_M, "lat": 49.7475},
            }
            for name, x_m in MICROPHONES_M.items()
        ],
        "assets": [
            {"id": "cam-gate", "ip": "10.50.0.11", "role": "camera", "carries": "gate"},
            {"id": "recorder", "ip": "10.50.0.2", "role": "recorder"},
        ],
        "network": {
            "ranges": ["10.50.0.0/24"],
            "learn_h": 0,
            "feeds": [{"id": "taps", "name": "Taps", "uri": f"zeek:{path.parent}"}],
        },
        "cameras": [
            gate,
            camera | {"id": "blind", "name": "Blind", "uri": f"file://{path.parent}/no-such.mp4"},
        ],
    }
    path.write_text(json.dumps(site))  # JSON is YAML too, and names every value where it stands
    return path


@pytest.fixture(scope="session")
def site_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the running system, with its clip beside it."""
    folder = tmp_path_factory.mktemp("site")
    write_street(folder)
    return write_site(folder / "testville.yaml", write_scene(folder / "scene.mp4"))


@pytest.fixture(scope="session")
def running_system(
    site_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSystem]:
    """`hlaska up` and `hlaska dashboards`, as a person starts them, on free ports."""
    folder = tmp_path_factory.mktemp("system")
    ports = {name: _free_port() for name in ("gateway", "dashboards", "mlflow")}
    environment = os.environ | {"HLASKA_HOME": str(folder / "home")}
    environment |= {f"HLASKA_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    log = (folder / "system.log").open("wb")

    def start(*words: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "hlaska", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    url = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    system = start("up", "--site", str(site_file), "--detector", "seed:hog")
    dashboards = start("dashboards")
    try:
        deadline = time.monotonic() + 300
        while not (_sees(url["gateway"]) and answers(f"{url['dashboards']}/health")):
            said = (folder / "system.log").read_text(errors="replace")
            assert system.poll() is None, f"the system has ended:\n{said}"
            assert dashboards.poll() is None, f"the dashboards have ended:\n{said}"
            assert time.monotonic() < deadline, f"the system is not up:\n{said}"
            time.sleep(0.5)
        yield RunningSystem(
            gateway_url=url["gateway"],
            dashboards_url=url["dashboards"],
            mlflow_url=url["mlflow"],
            home=folder / "home",
            process=system,
        )
    finally:
        end(dashboards)
        end(system, patience_s=40)
        log.close()


def _sees(gateway_url: str) -> bool:
    try:
        with Gateway(gateway_url) as gateway:
            return any(status.last_frame_at for status in gateway.streams())
    except GatewayError:
        return False
