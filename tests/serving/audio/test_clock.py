import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.sound.scores import RATE_HZ
from serving.audio.clock import LOST_S, SLEW_S, SURE_S, LiveClock

CHUNK = 1_600
CHUNK_S = 0.1
START = 1_790_000_000.0


def run(delays_s, *, ppm=0.0, lost_at=None, lost_s=0.0, step_at=None, step_s=0.0):
    """Times told, and true, of chunks that arrive with these delays."""
    clock, told, true = LiveClock(RATE_HZ), [], []
    taken = 0.0
    for number, delay in enumerate(delays_s):
        if number == lost_at:
            taken += lost_s
        true.append(START + taken)
        taken += CHUNK_S * (1 + ppm * 1e-6)
        jump = step_s if step_at is not None and number >= step_at else 0.0
        clock.arrived(CHUNK, START + taken + delay + jump)
        told.append(clock.next(CHUNK))
    return np.array(told), np.array(true)


def jitter(count, seed=1):
    return np.random.default_rng(seed).gamma(1.0, 0.04, count)


def test_a_steady_stream_is_told_to_the_sample():
    told, true = run(np.zeros(1_000))
    assert np.abs(told - true).max() < 1e-6


def test_jitter_does_not_move_the_times():
    told, true = run(jitter(3_000))
    late = told - true
    # Once the least delay has been seen, times stand still to a hundredth of the jitter.
    assert np.ptp(late[600:]) < 0.001
    assert late[600:].min() >= -1e-6


def test_a_late_packet_and_the_backlog_after_it_move_nothing():
    delays = np.zeros(600)
    delays[300:330] = np.linspace(3.0, 0.1, 30)
    told, true = run(delays)
    assert np.abs(told - true).max() < 1e-6


@pytest.mark.parametrize("ppm", [-500, 300])
def test_a_sampling_clock_that_is_off_is_followed(ppm):
    told, true = run(jitter(12_000), ppm=ppm)
    assert np.abs(told - true)[600:].max() < 0.04
    slope = np.polyfit(true[3_000:] - START, (told - true)[3_000:], 1)[0]
    assert abs(slope) < 2e-5


def test_lost_samples_are_a_gap_and_not_a_delay_for_ever():
    told, true = run(np.zeros(600), lost_at=200, lost_s=1.5)
    settled = 200 + round(SURE_S / CHUNK_S) + 2
    assert np.abs(told - true)[settled:].max() < LOST_S


@pytest.mark.parametrize("step_s", [600.0, -600.0])
def test_when_the_clock_is_set_the_times_go_with_it(step_s):
    told, true = run(np.zeros(600), step_at=200, step_s=step_s)
    settled = 200 + round(SURE_S / CHUNK_S) + 2
    assert np.abs(told - true - step_s)[settled:].max() < 1e-6


@given(st.lists(st.floats(0, 1.5), min_size=2, max_size=300))
def test_times_never_run_back_whatever_the_delays(delays_s):
    told, _ = run(delays_s)
    assert np.diff(told).min() >= CHUNK_S - SLEW_S - 1e-6
