"""From the camera to the eye: how old a picture is when a real browser has painted it."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright

from hlaska.errors import GatewayError, HlaskaError
from hlaska.tracks import StreamState, StreamStatus
from serving.client import Gateway
from serving.processes import answers, end
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import ROOT
from training.evaluation.progress import Step
from training.evaluation.tables import Column, ResultTable, Value

CAMERA = "square-east"
STARTS_WITHIN_S = 240
SETTLES_S = 10
"""After the first picture, before the clock starts."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# The second frame after the change begins when the first, with the new picture, has been painted.
OBSERVE = """(image) => {
  window.ages = [];
  new MutationObserver(() => {
    const capturedAt = Number(image.dataset.capturedAt);
    const note = () => window.ages.push(Date.now() - capturedAt);
    requestAnimationFrame(() => requestAnimationFrame(note));
  }).observe(image, { attributes: true, attributeFilter: ["data-captured-at"] });
}"""

COLUMNS = (
    Column("p50_ms", "p50 ms"),
    Column("p95_ms", "p95 ms"),
    Column("worst_ms", "worst ms"),
    Column("pictures", "pictures"),
    Column("seconds", "seconds"),
    Column("fps", "frames/s processed", 1),
    Column("dropped", "dropped frames"),
)


def run(plan: Plan) -> list[ResultTable]:
    """The table."""
    step = plan.announce("latency: starting the system", SETTLES_S + plan.watched_s)
    try:
        with tempfile.TemporaryDirectory(prefix="hlaska-bench-") as home:
            row = _measured(plan, Path(home), step)
    except (HlaskaError, BrowserError) as error:
        row = {"what": "one camera", "reason": str(error).splitlines()[0]}
    return [
        ResultTable(
            "latency",
            "Capture to dashboard",
            f"{plan.watched_s} s of one camera, in Chromium on the same machine.",
            COLUMNS,
            (row,),
        )
    ]


def _measured(plan: Plan, home: Path, step: Step) -> dict[str, Value]:
    with ExitStack() as stack:
        page_url, gateway_url = stack.enter_context(_system(plan, home))
        gateway = stack.enter_context(Gateway(gateway_url))
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=next(filter(None, map(shutil.which, BROWSERS)), None),
            args=["--no-sandbox", "--disable-gpu"],
        )
        stack.callback(browser.close)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{page_url}/live_threat")
        image = page.locator(".tile:not(.small) img[data-captured-at]")
        image.wait_for(timeout=60_000)
        for second in range(SETTLES_S):
            page.wait_for_timeout(1000)
            step(second + 1)
        before = _status(gateway)
        image.evaluate(OBSERVE)
        for second in range(plan.watched_s):
            page.wait_for_timeout(1000)
            step(SETTLES_S + second + 1)
        ages_ms = page.evaluate("window.ages")
        after = _status(gateway)
    if not ages_ms:
        raise HlaskaError(f"no picture was painted in {plan.watched_s} s")
    return {
        "what": f"one camera, {after.detector}",
        "p50_ms": float(np.percentile(ages_ms, 50)),
        "p95_ms": float(np.percentile(ages_ms, 95)),
        "worst_ms": max(ages_ms),
        "pictures": len(ages_ms),
        "seconds": plan.watched_s,
        "fps": after.fps_processed,
        "dropped": after.dropped - before.dropped,
    }


def _status(gateway: Gateway) -> StreamStatus:
    return next(status for status in gateway.streams() if status.source == CAMERA)


@contextmanager
def _system(plan: Plan, home: Path) -> Iterator[tuple[str, str]]:
    """Addresses of dashboards and gateway, started as a person starts them, in a new home."""
    ports = {name: _free_port() for name in ("gateway", "dashboards", "mlflow")}
    plan.settings.cache.mkdir(parents=True, exist_ok=True)
    (home / "cache").symlink_to(plan.settings.cache)
    environment = os.environ | {"HLASKA_HOME": str(home)}
    environment |= {f"HLASKA_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    url = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    with ExitStack() as stack:
        log = stack.enter_context((home / "system.log").open("wb"))
        children = []
        for words in (["up", "--camera", CAMERA], ["dashboards"]):
            child = subprocess.Popen(
                [sys.executable, "-m", "hlaska", *words],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            # Ray takes some seconds to end all of its own.
            stack.callback(end, child, patience_s=30)
            children.append(child)
        until_s = time.monotonic() + STARTS_WITHIN_S
        while not (_runs(url["gateway"]) and answers(f"{url['dashboards']}/health")):
            if time.monotonic() > until_s or any(child.poll() is not None for child in children):
                said = (home / "system.log").read_text(errors="replace").strip()
                raise HlaskaError(f"the system does not come up: {said[-500:]!r}")
            time.sleep(0.5)
        yield url["dashboards"], url["gateway"]


def _runs(gateway_url: str) -> bool:
    if not answers(f"{gateway_url}/healthz"):
        return False
    try:
        with Gateway(gateway_url) as gateway:
            return any(status.state is StreamState.HEALTHY for status in gateway.streams())
    except GatewayError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
