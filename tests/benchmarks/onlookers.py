"""Many sessions of one process of dashboards, and what they cost it over a while."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from bokeh.client.session import ClientSession
from bokeh.client.util import websocket_url_for_server_url
from bokeh.document import Document
from bokeh.document.events import MessageSentEvent
from bokeh.events import DocumentReady
from bokeh.util.token import generate_session_id

from hlaska.errors import GatewayError
from hlaska.results import Column, Value
from training.evaluation.progress import Step

SESSIONS = 20
SETTLES_S = 5

COLUMNS = (
    Column("sessions", "sessions"),
    Column("p50_ms", "callback p50 ms", 1),
    Column("p95_ms", "callback p95 ms", 1),
    Column("worst_ms", "worst ms", 1),
    Column("callbacks", "callbacks"),
    Column("start_mb", "memory at first MB"),
    Column("middle_mb", "half-way MB"),
    Column("end_mb", "at the end MB"),
    Column("slope_mb_h", "slope of the first half MB/h", 1),
    Column("late_slope_mb_h", "slope of the last half MB/h", 1),
    Column("seconds", "seconds"),
)
SMOOTHED = 30
"""Memory at a time is the median of so many looks, one a second."""


def watch(
    url: str, times: Path, seconds: int, news: Callable[[int], object], step: Step
) -> dict[str, Value]:
    """News once a second for a browser that is open already, and as many others.

    Args:
        url: Of the dashboards.
        times: Where their callbacks write how long they took.
        seconds: How long.
        news: Makes some; told its number.
        step: Told the seconds.
    """
    process = next(
        one
        for one in psutil.process_iter(["cmdline"])
        if "tests.benchmarks.timed_dashboards" in (one.info["cmdline"] or [])
    )
    with sessions(url, SESSIONS - 1):
        time.sleep(SETTLES_S)
        before = len(times.read_text().splitlines())
        at_s, memory_mb = [], []
        begun_s = time.monotonic()
        while (gone_s := time.monotonic() - begun_s) < seconds:
            news(len(at_s))
            at_s.append(gone_s)
            memory_mb.append(process.memory_info().rss / 1e6)
            step(round(gone_s))
            time.sleep(max(0.0, 1 - (time.monotonic() - begun_s - gone_s)))
        took = [float(line) for line in times.read_text().splitlines()[before:-1]]
    half = len(at_s) // 2
    return {
        "what": "Live threat",
        "sessions": SESSIONS,
        "p50_ms": float(np.percentile(took, 50)),
        "p95_ms": float(np.percentile(took, 95)),
        "worst_ms": max(took),
        "callbacks": len(took),
        "start_mb": float(np.median(memory_mb[:SMOOTHED])),
        "middle_mb": float(np.median(memory_mb[half:][:SMOOTHED])),
        "end_mb": float(np.median(memory_mb[-SMOOTHED:])),
        "slope_mb_h": _slope_mb_h(at_s[:half], memory_mb[:half]),
        "late_slope_mb_h": _slope_mb_h(at_s[half:], memory_mb[half:]),
        "seconds": seconds,
    }


def _slope_mb_h(at_s: list[float], memory_mb: list[float]) -> float:
    slope, _ = np.polyfit(at_s, memory_mb, 1)
    return float(slope * 3600)


class _Onlooker(ClientSession):
    """A session whose news are taken in and not shown: Bokeh's own client cannot draw our parts."""

    def tell_ready(self) -> None:
        """Say what a browser says when it has drawn the page: news comes from then on."""
        ready = MessageSentEvent(Document(), "bokeh_event", DocumentReady())
        self._connection._send_patch_document(self.id, ready)

    def _handle_patch(self, message: object) -> None:
        """Nothing is drawn."""


@contextmanager
def sessions(url: str, number: int) -> Iterator[None]:
    """So many sessions of Live threat: each asks once a second whether the server answers."""
    over = threading.Event()
    answers: list[str] = []

    def look() -> None:
        address = websocket_url_for_server_url(f"{url}/live_threat")
        session = _Onlooker(websocket_url=address, session_id=generate_session_id())
        session.connect()
        session.tell_ready()
        try:
            while not over.wait(1):
                session.force_roundtrip()  # takes in what the server has sent meanwhile, too
                answers.append(session.id)
        finally:
            session.close()

    threads = [threading.Thread(target=look, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        until_s = time.monotonic() + 120
        while len(set(answers)) < len(threads):
            if time.monotonic() > until_s:
                raise GatewayError(f"{len(threads)} sessions were not open within 120 s")
            time.sleep(0.2)
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=10)
