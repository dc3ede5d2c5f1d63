"""The evaluation of network guarding from end to end: days, captures, models, tables."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from pydantic import Field

from catalogs.traffic.attacks import FAMILIES
from hlaska.errors import HlaskaError
from hlaska.network.features import FEATURES
from hlaska.records import Record
from hlaska.results import Column, ResultTable, Value
from hlaska.settings import Settings
from training.cyber import nsl_kdd
from training.cyber.days import LEARNT
from training.cyber.windows import Rows
from training.evaluation.cyber_captures import Detector, capture_table, judge_captures, rules
from training.evaluation.cyber_days import (
    SERVED,
    World,
    anomaly_table,
    attack_table,
    judged,
    learning_days,
    with_columns,
    world,
)
from training.evaluation.cyber_generality import columns_table, left_out_table
from training.evaluation.cyber_recordings import CAPTURES
from training.evaluation.cyber_served import served_table, watch
from training.evaluation.cyber_systems import (
    Constant,
    Oracle,
    ServedAnomalies,
    ServedAttacks,
    Stump,
    System,
)
from training.evaluation.cyber_transfer import transfer_table
from training.evaluation.progress import Announce

Model = TypeVar("Model")
KINDS: Mapping[str, bool] = MappingProxyType({"ordinary": False, "shifted": True})
"""Kinds of test days, and whether they are shifted."""


class CyberArgs(Record):
    """How much is judged."""

    attack_model: str = Field(
        default="seed:flow-attacks", description="See serving.models.resolve."
    )
    anomaly_model: str = Field(default="seed:flow-anomaly", description="The same.")
    days: int = Field(default=4, ge=1, le=1000, description="Test days of each kind.")
    learning_days: int = Field(
        default=5, ge=1, le=1000, description="For models that are fitted for comparisons."
    )
    attacks: int = Field(default=22, ge=1, le=1000, description="A day.")
    hours: float = Field(default=24.0, ge=1, le=24, description="Length of a day.")
    served_hours: float = Field(
        default=8.0, ge=1, le=24, description="Length of the day that the whole of it is shown."
    )
    iterations: int = Field(default=60, ge=1, le=1000, description="Trees a class.")
    captures: int | None = Field(default=None, description="How many; None: all.")
    seed: int = Field(default=1, ge=0, description="The same one makes the same days.")


QUICK = CyberArgs(
    days=1, learning_days=1, hours=2.0, served_hours=1.0, iterations=6, captures=3
)  # fmt: skip
"""Half a minute, to see that it works."""


def evaluate(
    settings: Settings,
    args: CyberArgs,
    announce: Announce,
    detectors: Mapping[str, Detector] | None = None,
) -> list[ResultTable]:
    """All tables; what cannot be had is a row with the reason.

    Args:
        settings: Where models and captures are.
        args: How much.
        announce: Told how far it is.
        detectors: What else judges captures, by name; the rules unless given.
    """
    attacks = _had(lambda: ServedAttacks(args.attack_model, settings))
    anomalies = _had(lambda: ServedAnomalies(args.anomaly_model, settings))
    learnt = learning_days(
        days=args.learning_days,
        attacks=args.attacks,
        seed=args.seed,
        hours=args.hours,
        step=announce("days to learn from", args.learning_days),
    )
    worlds = {
        name: world(
            days=args.days,
            attacks=args.attacks,
            seed=args.seed,
            shifted=shifted,
            hours=args.hours,
            step=announce(f"{name} days", args.days),
        )
        for name, shifted in KINDS.items()
    }
    plain = with_columns(learnt, SERVED)
    fitting = {"seed": args.seed, "iterations": args.iterations}
    ordinary = worlds["ordinary"].talks
    tables = [
        *_worlds(worlds, plain, attacks, anomalies),
        _served(args, attacks, anomalies, announce),
        left_out_table(learnt, ordinary, step=announce("families left out", len(LEARNT)),
                       **fitting),
        columns_table(learnt, {name: one.talks for name, one in worlds.items()},
                      step=announce("columns", 3), **fitting),
    ]  # fmt: skip
    chosen = CAPTURES[: args.captures]
    results = judge_captures(
        chosen,
        settings,
        on_talks={"attack model": attacks},
        on_hosts={"anomaly model": anomalies},
        detectors={"rules": rules} if detectors is None else detectors,
        step=announce("captures", len(chosen)),
    )
    heard = [one for *_, one in results if one is not None]
    test = with_columns(ordinary, SERVED)
    return [
        *tables,
        capture_table(results, None if isinstance(attacks, HlaskaError) else attacks.scorer.drift),
        transfer_table(heard, plain, test, attacks, **fitting),
        nsl_kdd_table(settings),
    ]


def nsl_kdd_table(settings: Settings) -> ResultTable:
    """NSL-KDD apart; see `training.cyber.nsl_kdd`."""
    rows: list[dict[str, Value]] = []
    try:
        for what, results in nsl_kdd.judge(settings).items():
            row: dict[str, Value] = {"what": what}
            for name, one in results.items():
                hits = one.hits
                row |= {f"{name}, accuracy": one.accuracy, f"{name}, precision": hits.precision}
                row |= {f"{name}, recall": hits.recall, f"{name}, f1": hits.f1}
            rows.append(row)
    except HlaskaError as error:
        rows.append({"what": "boosted trees", "reason": str(error)})
    published = {f"{name}, accuracy": value for name, value in nsl_kdd.PUBLISHED.items()}
    rows.append({"what": "NBTree, Tavallaee et al. 2009", **published})
    return ResultTable(
        name="cyber-nsl-kdd",
        title="NSL-KDD, attack or normal",
        note="Learnt from the fifth of the training set, asked once; nothing was chosen. A "
        "benchmark apart: its features cannot be computed from flows.",
        columns=tuple(
            Column(f"{name}, {key}", f"{name.removesuffix('.txt')}: {heading}", 4)
            for name in nsl_kdd.TESTS
            for key, heading in (
                ("accuracy", "accuracy"), ("precision", "precision"), ("recall", "recall"),
                ("f1", "F1"),
            )
        ),
        rows=tuple(rows),
    )  # fmt: skip


def _worlds(
    worlds: Mapping[str, World],
    learnt: Rows,
    attacks: ServedAttacks | HlaskaError,
    anomalies: ServedAnomalies | HlaskaError,
) -> list[ResultTable]:
    rng = np.random.default_rng(0)
    stump = Stump(learnt, rng)
    on_talks: dict[str, System | HlaskaError] = {
        "attack model": attacks,
        f"one column: {FEATURES[stump.column]}": stump,
        "constant": Constant(),
        "oracle": Oracle(LEARNT),
    }
    on_hosts: dict[str, System | HlaskaError] = {
        "anomaly model": anomalies,
        "constant": Constant(),
        "oracle": Oracle(FAMILIES),
    }
    tables = []
    for name, one in worlds.items():
        talks = with_columns(one.talks, SERVED)
        tables.append(attack_table(judged(on_talks, talks), talks, name))
    for name, one in worlds.items():
        tables.append(anomaly_table(judged(on_hosts, one.hosts), one.hosts, name))
    return tables


def _served(
    args: CyberArgs,
    attacks: ServedAttacks | HlaskaError,
    anomalies: ServedAnomalies | HlaskaError,
    announce: Announce,
) -> ResultTable:
    models = None
    if isinstance(attacks, ServedAttacks) and isinstance(anomalies, ServedAnomalies):
        models = attacks.model, anomalies.model
    step = announce("days watched", len(KINDS))
    watched = {}
    for number, (name, shifted) in enumerate(KINDS.items(), start=1):
        watched[name] = watch(
            seed=args.seed,
            attacks=args.attacks,
            hours=args.served_hours,
            shifted=shifted,
            models=models,
        )
        step(number)
    return served_table(watched)


def _had(make: Callable[[], Model]) -> Model | HlaskaError:
    try:
        return make()
    except HlaskaError as error:
        return error
