"""From an event to the dispatcher's eye, under load, with many who look on; and what that takes."""

import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page

from catalogs.journal import Journal
from hlaska.alerts.alert import Alert
from hlaska.errors import HlaskaError
from hlaska.events import Event, Location
from hlaska.results import Column, ResultTable, Value
from serving.client import Gateway
from tests.benchmarks import onlookers, picture_load
from tests.benchmarks.plan import Plan
from tests.benchmarks.report import ROOT
from tests.benchmarks.shares import Shares
from tests.benchmarks.system import chromium, system

SITE = "pilsen"
MICROPHONE = "americka-mic-1"
RATES_PER_S = (0, 500, 1000, 2000, 3000)
ALONE = 20_000
LOADED_S = 45
"""How long each rate is kept up."""
SETTLES_S = 5
STARTS_S = 3
"""Python does, of the sender."""
CATCHES_UP_S = 60
"""Longest wait for the picture after the load has ended."""

# The row says how many events its alert has: each probe is one more. The second frame after the
# change begins when the first, with the new words, has been painted.
OBSERVE = """(row) => {
  window.counted = [];
  new MutationObserver(() => {
    const count = Number(row.textContent.match(/([0-9]+)×/)?.[1] ?? 1);
    requestAnimationFrame(() => requestAnimationFrame(() =>
      window.counted.push([count, Date.now()])));
  }).observe(row, { subtree: true, childList: true, characterData: true });
}"""

SCREEN = (
    Column("asked", "events/s asked for"),
    Column("stored", "events/s stored"),
    Column("share", "of those asked for", 2),
    Column("of_journal", "of what the journal alone stores", 2),
    Column("behind_s", "picture complete after the last, s", 1),
    Column("p50_ms", "event to screen p50 ms"),
    Column("p95_ms", "p95 ms"),
    Column("worst_ms", "worst ms"),
    Column("probes", "probes"),
    Column("gateway", "cores busy: gateway and its proxy", 2),
    Column("picture", "… picture", 2),
    Column("dashboards", "… dashboards", 2),
    Column("browser", "… Chromium", 2),
    Column("sender", "… sender", 2),
    Column("rest", "… rest of Hlaska, Ray and MLflow", 2),
    Column("others", "… other programs, and what measures", 2),
)


def run(plan: Plan) -> list[ResultTable]:
    """Both tables."""
    rates = RATES_PER_S[:2] if plan.quick else RATES_PER_S
    seconds = min(plan.watched_s, LOADED_S)
    total = len(rates) * seconds + plan.looked_s
    step = plan.announce("picture: starting the system", total)
    screen: list[dict[str, Value]] = []
    alone = _journal_alone(plan)
    with tempfile.TemporaryDirectory(prefix="hlaska-bench-") as folder:
        times = Path(folder) / "callbacks"
        dashboards = ("-m", "tests.benchmarks.timed_dashboards", str(times))
        home = Path(folder) / "home"
        home.mkdir()
        try:
            with (
                system(plan, home, ["--microphone", MICROPHONE], dashboards=dashboards) as urls,
                Gateway(urls[1], timeout_s=30) as gateway,
                chromium() as browser,
            ):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                row = _open(page, urls[0], gateway)
                for number, rate in enumerate(rates):
                    screen.append(_loaded(page, row, gateway, rate, seconds, alone))
                    step((number + 1) * seconds)
                done = len(rates) * seconds
                looked = onlookers.watch(
                    urls[0],
                    times,
                    plan.looked_s,
                    lambda number: gateway.send_events([_probe(10_000 + number)]),
                    lambda s: step(done + s),
                )
        except (HlaskaError, BrowserError) as error:
            reason = str(error).splitlines()[0]
            screen = screen or [{"what": "screen", "reason": reason}]
            looked = {"what": "sessions", "reason": reason}
    return [
        ResultTable(
            "picture-screen",
            "Event to screen",
            "Posted to the gateway, painted in the queue of Live threat by Chromium, same machine.",
            SCREEN,
            (*screen, {"what": "the journal alone, in batches of 100", "stored": alone}),
        ),
        ResultTable(
            "picture-sessions",
            "Many who look on",
            "A browser and websocket clients on one process of dashboards; news once a second.",
            onlookers.COLUMNS,
            (looked,),
        ),
    ]


