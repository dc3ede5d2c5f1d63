"""Calls as regular as a clock."""

import numpy as np
import pytest

from hlaska.network.rules.beaconing import Beaconing


def calls(town, intervals_s, *, begin_s=0.0, port=8080):
    at = begin_s + np.cumsum(intervals_s)
    return [town.flow(float(at_s), town.camera, town.outside, port) for at_s in at]


@pytest.mark.parametrize("jitter", [0.0, 0.1, 0.3])
def test_a_beacon_is_found_through_its_jitter(town, told, jitter):
    rng = np.random.default_rng(7)
    intervals = 120 * rng.uniform(1 - jitter, 1 + jitter, 30)
    (finding,) = told(Beaconing(), calls(town, intervals))
    assert (finding.host, finding.place) == (town.camera, town.outside)
    assert 90 < finding.attributes["period_s"] < 150
    assert "regularly" in finding.words


def test_an_hourly_beacon_is_one_activity(town, told):
    assert len(told(Beaconing(), calls(town, [3600.0] * 30))) == 1


def test_calls_at_random_are_none(town, told):
    for seed in range(20):
        intervals = np.random.default_rng(seed).exponential(120, 60)
        assert told(Beaconing(), calls(town, intervals)) == []


def test_a_clock_that_asks_the_time_is_none(town, told):
    rows = calls(town, [64.0] * 40, port=123)
    for row in rows:
        row["protocol"] = "udp"
    assert told(Beaconing(), rows) == []


def test_what_called_while_learning_may_go_on(town, told):
    rows = calls(town, [60.0] * 60) + calls(town, [60.0] * 60, begin_s=4000)
    assert told(Beaconing(), rows, learn_s=3600) == []
    rows += [{**row, "dst": "198.51.100.7"} for row in calls(town, [60.0] * 60, begin_s=8000)]
    assert [f.place for f in told(Beaconing(), rows, learn_s=3600)] == ["198.51.100.7"]


def test_neighbours_inside_may_call_as_they_like(town, told):
    rows = [town.flow(n * 30, town.recorder, town.camera, 80) for n in range(60)]
    assert told(Beaconing(), rows) == []


def test_whoever_announces_itself_to_a_group_is_no_beacon(town, told):
    rows = [town.flow(n * 30, town.recorder, "239.255.255.250", 3702) for n in range(60)]
    assert told(Beaconing(), rows) == []
