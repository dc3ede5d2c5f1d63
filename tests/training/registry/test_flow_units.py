import numpy as np
import pytest

from catalogs import seeds
from serving.cyber.scorer import FlowScorer
from serving.models import from_folder
from training.registry.flow_units import day_rows, measured, told
from training.registry.measured import GateArgs

pytestmark = pytest.mark.timeout(600)

ARGS = GateArgs(days=2, day_hours=1.0, attacks=3, seed=7)


def announce(_what, _total):
    return lambda _done: None


@pytest.mark.parametrize("seed", ["flow-attacks", "flow-anomaly"])
def test_attacks_and_false_alarms_are_counted_by_day(seed):
    model = from_folder(seeds.folder(seed))
    found = measured(model, model, ARGS, announce)
    main, guard = found.compared
    there = [len(np.unique(rows.activities[rows.attack])) for rows in days(seed)]
    np.testing.assert_array_equal(main.candidate[:, 1], there)
    assert main.asked == sum(there)
    assert (main.candidate[:, 0] <= main.candidate[:, 1]).all()
    assert main.candidate[:, 0].sum() > 0
    np.testing.assert_array_equal(main.candidate, main.champion)
    # An hour is as long as its windows.
    assert guard.candidate[:, 1] == pytest.approx([1, 1], abs=0.1)
    found.work.candidate()
    found.work.champion()


def days(task):
    return [day_rows(task, number, ARGS) for number in range(ARGS.days)]


def test_without_a_champion_the_constant_tells_nothing():
    found = measured(from_folder(seeds.folder("flow-attacks")), None, ARGS, announce)
    assert found.work.champion is None
    assert found.compared[0].champion[:, 0].sum() == 0
    assert found.compared[1].champion[:, 0].sum() == 0


def test_the_digest_is_of_the_days_that_were_judged():
    model = from_folder(seeds.folder("flow-attacks"))
    one, again = (measured(model, None, ARGS, announce) for _ in range(2))
    other = measured(model, None, ARGS.model_copy(update={"seed": 8}), announce)
    assert one.data_sha256 == again.data_sha256 != other.data_sha256


def test_a_row_is_told_from_the_operating_point_of_its_class_on():
    scorer = FlowScorer.load(from_folder(seeds.folder("flow-attacks")))
    rows = day_rows("flow-attacks", 0, ARGS)
    assert (
        told(scorer, rows.values)[rows.attack].mean() > told(scorer, rows.values)[rows.quiet].mean()
    )
    assert len(told(scorer, rows.values[:0])) == 0
