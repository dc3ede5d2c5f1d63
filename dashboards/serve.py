"""Serves the notebooks that are dashboards, in this process or in one of its own.

They lie in `notebooks/apps` of the checkout; the wheel carries a copy as `dashboards/apps`.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import panel as pn

from hlaska.errors import HlaskaError, SettingsError
from hlaska.settings import Settings
from serving.processes import answers, end

HEALTH = "health"
"""Where a server says that it lives."""
_HERE = Path(__file__).parent
_LOOK_MS = 5_000
"""How often sessions are looked for whose browser has gone."""
_UNUSED_MS = 30_000
"""How soon those are forgotten. A browser that needs longer from the page to its connection gets a
session that never was a page: Panel (1.9) leaves the stylesheets of that one on a public server."""


def app_notebooks() -> dict[str, Path]:
    """The notebooks that are dashboards, by the name under which each is served.

    Raises:
        HlaskaError: there are none.
    """
    folders = (_HERE / "apps", _HERE.parent / "notebooks" / "apps")
    found = {path.stem: path for folder in folders for path in sorted(folder.glob("*.ipynb"))}
    if not found:
        raise HlaskaError(
            f"no dashboards in {' or '.join(map(str, folders))}; install hlaska again, or run from "
            "a full checkout"
        )
    return found


def point_at(gateway: str) -> None:
    """Let notebooks of this process find the gateway there: they read `Settings`.

    Raises:
        SettingsError: it is not an address such as http://127.0.0.1:8000.
    """
    parts = urlsplit(gateway)
    try:
        port = parts.port or 80
    except ValueError:
        port = None
    if parts.scheme != "http" or not parts.hostname or not port or parts.path not in ("", "/"):
        raise SettingsError(
            f"--gateway {gateway!r} is not an address like http://127.0.0.1:8000; behind https, "
            "use a tunnel or a proxy on this machine"
        )
    os.environ |= {"HLASKA_GATEWAY_HOST": parts.hostname, "HLASKA_GATEWAY_PORT": str(port)}


def serve(settings: Settings, *, port: int, show: bool = False) -> None:
    """Serve all dashboards until interrupted.

    Args:
        settings: Whose `gateway_host` to listen on.
        port: Where.
        show: Whether to open a browser.

    Raises:
        SettingsError: the port is taken.
        HlaskaError: there are no dashboards.
    """
    host = settings.gateway_host
    origins = sorted({f"{name}:{port}" for name in ("localhost", "127.0.0.1", host)})
    origins += [origin for origin in settings.dashboards_origins.split(",") if origin]
    notebooks = {name: str(path) for name, path in app_notebooks().items()}
    try:
        pn.serve(
            notebooks,
            address=host,
            port=port,
            websocket_origin=origins,
            liveness=HEALTH,
            show=show,
            warm=True,
            verbose=False,
            check_unused_sessions_milliseconds=_LOOK_MS,
            unused_session_lifetime_milliseconds=_UNUSED_MS,
        )
    except OSError as error:
        raise SettingsError(
            f"the dashboards cannot listen on {host}:{port} ({error.strerror}); stop what is "
            "there, or choose another with --port"
        ) from error


@dataclass
class Background:
    """Dashboards in a process and session of their own. Use it in `with`, or stop it."""

    process: subprocess.Popen[bytes]
    url: str

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def wait_until_ready(self, *, timeout_s: float = 60.0) -> None:
        """Return when the dashboards answer.

        Raises:
            HlaskaError: the process ended, or did not answer in time.
        """
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            if self.process.poll() is not None:
                raise HlaskaError(
                    f"the dashboards did not start: exit status {self.process.returncode}; run "
                    "`hlaska dashboards` to see why"
                )
            if answers(f"{self.url}/{HEALTH}"):
                return
            time.sleep(0.1)
        raise HlaskaError(f"the dashboards at {self.url} did not answer within {timeout_s:g} s")

    def stop(self) -> None:
        """End the process; kill it if it does not want to."""
        end(self.process)


def serve_in_background(
    settings: Settings, *, gateway: str | None = None, port: int | None = None
) -> Background:
    """Start `hlaska dashboards` as a child; it shares this process's output and environment.

    Args:
        settings: Whose host, and whose port unless one is given.
        gateway: Address of the gateway, if not that of the settings.
        port: Where to listen.
    """
    port = settings.dashboards_port if port is None else port
    command = [sys.executable, "-m", "dashboards.commands", "--port", str(port)]
    if gateway is not None:
        command += ["--gateway", gateway]
    return Background(process=subprocess.Popen(command), url=settings.url(port))
