"""Made days, ordinary and shifted: what systems find in them, and what they take for attacks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from catalogs.traffic.day import MadeDay
from hlaska.errors import HlaskaError
from hlaska.network import flows as f
from hlaska.network.features import FEATURES
from hlaska.network.network import Network
from hlaska.results import Column, ResultTable, Value
from training.cyber import operating
from training.cyber.attacks import thinned
from training.cyber.days import LEARNT, made_day, network
from training.cyber.operating import alarms, found
from training.cyber.windows import Rows, rows_of, together, window_numbers, windowed
from training.evaluation.cyber_measures import at_rate, calibrated, pr_auc
from training.evaluation.cyber_systems import Judged, System
from training.evaluation.progress import Step

Outcome = Judged | HlaskaError


ADDRESSES = ("src_address", "dst_address", "dst_port", "src_hop_limit")
"""What a model should not see: the last number of each address, the port, and the source's TTL."""
ALL = np.arange(len(FEATURES) + len(ADDRESSES))
SERVED, ONLY_ADDRESSES = ALL[: len(FEATURES)], ALL[len(FEATURES) :]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Test days of one kind, with attacks.

    Rows beside an attack are left out: see `training.cyber.windows.Rows`.
    """

    talks: Rows
    """Conversations, with the columns of `ADDRESSES` behind those of `FEATURES`."""
    hosts: Rows
    """Minutes of hosts."""


def world(*, days: int, attacks: int, seed: int, shifted: bool, hours: float, step: Step) -> World:
    """Test days of one kind.

    Args:
        days: How many.
        attacks: A day.
        seed: Of all splits.
        shifted: Whether they are shifted days.
        hours: Length of each.
        step: Told how many are made.
    """
    known, talks, hosts = network(), [], []
    for number in range(days):
        day = made_day("test", number, seed=seed, attacks=attacks, shifted=shifted, hours=hours)
        some, others = identified(day, known)
        talks.append(some.take(~some.beside))
        hosts.append(others.take(~others.beside))
        step(number + 1)
    return World(together(talks), together(hosts))


def learning_days(*, days: int, attacks: int, seed: int, hours: float, step: Step) -> Rows:
    """Days of the training split, thinned as in training; columns as those of `World.talks`."""
    rng, known, parts = np.random.default_rng(seed), network(), []
    for number in range(days):
        day = made_day("train", number, seed=seed, attacks=attacks, hours=hours)
        parts.append(thinned(identified(day, known)[0], rng))
        step(number + 1)
    return together(parts)


def identified(day: MadeDay, known: Network) -> tuple[Rows, Rows]:
    """Conversations with the columns of `ADDRESSES` behind those of `FEATURES`; and hosts."""
    talks, hosts = rows_of(day, known)
    table, _, _ = windowed(day.flows, window_numbers(day.flows))
    more = [
        *(table[end].str.rpartition(".")[2].to_numpy(np.float32) for end in (f.SRC, f.DST)),
        table[f.DST_PORT].to_numpy(np.float32),
        table[f.SRC].map(lambda host: day.ttls.get(host, 64)).to_numpy(np.float32),
    ]
    values = np.column_stack([talks.values, *more]).astype(np.float32)
    return replace(talks, values=values), hosts


def with_columns(rows: Rows, columns: NDArray[np.intp]) -> Rows:
    """The rows with some of their columns."""
    return replace(rows, values=rows.values[:, columns])


def judged(systems: Mapping[str, System | HlaskaError], rows: Rows) -> dict[str, Outcome]:
    """What each system says of rows; or why it could not be had."""
    outcomes: dict[str, Outcome] = {}
    for name, system in systems.items():
        try:
            outcomes[name] = system if isinstance(system, HlaskaError) else system.judge(rows)
        except HlaskaError as error:
            outcomes[name] = error
    return outcomes


def attack_table(
    outcomes: Mapping[str, Outcome], rows: Rows, name: str, families: tuple[str, ...] = LEARNT
) -> ResultTable:
    """What systems that look at conversations find in days of one kind.

    Args:
        outcomes: Of `judged`.
        rows: What was judged.
        name: Of the kind of days.
        families: That are asked for.
    """
    truth = np.isin(rows.labels, families)
    attacks = len(np.unique(rows.activities[truth]))
    return ResultTable(
        name=f"cyber-attacks-{name}",
        title=f"Attacks in {name} days, by conversation",
        note=f"Made traffic: {operating.hours(rows.windows):.0f} h with {attacks} attacks; "
        f"{len(rows):,} conversations of a minute, {truth.sum():,} of them attacks. «At 1 false "
        "alarm an hour» the threshold is the lowest that these very days allow; operating points "
        "were chosen on other days. What attacked hosts say besides is left out; a device that "
        "joins (new-asset) is not asked for.",
        columns=_columns(families, calibration=True),
        rows=tuple(_row(what, one, rows, truth, families) for what, one in outcomes.items()),
    )


def anomaly_table(outcomes: Mapping[str, Outcome], rows: Rows, name: str) -> ResultTable:
    """What systems that look at hosts find in days of one kind; see `attack_table`."""
    families = tuple(sorted(set(rows.labels[rows.attack])))
    truth = rows.attack
    return ResultTable(
        name=f"cyber-anomalies-{name}",
        title=f"Hosts unlike themselves in {name} days, by minute",
        note=f"Made traffic: {operating.hours(rows.windows):.0f} h; {len(rows):,} minutes of "
        f"hosts, in {truth.sum():,} of which the host takes part in an attack, doing or suffering "
        "it. The model never saw an attack.",
        columns=_columns(families, calibration=False),
        rows=tuple(_row(what, one, rows, truth, families) for what, one in outcomes.items()),
    )


def _columns(families: tuple[str, ...], *, calibration: bool) -> tuple[Column, ...]:
    return (
        Column("pr_auc", "PR-AUC", 3),
        Column("recall", "attacks told at 1 false alarm an hour"),
        Column("rows", "… share of their rows", 2),
        Column("points", "attacks told at operating points"),
        Column("alarms", "… false alarms an hour", 2),
        *(Column(name, f"told at 1 an hour: {name}") for name in families),
        *((Column("brier", "Brier score", 5), Column("error", "calibration error", 5))
          if calibration else ()),
    )  # fmt: skip


def _row(
    what: str, outcome: Outcome, rows: Rows, truth: NDArray[np.bool_], families: tuple[str, ...]
) -> dict[str, Value]:
    if isinstance(outcome, HlaskaError):
        return {"what": what, "reason": str(outcome)}
    best = at_rate(rows, outcome.attack, truth)
    row: dict[str, Value] = {
        "what": what,
        "pr_auc": pr_auc(outcome.attack, truth),
        "recall": f"{best.attacks} of {best.of}",
        "rows": best.rows,
        **{name: _of(rows, outcome.attack >= best.point, name) for name in families},
    }
    told = outcome.told
    if told is not None:
        row["points"] = "{} of {}".format(*found(rows.take(truth), told[truth]))
        quiet = rows.take(rows.quiet)
        row["alarms"] = alarms(quiet, told[rows.quiet]) / operating.hours(rows.windows)
    if outcome.calibrated:
        how = calibrated(outcome.attack, truth)
        row |= {"brier": how.brier, "error": how.error}
    return row


def _of(rows: Rows, hit: NDArray[np.bool_], family: str) -> str:
    mine = rows.labels == family
    return "{} of {}".format(*found(rows.take(mine), hit[mine]))
