"""One subscription for all: over real HTTP, with a gateway that goes and comes back."""

from datetime import UTC, datetime

import pytest

from dashboards.feed import Feed
from hlaska.errors import GatewayError
from serving.client import Gateway
from serving.evidence import digest_of
from serving.messages import Hello

JPEG = b"\xff\xd8 a picture"


def test_it_learns_what_was_before_it_listened(server, gateway, event, crossing, eventually):
    now = datetime.now(UTC)
    gateway.send_events([event(1), crossing(2, observed_at=now), event(3, kind="audio.gunshot")])
    feed = Feed(Gateway(server.url)).start()
    eventually(lambda: feed.world.link.connected)
    world = feed.world
    feed.stop()
    assert [stored.event.id for stored in world.events] == ["event-3", "event-1"]
    assert [stored.event.id for stored in world.crossings] == ["event-2"]
    assert sum(world.counts["testville"].bins.values()) == 1
    assert [site.id for site in world.sites] == ["testville"]


def test_what_happens_arrives(feed, gateway, event, crossing, status, eventually, noon):
    gateway.send_events([event(1), crossing(2, observed_at=datetime.now(UTC))])
    gateway.send_status(status())
    gateway.send_picture("testville", "gate", noon, JPEG)
    key = ("testville", "gate")
    eventually(lambda: feed.world.events and feed.world.crossings and key in feed.world.pictures)
    eventually(lambda: key in feed.world.statuses)
    assert feed.world.pictures[key].jpeg == JPEG
    assert sum(feed.world.counts["testville"].bins.values()) == 1


def test_events_of_an_outage_are_not_missed_and_the_loss_is_said(
    server, feed, gateway, event, eventually
):
    server.stop()
    eventually(lambda: not feed.world.link.connected)
    assert feed.world.link.reason
    server.start()
    gateway.send_events([event(1)])
    eventually(lambda: feed.world.link.connected)
    eventually(lambda: [stored.event.id for stored in feed.world.events] == ["event-1"])


def test_a_gateway_that_was_never_there_is_said_to_be_away(eventually):
    feed = Feed(Gateway("http://127.0.0.1:9")).start()
    eventually(lambda: feed.world.link.reason != "not connected yet")
    assert not feed.world.link.connected
    feed.stop()


def test_a_gateway_that_speaks_otherwise_is_a_loss_with_a_reason(server, eventually):
    class FutureGateway(Gateway):
        def sites(self):
            raise ValueError("sites of version 9")

    feed = Feed(FutureGateway(server.url)).start()
    eventually(lambda: feed.world.link.reason == "sites of version 9")
    assert not feed.world.link.connected
    feed.stop()


def test_listeners_are_called_until_they_stop_listening(feed, noon):
    called = []
    stop = feed.listen(lambda: called.append(1))
    feed.take(Hello(version="1", last_seq=0))
    assert called
    stop()
    stop()
    before = len(called)
    feed.take(Hello(version="1", last_seq=0))
    assert (len(called), feed.listeners) == (before, 0)


def test_a_process_has_one_feed_for_a_gateway(server):
    feed = Feed.shared(server.url)
    assert Feed.shared(server.url) is feed
    feed.stop()


def test_evidence_is_fetched_once_and_must_be_what_its_digest_says(feed, gateway, monkeypatch):
    digest = digest_of(JPEG)
    gateway.send_evidence(digest, "image/jpeg", JPEG)
    assert feed.evidence_later(digest).result(timeout=20) == JPEG
    monkeypatch.setattr(feed.gateway, "evidence", lambda _: b"something else")
    assert feed.evidence(digest) == JPEG
    with pytest.raises(GatewayError, match="SHA-256"):
        feed.evidence(digest_of(b"another"))


def test_evidence_that_is_not_there_says_so(feed):
    with pytest.raises(GatewayError, match="404"):
        feed.evidence(digest_of(b"never sent"))
