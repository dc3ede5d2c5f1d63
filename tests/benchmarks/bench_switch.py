"""From a new version to the street and back, on the running system: how long, and what it costs.

One camera plays PETS in real time. A version is registered, put through the gate, watches as a
shadow, is promoted, and taken back. A frame is lost when it was decoded and not scored; as a busy
machine loses some without any switch, those of a quiet spell of the same length stand beside. What
a shadow costs the champion is measured by turns, with and without, in one run.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from hlaska.errors import GatewayError, HlaskaError
from hlaska.results import Column, ReportKind, ResultTable, Value
from hlaska.settings import Settings
from hlaska.tracks import StreamState, StreamStatus
from serving.client import Gateway
from serving.models import registry, resolve, weights_sha256
from serving.processes import answers, end
from serving.system import mlflow_server
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import ROOT
from training.registry import register

SEED = "yolo11n-int8"
NAME = "bench-detector"
CAMERA = "square-east"
STARTS_WITHIN_S = 400
VERDICTS = {0: "passed", 3: "failed", 4: "refused"}
"""By exit status of `hlaska gate`."""
AROUND_S = 10.0
"""Frames are counted for so long, from when the alias moves."""

CYCLE = (
    Column("wall_s", "s", 2),
    Column("lost", "frames lost"),
    Column("lost_before", "in a quiet spell"),
)
COST = (
    Column("answer_ms", "answer of the champion, median ms", 1),
    Column("worst_ms", "worst of the medians, ms", 1),
    Column("fps", "frames per second", 2),
    Column("lost", "frames lost a minute", 1),
)


@dataclass(frozen=True)
class Running:
    """The running system and its registry."""

    gateway: Gateway
    settings: Settings

    def point(self, alias: str, version: str | None) -> None:
        """Move an alias, or take it away."""
        client = registry(self.settings)
        if version is None:
            client.delete_registered_model_alias(NAME, alias)
        else:
            client.set_registered_model_alias(NAME, alias, version)

    def stream(self) -> StreamStatus:
        """What the camera's stream last said of itself."""
        return next(each for each in self.gateway.streams() if each.source == CAMERA)

    @property
    def version(self) -> str:
        """Of the model that gave the last answer."""
        return self.stream().models[0].version


def run(plan: Plan) -> list[ResultTable]:
    """The two tables.

    Raises:
        DataError: the clip or the weights cannot be had.
        HlaskaError: the system does not come up.
    """
    with TemporaryDirectory() as folder, _running(plan, Path(folder)) as running:
        cycle = tuple(_cycle(plan, running, Path(folder)))
        cost = _cost(plan, running)
    return [
        ResultTable(
            "switch",
            "From a new version to the street and back",
            f"{SEED} as two versions, one camera of PETS in real time, {AROUND_S:.0f} s from when "
            "an alias moves. The wall time of a step is until the events carry the version, or the "
            "first report of the shadow is there.",
            CYCLE,
            cycle,
        ),
        ResultTable(
            "shadow-cost",
            "What a shadow costs the champion",
            "The same detector as shadow, of the lowest priority and at most 5 frames per second; "
            "by turns in one run, medians of what the stream says twice a second.",
            COST,
            cost,
        ),
    ]


def _cycle(plan: Plan, running: Running, folder: Path) -> Iterator[dict[str, Value]]:
    step = plan.announce("switch: cycle", 5)
    began_s = time.monotonic()
    version = register(_model(plan, folder / "second", 0.45), NAME, running.settings, alias="new")
    yield {"what": "register", "wall_s": time.monotonic() - began_s}
    step(1)
    yield _gated(running, version)
    step(2)
    began_s = time.monotonic()
    running.point("shadow", version)
    _until(lambda: running.gateway.reports(kind=ReportKind.SHADOW, model=NAME), 180)
    yield {"what": "shadow: first report", "wall_s": time.monotonic() - began_s}
    step(3)
    running.point("shadow", None)
    for number, (what, target) in enumerate((("promote", version), ("roll back", "1"))):
        time.sleep(3)
        yield _switched(running, what, target)
        step(4 + number)


