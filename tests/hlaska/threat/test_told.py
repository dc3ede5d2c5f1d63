"""What one sensor told: whatever is forgotten, what counts is the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.threat.told import MOST_TOLD, Repeats, Told
from hlaska.threat.weighing import AHEAD_S, STRONGEST, piece

HALF_LIFE_S = 300.0
told_at = st.lists(
    st.tuples(st.integers(-1500, 200), st.sampled_from((0.05, 0.3, 0.8, 1.0))), max_size=30
)


@pytest.fixture(scope="module")
def pieces(place):
    def made(rows):
        screams = [
            place.event(at_s=at_s, confidence=confidence, id=f"{number:02}")
            for number, (at_s, confidence) in enumerate(rows)
        ]
        return [piece(place.heard(scream), 0.0) for scream in screams]

    return made


def _strongest(pieces, at_s):
    values = sorted(((one.value(at_s), one) for one in pieces), key=lambda one: -one[0])
    return [value for value, _ in values[:STRONGEST] if value]


def _values(repeats, first_s, last_s):
    return [value for value, _ in repeats.strongest(first_s, last_s)]


@given(told_at, st.lists(st.integers(0, 60), min_size=1, max_size=5), st.booleans())
def test_the_strongest_are_those_of_all_at_each_time_that_may_be_asked_about(
    place, pieces, rows, steps, late
):
    taken = pieces(rows)
    repeats = Repeats(HALF_LIFE_S)
    since_s = place.noon.timestamp() - 120
    if late:
        repeats.forget(since_s)
    for one in taken:
        repeats.add(one, since_s if late else float("-inf"))
    for step_s in steps:
        since_s += step_s
        repeats.forget(since_s)
        for at_s in (since_s, since_s + 45.5, since_s + 120, since_s + 900):
            assert _values(repeats, at_s, at_s) == pytest.approx(_strongest(taken, at_s))


@given(told_at, st.integers(-200, 400), st.integers(0, 120))
def test_between_two_times_they_are_no_weaker_than_at_any_of_them(
    place, pieces, rows, first_s, lasts_s
):
    repeats = Repeats(HALF_LIFE_S)
    for one in pieces(rows):
        repeats.add(one, float("-inf"))
    first_s += place.noon.timestamp()
    bound = _values(repeats, first_s, first_s + lasts_s)
    for at_s in range(0, lasts_s + 1, 5):
        now = _values(repeats, first_s + at_s, first_s + at_s)
        assert len(now) <= len(bound)
        assert all(one <= most + 1e-9 for one, most in zip(now, bound, strict=False))


@given(told_at, st.integers(-200, 400))
def test_what_can_count_from_now_on_holds_the_strongest_of_all_later_times(
    place, pieces, rows, now_s
):
    repeats = Repeats(HALF_LIFE_S)
    now_s += place.noon.timestamp()
    due = [one for one in pieces(rows) if one.heard.at_s <= now_s + AHEAD_S]
    for one in due:
        repeats.add(one, now_s - 120)
    kept = repeats.from_now_on(now_s)
    for later_s in (0, 7, 30, 61, 200, 900):
        at_s = now_s + later_s
        assert _strongest(kept, at_s) == pytest.approx(_strongest(due, at_s))


def test_they_begin_to_count_a_minute_before_they_happened(place, pieces):
    repeats = Repeats(HALF_LIFE_S)
    for one in pieces([(0, 1.0), (0, 0.3), (30, 1.0)]):
        repeats.add(one, float("-inf"))
    noon_s = place.noon.timestamp()
    assert repeats.onsets(noon_s - 120, noon_s) == [noon_s - 60, noon_s - 30]
    assert repeats.onsets(noon_s - 60, noon_s - 31) == []


def test_nothing_is_left_when_all_has_faded(place, pieces):
    repeats = Repeats(HALF_LIFE_S)
    for one in pieces([(0, 1.0), (5, 0.3)]):
        repeats.add(one, float("-inf"))
    noon_s = place.noon.timestamp()
    assert repeats.forget(noon_s + 2000)
    assert not repeats.forget(noon_s + 3000)
    assert repeats.events == set()


def test_a_flood_leaves_three_pieces_a_second_and_three_of_before(place):
    told = Told(HALF_LIFE_S, 1)
    noon_s = place.noon.timestamp()
    for number in range(3 * MOST_TOLD):
        scream = place.event(at_s=number // 100, id=f"{number:05}")
        told.add(place.heard(scream), None, noon_s + 20)
    (repeats,) = told.of
    assert len(repeats.events) == 3 + 3 * len(range(21, 1 + (3 * MOST_TOLD - 1) // 100))
    told.forget(noon_s + 1000)
    assert len(repeats.events) == 3


def test_what_refuted_events_hid_counts_again_in_each_place(place):
    told = Told(HALF_LIFE_S, 3)
    noon_s = place.noon.timestamp()
    for name, confidence in (("a", 1.0), ("b", 0.9), ("c", 0.8), ("d", 0.2), ("e", 0.1)):
        scream = place.heard(place.event(confidence=confidence, id=name))
        told.add(scream, (0.0, 10_000.0), noon_s + 1)
    near, far, whole = told.of
    assert far is None
    assert near.events == whole.events == {"a", "b", "c"}
    told.drop({"a", "b", "unheard of"}, noon_s + 1)
    assert near.events == whole.events == {"c", "d", "e"}
