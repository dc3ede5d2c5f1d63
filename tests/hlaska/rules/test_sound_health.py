from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hlaska.rules.sound_health import SoundHealth, SoundHealthArgs, SoundNumbers

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
WELL = SoundNumbers(
    level_dbfs=-60,
    peak=0.01,
    clipped_share=0,
    varied=True,
    low_share=0.7,
    gustiness_db=1.3,
    background_dbfs=-63,
    usual_dbfs=-63,
)
DEAD = {"varied": False, "level_dbfs": -120, "peak": 0, "low_share": 0}
CLIPPING = {"clipped_share": 0.1, "peak": 1, "level_dbfs": -5}
WINDY = {"low_share": 0.93, "level_dbfs": -30, "gustiness_db": 4}
DRIFTING = {"drift_ppm": -350}
DEAF = {"level_dbfs": -84, "background_dbfs": -88}
FAULTS = (DEAD, CLIPPING, WINDY, DRIFTING, DEAF)


def run(*stretches, health=None, begin_s=0, **options):
    """(second in which it is sure, change) over stretches of (seconds, what is not well)."""
    health, now_s, found = health or SoundHealth(SoundHealthArgs(**options)), begin_s, []
    for seconds, what in stretches:
        for _ in range(seconds):
            now_s += 1
            at = START + timedelta(seconds=now_s)
            found += [(now_s, change) for change in health.update(replace(WELL, **what), at)]
    return found


@pytest.mark.parametrize(
    ("what", "condition", "sure_s", "over_s"),
    [
        pytest.param(DEAD, "dead", 10, 6, id="dead"),
        pytest.param(CLIPPING, "clipping", 6, 31, id="clipping"),
        pytest.param(WINDY, "windy", 10, 31, id="windy"),
        pytest.param(DRIFTING, "drifting", 120, 31, id="drifting"),
        pytest.param(DEAF, "deaf", 300, 31, id="deaf"),
    ],
)
def test_each_fault_begins_once_and_ends_once(what, condition, sure_s, over_s):
    found = run((60, {}), (400, what), (100, {}), (400, what))
    assert [(at_s, change.condition, change.began) for at_s, change in found] == [
        (60 + sure_s, condition, True),
        (460 + over_s, condition, False),
        (560 + sure_s, condition, True),
    ]
    assert all(change.words.startswith(f"{condition}: ") for _, change in found)


def test_the_words_say_what_it_is_and_what_to_do():
    ((_, change),) = run((10, DEAD))
    assert change.words == (
        "dead: digital silence for 10 s; check the cable or the power of the microphone"
    )
    ((_, change),) = run((120, DRIFTING))
    assert "350 ppm too slow" in change.words


@pytest.mark.parametrize(
    "stretches",
    [
        pytest.param([(600, {})], id="a street"),
        pytest.param([(9, DEAD), (1, {})] * 20, id="a camera that sends nothing where it is quiet"),
        pytest.param([(1, CLIPPING), (9, {})] * 20, id="single bangs that clip"),
        pytest.param([(4, CLIPPING), (30, {})] * 5, id="volleys that clip"),
        pytest.param([(600, {"low_share": 0.93, "level_dbfs": -30})], id="a lorry's engine"),
        pytest.param([(600, {"low_share": 0.93, "gustiness_db": 5})], id="a soft wind"),
        pytest.param([(8, WINDY), (5, {})] * 20, id="single gusts"),
        pytest.param([(100, DRIFTING), (5, {})] * 5, id="one lost packet"),
        pytest.param([(600, {"drift_ppm": 150})], id="a cheap crystal"),
        pytest.param([(290, DEAF), (5, {})] * 3, id="a few minutes of quiet"),
        pytest.param([(900, {"background_dbfs": -80})], id="a quiet night"),
    ],
)
def test_it_is_no_fault(stretches):
    assert run(*stretches) == []


def test_several_faults_are_several_changes_and_are_all_told_of():
    health = SoundHealth(SoundHealthArgs())
    found = run((30, CLIPPING | WINDY), health=health)
    assert {change.condition for _, change in found} == {"clipping", "windy"}
    assert health.conditions == ("clipping", "windy")


def test_a_deaf_microphone_that_dies_is_still_deaf():
    found = run((400, DEAF), (100, DEAD))
    assert [(change.condition, change.began) for _, change in found] == [
        ("deaf", True),
        ("dead", True),
    ]


def test_nothing_is_learned_while_it_is_quieter_until_that_is_the_new_usual():
    health = SoundHealth(SoundHealthArgs(accept_s=1000))
    assert health.learns
    run((500, DEAF), health=health)
    assert not health.learns
    run((600, DEAF), health=health, begin_s=500)
    assert health.learns


def test_a_gap_is_not_counted_as_silence():
    health = SoundHealth(SoundHealthArgs())
    assert run((5, DEAD), health=health) == []
    assert run((5, DEAD), health=health, begin_s=3600) == []
    assert len(run((5, DEAD), health=health, begin_s=3605)) == 1


def test_a_clock_that_is_set_back_an_hour_keeps_nothing_going():
    health = SoundHealth(SoundHealthArgs())
    run((20, DEAD), health=health, begin_s=3600)
    ((_, change),) = run((20, {}), health=health)
    assert (change.condition, change.began) == ("dead", False)
    assert len(run((20, DEAD), health=health, begin_s=20)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"dead_s": 0}, id="dead at once"),
        pytest.param({"clipped_share": 0}, id="whatever clips"),
        pytest.param({"deaf_db": 5}, id="less than its relief"),
        pytest.param({"dead": 10}, id="unknown"),
    ],
)
def test_limits_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        SoundHealthArgs(**wrong)


@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.sampled_from(({}, *FAULTS)), st.integers(-4000, 4000)),
        max_size=12,
    )
)
def test_beginnings_and_ends_take_turns_whatever_comes_and_whenever(stretches):
    health, on, now_s = SoundHealth(SoundHealthArgs(drifting_s=20, deaf_s=30)), set(), 0
    for seconds, what, jump_s in stretches:
        for _, change in run((seconds, what), health=health, begin_s=now_s):
            assert change.began == (change.condition not in on)
            on ^= {change.condition}
        assert set(health.conditions) == on
        now_s += seconds + jump_s
