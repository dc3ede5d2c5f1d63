"""Real protocols between hosts in network namespaces of this machine, captured as flows.

`record` starts `namespace_town` in namespaces of network, mounts and processes of its own: when
that process ends, however it does, all that it started and made is gone with it.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from hlaska.errors import SourceError
from serving.cyber.capture import IDLE_S
from serving.cyber.parsed import together
from serving.cyber.source import open_feed
from tests.benchmarks.namespace_town import BRIDGE, SYSTEM_PYTHON
from training.evaluation.progress import Step

ROOT = Path(__file__).parents[2]
TOWN = "tests.benchmarks.namespace_town"
NEEDED = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "ip": "iproute2",
    "mosquitto": "mosquitto",
    "ffmpeg": "ffmpeg",
}
"""Programs, and Debian's packages of them."""
GSTREAMER = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,bad,ugly}"
ASKS_GSTREAMER = (
    "import gi; gi.require_version('GstRtspServer', '1.0')\n"
    "from gi.repository import Gst, GstRtspServer; Gst.init(None)\n"
    "assert Gst.ElementFactory.find('x264enc')"
)
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
APART = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
STARTS_S = 4.0
"""From the first process to the first flow, about."""


def missing() -> str:
    """Why no traffic can be made here, and what to do; empty: it can be."""
    packages = [
        package for name, package in NEEDED.items() if shutil.which(name, path=PATH) is None
    ]
    asked = None
    if Path(SYSTEM_PYTHON).exists():
        asked = subprocess.run([SYSTEM_PYTHON, "-W", "ignore", "-c", ASKS_GSTREAMER],
                               capture_output=True)  # fmt: skip
    if asked is None or asked.returncode:
        packages.append(GSTREAMER)
    if packages:
        return f"not all programs are here: apt-get install {' '.join(dict.fromkeys(packages))}"
    tried = subprocess.run(
        [*_apart(), "ip", "link", "add", BRIDGE, "type", "bridge"],
        env=os.environ | {"PATH": PATH}, capture_output=True, text=True,
    )  # fmt: skip
    if tried.returncode:
        return (
            f"this process may not make network namespaces ({tried.stderr.strip()}); run it as "
            "root, or the container with --privileged"
        )
    return ""


def record(seconds: int, path: Path, step: Step = lambda _done: None) -> pd.DataFrame:
    """The flows of so many seconds of traffic, which takes `IDLE_S` and some seconds longer.

    Args:
        seconds: How long hosts talk.
        path: CSV to be written, of the columns of `hlaska.network.flows`.
        step: Told how many seconds have passed.

    Raises:
        SourceError: this machine lacks programs or rights, or a part of it failed.
    """
    if reason := missing():
        raise SourceError(reason)
    words = [
        *_apart(),
        sys.executable,
        "-m",
        "tests.benchmarks.namespace_town",
        str(seconds),
        str(path),
    ]
    with TemporaryDirectory() as folder:
        complaints = Path(folder) / "complaints"
        with complaints.open("wb") as said:
            # Out of the terminal's group: Ctrl-C is ours, and `finally` ends the child.
            child = subprocess.Popen(
                words, cwd=ROOT, env=os.environ | {"PATH": PATH}, stdin=subprocess.PIPE,
                stderr=said, stdout=said, start_new_session=True,
            )  # fmt: skip
        begun_s = time.monotonic()
        try:
            while child.poll() is None:
                time.sleep(0.2)
                step(min(round(time.monotonic() - begun_s), takes_s(seconds)))
        finally:
            child.kill()
            child.wait()
            child.stdin.close()  # type: ignore[union-attr] # it is a pipe
        if child.returncode:
            last = complaints.read_text(errors="replace").strip().splitlines()[-1:]
            raise SourceError(f"the traffic broke off: {' '.join(last) or child.returncode}")
    step(takes_s(seconds))
    told = together(list(open_feed(f"csv:{path}", follow=False).told()))
    return told.flows


def takes_s(seconds: int) -> int:
    """How long recording so many seconds takes, about."""
    return round(seconds + IDLE_S + STARTS_S)


def _apart() -> list[str]:
    return ["unshare", *(["--map-root-user"] if os.geteuid() else []), *APART]
