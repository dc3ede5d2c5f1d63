"""What was learnt on one network, on another: printed as it is.

Published models fall far when they leave the data they were made with; there is no reason why these
should not. Conversations of a capture that is called an attack are all called attacks, those of
whoever browsed beside it as well: figures on captures are rough in both directions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalogs.traffic.day import NORMAL
from hlaska.errors import HlaskaError
from hlaska.results import Column, ResultTable, Value
from training.cyber.attacks import fit, targets
from training.cyber.days import LEARNT, NORMAL_CLASS
from training.cyber.windows import Rows, together
from training.evaluation.cyber_captures import Heard
from training.evaluation.cyber_generality import binary
from training.evaluation.cyber_measures import pr_auc
from training.evaluation.cyber_systems import Fitted, ServedAttacks

NO_WAY = (
    "cannot be: its 41 features (logins, root shells, errors of the last hundred connections) are "
    "no sums over flows, and flows cannot be had from them"
)


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    what: str
    scores: np.ndarray
    truth: np.ndarray
    drift: float = np.nan


def transfer_table(
    heard: Sequence[Heard],
    learnt: Rows,
    test: Rows,
    served: ServedAttacks | HlaskaError,
    *,
    seed: int,
    iterations: int,
) -> ResultTable:
    """From made days to captures, from captures to made days, and within each.

    Args:
        heard: Captures; those that are called an attack or normal count.
        learnt: Made days of the training split, columns of `FEATURES`.
        test: Made ordinary test days, the same columns.
        served: The model of attacks.
        seed: Of the models that are fitted here.
        iterations: Trees a class.
    """
    labelled = [one for one in heard if one.capture.label in ("attack", "normal")]
    rows: list[dict[str, Value]] = []
    truth = targets(test.labels) != NORMAL_CLASS
    ways = []
    if isinstance(served, HlaskaError):
        rows.append({"what": "served model", "reason": str(served)})
    else:
        ways.append(_Way("served model → made days", served.judge(test).attack, truth,
                         served.scorer.drift(test.values)))  # fmt: skip
    halves = [labelled[0::2], labelled[1::2]]
    if all(len({one.capture.label for one in half}) == 2 for half in halves):
        first, second = (together([_binary(one.talks) for one in half]) for half in halves)
        both = together([first, second])
        if isinstance(served, ServedAttacks):
            ways.append(_Way("served model → captures", served.judge(both).attack, both.attack,
                             served.scorer.drift(both.values)))  # fmt: skip
        made = Fitted(fit(binary(learnt), seed=seed, iterations=iterations))
        ways.append(_Way("made days → captures", made.judge(both).attack, both.attack))
        half = Fitted(fit(first, seed=seed, iterations=iterations))
        ways.append(_Way("captures → other captures", half.judge(second).attack, second.attack))
        real = Fitted(fit(both, seed=seed, iterations=iterations))
        ways.append(_Way("captures → made days", real.judge(test).attack, truth))
    rows += [_row(way) for way in ways]
    limit = (
        "" if isinstance(served, HlaskaError) else f", its limit is {served.scorer.drift_limit:.3f}"
    )
    rows += [{"what": f"{way} NSL-KDD", "reason": NO_WAY} for way in ("to", "from")]
    return ResultTable(
        name="cyber-transfer",
        title="From one network to another",
        note="Attack or normal, by conversation. «Drift» is how far the rows are from what the "
        f"served model was trained on{limit}.",
        columns=(
            Column("pr_auc", "PR-AUC", 3),
            Column("chance", "PR-AUC of chance", 3),
            Column("recall", "recall at 0.5", 3),
            Column("precision", "precision at 0.5", 3),
            Column("false", "share of normal ones told", 4),
            Column("drift", "drift", 3),
        ),
        rows=tuple(rows),
    )


def _row(way: _Way) -> dict[str, Value]:
    told, truth = way.scores >= 0.5, way.truth
    return {
        "what": way.what,
        "pr_auc": pr_auc(way.scores, truth),
        "chance": float(truth.mean()),
        "recall": float(told[truth].mean()),
        "precision": float(truth[told].mean()) if told.any() else np.nan,
        "false": float(told[~truth].mean()),
        "drift": way.drift,
    }


def _binary(rows: Rows) -> Rows:
    """One class for all that is called an attack: the name of any family does."""
    return replace(rows, labels=np.where(rows.attack, LEARNT[0], NORMAL).astype(object))
