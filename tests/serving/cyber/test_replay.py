"""A recorded day, played as if it were today."""

from datetime import timedelta

import pandas as pd
import pytest

from hlaska.network import flows as f
from hlaska.network.conversations import ended_at
from serving.cyber.replay import PAUSE_S, replayed


class Clock:
    """Goes on when somebody waits."""

    def __init__(self, now):
        self.now = now

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock(pd.Timestamp("2026-11-24 15:00", tz="UTC").to_pydatetime())


@pytest.fixture
def day(town):
    return town.table([town.flow(n, town.recorder, town.camera, 554) for n in range(1000)])


def play(day, clock, live_s=100):
    return replayed(day, live_s=live_s, clock=lambda: clock.now, wait=clock.wait)


def test_the_past_comes_at_once_and_the_end_second_by_second(day, clock):
    began = clock.now
    flows = play(day, clock)
    first = next(flows)
    assert len(first) in (899, 900) and clock.now == began
    assert ended_at(first).max() <= pd.Timestamp(began)
    later = []
    while sum(map(len, later)) + len(first) < 1000:
        later.append(next(flows))
        ends = ended_at(later[-1])
        assert ends.max() <= pd.Timestamp(clock.now)
        assert ends.min() > pd.Timestamp(clock.now) - pd.Timedelta(seconds=1 + PAUSE_S)
    assert (clock.now - began).total_seconds() == pytest.approx(100, abs=1)


def test_after_its_end_the_day_begins_again_as_if_it_went_on(day, clock):
    flows = play(day, clock)
    parts, total = [], 0
    while total < 1050:
        parts.append(next(flows))
        total += len(parts[-1])
    all_of_it = pd.concat(parts, ignore_index=True)
    assert all_of_it[f.STARTED_AT].is_monotonic_increasing
    assert all_of_it[f.STARTED_AT].diff().max() <= pd.Timedelta("3s")
    assert all_of_it.dtypes.equals(day.dtypes)


def test_flows_come_when_they_end_whatever_their_order_in_the_log(town, clock):
    rows = [town.flow(0, town.recorder, town.camera, 554, duration_s=500.0)]
    rows += [town.flow(n, town.recorder, town.camera, 80) for n in range(1, 600)]
    flows = play(town.table(rows), clock, live_s=200)
    assert 554 not in set(next(flows)[f.DST_PORT])


def test_of_an_empty_recording_nothing_comes(clock):
    assert list(play(f.no_flows(), clock)) == []
