"""Real traffic of hosts in namespaces, attacks laid into its flows, judged by what is served.

Nothing learnt from this traffic and no threshold was chosen by it. See `namespaces`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from catalogs import sites
from catalogs.traffic.attacks import FAMILIES
from catalogs.traffic.attacks.activity import Activity, Variant
from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.exchanges import AT_S
from hlaska.errors import ModelError, SourceError
from hlaska.network import flows as f
from hlaska.network.conversations import ended_at
from hlaska.network.finding import NetworkFinding
from hlaska.network.inventory import Inventory, InventoryRecord
from hlaska.network.network import Network
from hlaska.network.watch import Watch, WatchArgs
from hlaska.results import Column, ResultTable, Value
from serving.cyber.deployment import FlowArgs, inside
from serving.cyber.judge import FlowModel, Judge
from tests.benchmarks.namespace_town import CAMERAS, MICROPHONES, SITE
from tests.benchmarks.namespaces import record, takes_s
from tests.benchmarks.plan import Plan

TITLE = "Attacks in traffic of real hosts"
LEARN_S = HOUR_S = 3600
BEGINS = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""When the hour that is judged begins, after one that is learnt: a Monday's noon."""
ATTACKED_AT_S = 300.0
ATTACK_RUN_S = 1800
"""How much of the hour a run with an attack has; what of the attack would end later is cut off."""
LATE = timedelta(minutes=10)
"""So long after an attack's end a finding about it is still one."""
RULES, ATTACKS, ANOMALY = "rules", "attacks", "anomaly"
DETECTORS: Mapping[str, str] = {
    RULES: "rules",
    ATTACKS: "supervised model",
    ANOMALY: "anomaly model",
}
COLUMNS = (
    Column("runs", "runs"),
    Column("flows", "flows of a run"),
    *(Column(f"{key}_told", f"told by {name}") for key, name in DETECTORS.items()),
    Column("told", "told by any"),
    Column("named", "… by its family"),
    Column("after_s", "… median s after the first flow"),
    *(Column(f"{key}_false", f"false alarms/h, {name}", 2) for key, name in DETECTORS.items()),
    Column("new", "… of all, new devices and peers", 2),
    Column("most", "most findings about one attack"),
)

Told = tuple[str, str, str]
"""Detector, kind of event, host."""
Findings = Mapping[str, Sequence[NetworkFinding]]
"""By detector."""


@dataclass(frozen=True)
class Ground:
    """What every run begins with."""

    network: Network
    cast: Cast
    learnt: InventoryRecord
    """What is usual after an hour of the first half."""
    drift: float
    """How far that hour is from what the models learnt from, over what is allowed."""
    quiet: pd.DataFrame
    """An hour of the second half."""
    models: tuple[FlowModel, FlowModel] | tuple[None, None]


def run(plan: Plan) -> list[ResultTable]:
    """One table: the quiet hour, and each family of attacks."""
    seconds = 16 if plan.quick else 120
    try:
        with TemporaryDirectory() as folder:
            step = plan.announce("guarding: hosts talk", takes_s(seconds))
            flows = record(seconds, Path(folder) / "flows.csv", step)
    except SourceError as error:
        return [_table([{"what": "hosts in namespaces", "reason": str(error)}], "")]
    without = ""
    models: tuple[FlowModel, FlowModel] | tuple[None, None] = (None, None)
    try:
        models = inside(FlowArgs())
    except ModelError as error:
        without = f" Without models: {error}."
    ground = prepared(flows, seconds, models)
    worlds = {
        family: [
            (variant, [number, which], shifted)
            for which, variant in enumerate(variants.values())
            for shifted in (False, True)
            if not plan.quick or (which == 0 and not shifted)
        ]
        for number, (family, variants) in enumerate(FAMILIES.items())
    }
    step = plan.announce("guarding: attacks", sum(map(len, worlds.values())))
    found = judged(ground, ground.quiet)
    rows = [_quiet_row(ground, found)]
    unfounded = frozenset(
        (name, one.kind, one.host) for name, mine in found.items() for one in mine
    )
    done = 0
    for family, mine in worlds.items():
        outcomes = []
        for variant, seed, shifted in mine:
            outcomes.append(attacked(ground, variant, seed, shifted=shifted))
            step(done := done + 1)
        rows.append(_row(family, outcomes, unfounded, frozenset(ground.cast.devices)))
    note = (
        f"{len(flows):,} flows of {seconds} s of RTSP, HTTP, MQTT, DNS and NTP between nine hosts, "
        "metered on their bridge. An hour of its first half, repeated, is learnt; an hour of its "
        "second half is judged, in which the recorder connects anew in each repetition; and half "
        "an hour of it with each attack. Attacks are synthesised in the flow records, by the "
        "generator whose other draws the supervised model learnt from; half of them in ranges that "
        "it never draws then. Each detector by itself; an attack is told when one of its hosts is, "
        "whatever the finding is called, unless the same is told of the same host in the quiet "
        "hour: then it is a false alarm here too."
    )
    if models != (None, None):
        note += f" The drift of the learnt hour is {ground.drift:.2f} times what is allowed" + (
            ": where this is served, the models are not listened to, and what counts are the "
            "rules. They are asked here all the same."
            if ground.drift > 1
            else "."
        )
    return [_table(rows, note + without)]


