"""What a process knows follows from the messages alone."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.counts import Counts
from dashboards.world import ALERTS_KEPT, CLOSED_KEPT, EVENTS_KEPT, World
from hlaska.alerts.silences import Scope, Silence
from hlaska.threat.levels import Threats
from serving.messages import (
    Hello,
    Lost,
    NewAlert,
    NewEvent,
    NewPicture,
    NewSilences,
    NewStatus,
    NewThreats,
)

with_fixtures = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
HELLO = Hello(version="1", last_seq=0)


@pytest.fixture
def world(noon, site):
    return World.unknown(noon).learnt(sites=[site], past=[], counts={"testville": Counts(bin_s=60)})


@given(numbers=st.lists(st.integers(1, 300), max_size=400))
@with_fixtures
def test_events_are_the_newest_in_order_however_they_come(numbers, world, event, noon):
    for number in numbers:
        world = world.after(NewEvent(seq=number, event=event(number)), noon)
    expected = sorted(set(numbers), reverse=True)
    shown = [stored.seq for stored in world.events]
    assert shown == sorted(shown, reverse=True)
    if len(expected) <= EVENTS_KEPT:
        assert shown == expected
    assert len(shown) == min(len(shown), EVENTS_KEPT)


@given(numbers=st.lists(st.integers(1, 40), max_size=80))
@with_fixtures
def test_a_crossing_counts_once_however_often_it_comes(numbers, world, crossing, noon):
    numbers = sorted(numbers)
    for number in numbers:
        world = world.after(NewEvent(seq=number, event=crossing(number)), noon)
    assert sum(world.counts["testville"].bins.values()) == len(set(numbers))


def test_crossings_do_not_flood_the_events(world, crossing, event, noon):
    world = world.after(NewEvent(seq=1, event=event(1)), noon)
    for number in range(2, EVENTS_KEPT + 50):
        world = world.after(NewEvent(seq=number, event=crossing(number)), noon)
    assert [stored.seq for stored in world.events] == [1]
    assert len(world.crossings) == EVENTS_KEPT


def test_before_the_first_message_nothing_is_connected(noon):
    assert not World.unknown(noon).link.connected


def test_a_loss_counts_from_the_last_message_and_keeps_what_was_known(world, status, noon):
    later = noon + timedelta(seconds=9)
    world = world.after(HELLO, noon).after(NewStatus(status=status()), later)
    lost = world.after(Lost(reason="gone"), later + timedelta(seconds=15))
    assert (lost.link.connected, lost.link.since, lost.link.reason) == (False, later, "gone")
    assert lost.statuses == world.statuses


def test_a_second_failure_does_not_begin_the_loss_anew(world, noon):
    lost = world.after(HELLO, noon).after(Lost(reason="gone"), noon)
    later = lost.after(Lost(reason="still gone"), noon + timedelta(minutes=5))
    assert (later.link.since, later.link.reason) == (noon, "still gone")


def test_after_a_new_hello_it_is_connected_again(world, noon):
    lost = world.after(HELLO, noon).after(Lost(reason="gone"), noon)
    assert lost.after(HELLO, noon).link.connected


def test_the_newest_picture_and_status_of_each_source_stay(world, status, noon):
    for second in range(3):
        at = noon + timedelta(seconds=second)
        world = world.after(NewStatus(status=status(at=at)), at)
        world = world.after(NewPicture.of("testville", "gate", at, b"jpeg"), at)
    assert world.statuses["testville", "gate"].at == at
    assert world.pictures["testville", "gate"].captured_at == at


def test_an_empty_name_means_the_first_site(world, site):
    assert world.site("") == site == world.site("testville")
    assert world.site("elsewhere") is None


def test_taking_a_message_in_leaves_the_world_before_as_it_was(world, event, noon):
    after = world.after(NewEvent(seq=1, event=event()), noon)
    assert (len(world.events), len(after.events)) == (0, 1)


def test_old_crossings_leave_the_chart(world, crossing, noon):
    world = world.after(NewEvent(seq=1, event=crossing(1)), noon)
    much_later = noon + timedelta(hours=3)
    late = crossing(2, observed_at=much_later)
    world = world.after(NewEvent(seq=2, event=late), much_later)
    assert {bin_.start for bin_ in world.counts["testville"].bins} == {much_later}


def threats_at(at, level=0):
    zone = {"level": level, "known": True, "score": 0, "probability": 0.005, "exposure": 0,
            "people": 10, "people_why": "usual at night", "senses": []}  # fmt: skip
    zones = [{"zone": "square", **zone}]
    whole = {"zone": None, **zone}
    return Threats.model_validate(
        {"site": "testville", "at": at, "up_to_seq": 0, "whole": whole, "zones": zones}
    )


def test_the_newest_picture_of_a_site_stays_whatever_comes_late(world, noon):
    for seconds, level in ((1, 2), (0, 1)):
        at = noon + timedelta(seconds=seconds)
        world = world.after(NewThreats(threats=threats_at(at, level)), noon)
    assert world.threats["testville"].whole.level == 2


@given(versions=st.lists(st.integers(1, 9), min_size=1, max_size=20))
@with_fixtures
def test_of_an_alert_the_greatest_version_stays_however_they_come(versions, world, alert, noon):
    for rev, version in enumerate(versions, 1):
        world = world.after(NewAlert(rev=rev, alert=alert(version=version)), noon)
    assert world.alerts["alert-1"].version == max(versions)


def test_an_alert_is_forgotten_two_hours_after_it_was_closed(world, alert, noon):
    closed = alert(state="resolved", closed_at=noon)
    world = world.after(NewAlert(rev=1, alert=closed), noon)
    world = world.after(NewAlert(rev=2, alert=alert(2)), noon + CLOSED_KEPT)
    assert set(world.alerts) == {"alert-1", "alert-2"}
    later = noon + CLOSED_KEPT + timedelta(seconds=1)
    world = world.after(NewAlert(rev=3, alert=alert(3)), later)
    assert set(world.alerts) == {"alert-2", "alert-3"}


def test_open_alerts_stay_when_there_are_too_many(world, alert, noon):
    closed = [
        alert(number, state="resolved", closed_at=noon) for number in range(2, ALERTS_KEPT + 50)
    ]
    world = world.with_alerts([alert(1), *closed], noon)
    assert len(world.alerts) == ALERTS_KEPT
    assert "alert-1" in world.alerts


def test_the_silences_of_a_site_replace_those_before(world, noon):
    silence = Silence(id="s", site="testville", scope=Scope(zone="square"), reason="works",
                      by="Eva", at=noon, until=noon, needs_second=True)  # fmt: skip
    world = world.after(NewSilences(site="testville", silences=(silence,)), noon)
    assert world.silences["testville"] == (silence,)
    world = world.after(NewSilences(site="testville", silences=()), noon)
    assert world.silences["testville"] == ()
