"""Alerts over a real Mosquitto that is killed and restarted: each arrives, and arrives once."""

import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from hlaska.errors import SourceError
from hlaska.tracks import StreamState
from serving.client import Gateway
from serving.connection import Patience
from serving.mqtt import ForeignFeed
from serving.outbox import Outbox
from serving.spool import Spool


def test_an_alert_becomes_an_event_and_the_feed_tells_how_it_does(
    broker, publisher, watch, until, site_of, alert
):
    one = watch(site_of(broker.port))
    until(lambda: one.state() is StreamState.HEALTHY)
    publisher.send(alert(1))
    until(one.events)
    (event,) = one.events()
    assert (event.kind, event.source, event.attributes["vendor"]) == (
        "audio.gunshot",
        "ears",
        "Acme",
    )
    until(lambda: one.status().last_frame_at is not None)
    assert one.status().detector == "Acme, alerts only"
    assert one.events("health.") == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_alerts_published_around_a_restart_of_the_broker_arrive_once_each(
    broker, publisher, watch, until, how, site_of, alert
):
    one = watch(site_of(broker.port))
    until(lambda: one.state() is StreamState.HEALTHY)
    for number in range(30):
        publisher.send(alert(number))
        if number == 10:
            # What it has acknowledged but not yet handed on, Mosquitto forgets when it is killed.
            until(lambda: how is signal.SIGTERM or len(one.events()) == 11)
            broker.stop(how)
        if number == 20:
            until(lambda: one.state() is StreamState.RECONNECTING)
            broker.start()
    until(lambda: len(one.events()) >= 30, 60)
    until(lambda: one.state() is StreamState.HEALTHY)
    ids = [event.id for event in one.events()]
    assert len(ids) == len(set(ids)) == 30
    assert [event.kind for event in one.events("health.")] == ["health.degraded", "health.restored"]
    # What waited is believed its time: the broker was away, the detector's clock is right.
    assert not [event for event in one.events() if "clock_off_s" in event.attributes]


def test_what_is_published_while_we_are_away_arrives_when_we_are_back(
    broker, publisher, watch, until, site_of, alert
):
    site = site_of(broker.port)
    one = watch(site)
    until(lambda: one.state() is StreamState.HEALTHY)
    one.close()
    for number in range(50):
        publisher.send(alert(number, at=f"2026-05-01T12:00:{number:02}Z"))
    publisher.send(alert(50)).wait_for_publish(10)
    two = watch(site)
    until(lambda: len(two.events()) == 51)


def test_what_an_earlier_site_file_subscribed_to_is_no_alert(
    broker, publisher, watch, until, site_of, alert
):
    one = watch(site_of(broker.port, topic="#"))
    until(lambda: one.state() is StreamState.HEALTHY)
    one.close()
    two = watch(site_of(broker.port))
    until(lambda: two.state() is StreamState.HEALTHY)
    publisher.send(b"21.5", topic="other/maker/telemetry").wait_for_publish(10)
    publisher.send(alert(1)).wait_for_publish(10)
    until(two.events)
    assert two.status().dropped == 0
    assert not two.events("health.")


def test_an_alert_that_waited_for_hours_is_believed_its_time_and_one_that_did_not_is_not(
    broker, publisher, watch, until, site_of, alert
):
    hours_ago = datetime.now(UTC) - timedelta(hours=3)
    site = site_of(broker.port)
    one = watch(site)
    until(lambda: one.state() is StreamState.HEALTHY)
    one.close()
    publisher.send(alert(1, at=hours_ago.isoformat())).wait_for_publish(10)
    two = watch(site)
    until(two.events)
    assert two.events()[0].observed_at == hours_ago
    # As if it had been connected for long: what comes now has not waited.
    two.feed._connected_at = datetime.now(UTC) - timedelta(minutes=5)
    publisher.send(alert(2, at=hours_ago.isoformat()))
    until(lambda: len(two.events("health.")) == 1)
    late = two.events()[1]
    assert late.attributes["clock_off_s"] == pytest.approx(-10_800, abs=60)
    assert late.observed_at > hours_ago + timedelta(hours=2)
    assert "clock is off" in two.events("health.")[0].attributes["reason"]


def test_one_alert_repeated_a_thousand_times_is_stored_once(
    broker, publisher, watch, until, site_of, alert
):
    one = watch(site_of(broker.port))
    until(lambda: one.state() is StreamState.HEALTHY)
    same = alert(1)
    for _ in range(1000):
        publisher.send(same)
    publisher.send(alert(2)).wait_for_publish(60)
    until(lambda: len(one.events()) == 2, 60)
    until(lambda: one.outbox.waiting == 0)
    assert len(one.gateway.events(limit=1000)) == 2


