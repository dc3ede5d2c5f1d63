"""One alarm is one row, and no alarm is ever lost, whatever events say of each other."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.alarms import (
    ALARM_S,
    heard_by,
    heard_events,
    hearing_now,
    highest,
    is_sound,
    microphones_of,
    one_row_each,
    successors,
)
from hlaska.tracks import SILENT_S

with_fixtures = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
NUMBERS = st.integers(1, 8)
EVENTS = st.lists(
    st.tuples(NUMBERS, st.lists(NUMBERS, max_size=4), st.sampled_from(["gunshot", "scream"])),
    unique_by=lambda one: one[0],
)
"""Events that name each other at random: themselves, in circles, unknown ones."""


def ids(events):
    return [stored.event.id for stored in events]


def test_the_located_event_stands_in_place_of_its_microphones(shot, located, stored):
    heard = [shot(number) for number in (1, 2, 3)]
    events = [stored(located(4, heard), 4), *(stored(one, 3) for one in heard)]
    assert ids(one_row_each(events)) == ["event-4"]
    assert successors(events) == dict.fromkeys(["event-1", "event-2", "event-3"], "event-4")


def test_until_it_is_located_every_microphone_has_its_row(shot, stored):
    events = [stored(shot(number), number) for number in (2, 1)]
    assert one_row_each(events) == events


def test_one_that_did_not_hear_it_keeps_its_row(shot, located, stored):
    near, far = shot(1), shot(2, source="lobe")
    events = [stored(located(3, [near]), 3), stored(far, 2), stored(near, 1)]
    assert ids(one_row_each(events)) == ["event-3", "event-2"]


def test_a_scream_is_not_replaced_by_a_shot(shot, located, stored):
    scream = shot(1, kind="audio.scream")
    events = [stored(located(2, [scream]), 2), stored(scream, 1)]
    assert len(one_row_each(events)) == 2


def test_nor_is_an_event_of_another_site(shot, located, stored):
    elsewhere = shot(1, site="elsewhere")
    events = [stored(located(2, [elsewhere]), 2), stored(elsewhere, 1)]
    assert len(one_row_each(events)) == 2


def test_of_two_places_found_from_one_event_the_newer_stands_for_it(shot, located, stored):
    heard = shot(1)
    events = [stored(located(3, [heard]), 3), stored(located(2, [heard]), 2), stored(heard, 1)]
    assert successors(events) == {"event-1": "event-3"}


@given(drawn=EVENTS)
@with_fixtures
def test_no_list_shows_both_and_none_loses_an_alarm(drawn, shot, stored):
    events = [
        stored(
            shot(
                number,
                kind=f"audio.{kind}",
                attributes={"heard_by": " ".join(f"event-{one}" for one in heard)},
            ),
            number,
        )
        for number, heard, kind in drawn
    ]
    listed = one_row_each(events)
    replaced = successors(events)
    assert [one for one in events if one in listed] == listed, "the order stays"
    assert {*ids(listed), *replaced} == set(ids(events)), "every event is listed or replaced"
    assert not set(ids(listed)) & set(replaced)
    assert set(replaced.values()) <= set(ids(listed)), "by one that is listed itself"


def test_an_event_that_names_itself_stays(shot, stored):
    selfish = shot(1, attributes={"heard_by": "event-1"})
    assert heard_by(selfish) == ()
    assert len(one_row_each([stored(selfish, 1)])) == 1


def test_only_sounds_are_heard(event, shot):
    assert is_sound(shot()) and not is_sound(event())
    assert heard_by(event(attributes={"heard_by": "event-2"})) == ()


def test_what_is_not_known_any_more_is_left_out(shot, located):
    best, other = shot(1), shot(2)
    where = located(3, [best, other])
    assert heard_events(where, {"event-2": other}) == (other,)
    assert heard_events(where, {"event-2": other, "event-1": best}) == (best, other)
    assert microphones_of(where) == 2


def test_a_microphone_with_a_high_score_hears_now(hearing, noon):
    loud = hearing(sound={"scores": {"gunshot": 0.51, "scream": 0.2}})
    even = hearing("drum", sound={"scores": {"gunshot": 0.5}})
    assert hearing_now({"ear": loud, "drum": even}, [], noon) == {"ear": "gunshot"}
    later = noon + timedelta(seconds=SILENT_S + 1)
    assert hearing_now({"ear": loud}, [], later) == {}


def test_after_an_alarm_its_microphone_is_marked_for_a_while(shot, event, stored, noon):
    events = [stored(shot(0, observed_at=noon), 1), stored(event(0, observed_at=noon), 2)]
    for off_s, marked in ((ALARM_S, True), (ALARM_S + 1, False), (-600, False)):
        now = noon + timedelta(seconds=off_s)
        assert hearing_now({}, events, now) == ({"ear": "gunshot"} if marked else {})


def test_of_a_foreign_detector_the_device_is_marked(shot, stored, noon):
    alert = shot(0, source="acme", observed_at=noon, attributes={"device": "7"})
    assert hearing_now({}, [stored(alert, 1)], noon) == {"acme/7": "gunshot"}


def test_without_scores_nothing_is_highest(status, hearing):
    assert highest(status()) == ("", 0)
    assert highest(hearing(sound={"scores": {}})) == ("", 0)
    assert highest(hearing()) == ("scream", 0.2)
