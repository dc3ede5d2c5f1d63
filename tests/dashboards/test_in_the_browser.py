"""What somebody sees: real gateway, dashboards and browser; only the camera is played."""

import io
import json
import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect, sync_playwright

from dashboards.serve import serve_in_background
from hlaska.settings import Settings
from hlaska.tracks import StreamStatus
from serving.client import Gateway
from serving.evidence import digest_of

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"
STALE_MS = 30_000
TILE = ".tile:not(.small) img"
TRACKS = """() => Bokeh.documents.flatMap((d) => [...d._all_models.values()])
  .filter((m) => m.type === "ColumnDataSource" && "track" in Object.fromEntries(m.data.entries?.()
    ?? Object.entries(m.data)))
  .flatMap((m) => [...(m.data.get?.("track") ?? m.data.track)])"""
RINGS = """() => Bokeh.documents.flatMap((d) => [...d._all_models.values()])
  .filter((m) => m.type === "Patches" || m.type === "MultiLine")
  .flatMap((glyph) => Bokeh.documents.flatMap((d) => [...d._all_models.values()])
    .filter((m) => m.type === "GlyphRenderer" && m.glyph === glyph))
  .map((m) => m.data_source)
  .map((s) => s.data.get?.("xs") ?? s.data.xs)
  .filter((xs) => xs && xs.length)
  .map((xs) => [...xs].map((line) => line.length))"""
"""How many corners each shape and line on the map has."""


OF_COLUMN = """Bokeh.documents.flatMap((d) => [...d._all_models.values()])
  .filter((m) => m.type === "ColumnDataSource")
  .map((m) => m.data.get?.(column) ?? m.data[column]).filter(Boolean).flatMap((c) => [...c])"""
BADGES = f"() => {{ const column = 'words'; return {OF_COLUMN}; }}"
WRITTEN = f"() => {{ const column = 'text'; return {OF_COLUMN}; }}"
"""What stands at sensors whose devices are in trouble, and all that is written in plots."""


def flac() -> bytes:
    """Two seconds of a tone, as microphones' evidence is kept."""
    file = io.BytesIO()
    tone = np.sin(np.arange(32_000) / 10).astype(np.float32)
    soundfile.write(file, tone, 16_000, format="FLAC")
    return file.getvalue()


def keep(gateway, media_type: str, content: bytes) -> dict[str, str]:
    digest = digest_of(content)
    gateway.send_evidence(digest, media_type, content)
    return {"uri": f"/evidence/{digest}", "media_type": media_type, "sha256": digest}


def jpeg(number: int) -> bytes:
    image = np.full((96, 128, 3), 30, np.uint8)
    cv2.putText(image, str(number), (10, 60), 0, 1, (255, 255, 255), 2)
    return cv2.imencode(".jpg", image)[1].tobytes()


class Player:
    """Plays the gate's camera and the ear: five reports a second, until it is stopped."""

    def __init__(self, gateway: Gateway, status, hearing) -> None:
        self._gateway, self._status, self._hearing = gateway, status, hearing
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._play)
        self._thread.start()

    def _play(self) -> None:
        number = 0
        while not self._stopped.wait(0.2):
            now = datetime.now(UTC)
            self._gateway.send_picture("testville", "gate", now, jpeg(number))
            self._gateway.send_status(self._status(at=now, last_frame_at=now))
            self._gateway.send_status(self._hearing(at=now, last_frame_at=now))
            number += 1

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()


@pytest.fixture
def dashboards(server) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with serve_in_background(Settings.load(), port=port, gateway=server.url) as dashboards:
        dashboards.wait_until_ready()
        yield dashboards


@pytest.fixture
def player(gateway, status, hearing) -> Iterator[Player]:
    player = Player(gateway, status, hearing)
    yield player
    player.stop()


@pytest.fixture
def complaints() -> list[str]:
    """Requests that left this machine, errors on the page and in its console."""
    return []


@pytest.fixture
def page(dashboards, player, complaints) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()

        def see_request(request) -> None:
            address = urlsplit(request.url)
            if address.scheme in ("http", "https", "ws") and address.hostname != "127.0.0.1":
                complaints.append(f"asked {request.url}")

        page.on("request", see_request)
        page.on("websocket", lambda ws: see_request(ws))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(f"{dashboards.url}/source_health")
        page.wait_for_selector(f"{TILE}[data-captured-at]", timeout=30_000)
        yield page
        browser.close()


def captured_at(page: Page) -> int:
    return int(page.get_attribute(TILE, "data-captured-at"))


