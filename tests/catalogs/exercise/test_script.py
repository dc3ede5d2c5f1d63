from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs import sites
from catalogs.exercise.cues import AttackCue, FilmCue, SoundCue, Telling
from catalogs.exercise.script import SEEDS, script
from catalogs.exercise.truth import Tell
from hlaska.kinds import ATTRIBUTES, KINDS

MAIN = {
    "lawn",
    "parked-car",
    "crowd",
    "false-scream",
    "shooting",
    "camera-attack",
    "ammonia",
}


def of(day, name):
    return [cue for cue in day.cues if cue.activity == name]


def tellings(day):
    for cue in day.cues:
        yield from (cue,) if isinstance(cue, Telling) else cue.otherwise


def test_two_days_are_scored():
    assert SEEDS == (1, 2)


def test_the_same_seed_makes_the_same_day(pilsen, days):
    assert script(pilsen, 1) == days[1]


def test_the_day_is_the_planned_match_day_from_six_to_midnight(pilsen, days):
    day = days[1]
    assert day.begins == datetime(2026, 12, 5, 5, tzinfo=UTC)
    assert day.lasts_s == 18 * 3600
    [match] = pilsen.planned_events
    shots_s = day.activity("shooting").begin_s
    assert match.start.timestamp() <= day.begins.timestamp() + shots_s <= match.end.timestamp()


def test_the_second_day_differs_in_camera_place_time_order_and_distractors(days):
    def order(day):
        serious = ("shooting", "camera-attack", "ammonia")
        return sorted(serious, key=lambda name: day.activity(name).begin_s)

    def camera(day):
        return next(cue.camera for cue in day.cues if isinstance(cue, AttackCue))

    def distractors(day):
        return {one.id for one in day.activities} - MAIN

    one, two = days[1], days[2]
    assert order(one) != order(two)
    assert camera(one) != camera(two)
    assert distractors(one) != distractors(two)
    assert of(one, "shooting")[0].place != of(two, "shooting")[0].place
    for name in MAIN:
        assert one.activity(name).begin_s != two.activity(name).begin_s


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_every_seed_makes_a_whole_day(seed):
    day = script(sites.named("pilsen"), seed)
    assert set(day.incidents) == MAIN
    names = [one.id for one in day.activities]
    assert len(names) == len(set(names))
    assert {cue.activity for cue in day.cues} == set(names)
    assert [cue.at_s for cue in day.cues] == sorted(cue.at_s for cue in day.cues)
    for one in day.activities:
        assert 0 <= one.begin_s <= one.end_s <= day.lasts_s
    starts = sorted(day.activity(name).begin_s for name in ("shooting", "camera-attack", "ammonia"))
    assert all(b - a >= 3600 for a, b in pairwise(starts))


def test_what_is_told_fits_the_kinds_and_the_site(pilsen, days):
    sensors = {one.id for one in (*pilsen.cameras, *pilsen.microphones, *pilsen.network.feeds)}
    zones = {zone.id for zone in pilsen.zones}
    told = [one for day in days.values() for one in tellings(day)]
    assert told
    for one in told:
        assert set(KINDS[one.kind].attributes) <= set(one.attributes) | {"state", "what"}
        assert set(one.attributes) <= set(ATTRIBUTES)
        assert one.zone is None or one.zone in zones
        assert one.delay_s > 0
        assert 0 <= one.confidence <= 1
        if one.device:
            assert one.device in pilsen.detector(one.source).places
        else:
            assert one.source in sensors


def test_media_are_used_for_sounds_network_and_film_and_have_a_scripted_stand_in(days):
    for day in days.values():
        for sort in (SoundCue, AttackCue, FilmCue):
            mine = [cue for cue in day.cues if isinstance(cue, sort)]
            assert mine
        for name in ("shooting", "camera-attack", "lawn", "false-scream"):
            media = [cue for cue in of(day, name) if not isinstance(cue, Telling)]
            assert all(cue.otherwise for cue in media)


def test_the_parked_car_is_reported_a_hundred_times_and_told_once(days):
    for day in days.values():
        assert len(of(day, "parked-car")) == 100
        assert day.activity("parked-car").tell is Tell.ONCE


def test_a_site_without_the_sensors_is_refused():
    with pytest.raises(ValueError, match=r"lacks americka-bridge.*written for the site pilsen"):
        script(sites.named("bilbao"), 1)
