"""Child processes that are servers, and ending: of one of them, or of ourselves."""

import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping

import psutil

from hlaska.errors import SettingsError


def heed_signals() -> None:
    """Let SIGTERM do what Ctrl-C does, so that `with` blocks clean up.

    To be called again after Ray was started, which takes SIGTERM for itself. SIGINT is set too: a
    shell starts what runs in its background with SIGINT ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def ignore_signals() -> None:
    """From here on nothing interrupts: an impatient second Ctrl-C would leave processes behind."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def end(child: "subprocess.Popen[bytes]", *, patience_s: float = 5.0) -> None:
    """End a child, which may clean up for `patience_s`, and whatever it leaves behind."""
    try:
        family = psutil.Process(child.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    child.terminate()
    try:
        child.wait(patience_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    _, alive = psutil.wait_procs(family, timeout=1)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=patience_s)


def require_free(servers: Mapping[str, str]) -> None:
    """Raise when something answers where a server of ours is to listen.

    Args:
        servers: Address of each, by the name in its setting: gateway, mlflow, dashboards.

    Raises:
        SettingsError: something does.
    """
    for name, url in servers.items():
        if answers(url):
            raise SettingsError(
                f"something already answers at {url}, where the {name} server would listen; end "
                f"it, or set HLASKA_{name.upper()}_PORT to a free port"
            )


def answers(url: str, *, timeout_s: float = 2.0) -> bool:
    """Whether a server answers at an address, whatever it says."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
