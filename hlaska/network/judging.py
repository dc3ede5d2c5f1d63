"""From the scores of models to findings: attacks by family, and hosts unlike themselves.

A model looks at one minute. It errs in single conversations more often than anybody would read, so
several must agree: conversations of one host, or minutes. What it says of a host in peace is usual
for that host, as with the rules: models know networks in general, the inventory knows this one.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.finding import NetworkFinding
from hlaska.network.inventory import Inventory
from hlaska.network.rules.rule import count, size
from hlaska.network.window import Window

NORMAL = "normal"
NEEDS, OF = 3, 5
"""A host is unlike itself when so many of its last minutes were."""
MOST_HOSTS = 20_000
MOST_ATTACKERS = 10
"""In one minute and family; of more the victims are told."""
TIMES_USUAL = 2.0
"""So many times as many conversations as on earlier days must look like an attack."""
SUFFERED = frozenset({"flood", "stream-redirected"})
"""Families that are told about the host that is asked, not the one that asks."""


def attacks(
    minute: Window,
    probabilities: NDArray[np.float32],
    classes: Sequence[str],
    points: Mapping[str, float],
    inventory: Inventory,
) -> list[NetworkFinding]:
    """What the supervised model takes for attacks in one minute.

    Args:
        minute: The minute.
        probabilities: Of each of its conversations and each class.
        classes: `NORMAL` and families, which are kinds of event with `cyber.` before them.
        points: Lowest probability that counts, of each family.
        inventory: What the model usually says of each host; it learns.

    Returns:
        One finding for each host and family.
    """
    findings = []
    for column, family in enumerate(classes):
        if family == NORMAL:
            continue
        sure = np.flatnonzero(probabilities[:, column] >= points.get(family, 2.0))
        hosts = minute.dst if family in SUFFERED else minute.src
        if len(np.unique(hosts[sure])) > MOST_ATTACKERS:
            # Senders are forged, or very many: then it is about whom they ask.
            hosts = minute.dst
        for place in np.unique(hosts[sure]):
            rows = sure[hosts[sure] == place]
            excess = inventory.judge(
                f"looks like {family}",
                minute.hosts[place],
                float(len(rows)),
                minute.ends,
                least=1.0,
                times=TIMES_USUAL,
            )
            if excess is not None:
                findings.append(
                    _attack(minute, rows, int(place), family, probabilities[rows, column], points)
                )
    return findings


def _attack(
    minute: Window,
    rows: NDArray[np.intp],
    place: int,
    family: str,
    sureness: NDArray[np.float32],
    points: Mapping[str, float],
) -> NetworkFinding:
    host, surest = minute.hosts[place], float(sureness.max())
    others = np.where(minute.src[rows] == place, minute.dst[rows], minute.src[rows])
    flows = minute.numbers(c.FLOWS)[rows]
    return NetworkFinding(
        kind=f"cyber.{family}",
        host=host,
        observed_at=minute.last_at(rows),
        started_at=minute.first_at(rows),
        confidence=surest,
        words=f"{minute.network.name(host)}: {count(len(rows), 'conversation')} with "
        f"{count(len(set(others)), 'host')} look like {family.replace('-', ' ')} to the model, "
        f"the surest by {surest:.0%}",
        measured=surest,
        usual=0.0,
        limit=float(points[family]),
        peers=minute.most_met(others, flows),
        attributes={"flows": int(flows.sum()), "hosts": len(set(others))},
    )


@dataclass(frozen=True, slots=True)
class HostScores:
    """What the unsupervised model says of the hosts of one minute."""

    hosts: NDArray[np.object_]
    scores: NDArray[np.float32]
    """0..1; from `limit` on a host is unlike what it was learnt from."""
    limit: float


class Anomalies:
    """Hosts of which `NEEDS` of their last `OF` minutes were unlike what was learnt."""

    def __init__(self) -> None:
        self._last: dict[str, deque[bool]] = {}

    def update(
        self, minute: Window, judged: HostScores, inventory: Inventory
    ) -> list[NetworkFinding]:
        """Who is unlike itself now, and more so than on earlier days."""
        findings = []
        for host, score in zip(judged.hosts, judged.scores, strict=True):
            last = self._last.pop(host, None) or deque(maxlen=OF)
            excess = inventory.judge(
                "unlike itself", host, float(score), minute.ends, least=judged.limit, times=1.05
            )
            last.append(excess is not None)
            self._last[host] = last
            if last[-1] and sum(last) >= NEEDS:
                findings.append(_anomaly(minute, str(host), float(score), judged.limit))
        while len(self._last) > MOST_HOSTS:
            del self._last[next(iter(self._last))]
        return findings


def _anomaly(minute: Window, host: str, score: float, limit: float) -> NetworkFinding:
    place = minute.hosts.index(host)
    rows = np.flatnonzero((minute.src == place) | (minute.dst == place))
    mine = minute.src[rows] == place
    sent = minute.numbers(f.SRC_BYTES)[rows], minute.numbers(f.DST_BYTES)[rows]
    out, back = np.where(mine, *sent).sum(), np.where(mine, *sent[::-1]).sum()
    others = np.where(mine, minute.dst[rows], minute.src[rows])
    flows = minute.numbers(c.FLOWS)[rows]
    return NetworkFinding(
        kind="cyber.anomaly",
        host=host,
        observed_at=minute.ends,
        started_at=minute.first_at(rows),
        # The score says how rare it is, not how likely an attack.
        confidence=0.5,
        words=f"{minute.network.name(host)} behaves as it never did: in a minute "
        f"{count(flows.sum(), 'flow')} with {count(len(set(others)), 'host')}, {size(out)} sent, "
        f"{size(back)} received",
        measured=score,
        usual=0.0,
        limit=limit,
        peers=minute.most_met(others, flows),
        attributes={"flows": int(flows.sum()), "hosts": len(set(others)), "bytes": int(out + back)},
    )
