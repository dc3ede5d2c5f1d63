import logging
import math
from datetime import UTC, datetime, timedelta

import pytest

from catalogs import sites
from hlaska.events import MOST_LETTERS, Event, StoredEvent
from hlaska.sites import SOUND_LOCATOR
from hlaska.sound.position import sound_speed_mps
from serving.audio.located import CAP, Finder, onsets_s

PILSEN = sites.named("pilsen")
STREET = [mic for mic in PILSEN.microphones if mic.id.startswith("americka")]
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SHOT = (13.3760, 49.7436)


def heard(number, *, at=NOON, name=None, lonlat=SHOT, late_s=0.0, **change) -> Event:
    mic = STREET[number]
    shot, place = PILSEN.plane.to_metres([lonlat, (mic.position.lon, mic.position.lat)])
    way_s = math.dist((*shot, 1.5), (*place, mic.height_m)) / sound_speed_mps(10)
    values = {
        "id": name or f"event-{number}",
        "site": "pilsen",
        "source": mic.id,
        "kind": "audio.gunshot",
        "observed_at": at + timedelta(seconds=way_s + late_s),
        "confidence": 0.5,
        "attributes": {"onsets_s": "0", "count": 1},
    }
    return Event.model_validate(values | change)


def found(events) -> list[Event]:
    return list(Finder(PILSEN).located(events))


def test_the_event_says_where_when_how_often_and_how_surely():
    [event] = found(heard(number) for number in range(4))
    assert (event.source, event.kind, event.zone) == (SOUND_LOCATOR, "audio.gunshot", "americka")
    off = PILSEN.plane.to_metres((event.location.lon, event.location.lat))
    assert math.dist(off, PILSEN.plane.to_metres(SHOT)) < 12
    assert event.attributes["microphones"] == 4
    assert event.attributes["count"] == 1
    assert event.confidence == pytest.approx(1 - 0.5**4)
    assert abs(event.observed_at - NOON) < timedelta(seconds=0.05)


def test_it_is_never_quite_sure():
    [event] = found(heard(number, confidence=1.0) for number in range(4))
    assert event.confidence == CAP < 1


def test_the_same_reports_in_any_order_give_the_same_event():
    events = [heard(number) for number in range(4)]
    assert found(events) == found(reversed(events)) == found([*events, *events])


def test_a_microphone_that_is_off_is_none_of_those_that_agree():
    events = [heard(0, late_s=0.08), heard(1), heard(2), heard(3)]
    [event] = found(events)
    assert event.attributes["microphones"] == 3
    # Yet it is the same shot that it heard.
    assert "event-0" in event.attributes["heard_by"].split()


def test_a_report_that_heard_by_has_no_room_for_counts_as_used():
    reports = [heard(number, name=f"{number}" * 200) for number in range(4)]
    [event] = found(reports)
    assert reports[3].id not in event.attributes["heard_by"]
    stored = [StoredEvent(seq=n, event=each) for n, each in enumerate([*reports, event], start=1)]
    finder = Finder(PILSEN)
    assert all(finder.was_used(report, stored[-1]) for report in stored[:-1])
    later = StoredEvent(seq=6, event=reports[3])
    other = StoredEvent(seq=1, event=heard(3, name="other", kind="audio.explosion"))
    assert not any(finder.was_used(report, stored[-1]) for report in (later, other))


def test_ids_that_are_too_long_together_are_named_as_far_as_they_fit():
    [event] = found(heard(number, name=f"{number}" * 200) for number in range(4))
    assert event.attributes["heard_by"].split() == ["0" * 200, "1" * 200]
    assert len(event.attributes["heard_by"]) <= MOST_LETTERS


def test_two_microphones_are_no_place_and_that_is_logged(caplog):
    caplog.set_level(logging.INFO)
    assert found([heard(0), heard(1)]) == []
    assert "americka-mic-1, americka-mic-2: no place" in caplog.text
    assert "3 are needed" in caplog.text


def test_a_place_that_may_be_far_off_is_not_sent_and_that_is_logged(caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("serving.audio.located.LARGEST_M", 5.0)
    assert found(heard(number) for number in range(4)) == []
    assert "at most 5 m are of use" in caplog.text


def test_a_flood_of_reports_is_cut_to_the_surest(caplog):
    flood = [
        heard(0, name=f"flood-{number}", confidence=0.1, late_s=0.001 * number)
        for number in range(500)
    ]
    [event] = found([*flood, *(heard(number, confidence=0.9) for number in range(4))])
    assert event.attributes["microphones"] == 4
    assert "504 reports" in caplog.text


@pytest.mark.parametrize(
    ("text", "onsets"),
    [
        ("0 0.412 0.83", [0, 0.412, 0.83]),
        ("0.83 0", [0, 0.83]),
        ("", [0]),
        ("nan inf -1 1e9", [0]),
        ("bang", [0]),
    ],
)
def test_onsets_are_read_or_it_is_one_sound(text, onsets):
    assert onsets_s(heard(0, attributes={"onsets_s": text})) == onsets


def test_an_event_without_onsets_is_one_sound():
    assert onsets_s(heard(0, attributes={})) == [0]


@pytest.mark.parametrize(
    "change",
    [
        {"site": "bilbao"},
        {"kind": "audio.scream"},
        {"kind": "video.running"},
        {"source": SOUND_LOCATOR},
        {"source": "vendor-7"},
    ],
)
def test_events_that_are_of_no_use(change):
    finder = Finder(PILSEN)
    assert finder.uses(heard(0))
    assert not finder.uses(heard(0, **change))


def test_reports_that_no_sound_can_join_are_apart():
    finder = Finder(PILSEN)
    first = [heard(number) for number in range(4)]
    later = [heard(number, at=NOON + timedelta(seconds=20), name=f"l{number}") for number in (0, 1)]
    assert [len(group) for group in finder.together([*later, *first])] == [4, 2]
    assert 1 < finder.way_s < 10


def test_a_site_without_microphones_finds_nothing():
    finder = Finder(PILSEN.model_copy(update={"microphones": ()}))
    assert list(finder.located([heard(0), heard(1), heard(2)])) == []
    assert finder.way_s == 0