def test_a_dispatcher_sees_what_happens(page, gateway, event, crossing, complaints, eventually):
    # The picture moves, and says when it was taken.
    before = captured_at(page)
    eventually(lambda: captured_at(page) > before + 400)
    assert abs(datetime.now(UTC).timestamp() * 1000 - captured_at(page)) < 10_000
    expect(page.locator(".tile:not(.small) .note")).to_have_text("a test picture")
    expect(page.locator(".foot").first).to_contain_text("hog 1")
    expect(page.locator(".small .empty")).to_have_text("No picture yet")

    # The clock is that of the site, wherever the viewer is.
    there = {
        (datetime.now(UTC) + timedelta(hours=hours, seconds=seconds)).strftime("%H:%M:%S")
        for hours in (1, 2)  # Prague, winter and summer
        for seconds in range(-5, 6)
    }
    assert page.locator("header time").text_content() in there

    # The track is on the map, the health in the table.
    eventually(lambda: page.evaluate(TRACKS) == [7])
    expect(page.locator("tbody tr").first).to_contain_text("healthy")
    expect(page.locator("header .link")).to_have_text("live")
    expect(page.get_by_text("No events yet", exact=False)).to_be_visible()

    # An event appears; the keyboard reaches it, and opens what explains it.
    still = jpeg(0)
    evidence = [keep(gateway, "image/jpeg", still)]
    happened = {"evidence": evidence, "model": {"name": "hog", "version": "1"}, "zone": "lawn"}
    gateway.send_events([event(1, **happened), crossing(2, observed_at=datetime.now(UTC))])
    row = page.locator("[data-event='event-1']")
    expect(row).to_contain_text("Lawn · Příkopy, brána")
    expect(page.locator("[data-event='event-2']")).to_have_count(0)
    row.focus()
    page.keyboard.press("Enter")
    enlarge = page.locator("button.still")
    expect(enlarge.locator("img")).to_be_visible()
    expect(page.locator("dl")).to_contain_text("hog, version 1")
    enlarge.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()

    # The arrows move between rows; crossings are listed when asked for.
    page.get_by_label("counted crossings too").check()
    top = page.locator("[data-event='event-2']")
    top.focus()
    page.keyboard.press("ArrowDown")
    assert row.evaluate("node => node.getRootNode().activeElement === node")

    # Words of an event stay words.
    gateway.send_events([event(3, attributes={"note": HOSTILE}, track_id=HOSTILE)])
    page.locator("[data-event='event-3']").click()
    expect(page.locator("dl")).to_contain_text(HOSTILE)
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "Hlaska – source health"

    # The other camera is shown large when somebody wants it.
    page.locator(".tile.small button").press("Enter")
    expect(page.locator(".tile:not(.small) h2")).to_have_text("Dvůr")

    # It fits, and a second session shares the one subscription.
    fits = "() => document.documentElement.scrollHeight <= 900"
    assert page.evaluate(fits)
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector(".tile img[data-captured-at]", timeout=30_000)
    assert gateway.health().subscribers == 1
    assert complaints == []


def test_a_dispatcher_hears_what_happened(page, gateway, shot, located, complaints, eventually):
    # The microphones are in the table, with what they hear; the note of a played one is there.
    ear = page.locator(".microphones tbody tr").first
    expect(ear).to_contain_text("healthy")
    expect(ear).to_contain_text("20 % scream")
    expect(ear).to_contain_text("7 of 9")
    expect(ear.locator(".note")).to_have_text("a test sound")
    expect(page.locator("header")).to_contain_text("1 of 3 microphones")

    # Before it is located, each microphone's event has its row; choosing one plays its sound.
    evidence = [keep(gateway, "image/jpeg", jpeg(1)), keep(gateway, "audio/flac", flac())]
    heard = [shot(1, evidence=evidence), shot(2, source="drum"), shot(3, source="lobe")]
    gateway.send_events(heard)
    rows = page.locator("[data-event]")
    expect(rows).to_have_count(3)
    own = page.locator("[data-event='event-1']")
    own.focus()
    page.keyboard.press("Enter")
    audio = page.locator("audio")
    eventually(lambda: audio.count() and audio.evaluate("a => a.duration") > 0)
    assert audio.evaluate("a => a.duration") == pytest.approx(2, abs=0.1)
    expect(page.locator(".about")).to_contain_text("speech removed: 2.1 s")
    player = audio.element_handle()

    # Located, the alarm is one row; choice, keyboard and the sound that plays stay.
    gateway.send_events([located(4, heard)])
    expect(rows).to_have_count(1)
    row = page.locator("[data-event='event-4']")
    expect(row).to_contain_text("2 shots")
    expect(row).to_contain_text("heard by 3 microphones")
    expect(row.locator(".note")).to_have_text("a test sound")
    expect(row).to_have_attribute("aria-pressed", "true")
    assert row.evaluate("node => node.getRootNode().activeElement === node")
    expect(page.locator("dl")).to_contain_text("± 12 m along (east–west), ± 4 m across")
    assert player.evaluate("node => node.isConnected"), "the player is still the same"

    # On the map: the ellipse, and a line to each microphone.
    eventually(lambda: [73] in page.evaluate(RINGS) and [2, 2, 2] in page.evaluate(RINGS))
    expect(page.get_by_role("button", name="Alarm", exact=True)).to_have_class(re.compile("active"))

    # What cannot be played says so; what was not kept too. Words stay words.
    broken = keep(gateway, "audio/flac", b"no sound at all")
    reason = {"count": 1, "reason": HOSTILE}
    gateway.send_events([shot(5, evidence=[broken]), shot(6, attributes=reason)])
    page.locator("[data-event='event-5']").click()
    expect(page.locator(".player")).to_have_text("This browser cannot play the sound")
    page.locator("[data-event='event-6']").click()
    expect(page.locator(".player")).to_have_text(f"No sound was kept of this event: {HOSTILE}")
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("() => document.documentElement.scrollHeight <= 900")
    assert complaints == []