def _probe(number: int) -> Event:
    now = datetime.now(UTC)
    return Event(
        id=f"probe-{now.timestamp()}-{number}",
        site=SITE,
        source="probe",
        kind="audio.gunshot",
        observed_at=now,
        confidence=0.9,
        location=Location(lon=13.3878, lat=49.7471),
    )


def _open(page: Page, url: str, gateway: Gateway) -> str:
    """Open the page and make the alert that is probed; the selector of its row."""
    page.goto(f"{url}/live_threat")
    gateway.send_events([_probe(0)])
    until_s = time.monotonic() + 30
    while not (alerts := _probed(gateway)):
        if time.monotonic() > until_s:
            raise HlaskaError("no alert came of the first probe within 30 s")
        time.sleep(0.2)
    row = f"[data-alert='{alerts[0].id}']"
    page.locator(row).wait_for(timeout=60_000)
    page.wait_for_timeout(SETTLES_S * 1000)
    return row


def _probed(gateway: Gateway) -> list[Alert]:
    return [one for one in gateway.alerts(site=SITE, open_only=True) if "probe" in one.sources]


def _journal_alone(plan: Plan) -> float:
    """Events/s that a journal takes when nothing else is done: the most that there can be."""
    made = islice(picture_load.events(random.Random(2)), 500 if plan.quick else ALONE)
    events = [one.model_copy(update={"id": f"alone-{n}"}) for n, one in enumerate(made)]
    with (
        tempfile.TemporaryDirectory(prefix="hlaska-bench-") as folder,
        Journal.open(f"sqlite:///{folder}/journal.sqlite", plan.settings) as journal,
    ):
        begun_s = time.monotonic()
        for first in range(0, len(events), 100):
            journal.append(events[first : first + 100], datetime.now(UTC))
        return len(events) / (time.monotonic() - begun_s)


def _loaded(
    page: Page, row: str, gateway: Gateway, rate: int, seconds: int, alone: float
) -> dict[str, Value]:
    """One probe a second while events come at a rate."""
    [alert] = _probed(gateway)
    page.locator(row).evaluate(OBSERVE)
    words = [sys.executable, "-m", "tests.benchmarks.picture_load", gateway.url, str(rate)]
    load = None
    if rate:
        load = subprocess.Popen([*words, str(seconds)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        page.wait_for_timeout(STARTS_S * 1000)
    shares = Shares()
    sent: dict[int, float] = {}
    for number in range(1, seconds - 5):
        sent[alert.count + number] = time.time() * 1000
        gateway.send_events([_probe(number)])
        page.wait_for_timeout(max(0.0, 1000 - (time.time() * 1000 - sent[alert.count + number])))
    cores = shares.cores()
    stored = float(load.communicate()[0]) if load else 0.0
    behind_s = _catch_up(gateway)
    page.wait_for_timeout(2000)
    counted: list[tuple[int, float]] = page.evaluate("window.counted")
    # What came while the picture was late shows in one step: it counts for all.
    ages = [
        min(shown for at_count, shown in counted if at_count >= count) - at_ms
        for count, at_ms in sent.items()
        if any(at_count >= count for at_count, _ in counted)
    ]
    if not ages:
        raise HlaskaError(f"none of {len(sent)} probes was painted at {rate} events/s")
    return {
        "what": f"{rate} events/s beside it",
        "asked": rate,
        "stored": stored,
        "share": stored / rate if rate else None,
        "of_journal": stored / alone if rate else None,
        "behind_s": behind_s,
        "p50_ms": float(np.percentile(ages, 50)),
        "p95_ms": float(np.percentile(ages, 95)),
        "worst_ms": max(ages),
        "probes": len(ages),
        **cores,
    }


def _catch_up(gateway: Gateway) -> float:
    """How long it takes until the picture has every event of the journal, seconds."""
    begun_s = time.monotonic()
    newest = gateway.health().last_seq
    while time.monotonic() - begun_s < CATCHES_UP_S:
        if any(one.up_to_seq >= newest for one in gateway.threats()):
            return time.monotonic() - begun_s
        time.sleep(0.05)
    raise HlaskaError(f"the picture has not caught up within {CATCHES_UP_S} s")
