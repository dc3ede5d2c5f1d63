"""Sounds are told in plain words, and what is played is never told as real."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.sound_wording import (
    count_words,
    ellipse_words,
    heard_words,
    note_of,
    position_words,
    redacted_words,
    sound_lines,
    where_words,
)
from hlaska.events import Ellipse, Location

with_fixtures = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(
    ("kind", "count", "words"),
    [
        ("audio.gunshot", 3, "3 shots"),
        ("audio.gunshot", 1, ""),
        ("audio.explosion", 2, "2 blasts"),
        ("audio.glass-break", 2, "2 breaks"),
        ("audio.scream", 4, "4 screams"),
        ("video.running", 4, ""),
    ],
)
def test_how_often_it_sounded_is_said_in_words(shot, kind, count, words):
    assert count_words(shot(kind=kind, attributes={"count": count})) == words


def test_how_many_heard_it_is_said_of_sounds_alone(event, shot, located):
    assert heard_words(shot()) == "one microphone"
    assert heard_words(located(9, [shot(1), shot(2), shot(3)])) == "heard by 3 microphones"
    assert heard_words(event()) == ""


def test_a_located_sound_is_told_by_the_nearest_microphone(shot, located, site):
    assert where_words(located(2, [shot(1)]), site) == "58 m from Ucho"
    there = {"lon": 13.374, "lat": 49.74401}
    assert where_words(located(2, [shot(1)], location=there), site) == "at Bubínek"
    assert where_words(located(2, [shot(1)], zone="square"), site) == "Square · 58 m from Ucho"


def test_a_sound_that_is_not_located_is_told_by_its_microphone(shot, site):
    assert where_words(shot(), site) == "Ucho"


def test_a_located_sound_has_the_notes_of_its_microphones(shot, located, site):
    played, real = shot(1), shot(2, source="drum")
    known = {"event-1": played, "event-2": real}
    assert note_of(played, site, known) == "a test sound"
    assert note_of(real, site, known) == ""
    assert note_of(located(3, [played, real]), site, known) == "a test sound"
    assert note_of(located(3, [real]), site, known) == ""


def test_one_whose_microphones_are_forgotten_has_the_notes_of_all(shot, located, site):
    assert note_of(located(3, [shot(2, source="drum")]), site, {}) == "a test sound"


def test_a_foreign_detector_has_its_note_and_its_name(shot, site):
    alert = shot(source="acme", attributes={"device": "7", "vendor": "Acme"})
    assert note_of(alert, site, {}) == "on trial"
    assert where_words(alert, site) == "Acme ears"
    assert ("device", "7") in sound_lines(alert, site, ())


@pytest.mark.parametrize(
    ("bearing_deg", "axis"),
    [
        (0, "north–south"),
        (22, "north–south"),
        (45, "north-east–south-west"),
        (90, "east–west"),
        (135, "south-east–north-west"),
        (179, "north–south"),
    ],
)
def test_the_longer_axis_is_said_in_words(bearing_deg, axis):
    ellipse = Ellipse(semi_major_m=12.4, semi_minor_m=3.6, bearing_deg=bearing_deg)
    assert ellipse_words(ellipse) == f"± 12 m along ({axis}), ± 4 m across"


def test_a_round_ellipse_has_no_axis_and_nothing_is_known_to_the_centimetre():
    ellipse = Ellipse(semi_major_m=0.04, semi_minor_m=0.03, bearing_deg=7)
    assert ellipse_words(ellipse) == "± 1 m"


def test_a_position_says_how_far_off_it_may_be():
    place = Location(lon=13.375, lat=49.745, uncertainty_m=500)
    assert position_words(place) == "49.74500° N 13.37500° E ± 500 m"


def test_speech_that_was_removed_is_said(event, shot):
    assert redacted_words(shot()) == "speech removed: 2.1 s"
    assert redacted_words(shot(attributes={"redacted_s": 0.0})) == ""
    assert redacted_words(shot(attributes={})) == ""
    assert redacted_words(event(attributes={"redacted_s": 2.0})) == ""


def test_the_lines_say_what_was_confirmed_and_how_loud(shot, site):
    lines = dict(sound_lines(shot(), site, ()))
    assert lines == {
        "sounds": "2 shots, at 0.0, 0.4 s",
        "confirmed": "3 of 5 windows agree",
        "peak": "-9.5 dBFS",
    }


def test_a_microphone_that_does_not_agree_on_the_place_is_said(shot, located, site):
    heard = [shot(1), shot(2, source="drum"), shot(3, source="lobe"), shot(4, source="lobe")]
    agreed = located(9, heard)
    assert "placed by" not in dict(sound_lines(agreed, site, tuple(heard)))
    told = agreed.attributes | {"microphones": 2}
    outvoted = agreed.model_copy(update={"attributes": told})
    lines = dict(sound_lines(outvoted, site, tuple(heard)))
    assert lines["heard at"] == "Ucho, Bubínek, Lalůček"
    assert lines["placed by"] == "2 of these 3 that agree"
    assert heard_words(outvoted) == "heard by 2 microphones"


@given(onsets=st.text(max_size=60))
@with_fixtures
def test_onsets_that_are_no_numbers_never_break_the_lines(onsets, shot, site):
    lines = dict(sound_lines(shot(attributes={"count": 2, "onsets_s": onsets}), site, ()))
    assert lines["sounds"].startswith("2 shots")
    assert "nan" not in lines["sounds"] and "inf" not in lines["sounds"]


def test_what_the_words_do_not_cover_is_still_told(shot, site):
    assert ("made by", "Acme") in sound_lines(shot(attributes={"made_by": "Acme"}), site, ())