def prepared(
    flows: pd.DataFrame,
    seconds: float,
    models: tuple[FlowModel, FlowModel] | tuple[None, None],
) -> Ground:
    """Learn an hour of the first half; lay out an hour of the second."""
    site = sites.named(SITE)
    network = Network(site.network.ranges, site.addresses.devices)
    named = {asset.id: asset.ip for asset in site.assets}
    cast = replace(
        Cast.of(site),
        cameras=tuple(named[name] for name in CAMERAS),
        microphones=tuple(named[name] for name in MICROPHONES),
    )
    half = timedelta(seconds=seconds / 2)
    middle = flows[f.STARTED_AT].min() + half
    before = flows[f.STARTED_AT] < middle
    judge = Judge(network, Inventory(learn_s=LEARN_S), WatchArgs(learn_s=LEARN_S), *models)
    judge.take(repeated(flows[before], half, BEGINS - timedelta(seconds=LEARN_S)))
    judge.finish()
    quiet = repeated(flows[~before], half, BEGINS)
    return Ground(network, cast, judge.inventory.record(), judge.drift, quiet, models)


def repeated(flows: pd.DataFrame, each: timedelta, begins: datetime) -> pd.DataFrame:
    """An hour of flows: some, again and again, in the order in which they end.

    Args:
        flows: A flow table.
        each: How long it is.
        begins: When the hour begins.
    """
    first = flows[f.STARTED_AT].min()
    parts = [
        flows.assign(**{f.STARTED_AT: flows[f.STARTED_AT] - first + (begins + number * each)})
        for number in range(round(timedelta(seconds=HOUR_S) / each))
    ]
    return _in_order(pd.concat(parts, ignore_index=True))


def attacked(
    ground: Ground, variant: Variant, seed: Sequence[int], *, shifted: bool
) -> tuple[Activity, int, Findings]:
    """Some of the hour with an attack in it: the attack, how many flows, and what was told.

    What of both would end after `ATTACK_RUN_S` is cut off.
    """
    chance = Chance(np.random.default_rng([*seed, int(shifted)]), shifted=shifted)
    activity = variant(chance, ground.cast, ATTACKED_AT_S)
    made = activity.rows
    made = made[made[AT_S] + made[f.DURATION_S] <= ATTACK_RUN_S]
    columns: dict[str, object] = {name: made[name] for name in made if name != AT_S}
    for name in (f.SRC_BYTES, f.DST_BYTES, f.SRC_PACKETS, f.DST_PACKETS):
        columns[name] = made[name].to_numpy(np.float64).round().astype(np.int64)
    began = pd.Timestamp(BEGINS) + pd.to_timedelta(made[AT_S], unit="s")
    columns[f.STARTED_AT] = began.dt.as_unit("us")
    ends = BEGINS + timedelta(seconds=ATTACK_RUN_S)
    quiet = ground.quiet[ended_at(ground.quiet) <= ends]
    quiet = quiet[~_silenced(quiet, activity)]
    flows = _in_order(pd.concat([quiet, f.flow_table(columns)], ignore_index=True))
    return activity, len(flows), judged(ground, flows)


