"""A dispatcher's shift in the browser: real gateway, picture and dashboards; events are sent."""

import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from dashboards.serve import serve_in_background
from hlaska.alerts.actions import Order
from hlaska.alerts.alert import State, Verdict
from hlaska.settings import Settings
from serving.messages import Orders

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SOUNDLESS = """window.AudioContext = class extends AudioContext {
  constructor() { super(); this.suspend(); }
};"""
"""Browsers with a screen allow no sound before somebody has clicked; one without allows it."""
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"
SLOW_MS = 30_000
PARTS = ("top", "queue", "map", "minute", "card", "why", "steps", "bar")


@pytest.fixture
def keeping(look) -> Iterator[None]:
    """Somebody keeps the picture, five times a second, even while the gateway is away."""
    stopped = threading.Event()

    def keep() -> None:
        while not stopped.wait(0.2):
            try:
                look()
            except Exception as error:  # the gateway is stopped by a test
                assert "no answer" in str(error), error

    thread = threading.Thread(target=keep)
    thread.start()
    yield
    stopped.set()
    thread.join()


@pytest.fixture
def complaints() -> list[str]:
    """Requests that left this machine, errors on the page and in its console."""
    return []


@pytest.fixture
def page(server, keeping, complaints) -> Iterator[Page]:
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
        page.add_init_script(SOUNDLESS)

        def see_request(request) -> None:
            address = urlsplit(request.url)
            if address.scheme in ("http", "https", "ws") and address.hostname != "127.0.0.1":
                complaints.append(f"asked {request.url}")

        page.on("request", see_request)
        page.on("websocket", lambda ws: see_request(ws))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(f"{dashboards.url}/live_threat")
        expect(page.locator("header .link")).to_have_text("live", timeout=SLOW_MS)
        yield page
        browser.close()


def places(page: Page) -> list[dict[str, float]]:
    return [page.locator(f".{part}").first.bounding_box() for part in PARTS]


