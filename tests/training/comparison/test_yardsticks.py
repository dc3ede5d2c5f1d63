import pytest

from training.comparison.facts import Absent, nothing
from training.comparison.yardsticks import constant, oracle


def test_the_oracle_is_the_truth(facts, tracks, across):
    truth = facts(tracks(across(1, 0)))
    assert oracle(truth) is truth


def test_the_constant_counts_the_mean_of_the_truth_in_every_interval(facts, tracks, across, spans):
    # Two cross in the first ten seconds, one in the second, none in the other two.
    truth = facts(tracks(across(1, 0), across(2, 20, y=180), across(3, 130)))
    told = constant(truth, spans).counts
    middle = told[told["line"] == "middle"]
    assert middle["interval"].tolist() == [0, 1, 2, 3]
    assert middle["count"].tolist() == pytest.approx([0.75] * 4)
    assert constant(truth, spans).tracks.empty


def test_an_interval_that_was_half_watched_gets_half(facts, tracks, across, scene, camera):
    from training.comparison.facts import moved

    short = scene(frames=150).spans()
    told = constant(moved(tracks(across(1, 0)), short, camera, ()), short).counts
    middle = told[told["line"] == "middle"]
    assert middle["count"].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_the_constant_raises_as_many_alerts_as_there_were_at_even_times(spans, alerts):
    from dataclasses import replace

    happened = [(second, "b" if second == 2 else "a", "", None) for second in range(1, 5)]
    truth = replace(nothing("x"), alerts=alerts(*happened))
    told = constant(truth, spans).alerts
    assert told["kind"].tolist() == ["a"] * 4
    assert told["at"].dt.second.tolist() == [5, 15, 25, 35]
    assert constant(replace(truth, alerts=alerts()), spans).alerts.empty


def test_what_the_truth_does_not_say_the_constant_does_not_either(spans):
    told = constant(nothing("the truth does not say"), spans)
    for part in (told.tracks, told.counts, told.movements, told.alerts):
        assert part == Absent("the truth does not say")
