"""How far what was learnt carries: to families never seen, and without knowing the addresses."""

from dataclasses import replace

import numpy as np

from catalogs.traffic.day import NORMAL
from hlaska.results import Column, ResultTable, Value
from training.cyber.attacks import fit, targets
from training.cyber.days import LEARNT, NORMAL_CLASS
from training.cyber.windows import Rows
from training.evaluation.cyber_days import ALL, ONLY_ADDRESSES, SERVED, with_columns
from training.evaluation.cyber_measures import at_rate, pr_auc
from training.evaluation.cyber_systems import Fitted, Stump
from training.evaluation.progress import Step


def left_out_table(
    learnt: Rows, test: Rows, *, seed: int, iterations: int, step: Step
) -> ResultTable:
    """Each family as if nobody had ever seen it: attack or normal, learnt from the others.

    Args:
        learnt: Of training days.
        test: Of ordinary test days.
        seed: Of the models.
        iterations: Trees a class.
        step: Told how many families are done.
    """
    rng = np.random.default_rng(seed)
    served, shown = with_columns(learnt, SERVED), with_columns(test, SERVED)
    knows = fit(binary(served), seed=seed, iterations=iterations)
    rows: list[dict[str, Value]] = []
    for number, family in enumerate(LEARNT, start=1):
        others = served.take(served.labels != family)
        asked = shown.take((shown.labels == NORMAL) | (shown.labels == family))
        truth = asked.labels == family
        blind = fit(binary(others), seed=seed, iterations=iterations)
        scores = Fitted(blind).judge(asked).attack
        stump = Stump(others, rng).judge(asked).attack
        told, known = at_rate(asked, scores, truth), Fitted(knows).judge(asked).attack
        rows.append(
            {
                "what": family,
                "pr_auc": pr_auc(scores, truth),
                "told": f"{told.attacks} of {told.of}",
                "rows": told.rows,
                "known": pr_auc(known, truth),
                "stump": pr_auc(stump, truth),
                "constant": float(truth.mean()),
            }
        )
        step(number)
    return ResultTable(
        name="cyber-left-out",
        title="Families that were left out of training",
        note="Attack or normal, learnt without the family, judged on ordinary test days that hold "
        "only it. Made traffic: families that were thought of together may be more alike than real "
        "ones.",
        columns=(
            Column("pr_auc", "PR-AUC, never seen", 3),
            Column("told", "attacks told at 1 false alarm an hour"),
            Column("rows", "… share of their rows", 2),
            Column("known", "PR-AUC, when it was seen", 3),
            Column("stump", "PR-AUC of one column", 3),
            Column("constant", "PR-AUC of chance", 5),
        ),
        rows=tuple(rows),
    )


def columns_table(
    learnt: Rows, tests: dict[str, Rows], *, seed: int, iterations: int, step: Step
) -> ResultTable:
    """What addresses, ports and hop limits would add, and what of it is left in shifted days.

    Args:
        learnt: Of training days.
        tests: Test days by name.
        seed: Of the models.
        iterations: Trees a class.
        step: Told how many models are done.
    """
    kinds = {
        "columns as served": SERVED,
        "… with addresses, ports, TTL": ALL,
        "addresses, ports, TTL alone": ONLY_ADDRESSES,
    }
    rows: list[dict[str, Value]] = []
    for number, (what, columns) in enumerate(kinds.items(), start=1):
        model = fit(binary(with_columns(learnt, columns)), seed=seed, iterations=iterations)
        row: dict[str, Value] = {"what": what}
        for name, test in tests.items():
            truth = targets(test.labels) != NORMAL_CLASS
            scores = Fitted(model).judge(with_columns(test, columns)).attack
            told = at_rate(test, scores, truth)
            row |= {
                f"{name}, pr_auc": pr_auc(scores, truth),
                f"{name}, told": f"{told.attacks} of {told.of}",
                f"{name}, rows": told.rows,
            }
        rows.append(row)
        step(number)
    return ResultTable(
        name="cyber-columns",
        title="What addresses, ports and hop limits would add",
        note="Attack or normal. In shifted days attackers have other addresses, ports and systems "
        "than any that were learnt: what is lost there was only memory.",
        columns=tuple(
            column
            for name in tests
            for column in (
                Column(f"{name}, pr_auc", f"{name}: PR-AUC", 3),
                Column(f"{name}, told", f"{name}: attacks told at 1 false alarm an hour"),
                Column(f"{name}, rows", f"{name}: … share of their rows", 2),
            )
        ),
        rows=tuple(rows),
    )


def binary(rows: Rows) -> Rows:
    """One class for all attacks: the name of any family does."""
    there = targets(rows.labels) != NORMAL_CLASS
    return replace(rows, labels=np.where(there, LEARNT[0], NORMAL).astype(object))