def say_name(page: Page, name: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your name").press("Enter")


def newest(gateway):
    return gateway.alerts()[0]


def test_a_dispatchers_shift(page, gateway, shot, complaints):
    status = page.locator(".bar .status")
    expect(page.locator(".queue .empty")).to_have_text("Nothing to deal with")
    expect(status).to_contain_text("Write your name on top")
    expect(page.get_by_role("button", name="Sound is off")).to_be_visible()
    before = places(page)
    say_name(page, "Eva")
    expect(page.get_by_role("button", name="Sound on")).to_be_visible()

    # An alert appears, rings, is chosen and explained; nothing moves.
    gateway.send_events([shot(1, observed_at=datetime.now(UTC))])
    row = page.locator(".alert[aria-pressed='true']")
    expect(row).to_contain_text("Gunshot", timeout=SLOW_MS)
    expect(row).to_contain_text("new")
    expect(page.locator(".bar[data-rang='1']")).to_be_attached()
    expect(page.locator(".why .row").first).to_contain_text("Gunshot")
    expect(page.locator(".why .told")).to_contain_text("Falls below")
    expect(page.locator(".why .threshold")).to_have_count(4)
    expect(page.locator("header .level")).not_to_contain_text("calm")
    assert places(page) == before

    # Keys do nothing while somebody types, and cannot resolve what nobody has acknowledged.
    page.get_by_label("Your name").press("a")
    say_name(page, "Eva")
    page.keyboard.press("r")
    expect(status).to_contain_text("Acknowledge it first")
    assert newest(gateway).state is State.NEW

    # Keys may be faster than the page: each means what the one before has made of the alert.
    page.keyboard.press("a")
    page.keyboard.press("s")
    expect(row).to_contain_text("acknowledged")
    expect(row).to_contain_text("Eva")
    step = page.locator("li.next")
    expect(step).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("li.done")).to_have_count(1)
    expect(page.locator("li.done")).to_contain_text("Eva")

    # What somebody writes is text, wherever it is shown, and keys are letters in it.
    page.keyboard.press("n")
    page.keyboard.type(f"arms {HOSTILE}")
    page.keyboard.press("Enter")
    expect(page.locator(".card ol")).to_contain_text(HOSTILE)

    # Resolving asks for a verdict, by one key; it is stored with the alert.
    page.keyboard.press("r")
    expect(page.get_by_role("dialog")).to_contain_text("true alarm")
    page.keyboard.press("t")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Closed lately: 1")).to_be_visible()
    done = newest(gateway)
    assert (done.state, done.assignee, done.judgement.verdict) == (
        State.RESOLVED,
        "Eva",
        Verdict.TRUE,
    )
    assert [one.by for one in done.confirmed] == ["Eva"]
    assert {one.did for one in done.history} >= {"acknowledge", "assign", "confirm", "note"}
    assert list(gateway.labels()["verdict"]) == ["true"]

    # Nothing became markup, nothing was asked elsewhere, and nothing jumped.
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "Hlaska – live threat"
    assert places(page) == before
    for width, height in ((1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("() => document.documentElement.scrollHeight") <= height
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert complaints == []


def test_what_comes_while_the_page_opens_is_in_the_queue(page, gateway, shot):
    page.reload()
    gateway.send_events([shot(1, observed_at=datetime.now(UTC))])
    expect(page.locator(".queue .alert")).to_have_count(1, timeout=SLOW_MS)


def test_what_a_recording_tells_is_as_old_as_its_alert_and_says_when_it_was(page, gateway, shot):
    hours_ago = datetime.now(UTC) - timedelta(hours=21)
    gateway.send_events([shot(1, observed_at=hours_ago)])
    row = page.locator(".queue .alert")
    expect(row.locator(".observed")).to_have_text("observed 21 h ago", timeout=SLOW_MS)
    expect(row.locator("time")).to_have_text(re.compile(r"^[\d.]+ (s|min)$"))
    page.get_by_label("Language").select_option("cs")
    expect(row.locator(".observed")).to_have_text("zaznamenáno před 21 h")


def test_two_dispatchers_several_alerts_and_a_silence(page, gateway, shot, event, complaints):
    say_name(page, "Jan")
    now = datetime.now(UTC)
    down = {"kind": "health.down", "attributes": {"state": "down"}, "observed_at": now}
    gateway.send_events(
        [
            shot(1, observed_at=now),
            event(2, source="yard", **down),
            event(3, source="gate", **down),
        ]
    )
    rows = page.locator(".queue .alert")
    expect(rows).to_have_count(3, timeout=SLOW_MS)

    # Somebody is quicker: it is said who, and what was written stays.
    first = page.locator(".alert[aria-pressed='true']")
    expect(first).to_contain_text("Gunshot")
    page.keyboard.press("h")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("two men, black car")
    shots = next(one for one in gateway.alerts() if one.severity == 4)
    order = Order(alert=shots.id, version=shots.version, action={"do": "acknowledge"})
    gateway.order_alerts(Orders(by="Eva", orders=[order]))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(r"Eva – acknowledged it \d+ s ago"))
    expect(dialog.locator("textarea")).to_have_value("two men, black car")
    assert gateway.alert(shots.id).handover == ""
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    # Several at once, by keys alone.
    expect(first).to_contain_text("acknowledged")
    page.keyboard.press("k")
    page.keyboard.press("k")
    page.keyboard.press("k")
    page.keyboard.press("Space")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator(".bar .about")).to_have_text("for 2 alerts")
    page.keyboard.press("x")
    page.keyboard.press("2")
    expect(page.get_by_text("Closed lately: 2")).to_be_visible()
    expect(page.locator(".bar .about")).to_have_text("")
    assert sum(one.state is State.DISMISSED for one in gateway.alerts()) == 2
    assert {one.reason for one in gateway.alerts() if one.severity == 2} == {
        "known works or a test"
    }

    # Danger to life is silenced by two people, and what is hidden is always shown to be.
    page.keyboard.press("k")
    expect(first).to_contain_text("Gunshot")
    page.keyboard.press("m")
    dialog.locator("textarea").fill(HOSTILE)
    page.keyboard.press("Enter")
    expect(page.locator(".silences")).to_contain_text("waits for a second person")
    expect(page.locator(".silences")).to_contain_text(HOSTILE)
    expect(page.get_by_role("button", name="Agree")).to_be_disabled()
    say_name(page, "Eva")
    page.get_by_role("button", name="Agree").click()
    expect(page.locator(".fold").first).to_contain_text("Hidden: 1, silences: 1")
    expect(page.locator(".silences")).to_contain_text("hides 1")
    page.get_by_role("button", name="End").click()
    expect(rows.filter(has_text="Gunshot").first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert complaints == []


def test_a_lost_gateway_and_another_language(page, server, gateway, shot):
    say_name(page, "Eva")
    gateway.send_events([shot(1, observed_at=datetime.now(UTC))])
    expect(page.locator(".queue .alert")).to_contain_text("Gunshot", timeout=SLOW_MS)
    server.stop()
    expect(page.locator("header.lost")).to_contain_text(
        "No connection to the gateway since", timeout=SLOW_MS
    )
    expect(page.locator(".bar .status")).to_contain_text("nothing can be ordered now")
    page.keyboard.press("a")
    expect(page.locator(".queue .alert")).to_contain_text("new")
    server.start()
    expect(page.locator("header .link")).to_have_text("live", timeout=2 * SLOW_MS)
    expect(page.locator(".bar .status")).not_to_contain_text("nothing can be ordered now")
    page.keyboard.press("a")
    expect(page.locator(".queue .alert")).to_contain_text("acknowledged")

    # The language is part of the address, the name is the browser's: both outlive a reload.
    page.get_by_label("Language").select_option("cs")
    expect(page.locator(".queue .alert")).to_contain_text("Střelba")
    expect(page.locator(".bar [data-do='resolve']")).to_contain_text("Vyřešit")
    expect(page.locator("header h1")).to_have_text("Aktuální ohrožení")
    page.reload()
    expect(page.locator(".queue .alert")).to_contain_text("Střelba", timeout=SLOW_MS)
    expect(page.get_by_label("Vaše jméno")).to_have_value("Eva")
    expect(page.get_by_role("link", name="Historie")).to_have_attribute(
        "href", re.compile(r"^history\?language=cs&site=testville$")
    )
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("další a předchozí výstraha")