def judged(ground: Ground, flows: pd.DataFrame) -> Findings:
    """What each detector that there is tells by itself."""
    attack_model, anomaly_model = ground.models
    kinds = {RULES: (None, None), ATTACKS: (attack_model, None), ANOMALY: (None, anomaly_model)}
    found = {}
    for name, models in kinds.items():
        if name != RULES and models == (None, None):
            continue
        args = WatchArgs(learn_s=LEARN_S)
        inventory = Inventory.of(ground.learnt, learn_s=LEARN_S)
        judge = Judge(ground.network, inventory, args, *models)
        if name != RULES:
            judge.watch = Watch(ground.network, inventory, args, looking=[])
        cases = [*judge.take(flows), *judge.finish()]
        if judge.trouble:
            raise ModelError(judge.trouble)
        found[name] = [case.finding for case in cases]
    return found


def _silenced(flows: pd.DataFrame, activity: Activity) -> pd.Series:
    """Streams that an impostor has taken the place of."""
    gone = pd.Series(False, index=flows.index)
    for silence in activity.silences:
        begin, end = (BEGINS + timedelta(seconds=at_s) for at_s in (silence.begin_s, silence.end_s))
        gone |= (
            (flows[f.SRC] == silence.receiver)
            & (flows[f.DST] == silence.camera)
            & (flows[f.SERVICE] == "rtsp")
            & flows[f.STARTED_AT].between(begin, end)
        )
    return gone


def _quiet_row(ground: Ground, found: Findings) -> dict[str, Value]:
    return {
        "what": "quiet",
        "runs": 1,
        "flows": len(ground.quiet),
        **{f"{name}_false": float(len(mine)) for name, mine in found.items()},
        "new": float(sum(map(_is_new, (one for mine in found.values() for one in mine)))),
    }


def _row(
    family: str,
    outcomes: Sequence[tuple[Activity, int, Findings]],
    unfounded: frozenset[Told],
    devices: frozenset[str],
) -> dict[str, Value]:
    many, hours = len(outcomes), len(outcomes) * ATTACK_RUN_S / 3600
    told: dict[str, int] = {}
    false: dict[str, int] = {}
    after: list[float] = []
    named = new = most = 0
    for activity, _, found in outcomes:
        # Senders of a flood are forged: those that nobody knows are the attack's too.
        hosts = {*activity.hosts} | ({*map(str, activity.rows[f.SRC])} - devices)
        right = []
        for name, findings in found.items():
            mine, rest = [], []
            for one in findings:
                known = (name, one.kind, one.host) in unfounded
                about = not known and _is_about(one, activity, hosts)
                (mine if about else rest).append(one)
            told[name] = told.get(name, 0) + bool(mine)
            false[name] = false.get(name, 0) + len(rest)
            new += sum(map(_is_new, rest))
            right += mine
        most = max(most, len(right))
        named += any(one.kind == f"cyber.{family}" for one in right)
        if right:
            first = min(one.observed_at for one in right)
            after.append((first - BEGINS).total_seconds() - activity.begin_s)
    return {
        "what": family,
        "runs": many,
        "flows": round(float(np.mean([count for _, count, _ in outcomes]))),
        **{f"{name}_told": f"{count} of {many}" for name, count in told.items()},
        "told": f"{len(after)} of {many}",
        "named": f"{named} of {many}",
        "after_s": float(np.median(after)) if after else None,
        **{f"{name}_false": count / hours for name, count in false.items()},
        "new": new / hours,
        "most": most,
    }


def _is_about(finding: NetworkFinding, activity: Activity, hosts: set[str]) -> bool:
    begin, end = (BEGINS + timedelta(seconds=at_s) for at_s in (activity.begin_s, activity.end_s))
    return (
        bool({finding.host, finding.place, *finding.peers} & hosts)
        and begin <= finding.observed_at
        and finding.started_at <= end + LATE
    )


def _is_new(finding: NetworkFinding) -> bool:
    return finding.kind in ("cyber.new-asset", "cyber.new-peer")


def _in_order(flows: pd.DataFrame) -> pd.DataFrame:
    return flows.iloc[ended_at(flows).argsort(kind="stable")].reset_index(drop=True)


def _table(rows: Sequence[Mapping[str, Value]], note: str) -> ResultTable:
    return ResultTable("guarding", TITLE, note, COLUMNS, tuple(rows))
