"""The whole of what is served on made days: rules, and rules with both models, each told once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from catalogs.traffic.day import BEGINS, MadeDay
from hlaska.network import flows as f
from hlaska.network.finding import NetworkFinding
from hlaska.network.inventory import Inventory
from hlaska.network.watch import WatchArgs
from hlaska.results import Column, ResultTable, Value
from serving.cyber.judge import Case, FlowModel, Judge
from training.cyber.days import made_day, network

LATE = timedelta(minutes=10)
"""So long after an attack's end a finding about it is still one."""
BATCH = 20_000
RULES, ALL = "rules", "rules and models"


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A made day and what was told of it."""

    day: MadeDay
    cases: Sequence[Case]


def watch(
    *,
    seed: int,
    attacks: int,
    hours: float,
    shifted: bool,
    models: tuple[FlowModel, FlowModel] | None,
) -> Watched:
    """What the served judge tells of a test day, after a quiet day of the same length.

    Args:
        seed: Of the days.
        attacks: How many the day has.
        hours: Length of each day.
        shifted: Whether both are shifted days.
        models: Of attacks, and of anomalies; None: rules alone.
    """
    quiet = made_day("test", 0, seed=seed, shifted=shifted, hours=hours)
    day = made_day("test", 0, seed=seed, shifted=shifted, hours=hours, attacks=attacks)
    judge = Judge(
        network(), Inventory(learn_s=hours * 3600), WatchArgs(learn_s=hours * 3600),
        *(models or (None, None)),
    )  # fmt: skip
    earlier = quiet.flows.copy()
    earlier[f.STARTED_AT] -= pd.Timedelta(hours=hours)
    cases: list[Case] = []
    for flows in (earlier, day.flows):
        for start in range(0, len(flows), BATCH):
            cases += judge.take(flows.iloc[start : start + BATCH])
    cases += judge.finish()
    return Watched(day, [case for case in cases if case.finding.observed_at >= BEGINS])


def served_table(watched: Mapping[str, Watched | str]) -> ResultTable:
    """What rules find, and what models add; rows are detectors and kinds of days.

    Args:
        watched: By kind of days; or why it could not be had.
    """
    rows: list[dict[str, Value]] = []
    families: list[str] = []
    for kind, one in watched.items():
        if isinstance(one, str):
            rows.append({"what": kind, "reason": one})
            continue
        families = sorted({activity.family for activity in one.day.activities})
        by_rule = [case.finding for case in one.cases if case.model is None]
        rows.append(_row(f"{RULES}, {kind}", by_rule, one.day, families))
        if len(by_rule) < len(one.cases):
            every = [case.finding for case in one.cases]
            rows.append(_row(f"{ALL}, {kind}", every, one.day, families))
    return ResultTable(
        name="cyber-served",
        title="What is served, on made days",
        note="Findings as a dispatcher gets them, each activity once, after a quiet day was "
        "learnt. A finding is right when one of its hosts attacks at that time, or suffers an "
        "attack of that name. A device or peer that is new, and is none of an attack, counts as a "
        "false alarm.",
        columns=(
            Column("told", "attacks told"),
            Column("named", "… by their family"),
            Column("after", "median s after the first flow"),
            Column("alarms", "false alarms an hour", 2),
            Column("new", "… of them new devices and peers", 2),
            *(Column(family, f"told: {family}") for family in families),
        ),
        rows=tuple(rows),
    )


def _row(
    what: str, findings: Sequence[NetworkFinding], day: MadeDay, families: Sequence[str]
) -> dict[str, Value]:
    first: dict[int, datetime] = {}
    named: set[int] = set()
    false: list[NetworkFinding] = []
    for finding in findings:
        about = _about(finding, day)
        if not about:
            false.append(finding)
        for number in about:
            first[number] = min(first.get(number, finding.observed_at), finding.observed_at)
            if finding.kind == f"cyber.{day.activities[number].family}":
                named.add(number)
    delays = [
        (moment - BEGINS).total_seconds() - day.activities[number].begin_s
        for number, moment in first.items()
    ]
    many = len(day.activities)
    of = {
        family: [n for n, one in enumerate(day.activities) if one.family == family]
        for family in families
    }
    return {
        "what": what,
        "told": f"{len(first)} of {many}",
        "named": f"{len(named)} of {many}",
        "after": float(np.median(delays)) if delays else np.nan,
        "alarms": len(false) / day.hours,
        "new": sum(one.kind in ("cyber.new-asset", "cyber.new-peer") for one in false) / day.hours,
        **{
            family: f"{sum(n in first for n in numbers)} of {len(numbers)}"
            for family, numbers in of.items()
        },
    }


def _about(finding: NetworkFinding, day: MadeDay) -> list[int]:
    """Which attacks it may be about: those of one of its hosts, or by name those on one of them.

    A host that is attacked is unlike itself too.
    """
    hosts = {finding.host, finding.place, *finding.peers}
    return [
        number
        for number, one in enumerate(day.activities)
        if (
            not hosts.isdisjoint(one.hosts)
            or (
                finding.kind in (f"cyber.{one.family}", "cyber.anomaly")
                and not hosts.isdisjoint(one.victims)
            )
        )
        and one.begin_s <= (finding.observed_at - BEGINS).total_seconds()
        and (finding.started_at - BEGINS).total_seconds() <= one.end_s + LATE.total_seconds()
    ]
