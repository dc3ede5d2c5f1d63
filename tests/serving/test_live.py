import asyncio
from datetime import UTC, datetime, timedelta

from hlaska.alerts.silences import Scope, Silence
from hlaska.threat.levels import Threats, ZoneThreat
from hlaska.tracks import SILENT_S, StreamState, StreamStatus
from serving.live import LATE_S, Live
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
        messages = listener.take().messages
    assert len(messages) == 3
    assert sum('"dropped":49' in message for message in messages) == 2
    assert picture(49).model_dump_json() in messages


def test_a_new_listener_is_told_the_present_first():
    live = Live()
    live.set_status(status())
    live.set_picture(picture(1))
    with live.listen(pictures=False) as listener:
        assert len(listener.take().messages) == 1
    with live.listen(pictures=True) as listener:
        assert len(listener.take().messages) == 2
        assert listener.take() == (False, False, [])


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
        assert listener.take() == (True, False, [])
        live.set_picture(picture(1))
        assert not await listener.wait(0.01), "who wants no pictures is not woken by one"


def test_a_stream_that_no_longer_reports_is_silent():
    live = Live()
    live.set_status(status())
    assert live.reporting(NOW + timedelta(seconds=SILENT_S)) == [status()]
    assert live.reporting(NOW + timedelta(seconds=SILENT_S + 1)) == []
    assert live.statuses() == [status()]


def threats(site="testville", level=0) -> Threats:
    whole = ZoneThreat(
        zone=None,
        level=level,
        known=True,
        score=0,
        probability=0.005,
        exposure=0,
        people=10,
        people_why="by night",
        senses=(),
    )
    return Threats(site=site, at=NOW, up_to_seq=0, whole=whole, zones=())


def silence(name="s") -> Silence:
    return Silence(
        id=name,
        site="testville",
        scope=Scope(kind="video.running"),
        until=NOW + timedelta(hours=1),
        reason="a race",
        by="Jana",
        at=NOW,
        needs_second=False,
    )


def test_of_levels_and_silences_a_listener_gets_the_newest_word_of_each_site():
    live = Live()
    live.set_threats(threats(level=1))
    with live.listen(pictures=False) as listener:
        assert len(listener.take().messages) == 1, "the present comes first"
        for level in range(4):
            live.set_threats(threats(level=level))
            live.set_threats(threats("plzen", level))
        live.set_silences("testville", [silence()])
        messages = listener.take().messages
    assert len(messages) == 3
    assert sum('"level":3' in message for message in messages) == 2
    assert live.threats() == [threats("plzen", 3), threats("testville", 3)]


def test_silences_are_told_when_they_differ_only():
    live = Live()
    with live.listen(pictures=False) as listener:
        live.set_silences("testville", [silence()])
        assert len(listener.take().messages) == 1
        live.set_silences("testville", [silence()])
        assert listener.take().messages == []
        live.set_silences("testville", [])
        (message,) = listener.take().messages
    assert '"silences":[]' in message


async def test_who_waits_is_woken_by_a_changed_alert():
    live = Live()
    with live.listen(pictures=False) as listener:
        asyncio.get_running_loop().call_later(0.01, live.tell_of_alerts)
        assert await listener.wait(5)
        assert listener.take() == (False, True, [])
        assert listener.take() == (False, False, [])


def test_a_picture_is_late_when_it_was_expected_and_did_not_come():
    begun = datetime.now(UTC)
    live = Live(pictured=["plzen"])
    assert live.late(begun + timedelta(seconds=LATE_S - 1)) == []
    assert live.late(begun + timedelta(seconds=LATE_S + 5)) == ["plzen"]
    live.set_threats(threats(), NOW)
    assert live.late(NOW + timedelta(seconds=LATE_S)) == []
    assert live.late(NOW + timedelta(seconds=LATE_S + 1)) == ["testville"]
    live.set_threats(threats(), NOW + timedelta(seconds=LATE_S + 1))
    assert live.late(NOW + timedelta(seconds=LATE_S + 2)) == []


async def test_who_wants_events_alone_is_not_woken_by_anything_else():
    live = Live()
    live.set_status(status())
    with live.listen(pictures=True, events_alone=True) as listener:
        live.set_picture(picture(1))
        live.set_threats(threats())
        live.tell_of_alerts()
        assert not await listener.wait(0.01)
        live.tell_of_events()
        assert await listener.wait(5)
        assert listener.take() == (True, False, [])
