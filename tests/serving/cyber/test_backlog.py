"""Flows that wait: bounded, thinned under a burst, said."""

import threading

import pytest

from serving.cyber.backlog import Backlog


@pytest.fixture
def flows(town):
    return lambda many, begin=0: town.table(
        [town.flow(begin + n, town.recorder, town.camera, n % 60_000) for n in range(many)]
    )


def test_what_goes_in_comes_out_in_order(flows):
    backlog = Backlog(live=True)
    backlog.put(flows(3))
    backlog.put(flows(2, begin=10))
    out = backlog.get(0)
    assert len(out) == 5 and out["started_at"].is_monotonic_increasing
    assert backlog.get(0) is None and len(backlog) == 0 and backlog.sampled() == 1


def test_a_burst_on_a_live_feed_is_thinned_evenly_and_bounded(flows):
    backlog = Backlog(live=True, most=1000)
    for _ in range(30):
        backlog.put(flows(100))
    assert 800 <= len(backlog) <= 1000
    assert 0.25 < backlog.sampled() < 0.5
    backlog.get(0, most=10_000)
    backlog.put(flows(100))
    assert backlog.sampled() == 1


def test_a_recording_waits_until_there_is_room(flows):
    backlog = Backlog(live=False, most=100)
    backlog.put(flows(100))
    blocked = threading.Thread(target=backlog.put, args=(flows(50),))
    blocked.start()
    blocked.join(timeout=0.2)
    assert blocked.is_alive()
    assert len(backlog.get(0)) == 100
    blocked.join(timeout=5)
    assert not blocked.is_alive() and len(backlog.get(0)) == 50 and backlog.sampled() == 1


def test_who_waits_is_let_go_when_it_is_closed(flows):
    backlog = Backlog(live=False, most=10)
    backlog.put(flows(10))
    waiting = threading.Thread(target=backlog.put, args=(flows(10),))
    waiting.start()
    backlog.close()
    waiting.join(timeout=5)
    assert not waiting.is_alive()


def test_about_as_many_come_at_a_time_as_are_wanted(flows):
    backlog = Backlog(live=True)
    for _ in range(5):
        backlog.put(flows(10))
    assert [len(backlog.get(0, most=15)) for _ in range(3)] == [20, 20, 10]
