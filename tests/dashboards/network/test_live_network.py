"""The dashboard as a whole shows what goes on in the network, and what a finding rests on."""

from datetime import UTC, datetime

import pytest

from dashboards.conversation_graph import CHOOSE
from dashboards.flow_evidence import NO_TALKS
from dashboards.source_health import CONVERSATIONS, CROSSINGS, SourceHealth
from hlaska.network.network import NetworkSection
from serving.evidence import digest_of

JPEG = b"\xff\xd8 a picture"


@pytest.fixture
def dashboard(feed):
    dashboard = SourceHealth(feed)
    yield dashboard
    dashboard.close()


def test_the_network_reaches_table_map_and_masthead(dashboard, gateway, guarding, eventually):
    now = datetime.now(UTC)
    hosts = [{"alarms": ("cyber.scan",)}, {"ip": "10.0.0.99", "asset": None, "carries": None}]
    gateway.send_status(guarding(hosts, at=now))
    eventually(lambda: dashboard._health.hosts["words"] == "1 in alarm, 1 unknown")
    assert dashboard._health.feeds[0]["words"] == "healthy"
    assert "1 of 1 network feeds" in dashboard._masthead.sources["words"]
    assert dashboard._map._sensors.badges.data["words"] == ["Network scan"]
    assert [row["source"] for row in dashboard._health.rows] == ["gate", "yard", "acme"]


def _flows(gateway, evidence):
    """The evidence of a finding, kept by the gateway."""
    content = evidence if isinstance(evidence, bytes) else evidence.model_dump_json().encode()
    digest = digest_of(content)
    gateway.send_evidence(digest, "application/json", content)
    return {"uri": f"/evidence/{digest}", "media_type": "application/json", "sha256": digest}


def test_a_chosen_finding_shows_its_conversations_and_the_place_of_its_camera(
    dashboard, gateway, event, scan, conversations, talk, eventually
):
    kept = _flows(gateway, conversations([talk(), talk("203.0.113.7")]))
    gateway.send_events([scan(1, evidence=[kept]), event(2)])
    eventually(lambda: len(dashboard._events.rows) == 2)
    dashboard._events.selected = "event-1"
    assert dashboard._detail.facts["words"].startswith("cam-gate tried 412 ports")
    eventually(lambda: len(dashboard._detail.talks["rows"]) == 2)
    assert "attacker" in dashboard._graph._texts.data["text"]
    assert dashboard._below_map.value == CONVERSATIONS
    assert (dashboard._graph.figure.visible, dashboard._chart.figure.visible) == (True, False)
    assert dashboard._part_of_map.value == "alarm"
    assert len(dashboard._map._chosen.sensors.data["x"]) == 1
    dashboard._events.selected = "event-2"
    assert dashboard._below_map.value == CROSSINGS
    assert (dashboard._graph.figure.visible, dashboard._chart.figure.visible) == (False, True)
    assert CHOOSE in dashboard._graph._texts.data["text"]
    assert dashboard._part_of_map.value == "seen"


def test_evidence_that_cannot_be_read_is_said_in_words(dashboard, gateway, scan, eventually):
    gateway.send_events([scan(1, evidence=[_flows(gateway, b"{")]), scan(2)])
    eventually(lambda: len(dashboard._events.rows) == 2)
    dashboard._events.selected = "event-1"
    eventually(lambda: "cannot be read" in dashboard._detail.talks["words"])
    assert any("cannot be read" in text for text in dashboard._graph._texts.data["text"])
    dashboard._events.selected = "event-2"
    assert dashboard._detail.talks["words"] == NO_TALKS
    assert NO_TALKS in dashboard._graph._texts.data["text"]


def test_a_finding_leads_to_the_camera_of_its_device(dashboard, gateway, scan, eventually):
    found = {"host": "10.0.0.12", "asset": "cam-yard", "carries": "yard"}
    gateway.send_events([scan(1, attributes=found)])
    eventually(lambda: dashboard._events.rows)
    dashboard._events.selected = "event-1"
    assert dashboard._detail.large == "gate"
    dashboard._detail._handle_msg({"wanted": True})
    assert dashboard.camera == "yard" == dashboard._detail.large
    assert dashboard._wall.tiles["yard"].large
    dashboard._wall.tiles["gate"]._handle_msg({"wanted": True})
    dashboard._detail._handle_msg({"wanted": True})
    assert dashboard.camera == "yard", "as often as somebody wants it"


def test_an_attack_on_a_video_takes_the_place_of_its_parts_with_picture_and_conversations(
    dashboard, gateway, attack_on_video, conversations, talk, eventually
):
    digest = digest_of(JPEG)
    gateway.send_evidence(digest, "image/jpeg", JPEG)
    still = {"uri": f"/evidence/{digest}", "media_type": "image/jpeg", "sha256": digest}
    kept = _flows(gateway, conversations([talk()]))
    whole, *parts = attack_on_video({"evidence": [kept]}, {"evidence": [still]})
    gateway.send_events(parts)
    eventually(lambda: len(dashboard._events.rows) == 2)
    dashboard._events.selected = "event-2"
    eventually(lambda: dashboard._detail.still == JPEG)
    gateway.send_events([whole])
    eventually(lambda: dashboard._events.selected == "event-3")
    assert [row["id"] for row in dashboard._events.rows] == ["event-3"]
    eventually(lambda: dashboard._detail.talks["rows"])
    assert dashboard._detail.still == JPEG and dashboard._detail.facts["pictured"]


def test_a_site_without_a_network_has_no_place_for_conversations(dashboard, site):
    bare = site.model_copy(update={"assets": (), "network": NetworkSection()})
    dashboard._build(bare)
    assert list(dashboard._below_map.options) == [CROSSINGS] and not dashboard._below_map.visible
