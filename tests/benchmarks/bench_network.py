"""How well the network is guarded: made days, real captures, other networks, NSL-KDD."""

from hlaska.results import ResultTable
from tests.benchmarks.plan import Plan
from training.evaluation.cyber import QUICK, CyberArgs, evaluate

NAMES = (
    "cyber-served",
    "cyber-attacks-ordinary",
    "cyber-attacks-shifted",
    "cyber-anomalies-ordinary",
    "cyber-anomalies-shifted",
    "cyber-left-out",
    "cyber-columns",
    "cyber-captures",
    "cyber-transfer",
    "cyber-nsl-kdd",
)
"""Of the tables."""


def run(plan: Plan) -> list[ResultTable]:
    """The tables of `hlaska evaluate cyber`."""
    return evaluate(plan.settings, QUICK if plan.quick else CyberArgs(), plan.announce)
