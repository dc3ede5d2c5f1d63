"""How well models hear: events by class and loudness, real recordings, false alarms per hour."""

from hlaska.results import ResultTable
from tests.benchmarks.plan import Plan
from training.evaluation.audio import MODELS, QUICK, AudioArgs, evaluate, gathered, tables

NAMES = (
    "sound-events",
    "sound-classes",
    "sound-loudness",
    "sound-recordings",
    "sound-false-alarms",
)
"""Of the tables, in the order in which they come."""


def run(plan: Plan) -> list[ResultTable]:
    """The five tables of `hlaska evaluate audio`; the one of real recordings where there are any.

    Raises:
        DataError: a recording is not the one that the catalog promises.
    """
    args = QUICK if plan.quick else AudioArgs()
    data = gathered(plan.settings, args, plan.announce)
    outcomes = evaluate(MODELS, data, plan.settings, args, plan.announce)
    return tables(outcomes)
