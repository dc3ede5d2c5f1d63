"""The dashboard as a whole, without a browser: what is chosen is shown, and it ends when left."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import panel as pn
import pytest
from bokeh.client import pull_session
from bokeh.document import Document
from panel.io.handlers import NotebookHandler

from dashboards.feed import Feed
from dashboards.serve import app_notebooks
from dashboards.source_health import SourceHealth
from dashboards.world import EVENTS_KEPT
from serving.client import Gateway
from serving.evidence import digest_of
from serving.processes import answers

JPEG = b"\xff\xd8 a picture"


@pytest.fixture
def dashboard(feed):
    dashboard = SourceHealth(feed)
    yield dashboard
    dashboard.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("most_events", 0), ("updates_per_s", 100), ("minutes", 1), ("site", 3)],
)
def test_what_is_out_of_bounds_is_refused(feed, name, value):
    with pytest.raises(ValueError, match=name):
        SourceHealth(feed, **{name: value})


def test_events_appear_and_crossings_only_if_wanted(
    dashboard, gateway, event, crossing, eventually
):
    gateway.send_events([event(1), crossing(2), event(3)])
    eventually(lambda: len(dashboard._events.rows) == 2)
    assert [row["id"] for row in dashboard._events.rows] == ["event-3", "event-1"]
    dashboard.show_crossings = True
    assert [row["id"] for row in dashboard._events.rows] == ["event-3", "event-2", "event-1"]
    assert dashboard._events.show_crossings


def test_the_list_of_events_is_bounded(feed, gateway, event, eventually):
    dashboard = SourceHealth(feed, most_events=10)
    gateway.send_events([event(number) for number in range(30)])
    eventually(lambda: len(feed.world.events) == 30)
    eventually(lambda: dashboard._events.rows and dashboard._events.rows[0]["id"] == "event-29")
    assert len(dashboard._events.rows) == 10
    dashboard.close()


def test_a_chosen_event_shows_its_facts_and_its_still(dashboard, gateway, event, eventually):
    digest = digest_of(JPEG)
    gateway.send_evidence(digest, "image/jpeg", JPEG)
    still = {"uri": f"/evidence/{digest}", "media_type": "image/jpeg", "sha256": digest}
    gateway.send_events([event(1, evidence=[still], location={"lon": 13.375, "lat": 49.745})])
    eventually(lambda: dashboard._events.rows)
    dashboard._events.selected = "event-1"
    assert dashboard._detail.facts["title"] == "People run"
    eventually(lambda: dashboard._detail.still == JPEG)
    assert len(dashboard._map._chosen.ring.data["xs"]) == 1
    dashboard._events.selected = ""
    assert (dashboard._detail.facts, dashboard._detail.still) == ({}, None)


def test_a_still_that_is_gone_says_so(dashboard, gateway, event, eventually):
    still = {"uri": "x", "media_type": "image/jpeg", "sha256": "0" * 64}
    gateway.send_events([event(1, evidence=[still])])
    eventually(lambda: dashboard._events.rows)
    dashboard._events.selected = "event-1"
    eventually(lambda: "cannot be shown" in dashboard._detail.still_words)
    assert "404" in dashboard._detail.still_words


def test_statuses_reach_tiles_table_map_and_masthead(dashboard, gateway, status, eventually):
    now = datetime.now(UTC)
    gateway.send_status(status(at=now, last_frame_at=now))
    eventually(lambda: dashboard._health.rows[0]["words"] == "healthy")
    assert dashboard._wall.tiles["gate"].health["detector"] == "hog 1"
    assert dashboard._masthead.sources["words"] == (
        "1 of 2 cameras, 0 of 3 microphones, 0 of 1 network feeds healthy"
    )
    assert dashboard._map._tracks.data["track"] == [7]


def test_a_microphone_reaches_table_map_and_masthead(dashboard, gateway, hearing, eventually):
    now = datetime.now(UTC)
    gateway.send_status(hearing(at=now, last_frame_at=now, sound={"scores": {"gunshot": 0.9}}))
    eventually(lambda: dashboard._health.microphones["rows"][0]["hears"] == "90 % gunshot")
    assert "1 of 3 microphones" in dashboard._masthead.sources["words"]
    assert len(dashboard._map._sensors.rings.data["x"]) == 2


def test_a_located_sound_takes_the_place_of_its_microphones_and_of_the_choice(
    dashboard, gateway, shot, located, eventually
):
    heard = [shot(1, evidence=_kept(gateway)), shot(2, source="drum"), shot(3, source="lobe")]
    gateway.send_events(heard)
    eventually(lambda: len(dashboard._events.rows) == 3)
    dashboard._events.selected = "event-1"
    eventually(lambda: dashboard._detail.sound == JPEG)
    changes = []
    dashboard._detail.param.watch(changes.append, ["sound", "sound_words"])
    gateway.send_events([located(4, heard)])
    eventually(lambda: dashboard._events.selected == "event-4")
    assert [row["id"] for row in dashboard._events.rows] == ["event-4"]
    assert dashboard._detail.facts["about"][0] == "as heard at Ucho"
    assert changes == [], "the sound plays on"
    assert len(dashboard._map._chosen.joins.data["xs"]) == 3


def test_a_microphone_that_comes_late_is_joined_to_the_chosen_alarm(
    dashboard, gateway, shot, located, eventually
):
    heard = [shot(1), shot(2, source="drum")]
    gateway.send_events([located(4, heard), heard[1]])
    eventually(lambda: len(dashboard.feed.world.events) == 2)
    dashboard._events.selected = "event-4"
    assert dashboard._detail.facts["about"][0] == "as heard at Bubínek"
    dashboard._part_of_map.value = "whole"
    gateway.send_events([heard[0]])
    eventually(lambda: dashboard._detail.facts["about"][0] == "as heard at Ucho")
    assert len(dashboard._map._chosen.joins.data["xs"]) == 2
    assert dashboard._part_of_map.value == "whole", "only a choice moves the map"
    assert [row["id"] for row in dashboard._events.rows] == ["event-4"]


def test_choosing_a_sound_moves_the_map_to_it_and_another_event_moves_it_back(
    dashboard, gateway, event, shot, eventually
):
    gateway.send_events([event(1), shot(2)])
    eventually(lambda: len(dashboard._events.rows) == 2)
    dashboard._events.selected = "event-2"
    assert dashboard._part_of_map.value == "alarm"
    extents = dashboard._map._extents
    assert dashboard._map._extent.data == extents["alarm"].data
    dashboard._events.selected = "event-1"
    assert dashboard._part_of_map.value == "seen"
    assert dashboard._map._extent.data == extents["seen"].data


def test_what_is_chosen_stays_when_it_is_older_than_what_is_remembered(
    dashboard, gateway, shot, event, eventually
):
    gateway.send_events([shot(1)])
    eventually(lambda: dashboard._events.rows)
    dashboard._events.selected = "event-1"
    gateway.send_events([event(number) for number in range(2, EVENTS_KEPT + 3)])
    eventually(lambda: "event-1" not in {s.event.id for s in dashboard.feed.world.events})
    assert dashboard._detail.facts["title"] == "Gunshot"


def _kept(gateway):
    """A piece of evidence that the gateway keeps; what is in it does not matter here."""
    digest = digest_of(JPEG)
    gateway.send_evidence(digest, "audio/flac", JPEG)
    return [{"uri": f"/evidence/{digest}", "media_type": "audio/flac", "sha256": digest}]


def test_a_crossing_reaches_the_chart(dashboard, gateway, crossing, eventually):
    gateway.send_events([crossing(1, observed_at=datetime.now(UTC))])
    eventually(lambda: dashboard._chart._bars.data["count"] == [1])


def test_one_camera_is_large_and_the_chosen_one_becomes_it(dashboard):
    tiles = dashboard._wall.tiles
    assert [tile.large for tile in tiles.values()] == [True, False]
    dashboard._part_of_map.value = "whole"
    tiles["yard"]._handle_msg({"wanted": True})
    assert [tile.large for tile in tiles.values()] == [False, True]
    assert dashboard.camera == "yard"
    assert dashboard._part_of_map.value == "seen"


def test_a_camera_that_does_not_exist_leaves_the_first_one_large(feed):
    dashboard = SourceHealth(feed, camera="nowhere")
    assert dashboard._wall.tiles["gate"].large
    dashboard.close()


def test_without_a_gateway_it_says_so_and_waits(eventually):
    feed = Feed(Gateway("http://127.0.0.1:9")).start()
    dashboard = SourceHealth(feed)
    eventually(lambda: "no answer" in dashboard._masthead.link_state["reason"] or feed.world.link)
    assert dashboard._masthead.link_state["connected"] is False
    assert dashboard._masthead.sites == {}
    dashboard.close()
    feed.stop()


def test_the_site_is_built_when_the_gateway_comes(server, eventually):
    server.stop()
    feed = Feed(Gateway(server.url)).start()
    dashboard = SourceHealth(feed)
    server.start()
    eventually(lambda: dashboard._masthead.sites == {"testville": "Testov"})
    eventually(lambda: dashboard._masthead.time_zone == "Europe/Prague")
    dashboard.close()
    feed.stop()


def test_the_language_changes_everything_at_once(
    dashboard, gateway, shot, status, hearing, eventually
):
    now = datetime.now(UTC)
    gateway.send_status(status(at=now, last_frame_at=now))
    gateway.send_status(hearing(at=now, last_frame_at=now))
    gateway.send_events([shot(1)])
    eventually(lambda: dashboard._events.rows and dashboard._health.rows[0]["kind"] == "good")
    dashboard._events.selected = "event-1"
    dashboard._part_of_map.value = "whole"
    dashboard._masthead.language = "cs"
    assert dashboard.language == "cs"
    assert dashboard._masthead.title == "Stav zdrojů"
    assert "kamery 1 z 2" in dashboard._masthead.sources["words"]
    assert dashboard._events.rows[0]["title"] == dashboard._detail.facts["title"] == "Střelba"
    assert dashboard._detail.sound_words == "Zvuk této události se neuchoval"
    assert dashboard._health.rows[0]["words"] == "v pořádku"
    assert dashboard._health.microphones["rows"][0]["kept"] == "7 z 9"
    assert dashboard._health.words["Dropped"] == "Zahozeno"
    assert dashboard._wall.tiles["gate"].health["rate"] == "7,5 snímku/s"
    assert dashboard._wall.tiles["yard"].words["No picture yet"] == "Zatím bez obrazu"
    assert dashboard._map._sensors.sensors.data["state"][0] == "v pořádku"
    assert list(dashboard._part_of_map.options)[-1] == "Objekt"
    assert dashboard._part_of_map.value == "whole", "what was chosen stays"
    assert list(dashboard._below_map.options) == ["Průchody", "Spojení"]
    dashboard._masthead.language = "en"
    assert dashboard._events.rows[0]["title"] == dashboard._detail.facts["title"] == "Gunshot"


def test_while_it_waits_for_a_site_it_says_so_in_its_language(server):
    server.stop()
    try:
        feed = Feed(Gateway(server.url))
        dashboard = SourceHealth(feed, language="cs")
        assert dashboard._events.empty == dashboard._health.empty
        assert dashboard._events.empty.startswith("Čeká se")
        dashboard.close()
    finally:
        server.start()


def test_a_dashboard_that_is_closed_listens_no_more(feed):
    dashboard = SourceHealth(feed)
    assert feed.listeners == 1
    dashboard.close()
    assert feed.listeners == 0


def test_there_are_dashboards_to_serve():
    assert "source_health" in app_notebooks()


@pytest.mark.parametrize("path", app_notebooks().values(), ids=lambda path: path.stem)
def test_every_notebook_serves_without_an_error(path: Path, server, monkeypatch):
    monkeypatch.setenv("HLASKA_GATEWAY_PORT", str(server.port))
    document = Document()
    handler = NotebookHandler(filename=str(path))
    handler.modify_document(document)
    assert handler.failed is False, handler.error_detail
    Feed.shared(server.url).stop()


@pytest.mark.parametrize("path", app_notebooks().values(), ids=lambda path: path.stem)
def test_a_notebook_names_no_address_of_its_own(path: Path):
    source = json.loads(path.read_text())["cells"]
    code = "".join("".join(cell["source"]) for cell in source if cell["cell_type"] == "code")
    assert "http" not in code


def test_a_session_that_is_left_is_forgotten(feed, eventually):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = pn.serve(
        {"live": lambda: SourceHealth(feed)},
        port=port,
        threaded=True,
        show=False,
        verbose=False,
        check_unused_sessions_milliseconds=100,
        unused_session_lifetime_milliseconds=100,
    )
    try:
        eventually(lambda: answers(f"http://127.0.0.1:{port}/live"))
        sessions = [pull_session(url=f"http://127.0.0.1:{port}/live") for _ in range(3)]
        assert feed.listeners >= 3
        for session in sessions:
            session.close()
        eventually(lambda: feed.listeners == 0)
    finally:
        server.stop()
