"""The whole system as a person starts it, in a new home, and a browser to look at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from hlaska.errors import GatewayError, HlaskaError
from hlaska.tracks import StreamState
from serving.client import Gateway
from serving.processes import answers, end
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import ROOT

STARTS_WITHIN_S = 240
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, BROWSERS)), None),
            args=["--no-sandbox", "--disable-gpu"],
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def system(
    plan: Plan,
    home: Path,
    sensors: Sequence[str],
    *,
    dashboards: Sequence[str] = ("-m", "hlaska", "dashboards"),
) -> Iterator[tuple[str, str]]:
    """Addresses of dashboards and gateway, started as a person starts them.

    Args:
        plan: Of the run.
        home: A new folder, for all that it keeps.
        sensors: Options of `hlaska up` that choose what starts.
        dashboards: What Python runs as the dashboards.
    """
    ports = {name: _free_port() for name in ("gateway", "dashboards", "mlflow")}
    plan.settings.cache.mkdir(parents=True, exist_ok=True)
    (home / "cache").symlink_to(plan.settings.cache)
    environment = os.environ | {"HLASKA_HOME": str(home)}
    environment |= {f"HLASKA_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    url = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    with ExitStack() as stack:
        log = stack.enter_context((home / "system.log").open("wb"))
        children = []
        for words in (("-m", "hlaska", "up", *sensors), dashboards):
            child = subprocess.Popen(
                [sys.executable, *words],
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
