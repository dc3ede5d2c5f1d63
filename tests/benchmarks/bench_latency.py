"""From the camera to the eye: how old a picture is when a real browser has painted it."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from playwright.sync_api import Error as BrowserError

from hlaska.errors import HlaskaError
from hlaska.results import Column, ResultTable, Value
from hlaska.tracks import StreamStatus
from serving.client import Gateway
from tests.benchmarks.plan import Plan
from tests.benchmarks.system import chromium, system
from training.evaluation.progress import Step

CAMERA = "square-east"
SETTLES_S = 10
"""After the first picture, before the clock starts."""

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
        page_url, gateway_url = stack.enter_context(system(plan, home, ["--camera", CAMERA]))
        gateway = stack.enter_context(Gateway(gateway_url))
        browser = stack.enter_context(chromium())
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{page_url}/source_health")
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
