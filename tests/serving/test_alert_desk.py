"""Where alerts are taken in: what is wrong is said once, and never as often as it comes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import EventError
from hlaska.events import Event
from hlaska.sites import Site
from serving.alert_desk import MOST_REMEMBERED, AlertDesk
from serving.messages import items_in

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PLACE = {"lon": 13.0, "lat": 49.0}
ALERT: dict[str, Any] = {"type": "GUN_SHOT", "at": "2026-05-01T12:00:00Z", "box": "box-7"}


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_any_bytes_are_alerts_or_told(body):
    try:
        assert isinstance(items_in(body), list)
    except EventError as error:
        assert "not JSON" in str(error)


def test_a_message_is_one_alert_or_a_list_of_them():
    assert items_in(json.dumps(ALERT).encode()) == [ALERT]
    assert items_in(json.dumps([ALERT, ALERT]).encode()) == [ALERT, ALERT]
    assert items_in(b"[]") == []


@pytest.fixture
def desk() -> AlertDesk:
    mapping = {
        "word": "type",
        "time": "at",
        "device": "box",
        "kinds": {"GUN_SHOT": "audio.gunshot"},
    }
    site = Site.model_validate(
        {
            "id": "testville",
            "name": "Testville",
            "centre": PLACE,
            "time_zone": "Europe/Prague",
            "sources": ["made up for a test"],
            "detectors": [
                {
                    "id": "ears",
                    "name": "Ears",
                    "vendor": "Acme",
                    "position": PLACE,
                    "mapping": mapping,
                }
            ],
        }
    )
    return AlertDesk(site, site.detector("ears"))


def take(desk: AlertDesk, *alerts: Any, at: datetime = NOON) -> list[Event]:
    taken = desk.take(alerts, at)
    desk.remember(taken)
    return taken.health


def test_a_wrong_clock_is_told_once_for_each_device_and_again_when_it_is_right(desk):
    late = NOON + timedelta(minutes=10)
    (off,) = take(desk, ALERT, ALERT, at=late)
    assert (off.kind, off.attributes["state"]) == ("health.degraded", "clock-off")
    assert "clock of device box-7 is off by -600.0 s" in off.attributes["reason"]
    assert take(desk, *[ALERT] * 1000, at=late) == []
    assert len(take(desk, ALERT | {"box": "box-8"}, at=late)) == 1
    (right,) = take(desk, ALERT)
    assert right.kind == "health.restored"
    assert "box-7 is right again" in right.attributes["reason"]
    assert take(desk, ALERT) == []


def test_an_unknown_word_is_told_once(desk):
    meow = ALERT | {"type": "MEOW"}
    (told,) = take(desk, meow, ALERT, meow)
    assert told.kind == "health.degraded"
    assert "'MEOW'" in told.attributes["reason"]
    assert take(desk, *[meow] * 1000) == []


def test_what_was_not_kept_is_told_again(desk):
    late = NOON + timedelta(minutes=10)
    assert len(desk.take([ALERT], late).health) == 1
    assert len(desk.take([ALERT], late).health) == 1


def test_a_flood_of_different_nonsense_is_told_a_bounded_number_of_times(desk):
    words = [ALERT | {"type": f"word {number}"} for number in range(1000)]
    assert len(take(desk, *words)) == MOST_REMEMBERED
    late = NOON + timedelta(minutes=10)
    boxes = [ALERT | {"box": f"box {number}"} for number in range(1000)]
    assert len(take(desk, *boxes, at=late)) == MOST_REMEMBERED


def test_good_alerts_beside_bad_ones_are_taken_and_the_bad_ones_numbered(desk):
    taken = desk.take([{}, ALERT, "x"], NOON)
    assert [event.kind for event in taken.alerts] == ["audio.gunshot"]
    assert [reason.split(":")[0] for reason in taken.refused] == ["alert 0", "alert 2"]


def test_what_is_still_wrong_the_next_day_is_said_again(desk):
    words = [ALERT | {"type": "NEW"}] * 3
    assert len(take(desk, *words)) == 1
    assert len(take(desk, *words, at=NOON + timedelta(hours=11))) == 0
    assert len(take(desk, *words, at=NOON + timedelta(hours=12))) == 1
