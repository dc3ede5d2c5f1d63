"""What models and rules make of captures of real traffic, one by one.

No model has learnt from them and no threshold was chosen by them. Most are minutes long and hold
one attack: that something was told in a capture says little more than that it was told of.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalogs import datasets
from hlaska.errors import HlaskaError, SourceError
from hlaska.network import flows as f
from hlaska.network.conversations import ended_at
from hlaska.network.features import WINDOW_S, conversation_features, host_features
from hlaska.network.finding import NetworkFinding
from hlaska.network.inventory import Inventory
from hlaska.network.network import Network
from hlaska.network.watch import Watch, WatchArgs
from hlaska.results import Column, ResultTable, Value
from hlaska.settings import Settings
from serving.cyber.source import open_feed
from training.cyber.operating import alarms, hours
from training.cyber.windows import Rows, window_numbers, windowed
from training.evaluation.cyber_recordings import Capture
from training.evaluation.cyber_systems import System
from training.evaluation.progress import Step

PRIVATE = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7",
    "fe80::/10",
)  # fmt: skip
"""RFC 1918, 3927, 4193, 4291: what is inside where nobody says so; with them the network (/24, /64)
of the host that begins most flows."""
NEEDS_A_PAST = frozenset({"cyber.new-asset", "cyber.new-peer"})
"""What rules cannot tell without a day before: everybody is new in a capture."""

Detector = Callable[[pd.DataFrame, Network], Sequence[NetworkFinding]]
"""A flow table and its network in, findings out."""
Drift = Callable[[NDArray[np.float32]], float]


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What one detector said of one capture."""

    alarms: int
    after_s: float
    """From the first flow to the end of the first thing that was told; NaN: nothing was."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A capture that was read."""

    capture: Capture
    flows: pd.DataFrame
    network: Network
    talks: Rows
    hosts: Rows

    @property
    def hours(self) -> float:
        """How long it is: minutes with a flow."""
        return hours(self.talks.windows)


def read(capture: Capture, settings: Settings) -> Heard:
    """A capture as flows and rows; all conversations of an attack's are called attacks.

    Raises:
        DataError: the catalog's entry cannot be had.
        SourceError: nothing in it can be read, or there is no flow in it.
    """
    folder = datasets.fetch(capture.entry, settings)
    flows = _flows(f"{capture.scheme}:{folder / Path(capture.path)}")
    network = network_of(flows)
    table, windows, _ = windowed(flows, window_numbers(flows))
    hosts = host_features(table, network, windows=windows)
    label = capture.what if capture.label == "attack" else ""
    return Heard(
        capture,
        flows,
        network,
        _rows(
            conversation_features(table, network, windows=windows),
            table[f.SRC].to_numpy(object), windows, label,
        ),
        _rows(hosts.values, hosts.hosts, hosts.windows, label),
    )  # fmt: skip


def network_of(flows: pd.DataFrame) -> Network:
    """What is inside: private ranges, and the network of the host that begins most flows."""
    busiest = ip_address(str(flows[f.SRC].value_counts().index[0]))
    prefix = 24 if busiest.version == 4 else 64
    own = ip_network(f"{busiest}/{prefix}", strict=False)
    return Network((*PRIVATE, str(own)), {})


def rules(flows: pd.DataFrame, network: Network) -> Sequence[NetworkFinding]:
    """What the rules find, without a past: see `NEEDS_A_PAST`."""
    watch = Watch(network, Inventory(learn_s=0), WatchArgs(learn_s=0))
    order = np.argsort(ended_at(flows).to_numpy(), kind="stable")
    looks = [*watch.take(flows.iloc[order]), *watch.finish()]
    told = [finding for look in looks for finding in look.began]
    return [finding for finding in told if finding.kind not in NEEDS_A_PAST]


def judge_captures(
    captures: Sequence[Capture],
    settings: Settings,
    *,
    on_talks: Mapping[str, System | HlaskaError],
    on_hosts: Mapping[str, System | HlaskaError],
    detectors: Mapping[str, Detector],
    step: Step,
) -> list[tuple[Capture, dict[str, Told] | HlaskaError, Heard | None]]:
    """What each detector says of each capture; or why it could not be read.

    Args:
        captures: Which.
        settings: Where they are.
        on_talks: Systems that judge conversations, by name.
        on_hosts: Systems that judge minutes of hosts.
        detectors: What judges flow tables.
        step: Told how many are done.
    """
    results: list[tuple[Capture, dict[str, Told] | HlaskaError, Heard | None]] = []
    for number, capture in enumerate(captures, start=1):
        try:
            heard = read(capture, settings)
        except HlaskaError as error:
            results.append((capture, error, None))
        else:
            told = {
                name: _by_rows(system, rows)
                for systems, rows in ((on_talks, heard.talks), (on_hosts, heard.hosts))
                for name, system in systems.items()
                if not isinstance(system, HlaskaError)
            }
            told |= {
                name: _by_findings(detector(heard.flows, heard.network), heard.flows)
                for name, detector in detectors.items()
            }
            results.append((capture, told, heard))
        step(number)
    return results