def flows(*peers: str) -> bytes:
    """Conversations of the yard's camera with those, as evidence."""
    now = datetime.now(UTC).isoformat()
    talk = {"src": "10.0.0.12", "dst_port": 23, "protocol": "tcp", "service": HOSTILE,
            "state": "rejected", "flows": 3, "src_bytes": 1800, "dst_bytes": 0, "src_packets": 3,
            "dst_packets": 0, "first_at": now, "last_at": now}  # fmt: skip
    hosts = [{"ip": "10.0.0.12", "asset": "cam-yard", "inside": True}]
    hosts += [{"ip": peer, "inside": peer.startswith("10.")} for peer in peers]
    told = {"words": "", "host": "10.0.0.12", "measured": 412, "usual": 2, "limit": 40}
    talks = [talk | {"dst": peer} for peer in peers]
    return json.dumps(told | {"hosts": hosts, "talks": talks, "left_out": 212}).encode()


def network_of(host: dict[str, object]) -> StreamStatus:
    """What the feed of flows says now, of one host."""
    now = datetime.now(UTC)
    usual = {"ip": "10.0.0.12", "asset": "cam-yard", "carries": "yard", "last_seen": now,
             "flows": 9, "peers": 31, "sent_bytes": 48e6, "received_bytes": 900}  # fmt: skip
    network = {"sampled": 0.4, "lag_s": 1.25, "unreadable": 12, "hosts": [usual | host]}
    return StreamStatus.model_validate(
        {"site": "testville", "source": "core", "state": "healthy", "epoch": now, "at": now,
         "fps_in": 1240, "fps_processed": 496, "network": network}
    )  # fmt: skip


