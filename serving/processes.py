"""Child processes that are servers: whether one answers, how to end it and all it has started."""

import os
import signal
import subprocess
import urllib.error
import urllib.request


def end(child: "subprocess.Popen[bytes]", *, patience_s: float = 5.0) -> None:
    """End a child that leads a session of its own, and everything it has started."""
    for signal_number, wait_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, patience_s)):
        try:
            os.killpg(child.pid, signal_number)
        except ProcessLookupError:
            break
        try:
            child.wait(wait_s)
        except subprocess.TimeoutExpired:
            continue
    child.wait()


def answers(url: str, *, timeout_s: float = 2.0) -> bool:
    """Whether a server answers at an address, whatever it says."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
