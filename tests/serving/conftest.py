"""Generated clips and sites, small enough for every test."""

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import av
import numpy as np
import pytest
import uvicorn
from numpy.typing import NDArray
from pydantic import SecretStr

from catalogs.journal import Journal
from hlaska.models import ModelCard, ModelInput
from hlaska.settings import Settings
from hlaska.sites import Site
from serving.client import Gateway
from serving.evidence import EvidenceStore
from serving.gateway import create_app
from serving.processes import answers
from serving.system import mlflow_server

SIZE_PX = (128, 96)


def _picture(number: int) -> NDArray[np.uint8]:
    """Number as brightness in the upper half, a moving square below: no two frames are alike."""
    width, height = SIZE_PX
    image = np.full((height, width, 3), 60, np.uint8)
    image[: height // 2] = 20 + 2 * (number % 100)
    left = (4 * number) % (width - 16)
    image[60:76, left : left + 16] = (40, 90, 220)
    return image


def _write_clip(path: Path, frames: int, *, fps: int = 10, audio_only: bool = False) -> Path:
    """A clip of so many numbered frames, or of sound alone."""
    with av.open(str(path), "w") as container:
        if audio_only:
            sound = container.add_stream("mp3", rate=16_000)
            silence = av.AudioFrame.from_ndarray(
                np.zeros((1, 16_000), np.int16), format="s16", layout="mono"
            )
            silence.sample_rate = 16_000
            container.mux(sound.encode(silence))
            container.mux(sound.encode(None))
            return path
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height = SIZE_PX
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(_picture(number), format="bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def write_clip() -> Callable[..., Path]:
    """`write_clip(path, frames, fps=10, audio_only=False)`."""
    return _write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Thirty frames, three seconds."""
    return _write_clip(tmp_path / "clip.mp4", 30)


@pytest.fixture
def site(clip: Path) -> Site:
    """A site with one camera that plays the clip."""
    return Site.model_validate(
        {
            "id": "testville",
            "name": "Testville",
            "centre": {"lon": 13.0, "lat": 49.0},
            "time_zone": "Europe/Prague",
            "sources": ["made up for a test"],
            "cameras": [
                {
                    "id": "gate",
                    "name": "Gate",
                    "uri": f"file://{clip}",
                    "position": {"lon": 13.0, "lat": 49.0},
                    "view": {"bearing_deg": 0, "angle_deg": 60, "range_m": 50},
                    "size_px": SIZE_PX,
                    "homography": [[0.1, 0, 0], [0, -0.1, 10], [0, 0, 1]],
                    "lines": [{"id": "middle", "name": "Middle", "points": [[64, 0], [64, 96]]}],
                }
            ],
        }
    )


@pytest.fixture
def card() -> ModelCard:
    """A detector of people and cars whose scores count from one half."""
    return ModelCard(
        name="walker",
        version="1",
        summary="sees what the test tells it to",
        task="detect",
        classes=("person", "car"),
        input=ModelInput(shape=(-1, -1, -1, 3), dtype="uint8", colour_order="bgr"),
        output="regions",
        runtime="opencv",
        weights=None,
        operating_point={"person": 0.5, "car": 0.5},
        licence="none",
        training_data="none",
        made_by="a test",
    )


class Server:
    """A gateway that can be stopped and started again on the same port."""

    def __init__(self, site: Site, settings: Settings, token: SecretStr | None = None) -> None:
        self.site, self.settings, self.token = site, settings, token
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: uvicorn.Server | None = None

    def start(self) -> None:
        app = create_app(
            journal=Journal.open(None, self.settings),
            evidence=EvidenceStore(self.settings.home / "evidence"),
            sites=[self.site],
            token=self.token,
        )
        config = uvicorn.Config(
            app, port=self.port, log_level="error", timeout_graceful_shutdown=0, ws="none"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
            self._thread.join(timeout=20)
            self._server = None


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """`new_server(site, token=None)`: a gateway that is not yet started; stopped at the end."""
    servers: list[Server] = []

    def make(site: Site, token: SecretStr | None = None) -> Server:
        servers.append(Server(site, Settings.load(home=tmp_path / "home"), token))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def server(site: Site, new_server: Callable[..., Server]) -> Server:
    """A gateway of the test site that runs."""
    server = new_server(site)
    server.start()
    return server


class Registry:
    """A real MLflow server that can be stopped and started again on the same port."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._running = ExitStack()
        self.models = itertools.count()

    def start(self) -> None:
        self._running.enter_context(mlflow_server(self.settings))
        deadline = time.monotonic() + 300
        while not answers(f"{self.settings.mlflow_url}/health"):
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def stop(self) -> None:
        self._running.close()


@pytest.fixture(scope="session")
def registry_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Registry(Settings(home=tmp_path_factory.mktemp("registry"), mlflow_port=port))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def until() -> Callable[..., None]:
    """`until(condition, timeout_s=20)`: returns when it holds; fails when it does not."""

    def wait(condition: Callable[[], object], timeout_s: float = 20) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)

    return wait


@pytest.fixture
def listen() -> Callable[..., None]:
    """`listen(gateway, messages, **options)`: collects what a subscription brings, in a thread."""

    def start(gateway: Gateway, messages: list, **options: object) -> None:
        def run() -> None:
            try:
                for message in gateway.subscribe(**options):
                    messages.append(message)
            except RuntimeError:
                return  # the test has closed the client

        threading.Thread(target=run, daemon=True).start()

    return start