def _gated(running: Running, version: str) -> dict[str, Value]:
    """The gate as a person calls it."""
    began_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "hlaska", "gate", NAME, "--candidate", version, "--quick"],
        env=_environment(running.settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    wall_s = time.monotonic() - began_s
    verdict = VERDICTS.get(done.returncode)
    if verdict is None:
        return {"what": "gate", "reason": done.stderr.strip().splitlines()[-1]}
    return {"what": f"gate, little data: {verdict}", "wall_s": wall_s}


def _switched(running: Running, what: str, version: str) -> dict[str, Value]:
    quiet = running.stream().dropped
    time.sleep(AROUND_S)
    before = running.stream().dropped
    began_s = time.monotonic()
    running.point("champion", version)
    _until(lambda: running.version == version, 120)
    wall_s = time.monotonic() - began_s
    time.sleep(max(0.0, AROUND_S - wall_s))
    lost = running.stream().dropped - before
    return {"what": what, "wall_s": wall_s, "lost": lost, "lost_before": before - quiet}


def _cost(plan: Plan, running: Running) -> tuple[dict[str, Value], ...]:
    turn_s, turns = (10, 1) if plan.quick else (45, 3)
    step = plan.announce("switch: shadow's cost", 2 * turns)
    said: dict[str, list[StreamStatus]] = {"without shadow": [], "with shadow": []}
    lost: dict[str, int] = dict.fromkeys(said, 0)
    for turn in range(2 * turns):
        what = list(said)[turn % 2]
        if turn % 2:
            running.point("shadow", "2")
        time.sleep(8)  # it is loaded or gone, and the medians are of this turn
        before = running.stream().dropped
        until_s = time.monotonic() + turn_s
        while time.monotonic() < until_s:
            said[what].append(running.stream())
            time.sleep(0.5)
        lost[what] += running.stream().dropped - before
        if turn % 2:
            running.point("shadow", None)
        step(turn + 1)
    return tuple(
        {
            "what": what,
            "answer_ms": median(each.answer_ms for each in statuses),
            "worst_ms": max(each.answer_ms for each in statuses),
            "fps": median(each.fps_processed for each in statuses),
            "lost": lost[what] / (turn_s * turns / 60),
        }
        for what, statuses in said.items()
    )


def _model(plan: Plan, folder: Path, person: float) -> Path:
    """The seed's weights beside its card, with another operating point."""
    model = resolve(f"seed:{SEED}", plan.settings)
    assert model.weights is not None
    folder.mkdir()
    for path in (model.weights, model.weights.with_suffix(".bin")):
        shutil.copy(path, folder)
    point = model.card.operating_point | {"person": person}
    card = model.card.model_copy(
        update={
            "weights": model.weights.name,
            "sha256": weights_sha256(model.weights),
            "operating_point": point,
            "name": NAME,
        }
    )
    (folder / "card.json").write_text(card.model_dump_json())
    return folder


def _environment(settings: Settings) -> dict[str, str]:
    ports = {"GATEWAY": settings.gateway_port, "MLFLOW": settings.mlflow_port}
    named = {f"HLASKA_{name}_PORT": str(port) for name, port in ports.items()}
    return os.environ | named | {"HLASKA_HOME": str(settings.home)}


@contextmanager
def _running(plan: Plan, folder: Path) -> Iterator[Running]:
    settings = plan.settings.model_copy(
        update={
            "home": folder / "home",
            "gateway_port": _free_port(),
            "mlflow_port": _free_port(),
        }
    )
    settings.home.mkdir()
    plan.settings.cache.mkdir(parents=True, exist_ok=True)
    (settings.home / "cache").symlink_to(plan.settings.cache)
    with mlflow_server(settings):
        _until(lambda: answers(f"{settings.mlflow_url}/health"), STARTS_WITHIN_S)
        register(_model(plan, folder / "first", 0.4), NAME, settings, alias="champion")
    options = folder / "options.yaml"
    # Without what this does not measure.
    args = {
        "cameras": [CAMERA],
        "detector": {"model": f"models:/{NAME}@champion"},
        "shadow": {"report_s": 5},
    }
    options.write_text(json.dumps(args))
    with (folder / "system.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "hlaska", "up", "--config", str(options)],
            cwd=ROOT,
            env=_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            with Gateway(settings.gateway_url) as gateway:
                running = Running(gateway, settings)
                _until(lambda: running.stream().state is StreamState.HEALTHY, STARTS_WITHIN_S)
                yield running
        except HlaskaError as error:
            said = (folder / "system.log").read_text(errors="replace").strip()
            raise HlaskaError(f"{error}; the system said {said[-500:]!r}") from error
        finally:
            end(child, patience_s=40)


def _until(condition: Callable[[], object], timeout_s: float) -> None:
    deadline_s = time.monotonic() + timeout_s
    while True:
        try:
            if condition():
                return
        except (GatewayError, StopIteration, IndexError):
            pass
        if time.monotonic() > deadline_s:
            raise HlaskaError(f"it did not happen within {timeout_s:.0f} s")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