def test_a_retained_alert_is_old_news_and_no_wrong_clock(
    broker, publisher, watch, until, site_of, alert
):
    long_ago = datetime.now(UTC) - timedelta(days=30)
    publisher.send(alert(1, at=long_ago.isoformat()), retain=True).wait_for_publish(10)
    one = watch(site_of(broker.port))
    until(one.events)
    assert one.events()[0].observed_at == long_ago
    assert one.events("health.") == []


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param(b"\xff\xfe\x00", "not JSON", id="bytes"),
        pytest.param(b"[" * 100_000, "nested without end", id="a deep hole"),
        pytest.param(b"[{}] " * 2, "not JSON", id="two values"),
        pytest.param(b" " * 1_000_001, "at most 1,000,000", id="too long"),
        pytest.param([{}] * 501, "at most 500 at a time", id="too many"),
        pytest.param([[{"type": "GUN_SHOT"}]], "a list of 1 came", id="nested lists"),
        pytest.param({"type": "MEOW"}, "a word that mapping.kinds", id="an unknown word"),
    ],
)
def test_a_message_that_cannot_be_read_is_counted_told_once_and_stops_nothing(
    broker, publisher, watch, until, payload, complaint, site_of, alert
):
    one = watch(site_of(broker.port))
    until(lambda: one.state() is StreamState.HEALTHY)
    for _ in range(3):
        publisher.send(payload)
    publisher.send(alert(1))
    until(one.events)
    until(lambda: one.status().dropped == 3)
    assert one.state() is StreamState.HEALTHY
    assert "3 alerts could not be read" in one.status().reason
    (health,) = one.events("health.")
    assert (health.kind, health.attributes["state"]) == ("health.degraded", "unreadable")
    assert complaint in health.attributes["reason"]


def test_a_broker_that_stays_away_is_lost_and_found_again(
    broker, new_server, tmp_path, until, site_of
):
    site = site_of(broker.port)
    server = new_server(site)
    server.start()
    broker.stop()
    outbox = Outbox(lambda: Gateway(server.url), Spool(tmp_path / "spool.sqlite"))
    feed = ForeignFeed(site, site.detector("ears"), outbox, patience=Patience(lost_s=1.0))
    feed.start()
    until(lambda: feed.status().state is StreamState.LOST)
    assert "cannot be reached" in feed.status().reason
    broker.start()
    until(lambda: feed.status().state is StreamState.HEALTHY)
    with Gateway(server.url) as gateway:
        kinds = ["health.degraded", "health.down", "health.restored"]
        until(lambda: len(gateway.events(kind="health.")) == 3)
        stored = gateway.events(kind="health.", newest_first=False)
    assert [one.event.kind for one in stored] == kinds
    feed.close()
    outbox.close()


DIES = """\
import os, sys
from pathlib import Path
from hlaska.sites import Site
from serving.client import Gateway
from serving.mqtt import ForeignFeed
from serving.outbox import Outbox
from serving.spool import Spool

class DyingOutbox(Outbox):
    def event(self, event, evidence):
        if event.kind == "audio.gunshot":
            os._exit(9)

site = Site.model_validate_json(sys.argv[1])
outbox = DyingOutbox(lambda: Gateway("http://127.0.0.1:9"), Spool(Path(sys.argv[2])))
feed = ForeignFeed(site, site.detector("ears"), outbox)
feed.start()
feed._thread.join()
"""


def test_a_process_that_dies_before_the_event_is_in_its_spool_gets_the_alert_again(
    broker, publisher, watch, until, tmp_path, site_of, alert
):
    site = site_of(broker.port)
    # The broker knows us from now on.
    one = watch(site)
    until(lambda: one.state() is StreamState.HEALTHY)
    one.close()
    sent = publisher.send(alert(1))
    sent.wait_for_publish(10)
    dying = [sys.executable, "-c", DIES, site.model_dump_json(), tmp_path / "dying.sqlite"]
    assert subprocess.run(dying, timeout=60, check=False).returncode == 9
    two = watch(site)
    until(two.events)
    assert len(two.events()) == 1


def test_it_can_be_closed_before_and_while_it_connects(tmp_path, site_of):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        site = site_of(silent.getsockname()[1])
        outbox = Outbox(lambda: Gateway("http://127.0.0.1:9"), Spool(tmp_path / "spool.sqlite"))
        never = ForeignFeed(site, site.detector("ears"), outbox)
        never.close()
        feed = ForeignFeed(site, site.detector("ears"), outbox)
        feed.start()
        time.sleep(0.3)
        assert feed.status().state is StreamState.CONNECTING
        feed.close()
        outbox.close(drain_s=0)
    assert not feed.alive
    assert not [one for one in threading.enumerate() if one.name == "feed ears"]


def test_a_detector_without_mqtt_is_no_feed(tmp_path, site_of):
    site = site_of(1883)
    by_http = site.detector("ears").model_copy(update={"mqtt": None})
    with pytest.raises(SourceError, match="sends its alerts to the gateway"):
        ForeignFeed(site, by_http, None)
