"""The locator against a real gateway: four microphones hear a shot, one event says where it was."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from catalogs import sites
from hlaska.events import Event
from hlaska.sites import SOUND_LOCATOR
from hlaska.sound.position import sound_speed_mps
from serving.audio.locator import Locator
from serving.client import Gateway
from serving.outbox import Outbox
from serving.spool import Spool

PILSEN = sites.named("pilsen")
STREET = [mic for mic in PILSEN.microphones if mic.id.startswith("cukrovarska")]
SPEED = sound_speed_mps(PILSEN.air_temperature_c)
# In the middle of Cukrovarská, between its second and third microphone.
SHOT = tuple(PILSEN.plane.to_metres((13.38140, 49.73710)))
SHOTS_S = (0.0, 0.412, 0.83)


@pytest.fixture
def site():
    return PILSEN


@pytest.fixture
def gateway(server):
    with Gateway(server.url) as gateway:
        yield gateway


@pytest.fixture
def new_locator(server, tmp_path):
    """`new_locator()`: one that runs; ended with its outbox at the end of the test."""
    ends = []

    def start() -> Locator:
        spool = Spool(tmp_path / f"spool-{len(ends)}.sqlite")
        outbox = Outbox(lambda: Gateway(server.url), spool)
        locator = Locator(PILSEN, lambda: Gateway(server.url), outbox, margin_s=0.3)
        locator.start()
        ends.extend([locator.close, outbox.close])
        return locator

    yield start
    for end in ends:
        end()


def heard(at: datetime, *, kind="audio.gunshot", shots_s=SHOTS_S, **attributes) -> list[Event]:
    """What the street's microphones report of shots fired at a moment."""
    events = []
    for mic in STREET:
        place = PILSEN.plane.to_metres((mic.position.lon, mic.position.lat))
        way_s = math.dist((*SHOT, 1.5), (*place, mic.height_m)) / SPEED
        events.append(
            Event(
                id=f"{mic.id}-{kind}-{at:%H%M%S.%f}",
                site=PILSEN.id,
                source=mic.id,
                kind=kind,
                observed_at=at + timedelta(seconds=way_s),
                confidence=0.8,
                attributes={
                    "onsets_s": " ".join(f"{shot_s:.4f}" for shot_s in shots_s),
                    "count": len(shots_s),
                    **attributes,
                },
            )
        )
    return events


def located(gateway) -> list[Event]:
    return [stored.event for stored in gateway.events(source=SOUND_LOCATOR, newest_first=False)]


def now() -> datetime:
    return datetime.now(UTC)


def test_four_reports_of_a_volley_become_one_event_that_says_where_it_was(
    gateway, new_locator, until
):
    new_locator()
    at = now()
    events = heard(at)
    gateway.send_events(events[:3])
    gateway.send_events(events[3:])
    until(lambda: located(gateway))
    [event] = located(gateway)
    assert event.kind == "audio.gunshot"
    assert event.zone == "cukrovarska"
    place = PILSEN.plane.to_metres((event.location.lon, event.location.lat))
    assert math.dist(place, SHOT) < 15
    assert event.location.uncertainty_m < 60
    assert event.location.ellipse.semi_major_m < 60
    assert abs(event.observed_at - at) < timedelta(seconds=0.05)
    assert event.attributes["microphones"] == 4
    assert event.attributes["count"] == 3
    assert sorted(event.attributes["heard_by"].split()) == sorted(each.id for each in events)
    assert event.confidence == 0.99


def test_the_same_reports_sent_twice_are_one_event(gateway, new_locator, until):
    new_locator()
    first, second = heard(now()), heard(now() + timedelta(seconds=20))
    gateway.send_events(first)
    gateway.send_events(first)
    until(lambda: len(located(gateway)) == 1)
    gateway.send_events(first)
    gateway.send_events(second)
    until(lambda: len(located(gateway)) == 2)
    assert len({event.observed_at for event in located(gateway)}) == 2


def test_after_a_restart_nothing_is_placed_twice_and_nothing_forgotten(gateway, new_locator, until):
    first = new_locator()
    before = heard(now())
    gateway.send_events(before)
    until(lambda: located(gateway))
    first.close()
    assert not first.alive
    meanwhile = heard(now() - timedelta(seconds=10), kind="audio.explosion", shots_s=(0.0,))
    gateway.send_events(meanwhile)
    new_locator()
    until(lambda: len(located(gateway)) == 2)
    afterwards = heard(now(), kind="audio.glass-break", shots_s=(0.0,))
    gateway.send_events(afterwards)
    until(lambda: len(located(gateway)) == 3)
    kinds = [event.kind for event in located(gateway)]
    assert kinds == ["audio.gunshot", "audio.explosion", "audio.glass-break"]


def test_a_gateway_that_was_away_is_found_again(server, gateway, new_locator, until):
    locator = new_locator()
    gateway.send_events(heard(now()))
    until(lambda: located(gateway))
    server.stop()
    server.start()
    gateway.send_events(heard(now() + timedelta(seconds=20)))
    until(lambda: len(located(gateway)) == 2)
    assert locator.alive


@pytest.mark.parametrize(
    "reports",
    [
        pytest.param(lambda: heard(now())[:2], id="two microphones"),
        pytest.param(lambda: heard(now(), kind="audio.scream"), id="screams"),
        pytest.param(
            lambda: [
                event.model_copy(update={"source": f"x-{event.source}"}) for event in heard(now())
            ],
            id="microphones of unknown place",
        ),
    ],
)
def test_no_place_is_made_up_of(reports, gateway, new_locator, until):
    new_locator()
    events = reports()
    gateway.send_events(events)
    # What comes after it is placed, so it had its turn.
    gateway.send_events(heard(now() + timedelta(seconds=20)))
    until(lambda: located(gateway))
    [event] = located(gateway)
    assert not set(event.attributes["heard_by"].split()) & {each.id for each in events}


def test_closed_before_it_was_started_it_is_just_closed(server, tmp_path):
    outbox = Outbox(lambda: Gateway(server.url), Spool(tmp_path / "spool.sqlite"))
    locator = Locator(PILSEN, lambda: Gateway(server.url), outbox)
    locator.close()
    outbox.close()
    assert not locator.alive
