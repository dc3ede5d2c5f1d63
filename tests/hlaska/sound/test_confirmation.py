from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.sound.confirmation import REMEMBERED, Confirmation

CELL_S, STEP, OF, NEEDS = 0.04, 10, 5, 3
CELLS = OF * STEP


def confirmation(**changes) -> Confirmation:
    options = {"cell_s": CELL_S, "step": STEP, "of": OF, "needs": NEEDS} | changes
    return Confirmation([0.5, 0.5], [False, True], **options)


def heard(confirmation: Confirmation, truth: np.ndarray, *, deaf=(), start=0) -> list:
    """What comes of scores that say in each window what is true, but in those that are deaf."""
    volleys = []
    for first in range(0, len(truth) - CELLS + 1, STEP):
        scores = None if first // STEP in deaf else truth[first : first + CELLS]
        volleys += confirmation.add(start + first, scores)
    return volleys


def bangs(seconds: float, *at_s: float, column: int = 0, lasting_s: float = CELL_S) -> np.ndarray:
    truth = np.zeros((round(seconds / CELL_S), 2), np.float32)
    for moment in at_s:
        truth[round(moment / CELL_S) : round((moment + lasting_s) / CELL_S), column] = 0.9
    return truth


def test_what_all_windows_show_is_confirmed_by_all_of_them():
    (volley,) = heard(confirmation(), bangs(10, 4))
    assert (volley.column, volley.first, volley.last, volley.agreed) == (0, 100, 100, OF)
    assert volley.confidence == pytest.approx(0.9)


# The moment at 4 s lies in the windows that begin at 2.4, 2.8 … 4.0 s: numbers 6 to 10.
@pytest.mark.parametrize(
    ("deaf", "agreed"),
    [
        pytest.param((6, 7), 3, id="three of five agree"),
        pytest.param((8, 10), 3, id="whichever three"),
        pytest.param((6, 7, 8), None, id="two of five do not"),
    ],
)
def test_enough_windows_must_agree(deaf, agreed):
    volleys = heard(confirmation(), bangs(10, 4), deaf=deaf)
    assert [volley.agreed for volley in volleys] == ([] if agreed is None else [agreed])


def test_the_average_of_the_windows_is_the_confidence():
    (volley,) = heard(confirmation(), bangs(10, 4), deaf=(6,))
    assert volley.confidence == pytest.approx(0.9 * 4 / 5)


@pytest.mark.parametrize(
    ("apart", "kept"), [pytest.param(3, 1, id="near"), pytest.param(4, 0, id="too far")]
)
def test_windows_may_see_the_moment_a_little_apart(apart, kept):
    ears = confirmation(tolerance_s=3 * CELL_S)
    volleys = []
    for number in range(20):
        # Each other window sees it later; the moment is held by windows 6 to 10.
        cell = 105 + (apart if number % 2 else 0) - number * STEP
        scores = np.zeros((CELLS, 2), np.float32)
        if number in (7, 8, 10) and 0 <= cell < CELLS:
            scores[cell, 0] = 0.9
        volleys += ears.add(number * STEP, scores)
    assert len(volleys) == kept


def test_a_score_on_the_threshold_counts_and_one_below_does_not():
    truth = bangs(10, 4)
    truth[truth > 0] = 0.5
    assert len(heard(confirmation(), truth)) == 1
    assert not heard(confirmation(), np.nextafter(truth, np.float32(0)))


def test_what_is_not_listened_for_is_never_confirmed():
    deaf = Confirmation([np.inf, 0.5], [False, True], cell_s=CELL_S, step=STEP, of=OF, needs=NEEDS)
    assert not heard(deaf, bangs(10, 4))
    assert not deaf.candidates


def test_shots_within_the_gap_are_one_volley_and_beyond_it_two():
    (one,) = heard(confirmation(), bangs(12, 4, 5.2, 6.4))
    assert (one.first, one.last) == (100, 160)
    assert len(heard(confirmation(), bangs(12, 4, 5.28))) == 2


def test_classes_are_volleys_of_their_own():
    truth = bangs(12, 4) + bangs(12, 4.4, column=1)
    assert {(volley.column, volley.first) for volley in heard(confirmation(), truth)} == {
        (0, 100),
        (1, 110),
    }


def test_a_volley_is_told_when_it_has_been_quiet_and_all_its_windows_are_in():
    ears, truth = confirmation(), bangs(12, 4)
    told = [
        first + CELLS
        for first in range(0, len(truth) - CELLS + 1, STEP)
        if ears.add(first, truth[first : first + CELLS])
    ]
    # Two seconds after the shot: the last of its windows ends then.
    assert told == [150]


