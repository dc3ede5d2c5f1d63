from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hlaska.rules.spell import Activity, Spell

START = datetime(2026, 3, 1, tzinfo=UTC)


def at(seconds):
    return START + timedelta(seconds=seconds)


def test_a_spell_lasts_from_its_first_to_its_last_moment():
    spell = Spell(gap_s=1)
    assert spell.update(at(0), False) is None
    assert spell.update(at(1), True) == 0
    assert spell.update(at(2), True) == 1
    assert spell.update(at(3), False) == 1
    assert spell.update(at(3.1), False) is None


def test_a_gap_as_long_as_allowed_does_not_end_a_spell():
    spell = Spell(gap_s=1)
    spell.update(at(0), True)
    assert spell.update(at(1), True) == 1


def test_an_activity_begins_when_its_condition_has_held_and_tells_since_when():
    activity = Activity(confirm_s=2, quiet_s=5)
    assert [activity.update(at(i), strong=True, weak=True) for i in range(4)] == [
        None,
        None,
        at(0),
        None,
    ]


def test_a_weak_condition_keeps_an_activity_but_does_not_begin_one():
    activity = Activity(confirm_s=0, quiet_s=1)
    assert activity.update(at(0), strong=False, weak=True) is None
    assert activity.update(at(1), strong=True, weak=True) == at(1)
    for second in range(2, 50):
        activity.update(at(second), strong=False, weak=True)
    assert activity.on
    activity.update(at(51), strong=False, weak=False)
    assert not activity.on


def test_a_long_silence_of_the_stream_ends_an_activity():
    activity = Activity(confirm_s=0, quiet_s=5)
    assert activity.update(at(0), strong=True, weak=True) == at(0)
    assert activity.update(at(3600), strong=True, weak=True) == at(3600)


@given(
    moments=st.lists(st.tuples(st.floats(0.01, 4), st.sampled_from(["strong", "weak", ""]))),
    confirm_s=st.floats(0, 5),
    quiet_s=st.floats(0.1, 8),
)
def test_activities_follow_each_other_after_a_quiet_time(moments, confirm_s, quiet_s):
    activity = Activity(confirm_s=confirm_s, quiet_s=quiet_s)
    now, last_weak, starts = 0.0, None, []
    for step, how in moments:
        now += step
        before = last_weak
        begun = activity.update(at(now), strong=how == "strong", weak=bool(how))
        if begun is not None:
            assert how == "strong"
            assert (at(now) - begun).total_seconds() >= confirm_s
            if starts:
                assert begun > starts[-1]
            starts.append(begun)
        if activity.on and begun is None:
            assert before is not None
            assert now - before <= quiet_s + 1e-5
        last_weak = now if how else last_weak
