from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.sound.scores import RATE_HZ
from serving.audio.tape import Tape

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def numbered(begin: int, end: int) -> np.ndarray:
    """Samples that can be told apart."""
    return ((np.arange(begin, end) % 1000) / 1000).astype(np.float32)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=20), st.data())
def test_what_was_written_last_can_be_cut_out(lengths, data):
    tape = Tape(150)
    for length in lengths:
        tape.write(numbered(tape.end, tape.end + length), NOW)
    assert tape.end == sum(lengths)
    begin = data.draw(st.integers(max(0, tape.end - 150), tape.end))
    end = data.draw(st.integers(begin, tape.end))
    assert tape.cut(begin, end) == pytest.approx(numbered(begin, end), abs=1 / 32767)


def test_what_is_not_kept_is_zero():
    tape = Tape(100)
    tape.write(np.ones(90, np.float32), NOW)
    tape.write(np.ones(60, np.float32), NOW)
    cut = tape.cut(30, 170)
    assert [not each.any() for each in (cut[:20], cut[20:120], cut[120:])] == [True, False, True]
    assert not tape.cut(-50, 0).any()


def test_a_gap_is_silent_and_what_follows_stands_behind_it():
    tape = Tape(100)
    tape.write(np.ones(50, np.float32), NOW)
    tape.skip(1000)
    tape.write(np.ones(10, np.float32), NOW)
    assert tape.end == 1010
    assert not tape.cut(900, 1000).any()
    assert tape.cut(1000, 1010).all()


def test_each_sample_has_the_time_of_its_own_chunk():
    tape = Tape(RATE_HZ)
    late = NOW + timedelta(seconds=1, milliseconds=3)
    tape.write(np.zeros(RATE_HZ // 2, np.float32), NOW)
    tape.write(np.zeros(RATE_HZ // 2, np.float32), late)
    assert tape.time_at(0) == NOW
    assert tape.time_at(RATE_HZ // 4) == NOW + timedelta(milliseconds=250)
    assert tape.time_at(RATE_HZ // 2) == late
    assert tape.time_at(RATE_HZ) == late + timedelta(milliseconds=500)


def test_times_of_what_is_not_kept_any_more_are_forgotten():
    tape = Tape(100)
    for number in range(1000):
        tape.write(np.zeros(10, np.float32), NOW + timedelta(seconds=number))
    assert tape.time_at(9_995) == NOW + timedelta(seconds=999, milliseconds=5 / 16)
    assert len(tape._anchors) <= 12
