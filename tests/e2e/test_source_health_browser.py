"""The whole system in a browser: camera, detector, Ray Serve, gateway, dashboard.

`running_system` is that system on a clip; what the dashboard does on its own, with every way to
fail, is tested in tests/dashboards/test_in_the_browser.py.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.ray]

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PICTURE = ".tile:not(.small) img"
PATIENCE_MS = 60_000
TRACKS = """() => Bokeh.documents.flatMap((d) => [...d._all_models.values()])
  .filter((m) => m.type === "ColumnDataSource" && "track" in Object.fromEntries(m.data.entries?.()
    ?? Object.entries(m.data)))
  .flatMap((m) => [...(m.data.get?.("track") ?? m.data.track)])"""


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(running_system, complaints) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})

        def see(request) -> None:
            address = urlsplit(request.url)
            if address.scheme not in ("blob", "data") and address.hostname not in (
                "127.0.0.1",
                "localhost",
            ):
                complaints.append(f"asked {request.url}")

        page.on("request", see)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(f"{running_system.dashboards_url}/source_health")
        page.wait_for_selector(f"{PICTURE}[data-captured-at]", timeout=PATIENCE_MS)
        yield page
        browser.close()


def test_what_the_camera_sees_is_on_the_dashboard(page, complaints, eventually):
    before = page.get_attribute(PICTURE, "data-captured-at")
    eventually(lambda: page.get_attribute(PICTURE, "data-captured-at") != before)
    expect(page.locator(".tile:not(.small) .note")).to_have_text("generated scene")
    expect(page.locator(".tile:not(.small) .foot")).to_contain_text("Detector: hog")
    eventually(lambda: page.evaluate(TRACKS))
    row = page.locator("[data-event]").filter(has_text="closed area").first
    row.wait_for(timeout=PATIENCE_MS)
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator("button.still img")).to_be_visible()
    expect(page.locator("dl")).to_contain_text("hog")
    expect(page.locator(".cameras tbody")).to_contain_text("Blind")
    assert complaints == []
