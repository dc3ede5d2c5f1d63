"""The formula: what evidence is worth, alone and beside other evidence."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.kinds import KINDS, kind_of
from hlaska.threat.weighing import (
    AHEAD_S,
    NOTHING,
    THRESHOLDS,
    level_of,
    nearness,
    piece,
    probability_of,
    total,
    weigh,
    with_another,
    worth,
)

WEIGHTED = sorted(name for name, kind in KINDS.items() if kind.weight)
values = st.tuples(
    st.sampled_from(WEIGHTED), st.sampled_from("abc"), st.floats(NOTHING, 5.0), st.integers(0, 9)
)


@pytest.fixture(scope="module")
def valued(place):
    def made(rows):
        out = []
        for number, (kind, sensor, value, _) in enumerate(rows):
            heard = place.heard(place.event(kind, id=f"v{number}"), sensor)
            out.append((value, piece(heard, 0.0)))
        return out

    return made


def test_the_thresholds_take_the_prior_to_the_posteriors():
    # ln(p / (1 - p)) - ln(0.005 / 0.995): from 1 in 200 to 5, 20, 50 and 90 in 100.
    assert pytest.approx((2.349, 3.907, 5.293, 7.491), abs=5e-4) == THRESHOLDS
    for score, posterior in zip(THRESHOLDS, (0.05, 0.2, 0.5, 0.9), strict=True):
        assert probability_of(score) == pytest.approx(posterior)
    assert probability_of(0) == pytest.approx(1 / 200)


def test_a_score_on_the_threshold_reaches_the_level():
    assert [level_of(score) for score in (0.0, *THRESHOLDS)] == [0, 1, 2, 3, 4]
    assert [level_of(math.nextafter(score, 0)) for score in THRESHOLDS] == [0, 1, 2, 3]


def test_what_is_sure_is_worth_its_weight_and_what_is_false_nothing():
    assert worth(4.0, 1.0) == pytest.approx(4.0)
    assert worth(4.0, 0.0) == worth(0.0, 1.0) == 0
    # ln(1 + 0.5 (e^4 - 1)) = ln(27.799): a coin's toss takes off about ln 2, not half.
    assert worth(4.0, 0.5) == pytest.approx(3.325, abs=5e-4)


def test_nearness_is_whole_inside_a_half_at_the_reach_and_next_to_nothing_far_off():
    assert [nearness(d, 100) for d in (0, 100, 300)] == [1.0, 0.5, 2**-9]
    assert nearness(2e7, 50) == 0


def test_a_piece_fades_by_half_each_half_life_and_ends_at_nothing(place):
    scream = piece(place.heard(place.event()), 0.0)
    noon_s = place.noon.timestamp()
    assert scream.value(noon_s) == pytest.approx(1.5)
    assert scream.value(noon_s + 300) == pytest.approx(0.75)
    # 1.5 / 2^7.22 is 0.01: after 7.22 half-lives of 300 s.
    last_s = 300 * math.log2(1.5 / NOTHING)
    assert scream.value(noon_s + last_s - 1) > 0 == scream.value(noon_s + last_s + 1)


def test_a_clock_may_be_a_minute_ahead_and_no_more(place):
    scream = piece(place.heard(place.event()), 0.0)
    noon_s = place.noon.timestamp()
    assert scream.value(noon_s - AHEAD_S) == pytest.approx(1.5)
    assert scream.value(noon_s - AHEAD_S - 1) == 0


def test_what_is_far_off_or_unlikely_is_no_evidence(place):
    assert piece(place.heard(place.event()), 300.0) is None
    assert piece(place.heard(place.event(confidence=0.001)), 0.0) is None
    assert piece(place.heard(place.event("health.down")), 0.0) is None


def test_of_one_sensor_and_kind_three_count_whole_half_and_a_quarter(valued):
    rows = [("audio.scream", "a", 1.0, 0)] * 9
    assert [one.counts for one in weigh(valued(rows))] == [1.0, 0.5, 0.25]


def test_sensors_of_one_sense_saturate_and_senses_add_up(valued):
    rows = [
        ("audio.gunshot", "a", 4.0, 0),
        ("audio.scream", "a", 1.0, 0),  # a repeats itself: 1/2
        ("audio.gunshot", "b", 2.0, 0),  # a second sensor: 1/2
        ("audio.gunshot", "c", 1.0, 0),  # a third: 1/4
        ("video.running", "d", 1.0, 0),  # another sense: whole
    ]
    assert total(weigh(valued(rows))) == 4.0 + 0.5 + 1.0 + 0.25 + 1.0


@given(st.lists(values, max_size=12), values)
def test_one_more_piece_never_makes_the_sum_smaller(valued, rows, more):
    assert total(weigh(valued([*rows, more]))) >= total(weigh(valued(rows))) - 1e-9


@given(st.lists(values, min_size=1, max_size=12), st.integers(0, 11), st.floats(1.0, 2.0))
def test_a_stronger_piece_never_makes_the_sum_smaller(valued, rows, which, factor):
    which %= len(rows)
    kind, sensor, value, rest = rows[which]
    stronger = [*rows[:which], (kind, sensor, value * factor, rest), *rows[which + 1 :]]
    assert total(weigh(valued(stronger))) >= total(weigh(valued(rows))) - 1e-9


@given(st.lists(values, min_size=1, max_size=12))
def test_a_sense_is_worth_at_most_four_times_its_strongest_piece(valued, rows):
    pieces = valued(rows)
    for modality in {one.heard.modality for _, one in pieces}:
        same = [(value, one) for value, one in pieces if one.heard.modality == modality]
        assert total(weigh(same)) < 4 * max(value for value, _ in same)


@given(st.lists(values, max_size=12), st.randoms(use_true_random=False))
def test_the_order_makes_no_difference(valued, rows, random):
    pieces = valued(rows)
    shuffled = random.sample(pieces, len(pieces))
    assert sorted(weigh(shuffled), key=lambda one: one.piece.id) == sorted(
        weigh(pieces), key=lambda one: one.piece.id
    )


@given(st.lists(values, max_size=8), st.sampled_from(WEIGHTED))
def test_what_another_event_would_add_up_to_is_what_it_adds_up_to(valued, rows, name):
    pieces = valued(rows)
    kind = kind_of(name)
    extra = valued([*rows, (name, "somebody else", kind.weight, 0)])
    assert with_another(weigh(pieces), kind) == pytest.approx(total(weigh(extra)))
