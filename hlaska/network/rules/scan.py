"""`cyber.scan`: a host tries many doors, and most of them are closed."""

import math
from dataclasses import dataclass

import numpy as np

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.finding import NetworkFinding
from hlaska.network.inventory import Excess
from hlaska.network.rules.rule import Scene, confidence, count, span, usually
from hlaska.network.window import Rows, Window

SUCCESS, SUCCESS_OF_A_SCANNER = 0.8, 0.2
"""How often a first contact succeeds, of a host that is no scanner and of one that is: Jung and
others, Fast Portscan Detection Using Sequential Hypothesis Testing (IEEE S&P 2004), section 4.3."""
PORTS = 65_536
LN_STEP = math.log((1 - SUCCESS_OF_A_SCANNER) / (1 - SUCCESS))
"""What one failure adds to the logarithm of the likelihood ratio; a success takes away as much."""


@dataclass(frozen=True, slots=True)
class ScanArgs:
    """When doors that were tried are a scan."""

    false_alarm: float = 1e-6
    """Probability with which a host that is no scanner may be called one."""
    detection: float = 0.99
    """… and a scanner be found. The paper's threshold is `detection / false_alarm`."""
    times_usual: float = 3.0


class Scan:
    """Threshold random walk over the first contacts of each host.

    A door is an address and a port; it counts once however often it is tried, so that a recorder
    that asks for a dead camera every second is no scanner.
    """

    def __init__(self, args: ScanArgs | None = None) -> None:
        self._args = args or ScanArgs()
        self._least = math.log(self._args.detection / self._args.false_alarm) / LN_STEP

    def update(self, scene: Scene) -> list[NetworkFinding]:
        """Who scans now, of those who were busy in this slice."""
        window = scene.window
        tried = np.flatnonzero(np.isin(window.text(f.PROTOCOL), ("tcp", "udp", "icmp", "icmp6")))
        # Who asks everybody (a broadcast, a multicast group) is answered by nobody.
        tried = tried[~window.group[window.dst[tried]]]
        if not len(tried):
            return []
        many = len(window.hosts)
        ports = window.table[f.DST_PORT].to_numpy(np.int64)[tried]
        codes = (window.src[tried] * many + window.dst[tried]) * PORTS + ports
        doors, door = np.unique(codes, return_inverse=True)
        # A door that opened once is open.
        is_open = np.bincount(door, ~window.failed[tried], len(doors)) > 0
        who = doors // PORTS // many
        opened = np.bincount(who, is_open, many)
        closed = np.bincount(who, ~is_open, many)
        busy = set(scene.slice.hosts)
        findings = []
        # Fewer can never raise a limit, and forged senders would fill the memory of habits.
        for src in np.flatnonzero(closed - opened > self._least / 4):
            host = window.hosts[src]
            if host not in busy:
                continue
            measured = float(closed[src] - opened[src])
            excess = scene.inventory.judge(
                "scan",
                host,
                measured,
                window.ends,
                least=self._least,
                times=self._args.times_usual,
            )
            if excess is not None:
                rows = tried[(window.src[tried] == src) & window.failed[tried]]
                findings.append(_finding(window, host, rows, measured, excess))
        return findings


def _finding(
    window: Window, host: str, rows: Rows, measured: float, excess: Excess
) -> NetworkFinding:
    ports = len(np.unique(window.table[f.DST_PORT].to_numpy()[rows]))
    hosts = len(np.unique(window.dst[rows]))
    first, last = window.first_at(rows), window.last_at(rows)
    flows = window.numbers(c.FLOWS)[rows]
    icmp = all(name.startswith("icmp") for name in set(window.text(f.PROTOCOL)[rows]))
    what = "pinged" if icmp else f"tried {count(ports, 'port')} of"
    took = span((last - first).total_seconds())
    return NetworkFinding(
        kind="cyber.scan",
        host=host,
        observed_at=last,
        started_at=first,
        confidence=confidence(measured, excess.limit),
        words=f"{window.network.name(host)} {what} {count(hosts, 'host')} in {took} "
        f"and was answered by few{usually(excess, count(excess.usual, 'closed door'))}",
        measured=measured,
        usual=excess.usual,
        limit=excess.limit,
        peers=window.most_met(window.dst[rows], flows),
        attributes={"ports": ports, "hosts": hosts, "flows": int(flows.sum())},
    )
