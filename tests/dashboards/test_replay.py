"""An incident as it went: nothing of a moment is from after it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.minute_panes import Telling
from dashboards.period import Period
from dashboards.player import marks_of, span_of
from dashboards.replay import LONGEST, Replay, views_at, window
from dashboards.replay_map import ReplayMap, event_rows, incident_extent, zone_rows
from hlaska.threat.levels import LevelChange
from serving.evidence import digest_of

MINUTE = timedelta(minutes=1)
JPEG = b"\xff\xd8 a picture"


def piece(content, media_type="image/jpeg"):
    digest = digest_of(content)
    return {"uri": f"/evidence/{digest}", "media_type": media_type, "sha256": digest}


@pytest.fixture(scope="session")
def level(noon):
    def make(minute, level, zone="square", *, known=True):
        return LevelChange(at=noon + minute * MINUTE, zone=zone, level=level, known=known)

    return make


@pytest.fixture(scope="session")
def replay(alert, event, shot, level, noon):
    """Shots at 0 s and 90 s, people running at 30 s; the square is at level 4 from 60 s on."""
    events = (
        shot(0, evidence=[piece(b"s", "audio/flac"), piece(JPEG)]),
        event(30, evidence=[piece(JPEG)]),
        shot(90, id="late"),
    )
    one = alert(0, events=["event-0", "late"], last_at=noon + timedelta(seconds=90))
    changes = (level(-60, 0), level(1, 4))
    return Replay(one, window(one, noon + 60 * MINUTE), events, changes)


def test_it_is_replayed_from_two_minutes_before_to_five_after(alert, noon):
    closed = alert(0, closed_at=noon + 30 * MINUTE, state="resolved")
    assert window(closed, noon + 99 * MINUTE) == Period(
        since=noon - 2 * MINUTE, until=noon + 35 * MINUTE
    )


def test_it_is_never_replayed_into_the_future_nor_for_longer_than_a_day(alert, noon):
    assert window(alert(0), noon + MINUTE).until == noon + MINUTE
    late = alert(0, closed_at=noon + timedelta(days=9), state="resolved")
    assert window(late, noon + timedelta(days=10)).lasts == LONGEST
    assert window(alert(0), noon - timedelta(days=1)).lasts == MINUTE, "a clock is behind"


@given(st.integers(-120, 390))
def test_a_moment_shows_only_what_had_been_observed(replay, noon, site, second):
    moment = noon + timedelta(seconds=second)
    shown = event_rows(site, replay, moment, moment, "en")
    assert len(shown["x"]) == sum(event.observed_at <= moment for event in replay.events)
    level = zone_rows(site, replay, moment, "en")["words"]
    assert level == (["4 – severe"] if second >= 60 else [""])
    views = [view for view in views_at(replay, moment).values() if view is not None]
    assert all(view.event.observed_at <= moment and view.age >= timedelta() for view in views)


def test_of_a_minute_evidence_comes_first_then_the_alert_then_the_newest(replay, event, noon):
    def seen(sense, second):
        found = views_at(replay, noon + timedelta(seconds=second))[sense]
        return None if found is None else found.event.id

    assert [seen("audio", s) for s in (-1, 0, 59, 90, 300)] == [
        None, "event-0", "event-0", "late", "event-0",
    ]  # fmt: skip
    assert [seen("video", s) for s in (29, 30, 300)] == [None, "event-30", "event-30"]
    assert seen("cyber", 300) is None


def test_a_pane_says_how_old_it_is_and_whether_it_belongs_to_the_alert(replay, noon, site):
    def told(second, sense="video"):
        moment = noon + timedelta(seconds=second)
        view = views_at(replay, moment)[sense]
        return view and Telling(site, {}, moment, "en").facts(sense, view)

    assert told(0) is None
    fresh, old = told(40), told(300)
    assert (fresh["title"], fresh["before"], fresh["old"]) == ("People run", "10 s before", False)
    assert (old["before"], old["old"], old["sense"]) == ("4 min before", True, "Camera")
    assert old["other"] and not told(90, "audio")["other"]
    assert old["note"] == "a test picture", "what is played never passes for real"


def test_events_of_other_alerts_are_hollow_and_earlier_ones_faint(replay, noon, site):
    rows = event_rows(site, replay, noon + timedelta(seconds=80), noon, "en")
    assert rows["fill"] == [0.4, 0.0]
    assert rows["alpha"] == [0.4, 1.0]


def test_the_map_frames_the_incident_and_the_bar_knows_its_events(replay, site, noon):
    left, bottom, right, top = incident_extent(site, replay)
    assert left < right and bottom < top
    marks = marks_of(replay, "cs")
    assert [(mark["title"], mark["own"]) for mark in marks] == [
        ("Střelba", True), ("Střelba", True), ("Lidé běží", False),
    ]  # fmt: skip
    span = span_of(replay, site)
    assert span["start_ms"] < span["began_ms"] < span["end_ms"]


def test_nothing_is_said_of_levels_before_something_is_replayed(site, noon):
    view = ReplayMap(site)
    assert view.zones.data["words"] == [""]
    assert view.events.data["x"] == []
