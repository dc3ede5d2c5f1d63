import asyncio
from datetime import UTC, datetime, timedelta

from hlaska.tracks import SILENT_S, StreamState, StreamStatus
from serving.live import Live
from serving.messages import NewPicture

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def status(source="gate", **changes) -> StreamStatus:
    fields = {"site": "testville", "source": source, "state": StreamState.HEALTHY}
    return StreamStatus(**(fields | {"epoch": NOW, "at": NOW} | changes))


def picture(number: int) -> NewPicture:
    return NewPicture.of("testville", "gate", NOW + timedelta(seconds=number), b"jpeg %d" % number)


def test_a_slow_listener_gets_the_newest_word_of_each_stream_and_no_backlog():
    live = Live()
    with live.listen(pictures=True) as listener:
        for number in range(50):
            live.set_status(status("gate", dropped=number))
            live.set_status(status("yard", dropped=number))
            live.set_picture(picture(number))
        _, messages = listener.take()
    assert len(messages) == 3
    assert sum('"dropped":49' in message for message in messages) == 2
    assert picture(49).model_dump_json() in messages


def test_a_new_listener_is_told_the_present_first():
    live = Live()
    live.set_status(status())
    live.set_picture(picture(1))
    with live.listen(pictures=False) as listener:
        assert len(listener.take()[1]) == 1
    with live.listen(pictures=True) as listener:
        assert len(listener.take()[1]) == 2
        assert listener.take() == (False, [])


def test_who_has_left_is_not_told_any_more():
    live = Live()
    with live.listen(pictures=True):
        assert live.listeners == 1
    assert live.listeners == 0
    live.set_status(status())


async def test_waiting_ends_with_news_and_without():
    live = Live()
    with live.listen(pictures=False) as listener:
        assert not await listener.wait(0.01)
        asyncio.get_running_loop().call_later(0.01, live.tell_of_events)
        assert await listener.wait(5)
        assert listener.take() == (True, [])
        live.set_picture(picture(1))
        assert not await listener.wait(0.01), "who wants no pictures is not woken by one"


def test_a_stream_that_no_longer_reports_is_silent():
    live = Live()
    live.set_status(status())
    assert live.reporting(NOW + timedelta(seconds=SILENT_S)) == [status()]
    assert live.reporting(NOW + timedelta(seconds=SILENT_S + 1)) == []
    assert live.statuses() == [status()]
