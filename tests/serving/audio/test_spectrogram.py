from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from serving.audio.finding import SoundFinding
from serving.audio.spectrogram import (
    BOTTOM,
    GAP,
    LEFT,
    OWN,
    RIGHT,
    SIZE_PX,
    STRIP,
    STRIPS,
    TOP,
    picture,
)

START_S, SECONDS = -3.0, 6.0
POINTS = dict.fromkeys(SOUND_CLASSES, 0.5)


def found(sound="gunshot", scores=None, **changes) -> SoundFinding:
    fields = {
        "sound": sound,
        "observed_at": datetime(2026, 5, 1, 12, tzinfo=UTC),
        "onset_s": 6.0,
        "offset_s": 7.0,
        "onsets_s": (0.0,),
        "confidence": 0.9,
        "windows_agreed": 3,
        "windows_asked": 5,
        "peak_dbfs": -7.2,
        "scores": np.zeros((150, 4), np.float32) if scores is None else scores,
        "scores_start_s": -3.0,
        "scores_step_s": 0.04,
    }
    return SoundFinding(**(fields | changes))


def drawn(samples, finding=None, *, start_s=START_S, removed=(), points=POINTS):
    """The picture, decoded: rows x columns x BGR."""
    jpeg = picture(
        samples, start_s=start_s, finding=finding or found(), removed=removed, points=points
    )
    assert jpeg.startswith(b"\xff\xd8\xff")
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (SIZE_PX[1], SIZE_PX[0], 3)
    return image.astype(int)


def column(at_s):
    return round(LEFT + (at_s - START_S) / SECONDS * (RIGHT - LEFT))


def brightness(image, at_s):
    """Of the spectrogram around a time."""
    return image[TOP:BOTTOM, column(at_s) - 3 : column(at_s) + 4].mean()


def own_colour(image, rows, at_s):
    part = image[rows, column(at_s) - 2 : column(at_s) + 3]
    return (np.abs(part - OWN).max(axis=2) < 60).mean()


def strip(sound):
    top = STRIPS + SOUND_CLASSES.index(sound) * (STRIP + GAP)
    return slice(top, top + STRIP)


def scored(sound, score):
    """Scores from 0 s to 1 s."""
    scores = np.zeros((150, 4), np.float32)
    scores[75:100, SOUND_CLASSES.index(sound)] = score
    return scores


@pytest.fixture
def shots(street):
    """A loud one at 0 s, a soft one at 1.5 s."""
    samples = street(SECONDS, bangs=(3.0, 4.5))
    samples[round(4.4 * RATE_HZ) :] *= 0.1
    return samples


def test_the_louder_of_two_shots_is_brighter_and_both_stand_out_of_the_street(shots):
    image = drawn(shots)
    loud, soft, street = (brightness(image, at_s) for at_s in (0.02, 1.52, -1.5))
    assert loud > soft + 20 > street + 40


def test_a_high_tone_lies_above_a_low_one():
    times_s = np.arange(SECONDS * RATE_HZ) / RATE_HZ

    def row(hz):
        image = drawn(np.sin(2 * np.pi * hz * times_s).astype(np.float32))
        return TOP + image[TOP:BOTTOM, LEFT:RIGHT].sum(axis=(1, 2)).argmax()

    for hz in (1000, 6000):
        assert row(hz) == pytest.approx(BOTTOM - hz / 8000 * (BOTTOM - TOP), abs=3)


def test_a_stretch_from_which_speech_was_taken_looks_different_and_nothing_else_does(shots):
    shots[RATE_HZ : 2 * RATE_HZ] = 0.0
    plain, hatched = drawn(shots), drawn(shots, removed=[(1.0, 2.0)])
    changed = np.abs(plain - hatched).max(axis=2) > 30
    inside = changed[TOP:BOTTOM, column(-2.0) : column(-1.0)]
    assert inside.mean() > 0.1
    changed[TOP - 8 : BOTTOM + 8, column(-2.0) - 8 : column(-1.0) + 8] = False
    assert not changed.any()


def test_each_onset_has_a_mark_above_it(shots):
    image = drawn(shots, found(onsets_s=(0.0, 1.5)))
    marks = slice(TOP - 18, TOP - 8)
    assert [own_colour(image, marks, at_s) > 0.8 for at_s in (0.0, 0.75, 1.5)] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("sound", SOUND_CLASSES)
def test_the_strip_of_the_sound_that_was_found_is_as_full_as_its_scores(shots, sound):
    def filled(score, at_s):
        image = drawn(shots, found(sound, scored(sound, score)), points={})
        return own_colour(image, strip(sound), at_s)

    assert filled(0.9, 0.5) == pytest.approx(0.9, abs=0.1)
    assert filled(0.4, 0.5) == pytest.approx(0.4, abs=0.1)
    assert filled(0.9, -1.0) < 0.1


def test_scores_of_another_sound_fill_its_strip_in_another_colour(shots):
    image = drawn(shots, found("gunshot", scored("scream", 0.9)), points={})
    assert own_colour(image, strip("scream"), 0.5) == 0
    rows = image[strip("scream")]
    assert rows[:, column(0.5)].mean() > rows[:, column(-1.0)].mean() + 80


def test_the_line_that_scores_must_reach_lies_higher_the_more_is_asked_for(shots):
    def line(point):
        rows = drawn(shots, points={"scream": point})[strip("scream"), LEFT:RIGHT]
        return rows.sum(axis=(1, 2)).argmax()

    assert line(0.8) < line(0.5) < line(0.2)


def test_the_words_tell_how_many_shots_and_windows(shots):
    def words(**changes):
        return drawn(shots, found(**changes))[: TOP - 24]

    usual = words()
    for changes in ({"onsets_s": (0.0, 0.0)}, {"windows_agreed": 4}, {"peak_dbfs": -1.0}):
        assert np.abs(words(**changes) - usual).max() > 100


def test_the_longest_words_stay_within_the_picture(shots):
    finding = found("glass-break", onsets_s=tuple(range(120)), peak_dbfs=-112.0)
    image = drawn(shots, finding)
    assert image[: TOP - 24, RIGHT + 6 :].max() < 60
    assert image[: TOP - 24, RIGHT - 20 : RIGHT].max() > 150


def test_the_same_finding_gives_the_same_picture(shots):
    assert np.array_equal(drawn(shots), drawn(shots.copy()))


def test_silence_is_dark_and_makes_no_fuss():
    image = drawn(np.zeros(round(SECONDS * RATE_HZ), np.float32))
    assert image[TOP + 4 : BOTTOM - 4, LEFT + 4 : RIGHT - 4].max() < 40


@settings(max_examples=25, deadline=None)
@given(length=st.integers(0, 3 * RATE_HZ), start_s=st.floats(-4, 1), count=st.integers(0, 9))
def test_any_length_can_be_drawn(length, start_s, count):
    samples = np.sin(np.arange(length, dtype=np.float32))
    finding = found(scores=np.ones((count, 4), np.float32))
    drawn(samples, finding, start_s=start_s, removed=[(0.0, length / RATE_HZ), (99.0, 100.0)])


def test_broken_numbers_do_not_spoil_the_rest(shots):
    image = drawn(shots)
    shots[:10] = (np.nan, np.inf) * 5
    scores = np.full((150, 4), np.nan, np.float32)
    broken = drawn(shots, found(scores=scores))
    assert np.abs(image - broken)[:, column(-2.5) :].max() < 30
    drawn(shots, found(peak_dbfs=-np.inf))
