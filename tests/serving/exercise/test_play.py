from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import HlaskaError
from hlaska.events import Event
from hlaska.settings import Settings
from serving.client import Gateway
from serving.exercise.perform import perform
from serving.exercise.performed import Performed
from serving.exercise.play import as_of_now, paced, play

BEGINS = datetime(2026, 12, 5, 5, tzinfo=UTC)
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def item(at_s, late_s=0.0, activity="a"):
    event = Event(
        id=f"{at_s}-{activity}",
        site="pilsen",
        source="stadium-gate",
        kind="video.running",
        observed_at=BEGINS + timedelta(seconds=at_s - late_s),
        confidence=1.0,
    )
    return Performed(event, at_s, activity)


@given(
    times=st.lists(st.floats(0, 60_000), max_size=20).map(sorted),
    longest_s=st.floats(1, 600),
    rate=st.floats(0.1, 1000),
)
def test_no_pause_is_longer_than_the_longest_and_no_event_overtakes_another(times, longest_s, rate):
    items = [item(at_s) for at_s in times]
    offsets = paced(items, longest_s=longest_s, rate=rate)
    assert len(offsets) == len(items)
    assert offsets[:1] in ([], [0.0])
    for a, b in pairwise(offsets):
        assert -1e-9 <= b - a <= longest_s / rate + 1e-6


def test_a_short_pause_is_as_long_as_it_was_at_rate_1():
    assert paced([item(10.0), item(14.0), item(5000.0)], longest_s=20.0, rate=1.0) == [0, 4, 24]
    assert paced([item(10.0), item(14.0)], longest_s=20.0, rate=2.0) == [0, 2]


def test_events_are_moved_to_now_and_have_new_ids():
    items = [item(1000.0, late_s=2.0), item(9000.0)]
    moved = list(as_of_now(items, [0.0, 5.0], BEGINS, NOW))
    assert moved[0].event.observed_at == NOW - timedelta(seconds=2)
    assert moved[1].event.observed_at == NOW + timedelta(seconds=5)
    assert not {one.event.id for one in moved} & {one.event.id for one in items}
    later = list(as_of_now(items, [0.0, 5.0], BEGINS, NOW + timedelta(days=1)))
    assert not {one.event.id for one in moved} & {one.event.id for one in later}


def test_events_of_one_sound_keep_their_distances_whatever_the_rate():
    items = [item(1000.0, 3.0), item(1000.4, 3.1), item(1001.0, 2.0)]
    offsets = paced(items, longest_s=20.0, rate=60.0)
    moved = [one.event.observed_at for one in as_of_now(items, offsets, BEGINS, NOW)]
    before = [one.event.observed_at for one in items]
    assert [b - moved[0] for b in moved] == [b - before[0] for b in before]


@pytest.fixture
def gateway(pilsen, new_server):
    server = new_server(pilsen)
    server.start()
    with Gateway(server.url) as gateway:
        yield gateway


def played(performance, gateway, **options):
    begun = []
    sent = play(
        performance,
        gateway,
        longest_s=1.0,
        rate=1e6,
        begun=lambda activity: begun.append(activity.id),
        progress=options.pop("progress", lambda done, of: None),
        **options,
    )
    return sent, begun


def test_a_day_is_sent_to_a_gateway_and_each_activity_told_once(pilsen, only, gateway):
    told = []
    performance = perform(
        only("ammonia", "crowd", "camera-attack"), pilsen, Settings.load(), media=False
    )
    sent, begun = played(performance, gateway, progress=lambda done, of: told.append((done, of)))
    stored = [one.event for one in gateway.events(site="pilsen", limit=1000)]
    # But for what a running system finds by itself.
    assert len(stored) == sent == len(performance.items) - 1
    assert sorted(begun) == ["ammonia", "camera-attack", "crowd"]
    assert told[-1] == (sent, sent)
    assert {event.attributes["exercise"] for event in stored} == {"scripted"}
    assert all(abs((event.observed_at - datetime.now(UTC)).total_seconds()) < 600
               for event in stored)  # fmt: skip


def test_playing_a_day_twice_stores_it_twice(pilsen, only, gateway):
    performance = perform(only("false-scream"), pilsen, Settings.load(), media=False)
    played(performance, gateway)
    played(performance, gateway)
    assert len(gateway.events(site="pilsen", limit=10)) == 2


def test_a_gateway_that_guards_another_site_is_told(pilsen, only, server):
    performance = perform(only("false-scream"), pilsen, Settings.load(), media=False)
    with (
        Gateway(server.url) as gateway,
        pytest.raises(HlaskaError, match="start it with `hlaska up --site pilsen`"),
    ):
        played(performance, gateway)