def capture_table(
    results: Sequence[tuple[Capture, dict[str, Told] | HlaskaError, Heard | None]],
    drift: Drift | None = None,
) -> ResultTable:
    """One row a capture, and one each for all attacks and all normal ones together.

    Args:
        results: Of `judge_captures`.
        drift: How far conversations are from what the model of attacks was trained on.
    """
    names = list(
        dict.fromkeys(name for _, told, _ in results if isinstance(told, dict) for name in told)
    )
    rows = [_row(capture, told, heard, drift) for capture, told, heard in results]
    return ResultTable(
        name="cyber-captures",
        title="Captures of real traffic",
        note="Labels are those of a capture's name, of its README or of what is in it. Rules look "
        "without a past; models were learnt on made traffic. «After» counts from the first flow; "
        "models look once a minute. «Drift» is from what the model of attacks was trained on, "
        "where there are enough conversations. Alarms in normal captures are false ones; hours are "
        "minutes with a flow.",
        columns=(
            Column("label", "label"),
            Column("holds", "holds"),
            Column("flows", "flows"),
            Column("hours", "hours", 2),
            Column("drift", "drift", 2),
            *(
                column
                for name in names
                for column in (
                    Column(f"{name}, alarms", f"{name}: alarms"),
                    Column(f"{name}, after", f"{name}: after s"),
                )
            ),
        ),
        rows=(*rows, *_sums(results, names)),
    )


def _flows(uri: str) -> pd.DataFrame:
    feed = open_feed(uri, follow=False)
    try:
        parts = [parsed.flows for parsed in feed.told() if len(parsed.flows)]
    finally:
        feed.close()
    if not parts:
        raise SourceError(f"{uri}: there is no flow in it")
    return pd.concat(parts, ignore_index=True)


def _rows(values: np.ndarray, hosts: np.ndarray, windows: np.ndarray, label: str) -> Rows:
    many = len(values)
    return Rows(
        values=values,
        labels=np.full(many, label, dtype=object),
        activities=np.full(many, 0 if label else -1),
        hosts=hosts,
        peers=np.full(many, "", dtype=object),
        windows=windows,
        beside=np.zeros(many, bool),
    )


def _by_rows(system: System, rows: Rows) -> Told:
    told = system.judge(rows).told
    if told is None or not told.any():
        return Told(0, np.nan)
    first = int(rows.windows[told].min()) - int(rows.windows.min())
    return Told(alarms(rows, told), (first + 1) * WINDOW_S)


def _by_findings(findings: Sequence[NetworkFinding], flows: pd.DataFrame) -> Told:
    if not findings:
        return Told(0, np.nan)
    begins = flows[f.STARTED_AT].min().to_pydatetime()
    first = min(finding.observed_at for finding in findings)
    return Told(len(findings), max(0.0, (first - begins).total_seconds()))


def _row(
    capture: Capture,
    told: dict[str, Told] | HlaskaError,
    heard: Heard | None,
    drift: Drift | None,
) -> dict[str, Value]:
    what = f"{capture.entry.removesuffix('-captures')}/{capture.path.removeprefix('pcap/')}"
    if isinstance(told, HlaskaError) or heard is None:
        # Without the folder, which is of one machine: `what` names the file.
        return {"what": what, "reason": re.sub(r"/\S*/", "", str(told))}
    return {
        "what": what,
        "label": capture.label,
        "holds": capture.what,
        "flows": len(heard.flows),
        "hours": heard.hours,
        "drift": drift(heard.talks.values) if drift else None,
        **{f"{name}, alarms": one.alarms for name, one in told.items()},
        # When a false alarm came says nothing.
        **{
            f"{name}, after": one.after_s for name, one in told.items() if capture.label != "normal"
        },
    }


def _sums(
    results: Sequence[tuple[Capture, dict[str, Told] | HlaskaError, Heard | None]],
    names: Sequence[str],
) -> list[dict[str, Value]]:
    sums: list[dict[str, Value]] = []
    for label in ("attack", "normal"):
        mine = [
            (told, heard)
            for capture, told, heard in results
            if capture.label == label and isinstance(told, dict) and heard is not None
        ]
        if not mine:
            continue
        row: dict[str, Value] = {
            "what": f"all of {label}",
            "label": label,
            "holds": f"{len(mine)} captures",
            "flows": sum(len(heard.flows) for _, heard in mine),
            "hours": sum(heard.hours for _, heard in mine),
        }
        for name in names:
            told_of = sum(told[name].alarms > 0 for told, _ in mine)
            row[f"{name}, alarms"] = (
                f"{told_of} of {len(mine)} told"
                if label == "attack"
                else f"{sum(told[name].alarms for told, _ in mine)} in {told_of} captures"
            )
        sums.append(row)
    return sums
