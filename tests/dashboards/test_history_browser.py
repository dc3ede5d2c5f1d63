"""Somebody looks back, in a real browser: an incident is played, a report printed."""

import io
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect, sync_playwright

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from dashboards.serve import serve_in_background
from hlaska.alerts.actions import Acknowledge, AddNote, HandOver, Order
from hlaska.settings import Settings
from hlaska.threat.levels import LevelChange
from serving.evidence import digest_of
from serving.messages import Orders

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"
MINUTE = timedelta(minutes=1)
SLOW_MS = 30_000
COLUMN = """(column) => Bokeh.documents.flatMap((d) => [...d._all_models.values()])
  .filter((m) => m.type === "ColumnDataSource")
  .map((m) => m.data.get?.(column) ?? m.data[column]).filter(Boolean).flatMap((c) => [...c])"""
"""All that a column of that name holds in the plots of the page."""


def jpeg(grey: int) -> bytes:
    return cv2.imencode(".jpg", np.full((96, 128, 3), grey, np.uint8))[1].tobytes()


def flac() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.sin(np.arange(32_000) / 10).astype(np.float32), 16_000, format="FLAC")
    return file.getvalue()


def keep(gateway, media_type: str, content: bytes) -> dict[str, str]:
    digest = digest_of(content)
    gateway.send_evidence(digest, media_type, content)
    return {"uri": f"/evidence/{digest}", "media_type": media_type, "sha256": digest}


@pytest.fixture
def began(server, gateway, alert, shot, event) -> datetime:
    """When the incident began: shots and runners on the square, half an hour ago."""
    at = datetime.now(UTC).replace(microsecond=0) - 30 * MINUTE
    sound = [keep(gateway, "audio/flac", flac()), keep(gateway, "image/jpeg", jpeg(90))]
    seen = [keep(gateway, "image/jpeg", jpeg(150))]
    place = {"lon": 13.375, "lat": 49.745, "uncertainty_m": 5}
    host = {"host": "10.0.0.12", "words": HOSTILE}
    lost = {"state": "lost", "reason": HOSTILE}
    gateway.send_events([
        shot(1, observed_at=at, evidence=sound, location=place),
        event(2, observed_at=at + MINUTE, evidence=seen, location=place),
        event(3, observed_at=at + MINUTE, kind="cyber.scan", source="core", attributes=host),
        event(4, observed_at=at, kind="health.down", attributes=lost),
    ])  # fmt: skip
    times = dict.fromkeys(("opened_at", "told_at", "first_at"), at)
    shots = alert(1, events=["event-1", "event-2"], last_at=at + MINUTE, **times)
    gas = alert(2, family="gas", kinds=["gas.exceedance"], **times | {"last_at": at})
    levels = [
        LevelChange(at=at - 600 * MINUTE, zone="square", level=0, known=True),
        LevelChange(at=at + MINUTE / 2, zone="square", level=4, known=True),
    ]
    journal = Journal.open(None, server.settings)
    bases = {"alert-1": 0, "alert-2": 0}
    AlertStore(journal).take("testville", 1, [shots, gas], levels, bases=bases)
    journal.close()
    for version, action in enumerate(
        (Acknowledge(), AddNote(text=HOSTILE), HandOver(text="the gate is still open")), start=1
    ):
        order = Order(alert="alert-1", version=version, action=action)
        gateway.order_alerts(Orders(by="Eva", orders=(order,)))
    return at


@pytest.fixture
def complaints() -> list[str]:
    """Requests that left this machine, errors on the page and in its console."""
    return []


@pytest.fixture
def page(server, began, complaints) -> Iterator[Page]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        serve_in_background(Settings.load(), port=port, gateway=server.url) as dashboards,
        sync_playwright() as playwright,
    ):
        dashboards.wait_until_ready()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()

        def see_request(request) -> None:
            address = urlsplit(request.url)
            if address.scheme in ("http", "https", "ws") and address.hostname != "127.0.0.1":
                complaints.append(f"asked {request.url}")

        page.on("request", see_request)
        page.on("websocket", lambda ws: see_request(ws))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(f"{dashboards.url}/history")
        expect(page.locator("header .link")).to_have_text("live", timeout=SLOW_MS)
        yield page
        browser.close()


