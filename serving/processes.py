"""Child processes that are servers, and ending: of one of them, or of ourselves."""

import signal
import subprocess
import urllib.error
import urllib.request

import psutil


def heed_sigterm() -> None:
    """Let SIGTERM do what Ctrl-C does, so that `with` blocks clean up.

    To be called again after Ray was started, which takes SIGTERM for itself.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)


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


def answers(url: str, *, timeout_s: float = 2.0) -> bool:
    """Whether a server answers at an address, whatever it says."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