def test_a_dispatcher_sees_who_attacks_the_cameras(page, gateway, event, complaints, eventually):
    # The panel says it in its head, which leads to the table; the map marks the camera.
    gateway.send_status(network_of({"alarms": ["cyber.scan", HOSTILE]}))
    way = page.locator("nav button").last
    expect(way).to_contain_text("Network: 1 in alarm")
    way.click()
    expect(page.locator(".feeds tbody tr")).to_contain_text("looks at 40 % of the flows")
    host = page.locator(".hosts tbody tr")
    expect(host).to_contain_text("Network scan, <img src=x onerror=")
    expect(host).to_contain_text("48.0 MB")
    expect(host).to_be_in_viewport()
    eventually(lambda: page.evaluate(BADGES) == ["Network scan"])

    # A finding says itself large, with its conversations, and leads to the camera.
    peers = [*(f"10.0.1.{n}" for n in range(198)), "203.0.113.7", HOSTILE]
    words = f"cam-yard tried {HOSTILE}"
    attributes = {"host": "10.0.0.12", "asset": "cam-yard", "carries": "yard", "words": words,
                  "measured": 412, "usual": 2, "limit": 40}  # fmt: skip
    found = {"source": "core", "kind": "cyber.scan", "attributes": attributes}
    evidence = [keep(gateway, "application/json", flows(*peers))]
    gateway.send_events([event(1, evidence=evidence, **found)])
    page.locator("[data-event='event-1']").click()
    expect(page.locator(".words")).to_have_text(words)
    expect(page.locator(".figures")).to_contain_text("412measured")
    expect(page.locator(".talks tbody tr")).to_have_count(200)
    expect(page.locator(".talks .more")).to_have_text("and 212 more that were not kept")
    expect(page.locator(".talks")).to_contain_text("<img src=x")
    eventually(lambda: "attacker" in page.evaluate(WRITTEN))
    assert "and 192 more hosts" in page.evaluate(WRITTEN)
    expect(page.get_by_text("Conversations", exact=True).first).to_be_visible()
    camera = page.locator("button.camera")
    expect(camera).to_have_text("Show camera Dvůr")
    camera.press("Enter")
    expect(page.locator(".tile:not(.small) h2")).to_have_text("Dvůr")
    expect(camera).to_be_disabled()

    # Evidence that is none is said to be none; and the graph can be left for the crossings.
    broken = [keep(gateway, "application/json", b"{")]
    gateway.send_events([event(2, evidence=broken, **found)])
    page.locator("[data-event='event-2']").click()
    expect(page.locator(".talks")).to_contain_text("The conversations cannot be read")
    page.get_by_role("button", name="Crossings", exact=True).click()
    expect(page.get_by_role("heading", name="Crossings", exact=True)).to_be_visible()

    # Nothing became markup, all keeps its place, and a feed that falls silent says so.
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "Hlaska – source health"
    for width, height in ((1440, 900), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("() => document.documentElement.scrollHeight") <= height
    expect(way).to_contain_text("Network: silent", timeout=STALE_MS)
    eventually(lambda: page.evaluate(BADGES) == [])
    assert complaints == []


def test_everything_is_said_in_czech(page, gateway, event, shot, complaints, eventually):
    evidence = [keep(gateway, "application/json", flows("10.0.1.1", "203.0.113.7"))]
    told = {"host": "10.0.0.12", "asset": "cam-yard", "carries": "yard", "words": "cam-yard …",
            "measured": 412, "usual": 2, "limit": 40, "hosts": 31, "ports": 1412}  # fmt: skip
    found = event(1, source="core", kind="cyber.scan", attributes=told, evidence=evidence)
    gateway.send_events([found, shot(2)])
    page.locator("[data-event='event-1']").click()
    page.get_by_label("Language").select_option("cs")
    expect(page.locator("header h1")).to_have_text("Stav zdrojů")
    for words in ("Události", "Zdroje", "Spojení", "Mapa, sever ↑"):
        expect(page.get_by_role("heading", name=words, exact=True)).to_be_visible()
    expect(page.locator(".cameras thead")).to_contain_text("Zahozeno")
    expect(page.locator(".cameras tbody tr").first).to_contain_text("v pořádku")
    expect(page.locator(".microphones tbody tr").first).to_contain_text("20 % křik")
    way, alarm = page.locator("nav button").last, {"alarms": ["cyber.scan"]}
    eventually(lambda: (gateway.send_status(network_of(alarm)),
                        way.text_content())[1].endswith("v poplachu: 1"))  # fmt: skip
    expect(page.locator("[data-event='event-1']")).to_contain_text("Skenování sítě")
    expect(page.locator("[data-event='event-2']")).to_contain_text("2× výstřel")
    expect(page.locator(".words")).to_contain_text("cam-yard zkouší zařízení (31) a porty")
    expect(page.locator(".talks")).to_contain_text("odmítnuto")
    expect(page.locator("button.camera")).to_have_text("Ukázat kameru Dvůr")
    assert "útočník" in page.evaluate(WRITTEN)
    page.locator("[data-event='event-2']").click()
    expect(page.locator(".player")).to_have_text("Zvuk této události se neuchoval")

    # Longer words do not move anything out of its place.
    for width, height in ((1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("() => document.documentElement.scrollHeight") <= height
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert complaints == []


def test_silence_shows_by_itself(page, player, server, dashboards):
    player.stop()
    expect(page.locator(".old").first).to_contain_text("Old picture", timeout=STALE_MS)
    for table in (".cameras", ".microphones"):
        first = page.locator(f"{table} tbody tr").first
        expect(first).to_contain_text("silent for", timeout=STALE_MS)
    expect(page.locator(".microphones tbody tr").first).not_to_contain_text("scream")
    expect(page.locator("header")).to_contain_text("0 of 2 cameras", timeout=STALE_MS)
    server.stop()
    lost = page.locator("header.lost")
    expect(lost).to_contain_text("No connection to the gateway since", timeout=STALE_MS)
    server.start()
    expect(page.locator("header .link")).to_have_text("live", timeout=2 * STALE_MS)
    dashboards.stop()
    expect(lost).to_contain_text("No connection to the dashboard server", timeout=STALE_MS)
