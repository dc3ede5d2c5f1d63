from datetime import UTC, datetime

import numpy as np
import pytest

from hlaska.bootstrap import f1, ratio
from hlaska.events import ModelRef
from hlaska.results import ReportKind
from training.registry.verdict import (
    Check,
    Compared,
    Outcome,
    Verdict,
    compare,
    overall,
)


def counts(*, units, each, share, spread=0, seed=0):
    """Found, false, missed of each unit: `share` of `each`, give or take `spread`."""
    off = np.random.default_rng(seed).integers(-spread, spread + 1, units)
    found = np.clip(round(each * share) + off, 0, each).astype(float)
    return np.stack([found, np.zeros(units), each - found], axis=1)


def asked(candidate, champion, *, margin=0.03, baseline=False):
    asked = candidate[:, [0, 2]].sum()
    one = Compared("F1", "scenes", candidate, champion, f1, margin, asked, main=True)
    return compare(one, baseline=baseline, rng=np.random.default_rng(0))


def test_an_equal_model_passes():
    same = counts(units=30, each=50, share=0.8, spread=10)
    check = asked(same, same)
    assert check.outcome == Outcome.PASSED
    assert (check.low, check.high, check.units) == (0, 0, 30)


def test_a_model_that_is_surely_worse_fails_even_on_little_data():
    check = asked(
        counts(units=12, each=50, share=0.4, spread=10),
        counts(units=12, each=50, share=0.9, spread=5, seed=1),
    )
    assert check.outcome == Outcome.FAILED
    assert "worse by" in check.why


def test_a_model_that_may_be_worse_fails_where_the_data_would_have_shown_an_equal_one():
    check = asked(
        counts(units=2000, each=50, share=0.76, spread=10),
        counts(units=2000, each=50, share=0.80, spread=10, seed=1),
        margin=0.027,
    )
    assert check.outcome == Outcome.FAILED
    assert "may be" in check.why or "at least" in check.why


def test_too_wide_an_interval_refuses_and_says_how_much_is_missing():
    check = asked(
        counts(units=12, each=50, share=0.8, spread=9),
        counts(units=12, each=50, share=0.8, spread=9, seed=1),
    )
    assert check.outcome == Outcome.REFUSED
    assert "more are needed" in check.why
    reach = (check.candidate - check.champion) - check.low
    assert reach > 0.03


def test_too_few_units_refuse_whatever_they_say():
    same = counts(units=4, each=50, share=0.8)
    check = asked(same, same)
    assert check.outcome == Outcome.REFUSED
    assert "4 of scenes, 6 more" in check.why


def test_few_things_to_find_refuse_though_the_models_differ_in_nothing():
    few = counts(units=16, each=1, share=1)
    check = asked(few, few)
    assert (check.outcome, check.low) == (Outcome.REFUSED, 0)
    assert "16 things" in check.why
    assert "100 are needed" in check.why
    assert asked(few, few, margin=0.2).outcome == Outcome.PASSED


def test_nothing_to_be_found_refuses():
    assert asked(np.zeros((20, 3)), np.zeros((20, 3))).outcome == Outcome.REFUSED


@pytest.mark.parametrize(
    ("share", "outcome"),
    [
        pytest.param(0.8, Outcome.PASSED, id="better than the constant"),
        pytest.param(0.0, Outcome.FAILED, id="no better"),
    ],
)
def test_without_a_champion_the_constant_must_be_beaten(share, outcome):
    check = asked(
        counts(units=20, each=50, share=share), counts(units=20, each=50, share=0), baseline=True
    )
    assert check.outcome == outcome
    assert "the constant" in check.why


def alarms(per_hour, *, units=20):
    return np.stack([np.full(units, per_hour), np.ones(units)], axis=1).astype(float)


@pytest.mark.parametrize(
    ("mine", "theirs", "outcome"),
    [
        pytest.param(3.0, 3.0, Outcome.PASSED, id="as many"),
        pytest.param(1.0, 3.0, Outcome.PASSED, id="fewer"),
        pytest.param(3.5, 3.0, Outcome.PASSED, id="as many more as allowed"),
        pytest.param(4.0, 3.0, Outcome.FAILED, id="too many more"),
    ],
)
def test_false_alarms_may_be_more_by_no_more_than_their_margin(mine, theirs, outcome):
    guard = Compared("false alarms", "hours", alarms(mine), alarms(theirs), ratio, 0.5, 20, "lower")
    check = compare(guard, baseline=False, rng=np.random.default_rng(0))
    assert check.outcome == outcome
    # Bounds are of the difference as it is read: more alarms are above nought.
    assert check.low == pytest.approx(mine - theirs)


def test_guards_are_not_compared_with_a_constant():
    guard = Compared("false alarms", "hours", alarms(4), alarms(0), ratio, 0.5, 20, "lower")
    check = compare(guard, baseline=True, rng=np.random.default_rng(0))
    assert check.outcome == Outcome.NOT_TRIED


def check(outcome):
    return Check(what="x", outcome=outcome, why="y")


@pytest.mark.parametrize(
    ("outcomes", "whole"),
    [
        (["passed", "passed", "not tried"], "passed"),
        (["passed", "refused"], "refused"),
        (["passed", "refused", "failed"], "failed"),
        (["not tried"], "refused"),
        ([], "refused"),
    ],
)
def test_the_whole_is_what_its_worst_part_is(outcomes, whole):
    assert overall([check(Outcome(one)) for one in outcomes]) == whole


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.FAILED, Outcome.REFUSED])
@pytest.mark.parametrize("champion", [None, ModelRef(name="walkers", version="1")])
def test_a_verdict_is_a_report_with_its_reasons(outcome, champion):
    verdict = Verdict(
        id="gate-1", name="walkers", candidate=ModelRef(name="walkers", version="2"),
        champion=champion, outcome=outcome, checks=(check(outcome), check(Outcome.NOT_TRIED)),
        at=datetime(2026, 5, 1, tzinfo=UTC), by="ann", data="a clip", data_sha256="0" * 64,
    )  # fmt: skip
    report = verdict.report("http://x/")
    assert report.kind == ReportKind.GATE
    assert report.passed == {"passed": True, "failed": False}.get(outcome)
    assert ("constant baseline" in report.summary) == (champion is None)
    assert report.about["not_tried"] == 1
    assert len(report.tables[0].rows) == 2
    assert type(report).model_validate_json(report.model_dump_json()) == report