def test_an_incident_is_looked_up_and_played(page, server, complaints, eventually):
    # The last hours are there; words are looked up, and what does not fit says what to do.
    rows = page.locator("[data-alert]")
    expect(rows).to_have_count(2, timeout=SLOW_MS)
    search = page.get_by_role("searchbox")
    search.fill("exceedance")
    expect(rows).to_have_count(1)
    expect(page.locator("[data-alert='alert-2']")).to_contain_text("Gas above the limit")
    search.fill("nothing like that")
    expect(page.get_by_text("No alert of that time fits", exact=False)).to_be_visible()
    search.fill("")
    page.get_by_label("any family").select_option("attack")
    expect(rows).to_have_count(1)
    page.get_by_label("any family").select_option("")
    expect(rows).to_have_count(2)

    # Choosing one by the keyboard reads its history, and brings it to the bar. Words stay words.
    row = page.locator("[data-alert='alert-1']")
    row.focus()
    page.keyboard.press("Enter")
    expect(row).to_have_attribute("aria-pressed", "true")
    play = page.locator(".play")
    expect(play).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text(HOSTILE, exact=False).first).to_be_attached()
    tiles = page.locator(".minute section.part")
    expect(tiles.nth(0)).to_contain_text("Nothing up to this moment")
    expect(tiles.nth(1)).to_contain_text("Gunshot")
    audio = page.locator("audio")
    eventually(lambda: audio.count() and audio.evaluate("a => a.duration") > 1)
    assert "4 – severe" not in page.evaluate(COLUMN, "words")

    # Played fast, the zone turns and the camera comes; the moment can also be gone to by hand.
    page.get_by_label("How fast").select_option("60")
    play.click()
    expect(tiles.nth(0).locator("img")).to_be_visible(timeout=SLOW_MS)
    eventually(lambda: "4 – severe" in page.evaluate(COLUMN, "words"))
    expect(tiles.nth(2)).to_contain_text(HOSTILE)
    slider = page.get_by_label("Moment that is shown")
    expect(play).to_contain_text("Play", timeout=SLOW_MS)
    slider.press("Home")
    expect(page.locator(".since")).to_have_text("\u22122:00")
    expect(tiles.nth(1)).to_contain_text("Nothing up to this moment")
    eventually(lambda: "4 – severe" not in page.evaluate(COLUMN, "words"))
    slider.press("PageUp")
    expect(page.locator(".since")).to_have_text("\u22121:00")

    # A mark on the timeline stands for each alert; a wrong time says what to do.
    assert {"alert-1", "alert-2"} <= set(page.evaluate(COLUMN, "id"))
    page.get_by_label("from").fill("2026-05-02T06:00")
    page.get_by_label("to", exact=True).fill("2026-05-01T06:00")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".state.bad")).to_contain_text("not later than")
    page.get_by_role("button", name="last day").click()
    expect(page.locator(".state.bad")).to_have_count(0)

    # It speaks Czech at once, and fits the smallest screen and a wall.
    page.get_by_label("Language").select_option("cs")
    expect(play).to_contain_text("Přehrát")
    expect(page.locator("[data-alert='alert-2']")).to_contain_text("Plyn nad limitem")
    for width, height in ((1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("() => document.documentElement.scrollHeight") <= height
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "Hlaska – historie"
    assert complaints == []

    # When the gateway is gone, it says so and what was shown stays.
    server.stop()
    page.get_by_role("button", name="poslední hodina").click()
    expect(page.locator(".state.bad")).to_contain_text("Nelze vyhledat", timeout=SLOW_MS)
    expect(rows).to_have_count(2)
    server.start()


def test_a_shift_is_reported_and_printed(page, complaints):
    page.goto(re.sub(r"/history.*", "/shift_report", page.url))
    sheet = page.locator("article")
    expect(sheet).to_contain_text("Open at the end", timeout=SLOW_MS)
    expect(sheet).to_contain_text("the gate is still open")
    expect(sheet).to_contain_text(HOSTILE)
    expect(sheet).to_contain_text("Source")
    page.get_by_label("Your name").fill("Jan Novák")
    page.keyboard.press("Enter")
    expect(sheet).to_contain_text("Jan Novák")

    # The button prints; on paper there is the sheet alone, black on white.
    page.evaluate("() => { window.print = () => { document.body.dataset.printed = 'yes'; }; }")
    page.get_by_role("button", name="Print").click()
    page.wait_for_selector("body[data-printed=yes]", state="attached")
    page.emulate_media(media="print")
    expect(page.locator("header .link")).to_be_hidden()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(sheet).to_be_visible()
    colours = sheet.evaluate(
        "s => [getComputedStyle(s).backgroundColor, getComputedStyle(s).color]"
    )
    assert colours == ["rgb(255, 255, 255)", "rgb(17, 17, 17)"]
    page.emulate_media(media="screen")

    page.get_by_role("button", name="last 8 h").click()
    expect(page.get_by_role("button", name="last 8 h")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Language").select_option("cs")
    expect(sheet).to_contain_text("Hlášení směny")
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "Hlaska – hlášení směny"
    assert complaints == []
