"""Somebody looks at how good the models are, in a real browser, after a real evaluation."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect, sync_playwright
from typer.testing import CliRunner

from dashboards.serve import serve_in_background
from hlaska.results import Report
from hlaska.settings import Settings
from training.evaluate_commands import evaluate
from training.learning.drift import compare, report_of
from training.registry.moving import Move

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"
SLOW_MS = 60_000


@pytest.fixture
def evaluated(server, gateway, tmp_path, monkeypatch) -> Report:
    """A real evaluation of the committed model of sounds, on two recordings."""
    rng = np.random.default_rng(3)
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("a.wav", "b.wav"):
        samples = 0.01 * rng.standard_normal(64_000)
        samples[16_000:24_000] *= 30
        soundfile.write(folder / name, samples, 16_000)
    (folder / "labels.csv").write_text(
        "file,onset_s,offset_s,sound\na.wav,1.0,1.5,scream\nb.wav,1.0,1.5,gunshot\n"
    )
    monkeypatch.setenv("HLASKA_GATEWAY_PORT", str(server.port))
    monkeypatch.setenv("HLASKA_MLFLOW_PORT", "11")
    models = ["--model", "seed:street-sounds", "--model", "oracle"]
    told = CliRunner().invoke(evaluate, ["audio", "--data", str(folder), *models])
    assert told.exit_code == 0, told.output
    assert "not kept in MLflow" in told.output, "no server is there: it is said, and no more"
    [report] = gateway.reports()
    assert report.shown, "the noise was no scream"
    return report


@pytest.fixture
def moved(gateway) -> None:
    """A promotion, and a sensor that has drifted."""
    now = datetime.now(UTC)
    move = {"id": "promotion-1", "kind": "promotion", "name": "eyes", "to": "2", "champion": "1"}
    made = {"previous": "1", "by": "Eva", "why": HOSTILE, "at": now - timedelta(hours=3)}
    link = "http://127.0.0.1:5000/#/models/eyes/versions/2"
    gateway.send_report(Move.model_validate(move | made | {"link": link}).report())
    rng = np.random.default_rng(0)
    before, after = ({"ear": {"loudness": rng.normal(at, 2, 60)}} for at in (-40, -30))
    found = compare(before, after)
    gateway.send_report(report_of(found, "testville", "ear", since=now, at=now))


@pytest.fixture
def complaints() -> list[str]:
    """Requests that left this machine, errors on the page and in its console."""
    return []


@pytest.fixture
def page(server, complaints) -> Iterator[Page]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        serve_in_background(Settings.load(), port=port, gateway=server.url) as dashboards,
        sync_playwright() as playwright,
    ):
        dashboards.wait_until_ready(timeout_s=180)
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
        page.goto(f"{dashboards.url}/pilot_evaluation", timeout=SLOW_MS)
        expect(page.locator("header .link")).to_have_text("live", timeout=SLOW_MS)
        yield page
        browser.close()


def test_an_evaluation_is_read_its_cases_heard_and_its_thresholds_tried(
    evaluated, moved, page, server, complaints, eventually
):
    # The newest evaluation is shown, with its systems, its tables and dots with whiskers.
    figures = page.locator(".figures")
    expect(figures.locator("h2")).to_contain_text("Sound events", timeout=SLOW_MS)
    expect(figures.locator("table").first).to_contain_text("event F1")
    expect(figures.locator(".legend")).to_contain_text("seed:street-sounds")
    dots = figures.get_by_role("img", name="scream: recall", exact=False)
    expect(dots).to_have_attribute("aria-label", "scream: recall: seed:street-sounds 0.00 "
                                   "(0.00 – 0.79); oracle 1.00 (0.21 – 1.00)")  # fmt: skip
    expect(dots.locator("path")).to_have_count(2)

    # What was missed can be looked at and heard.
    cases = page.locator(".cases figure")
    expect(cases).to_have_count(len({one.caption for one in evaluated.shown}), timeout=SLOW_MS)
    expect(cases.first.locator("img")).to_be_visible(timeout=SLOW_MS)
    expect(cases.first).to_contain_text("missed")
    audio = cases.first.locator("audio")
    eventually(lambda: audio.evaluate("a => a.duration") > 1, 60)
    cases.first.get_by_role("button").click()
    expect(page.locator(".cases dialog img")).to_be_visible()
    page.keyboard.press("Escape")

    # The slider stands on the card's operating point, goes elsewhere and comes back.
    scream = page.locator("[data-class=scream]")
    told = scream.locator(".told")
    expect(told).to_contain_text("from 0.650")
    slider = page.get_by_label("Threshold of scream")
    slider.press("Home")
    expect(told).to_contain_text("from 0.001")
    expect(page.locator(".thresholds .result")).to_contain_text('"scream": 0.001')
    scream.get_by_role("button").click()
    expect(told).to_contain_text("from 0.650")

    # Who is champion, since when and why; words stay words. Links lead to MLflow alone.
    registry = page.locator(".registry")
    expect(registry).to_contain_text("Eva")
    expect(registry).to_contain_text(HOSTILE)
    link = registry.get_by_role("link").first
    expect(link).to_have_attribute("href", "http://127.0.0.1:5000/#/models/eyes/versions/2")
    expect(page.locator(".drift")).to_contain_text("has drifted")
    expect(page.locator(".shadow")).to_contain_text("hlaska shadow NAME")

    # Another report is chosen by its card; one of a model is looked for.
    page.locator("[data-card=promotion-1]").click()
    expect(figures.locator("h2")).to_contain_text("version 2 promoted")
    expect(page.locator(".cases")).to_contain_text("The chosen report shows no cases.")
    rows = page.locator("[data-report]")
    expect(rows).to_have_count(3)
    page.get_by_label("any model").select_option("street-sounds")
    expect(rows).to_have_count(1)
    rows.first.click()
    expect(figures.locator("h2")).to_contain_text("Sound events")

    # It speaks Czech at once, and fits the smallest screen and a wall.
    page.get_by_label("Language").select_option("cs")
    expect(figures.locator("h2")).to_contain_text("Zvukové události", timeout=SLOW_MS)
    expect(page.locator(".registry h2")).to_have_text("Registr modelů")
    for width, height in ((1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("() => document.documentElement.scrollHeight") <= height
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "Hlaska – vyhodnocení pilotu"
    assert complaints == []

    # When the gateway is gone, it says so and what was shown stays.
    server.stop()
    page.get_by_role("button", name="poslední den").click()
    expect(page.locator(".state.bad")).to_contain_text("Nelze vyhledat", timeout=SLOW_MS)
    expect(rows).to_have_count(1)
    server.start()


def test_without_any_report_each_part_says_what_to_type(page, complaints):
    figures = page.locator(".figures")
    expect(figures).to_contain_text("hlaska evaluate video --quick", timeout=SLOW_MS)
    for part, command in (
        ("list", "hlaska evaluate audio --quick"),
        ("registry", "hlaska gate NAME"),
        ("drift", "hlaska drift"),
        ("shadow", "hlaska shadow NAME"),
        ("proposals", "hlaska retrain NAME"),
    ):
        expect(page.locator(f".{part} code")).to_have_text(command)
    assert complaints == []
