import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.sound.arrivals import CLOCK_SLACK_S, Heard, Volley, volleys

SPEED = 340.0
PLACES = {"west": (0.0, 9.0), "middle": (100.0, -9.0), "east": (200.0, 9.0), "far": (300.0, -9.0)}
SHOTS = (0.0, 0.41, 0.83, 1.02)


def report(microphone, onsets_s, *, sound="gunshot", name=None) -> Heard:
    return Heard(name or microphone, microphone, PLACES[microphone], sound, tuple(onsets_s))


def way_s(microphone, place=(120.0, 0.0)) -> float:
    return math.dist(PLACES[microphone], place) / SPEED


def reports(shots_s, place=(120.0, 0.0)) -> list[Heard]:
    return [report(name, [at + way_s(name, place) for at in shots_s]) for name in PLACES]


def found(some) -> tuple[Volley, ...]:
    return volleys(some, speed_mps=SPEED)


def test_a_volley_is_one_with_each_shot_at_each_microphone():
    [volley] = found(reports(SHOTS))
    assert {heard.microphone for heard in volley.heard} == set(PLACES)
    assert len(volley.shots) == 4
    for shot, at_s in zip(volley.shots, SHOTS, strict=True):
        assert shot == pytest.approx({name: at_s + way_s(name) for name in PLACES})
    assert volley.arrivals_s == pytest.approx({name: way_s(name) for name in PLACES})
    reference = volley.heard[0].microphone
    assert volley.lags_s[reference] == 0
    assert volley.lags_s["far"] == pytest.approx(way_s("far") - way_s(reference))


def test_a_single_shot_is_a_volley_too():
    [volley] = found(reports([5.0]))
    assert len(volley.shots) == 1 and len(volley.heard) == 4


def test_microphones_may_miss_shots_and_add_echoes():
    full = reports(SHOTS)
    some = [
        report("west", full[0].onsets_s[1:]),
        report("middle", sorted([*full[1].onsets_s, full[1].onsets_s[0] + 0.21])),
        report("east", [*full[2].onsets_s[:2], full[2].onsets_s[3]]),
        full[3],
    ]
    [volley] = found(some)
    assert [len(shot) for shot in volley.shots] == [3, 4, 3, 4]
    assert volley.arrivals_s == pytest.approx({name: way_s(name) for name in PLACES})


def test_the_first_shot_is_told_even_for_who_missed_it():
    full = reports(SHOTS)
    [volley] = found([full[0], full[1], report("east", full[2].onsets_s[1:])])
    assert "east" not in volley.shots[0]
    assert volley.arrivals_s["east"] == pytest.approx(way_s("east"))


def test_shots_at_one_interval_are_not_taken_for_their_neighbours():
    [volley] = found(reports([0, 0.1, 0.2, 0.3, 0.4]))
    assert len(volley.shots) == 5
    assert volley.arrivals_s == pytest.approx({name: way_s(name) for name in PLACES})


def test_two_volleys_at_the_same_time_are_told_apart_by_their_rhythms():
    here, there = (20.0, 0.0), (280.0, 0.0)
    slow, fast = (0.0, 0.5, 1.1, 1.45), (0.07, 0.31, 0.94, 1.23)
    mixed = [
        report(
            name,
            sorted(
                [at + way_s(name, here) for at in slow] + [at + way_s(name, there) for at in fast]
            ),
        )
        for name in PLACES
    ]
    volleys_found = sorted(found(mixed), key=lambda volley: volley.arrivals_s["west"])
    assert len(volleys_found) == 2
    for volley, place, rhythm in zip(volleys_found, (here, there), (slow, fast), strict=True):
        assert volley.arrivals_s == pytest.approx(
            {name: rhythm[0] + way_s(name, place) for name in PLACES}
        )
        assert len(volley.shots) == 4


def test_two_volleys_one_after_the_other_are_two():
    again = [
        report(heard.microphone, [at + 5 for at in heard.onsets_s], name=f"{heard.id} again")
        for heard in reports(SHOTS)
    ]
    assert [len(volley.shots) for volley in found([*reports(SHOTS), *again])] == [4, 4]


def test_sounds_of_different_kinds_are_not_one():
    shot, pane = reports([0.0])[0], report("middle", [way_s("middle")], sound="glass-break")
    assert found([shot, pane]) == ()


def test_sounds_farther_apart_than_sound_goes_are_not_one():
    longest_s = math.dist(PLACES["west"], PLACES["middle"]) / SPEED + CLOCK_SLACK_S
    near, far = (
        [report("west", [0.0]), report("middle", [longest_s + more])] for more in (-0.01, 0.01)
    )
    assert len(found(near)) == 1
    assert found(far) == ()


def test_volleys_of_another_rhythm_are_not_one():
    assert found([report("west", [0, 0.3, 0.9, 1.6]), report("middle", [0, 0.5, 1.25, 1.37])]) == ()


@pytest.mark.parametrize(
    "some",
    [
        pytest.param([], id="none"),
        pytest.param([report("west", [])], id="without an onset"),
        pytest.param([report("west", [0.0])], id="one"),
        pytest.param([report("west", [0.0]), report("west", [0.1], name="b")], id="one microphone"),
    ],
)
def test_what_only_one_microphone_heard_is_no_volley(some):
    assert found(some) == ()


def test_the_echoes_that_are_left_over_are_no_volley():
    echoing = [
        report(heard.microphone, [*heard.onsets_s, heard.onsets_s[-1] + 0.2])
        for heard in reports([0.0])[:2]
    ]
    echoing[1] = report("middle", [way_s("middle"), way_s("middle") + 0.13])
    assert len(found(echoing)) == 1


shot_times = st.lists(
    st.floats(0, 8), min_size=1, max_size=6, unique_by=lambda at: int(at / 0.12)
).map(sorted)


@given(
    shot_times,
    st.tuples(st.floats(-50, 350), st.floats(-40, 40)),
    st.integers(0, 2**32 - 1),
    st.randoms(),
)
def test_no_order_changes_anything_and_no_onset_is_used_twice(shots_s, place, seed, random):
    rng = np.random.default_rng(seed)
    some = [
        report(
            heard.microphone,
            sorted([at for at in heard.onsets_s if rng.random() > 0.2] + [rng.uniform(0, 8)]),
        )
        for heard in reports(shots_s, place)
    ]
    before = found(some)
    given_s = {heard.microphone: sorted(heard.onsets_s) for heard in some}
    used = [
        (name, at_s) for volley in before for shot in volley.shots for name, at_s in shot.items()
    ]
    assert len(used) == len(set(used))
    assert all(at_s in given_s[name] for name, at_s in used)
    assert all(len(volley.heard) >= 2 for volley in before)
    random.shuffle(some)
    assert found(some) == before


@given(shot_times, st.tuples(st.floats(-50, 350), st.floats(-40, 40)), st.floats(-1e5, 1e5))
def test_of_clean_reports_the_lags_are_exact_at_any_hour(shots_s, place, later_s):
    apart = np.diff(shots_s)
    if len(apart) and apart.min() < 0.05:
        return
    [volley] = found(reports([at + later_s for at in shots_s], place))
    assert volley.arrivals_s == pytest.approx(
        {name: shots_s[0] + later_s + way_s(name, place) for name in PLACES}, abs=1e-6
    )