def test_shots_that_go_on_are_told_every_five_seconds_and_none_twice():
    shots = np.arange(4, 16, 0.8)
    volleys = heard(confirmation(), bangs(22, *shots))
    assert len(volleys) == 3
    spans = [(volley.first, volley.last) for volley in volleys]
    assert all(last < first for (_, last), (first, _) in pairwise(spans))
    assert (spans[0][0], spans[-1][1]) == (100, 380)


def test_a_scream_that_goes_on_is_told_once_until_it_pauses():
    truth = bangs(40, 4, column=1, lasting_s=18) + bangs(40, 30, column=1, lasting_s=1)
    first, second = heard(confirmation(), truth)
    assert first.last * CELL_S < 9.5
    assert second.first * CELL_S == pytest.approx(30)


def test_what_is_going_on_when_the_sound_ends_is_told():
    ears = confirmation()
    assert not heard(ears, bangs(5.6, 4))
    assert [volley.first for volley in ears.finish()] == [100]
    assert not ears.finish()


def test_nothing_agrees_across_a_gap():
    ears = confirmation()
    cut = heard(ears, bangs(4, 3.9)) + heard(ears, bangs(4, 0.1), start=10_000)
    assert not cut
    assert len(heard(ears, bangs(8, 4), start=20_000)) == 1


def test_what_was_confirmed_before_a_gap_is_told_after_it():
    ears = confirmation()
    assert not heard(ears, bangs(5.2, 4))
    assert [volley.first for volley in ears.add(10_000, None)] == [100]


def test_it_is_pending_from_the_first_hit_until_the_volley_is_told():
    ears, truth = confirmation(), bangs(12, 4)
    pending = []
    for first in range(0, len(truth) - CELLS + 1, STEP):
        ears.add(first, truth[first : first + CELLS])
        pending.append(ears.pending)
    # The shot is in windows 6 to 10; the last of them tells it.
    assert [number for number, is_pending in enumerate(pending) if is_pending] == [6, 7, 8, 9]


def test_it_tells_how_many_of_the_last_candidates_other_demands_would_have_kept():
    ears = confirmation()
    at_s = np.arange(4, 4 + 12 * 3, 3)
    truth = bangs(45, *at_s)
    deaf = set()
    for number, moment in enumerate(at_s):
        last = int(moment / 0.4 + 1e-9)
        # One window more is deaf at each: 5, 4, 3, 2, 1, 5, 4 … agree.
        deaf |= set(range(last - 4, last - 4 + number % 5))
    heard(ears, truth, deaf=deaf)
    assert ears.candidates == REMEMBERED
    agreed = [5 - number % 5 for number in range(12)][-REMEMBERED:]
    assert ears.kept == sum(each >= 3 for each in agreed)


def test_the_averages_are_those_of_the_windows_that_hold_each_cell():
    ears = confirmation()
    heard(ears, bangs(10, 4), deaf=(6,))
    averages = ears.averages(98, 103)
    assert averages[:, 0] == pytest.approx([0, 0, 0.9 * 4 / 5, 0, 0])
    assert not ears.averages(-10, 5).any()
    assert not ears.averages(10_000, 10_005).any()


@given(
    st.lists(st.integers(75, 900), max_size=6, unique=True),
    st.sets(st.integers(0, 100), max_size=40),
)
def test_every_bang_that_enough_windows_show_is_in_one_volley_and_no_other(at, deaf):
    truth = np.zeros((1000, 2), np.float32)
    truth[at, 0] = 0.9
    ears = confirmation(tolerance_s=0)
    volleys = heard(ears, truth, deaf=deaf) + ears.finish()
    confirmed = set()
    for cell in at:
        holders = [number for number in range(96) if number * STEP <= cell < number * STEP + CELLS]
        agreed = sum(number not in deaf for number in holders)
        held_by = sum(volley.first <= cell <= volley.last for volley in volleys)
        if agreed >= NEEDS:
            confirmed.add(cell)
            assert held_by == 1
        else:
            assert held_by <= 1
    # What too few windows show may prolong a volley; it never makes one.
    for volley in volleys:
        assert any(volley.first <= cell <= volley.last for cell in confirmed)


def test_the_first_shot_of_a_volley_may_be_less_sure_than_the_rest():
    truth = bangs(12, 5.0, 5.6)
    truth[round(4.4 / CELL_S), 0] = 0.3  # below the threshold of 0.5, above its half
    (volley,) = heard(confirmation(), truth)
    assert (volley.first, volley.last) == (110, 140)


def test_what_is_half_sure_alone_is_nothing():
    assert not heard(confirmation(), bangs(12, 5.0) / 3)
