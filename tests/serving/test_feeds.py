"""What a listener of the live stream is told, and at what pace."""

import asyncio
from datetime import UTC, datetime

import pytest

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.events import Event
from hlaska.settings import Settings
from serving import feeds
from serving.live import Live

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def event(number: int) -> Event:
    return Event(
        id=f"event-{number}",
        site="testville",
        source="gate",
        kind="video.running",
        observed_at=NOW,
        confidence=0.9,
    )


@pytest.fixture
def journal(tmp_path):
    with Journal.open(None, Settings.load(home=tmp_path)) as opened:
        yield opened


def listen(journal: Journal, live: Live):
    options = {"pictures": False, "after_seq": None, "after_rev": None}
    return feeds.messages("1", live, journal, AlertStore(journal), **options)


async def test_news_that_comes_while_a_listener_rests_is_told_at_once_in_the_end(
    journal, monkeypatch
):
    # Longer than storing some events takes, on any machine.
    monkeypatch.setattr(feeds, "REST_S", 1.5)
    live = Live()
    stream = listen(journal, live)
    await anext(stream)
    told = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.2)  # by now it has looked at the empty journal, and rests
    for number in range(5):
        await asyncio.to_thread(journal.append, [event(number)], NOW)
        live.tell_of_events()
    page = await told
    await stream.aclose()
    assert [line for line in page.splitlines() if line.startswith("id:")] == [
        f"id: {number}" for number in range(1, 6)
    ]


async def test_a_long_past_is_told_in_pages_of_which_each_begins_where_the_last_one_ended(journal):
    await asyncio.to_thread(journal.append, [event(n) for n in range(feeds.PAGE + 1)], NOW)
    options = {"pictures": False, "after_seq": 0, "after_rev": None}
    stream = feeds.messages("1", Live(), journal, AlertStore(journal), **options)
    pages = [await anext(stream) for _ in range(3)]
    await stream.aclose()
    ids = [[line for line in page.splitlines() if line.startswith("id:")] for page in pages]
    assert [len(page) for page in ids] == [0, feeds.PAGE, 1]
    assert ids[2] == [f"id: {feeds.PAGE + 1}"]
