"""Flows a second of one core, from the lines of a log to findings; lag under a burst; memory.

Everything that a stream host does with flows takes part: reading the text, assets, slices, rules,
features, both seed models (inside), evidence. Left out is the gateway: what would be sent is
counted. A rate is flows over seconds of this process's own time, so that it holds for one core
whatever else the machine does.
"""

import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import psutil

from catalogs import datasets, sites
from hlaska.events import Event
from hlaska.network import flows as f
from hlaska.network.inventory import Inventory
from hlaska.network.network import Network
from hlaska.network.watch import WatchArgs
from hlaska.results import Column, ResultTable, Value
from hlaska.tracks import StreamStatus
from serving.cyber.deployment import FlowArgs, inside
from serving.cyber.judge import FlowModel, Judge
from serving.cyber.parsed import Parsed
from serving.cyber.source import open_feed
from serving.cyber.stream import FlowStream
from tests.benchmarks.plan import Plan

DAY = "camera-network-day"
RATED_PER_S = 20_000
"""The goal of the design: so many flows a second of one core."""
PEERS = 20
"""Whom a host talks with."""
BURST = 10
BURST_S = 5.0
PASSES = 6
SITE = sites.named("pilsen")

RATES = (
    Column("per_core", "flows/s of one core"),
    Column("read", "reading alone, flows/s"),
    Column("slice_ms", "ms for each slice of 10 s", 1),
    Column("flows", "flows"),
    Column("findings", "findings"),
)
BURSTS = (
    Column("usual_lag_s", "lag before, s", 2),
    Column("worst_lag_s", "worst lag, s", 2),
    Column("sampled", "least share looked at, %"),
    Column("recovered_s", "after the burst until all is looked at again, s", 1),
    Column("lost", "of the flows of all, not looked at, %", 1),
)
MEMORY = (
    Column("first_mb", "after the first hour, MB"),
    Column("last_mb", "after the last hour, MB"),
    Column("slope_mb", "growth an hour, MB", 1),
    Column("hours", "hours"),
)


def run(plan: Plan) -> list[ResultTable]:
    """Rates, a burst, memory."""
    with TemporaryDirectory() as folder:
        quiet = datasets.fetch(DAY, plan.settings) / "conn.log"
        busy = _busy_log(Path(folder) / "conn.log", seconds=20 if plan.quick else 120)
        models = inside(FlowArgs())
        step = plan.announce("flows", 4)
        rows = [_rate("a busy network: 20,000 flows/s of 1,000 hosts", busy, models)]
        step(1)
        rows += [_rate("the same, rules alone", busy, (None, None))]
        step(2)
        if not plan.quick:
            rows += [_rate("the made day of the cameras: 1.6 flows/s", quiet, models)]
        rates = ResultTable(
            "flow_rates",
            "Flows a second of one core",
            "From lines of Zeek's conn.log to findings, models inside. The aim is 20,000, then "
            "100,000; Slips fell behind near 74 (its authors' figure, on another machine).",
            RATES,
            tuple(rows),
        )
        burst = ResultTable(
            "flow_burst",
            f"A burst of {BURST} times as many flows for {BURST_S:.0f} s",
            "A live feed in real time. Lag: how old the oldest flow was that waited. Beyond a "
            "bound flows are thinned out evenly, and the dashboard says so.",
            BURSTS,
            (_burst(models, Path(folder), quick=plan.quick),),
        )
        step(3)
        memory = ResultTable(
            "flow_memory",
            "Memory over a long replay",
            "Resident memory of the process while it looks at one busy hour again and again, each "
            "time with other outside hosts.",
            MEMORY,
            (_memory(models, quick=plan.quick),),
        )
        step(4)
    return [rates, burst, memory]


