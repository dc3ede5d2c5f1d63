"""An alert is shown by its own events, however much has happened since."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.alert_events import AlertEvents
from dashboards.world import EVENTS_KEPT


@pytest.fixture
def events(feed):
    events = AlertEvents(feed, lambda: None)
    yield events
    events.close()


@pytest.fixture
def old(gateway, alert, shot, event, feed, eventually):
    """An alert of an hour ago; since then more people ran than the page remembers."""
    at = datetime.now(UTC) - timedelta(hours=1)
    others = [event(number, observed_at=at) for number in range(2, EVENTS_KEPT + 3)]
    gateway.send_events([shot(1, observed_at=at), shot(999, observed_at=at), *others])
    eventually(lambda: len(feed.world.events) == EVENTS_KEPT)
    eventually(lambda: "event-1" not in {stored.event.id for stored in feed.world.events})
    return alert(1, first_at=at, last_at=at)


def test_events_that_the_page_forgot_come_from_the_journal(events, old, feed, eventually):
    assert "event-1" not in events.known(old, feed.world)
    eventually(lambda: "event-1" in events.known(old, feed.world))
    assert "event-999" not in events.known(old, feed.world), "only its own are asked for"


def test_what_was_asked_for_one_alert_is_not_known_of_the_next(
    events, old, alert, feed, eventually
):
    events.known(old, feed.world)
    eventually(lambda: "event-1" in events.known(old, feed.world))
    assert "event-1" not in events.known(alert(2), feed.world)
    assert "event-1" not in events.known(None, feed.world)


def test_nothing_is_asked_of_what_is_remembered(events, gateway, alert, shot, feed, eventually):
    gateway.send_events([shot(1)])
    eventually(lambda: feed.world.events)
    assert "event-1" in events.known(alert(1), feed.world)
    assert not events._questions.waits_for("events")


def test_without_a_gateway_what_is_remembered_stays(events, old, server, feed, eventually):
    server.stop()
    try:
        known = events.known(old, feed.world)
        eventually(lambda: events.known(old, feed.world) and not events._questions._asked)
        assert events.known(old, feed.world) == known
    finally:
        server.start()