def _busy(seconds: int, per_s: int, *, begin_s: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Flows of a thousand inside hosts, each with `PEERS` others, inside and outside."""
    rng = np.random.default_rng(seed)
    many = seconds * per_s
    inside_hosts = [f"10.31.{n // 250 + 1}.{n % 250 + 1}" for n in range(1000)]
    outside = [f"198.51.{(seed + n) % 250}.{n % 250}" for n in range(2000)]
    names = np.array([*inside_hosts, *outside], object)
    asking = rng.integers(0, 1000, many)
    # Each has its own few peers, as hosts have.
    asked = (asking * 7919 + rng.integers(0, PEERS, many) * 104_729) % len(names)
    services = np.array([443, 53, 80, 554, 123, 22])
    at_us = ((begin_s + np.sort(rng.uniform(0, seconds, many))) * 1e6).astype("timedelta64[us]")
    answered = rng.random(many) < 0.95
    return f.flow_table(
        {
            f.STARTED_AT: pd.DatetimeIndex(np.datetime64("2026-05-01") + at_us).tz_localize("UTC"),
            f.DURATION_S: rng.exponential(0.5, many).round(6),
            f.SRC: names[asking],
            f.DST: names[asked],
            f.SRC_PORT: rng.integers(1024, 65_536, many),
            f.DST_PORT: rng.choice(services, many),
            f.PROTOCOL: "tcp",
            f.SRC_BYTES: rng.integers(60, 5000, many),
            f.DST_BYTES: np.where(answered, rng.integers(60, 50_000, many), 0),
            f.SRC_PACKETS: rng.integers(1, 20, many),
            f.DST_PACKETS: np.where(answered, rng.integers(1, 40, many), 0),
            f.STATE: np.where(answered, "established", "unanswered"),
        }
    )


def _busy_log(path: Path, *, seconds: int) -> Path:
    """The same as Zeek's conn.log, twenty thousand a second."""
    flows = _busy(seconds, RATED_PER_S)
    ends = flows.sort_values(f.STARTED_AT)
    table = pd.DataFrame(
        {
            "ts": ends[f.STARTED_AT].to_numpy("datetime64[us]").astype(np.int64) / 1e6,
            "id.orig_h": ends[f.SRC],
            "id.orig_p": ends[f.SRC_PORT],
            "id.resp_h": ends[f.DST],
            "id.resp_p": ends[f.DST_PORT],
            "proto": ends[f.PROTOCOL],
            "service": "-",
            "duration": ends[f.DURATION_S],
            "orig_bytes": ends[f.SRC_BYTES],
            "resp_bytes": ends[f.DST_BYTES],
            "conn_state": ends[f.STATE].map({"established": "SF", "unanswered": "S0"}),
            "orig_pkts": ends[f.SRC_PACKETS],
            "resp_pkts": ends[f.DST_PACKETS],
        }
    )
    with path.open("w") as log:
        log.write("#separator \\x09\n#fields\t" + "\t".join(table.columns) + "\n")
        table.to_csv(log, sep="\t", header=False, index=False)
    return path


def _judge(models: tuple[FlowModel | None, FlowModel | None]) -> Judge:
    network = Network(["10.31.0.0/16"], SITE.addresses.devices)
    args = WatchArgs(learn_s=1e9)
    return Judge(network, Inventory(learn_s=args.learn_s), args, *models)


def _rate(
    what: str, log: Path, models: tuple[FlowModel | None, FlowModel | None]
) -> dict[str, Value]:
    begun_s = time.process_time()
    flows = sum(len(told.flows) for told in open_feed(f"zeek:{log}", follow=False).told())
    read_s = time.process_time() - begun_s
    judge, cases = _judge(models), 0
    first = None
    begun_s = time.process_time()
    for told in open_feed(f"zeek:{log}", follow=False).told():
        cases += len(judge.take(told.flows))
        first = first or judge.watch.now
    took_s = time.process_time() - begun_s
    last = judge.watch.now
    assert first is not None and last is not None
    slices = max(1.0, (last - first).total_seconds() / judge.args.slice_s)
    return {
        "what": what,
        "per_core": flows / took_s,
        "read": flows / read_s,
        "slice_ms": 1000 * (took_s - read_s) / slices,
        "flows": flows,
        "findings": cases,
    }


class _Sent:
    """Stands where the outbox would."""

    waiting = 0

    def event(self, _event: Event, _evidence: dict[str, bytes]) -> None:
        """Nobody waits for it."""

    def status(self, _status: StreamStatus) -> None:
        """Nobody looks."""


class _Bursting:
    """A live feed: usual traffic, a burst, usual traffic."""

    live = True

    def __init__(self, per_s: int, usual_s: float) -> None:
        self._per_s, self._usual_s = per_s, usual_s
        self.over = threading.Event()
        self.told_flows = 0
        self.burst_ended_s = 0.0

    def told(self) -> Iterator[Parsed]:
        """Tells ten times a second what came."""
        usual, burst = (_busy(1, n // 10) for n in (self._per_s, BURST * self._per_s))
        begun_s = time.monotonic()
        number = 0
        while not self.over.is_set():
            now_s = time.monotonic() - begun_s
            bursts = self._usual_s <= now_s < self._usual_s + BURST_S
            if bursts:
                self.burst_ended_s = time.monotonic()
            flows = (burst if bursts else usual).copy(deep=False)
            flows[f.STARTED_AT] = pd.Timestamp.now("UTC").as_unit("us")
            flows[f.DURATION_S] = 0.0
            self.told_flows += len(flows)
            yield Parsed(flows=flows)
            number += 1
            self.over.wait(max(0.0, begun_s + number / 10 - time.monotonic()))

    def close(self) -> None:
        """Nothing is open."""


def _burst(models: tuple[FlowModel, FlowModel], folder: Path, *, quick: bool) -> dict[str, Value]:
    usual_s = 5.0 if quick else 30.0
    feed = _Bursting(RATED_PER_S // 2, usual_s)
    stream = FlowStream(
        SITE,
        SITE.network.feeds[0],
        connect=lambda _uri: feed,
        outbox=_Sent(),  # type: ignore[arg-type] # it stands in for it
        folder=folder / "network",
        args=WatchArgs(learn_s=1e9),
        attack_model=models[0],
        anomaly_model=models[1],
    )
    stream.start()
    begun_s = time.monotonic()
    lags: list[tuple[float, float]] = []
    least = 1.0
    recovered_s = None
    while time.monotonic() - begun_s < usual_s + BURST_S + 60:
        time.sleep(0.2)
        now_s = time.monotonic()
        lags.append((now_s - begun_s, len(stream.backlog) / (RATED_PER_S // 2)))
        least = min(least, stream.status().network.sampled)  # type: ignore[union-attr]
        after = feed.burst_ended_s and now_s - feed.burst_ended_s
        if after and after > 1 and len(stream.backlog) < RATED_PER_S and recovered_s is None:
            recovered_s = after
            break
    feed.over.set()
    stream.close()
    looked_at = stream.status().network.flows  # type: ignore[union-attr]
    return {
        "what": f"{RATED_PER_S // 2:,} flows/s, then {BURST * RATED_PER_S // 2:,}",
        "usual_lag_s": max(lag for at_s, lag in lags if 2 < at_s < usual_s),
        "worst_lag_s": max(lag for _, lag in lags),
        "sampled": 100 * least,
        "recovered_s": recovered_s,
        "lost": 100 * max(0.0, 1 - looked_at / feed.told_flows),
    }


def _memory(models: tuple[FlowModel, FlowModel], *, quick: bool) -> dict[str, Value]:
    judge = _judge(models)
    process = psutil.Process()
    hours = 2 if quick else PASSES
    sizes = []
    for hour in range(hours):
        for minute in range(60):
            begin_s = 3600.0 * hour + 60 * minute
            judge.take(_busy(60, 20 if quick else 200, begin_s=begin_s, seed=hour * 60 + minute))
        gc.collect()
        sizes.append(process.memory_info().rss / 1e6)
    slope = np.polyfit(np.arange(hours - 1), sizes[1:], 1)[0] if hours > 2 else None
    return {
        "what": "200 flows/s",
        "first_mb": sizes[0],
        "last_mb": sizes[-1],
        "slope_mb": float(slope) if slope is not None else None,
        "hours": hours,
    }
