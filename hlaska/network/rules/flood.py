"""`cyber.flood`: one door is knocked at so often that nobody else gets in."""

from dataclasses import dataclass

import numpy as np

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.finding import NetworkFinding
from hlaska.network.inventory import Excess
from hlaska.network.rules.rule import Scene, confidence, count, usually
from hlaska.network.window import Window


@dataclass(frozen=True, slots=True)
class FloodArgs:
    """When knocking is a flood.

    Estimates: a camera serves a handful of clients, and a stream of 8 Mbit/s in packets of 1,400
    bytes is 700 packets a second.
    """

    flows_per_s: float = 50.0
    packets_per_s: float = 5_000.0
    times_usual: float = 5.0


class Flood:
    """Flows, or packets, a second towards one address, in the newest slice."""

    def __init__(self, args: FloodArgs | None = None) -> None:
        self._args = args or FloodArgs()

    def update(self, scene: Scene) -> list[NetworkFinding]:
        """Who is flooded now."""
        window = scene.slice
        if not len(window):
            return []
        many = len(window.hosts)
        flows, packets = window.numbers(c.FLOWS), window.numbers(f.SRC_PACKETS)
        # A flow that lasted longer than the slice brought its packets over all that time.
        lasted_s = np.maximum(window.span_s, window.numbers(c.DURATION_SUM_S) / flows)
        rates = {
            "connections": np.bincount(window.dst, flows, many) / window.span_s,
            "packets": np.bincount(window.dst, packets / lasted_s, many),
        }
        least = {"connections": self._args.flows_per_s, "packets": self._args.packets_per_s}
        findings: dict[str, NetworkFinding] = {}
        for what, rate in rates.items():
            # What is far below is not worth remembering.
            for dst in np.flatnonzero(rate > least[what] / 20):
                host = window.hosts[dst]
                measured = float(rate[dst])
                excess = scene.inventory.judge(
                    f"flood of {what}",
                    host,
                    measured,
                    window.ends,
                    least=least[what],
                    times=self._args.times_usual,
                )
                if excess is not None and host not in findings:
                    findings[host] = _finding(window, int(dst), what, measured, excess)
        return list(findings.values())


def _finding(
    window: Window, dst: int, what: str, measured: float, excess: Excess
) -> NetworkFinding:
    rows = np.flatnonzero(window.dst == dst)
    flows = window.numbers(c.FLOWS)[rows]
    weight = flows if what == "connections" else window.numbers(f.SRC_PACKETS)[rows]
    by_source = np.bincount(window.src[rows], weight)
    worst = int(by_source.argmax())
    sources = int(np.count_nonzero(by_source))
    victim = window.hosts[dst]
    # Of many forged addresses none is worth a name: then it is about the victim.
    alone = by_source[worst] >= weight.sum() / 2
    name = window.network.name
    who = name(window.hosts[worst]) if alone else count(sources, "host")
    return NetworkFinding(
        kind="cyber.flood",
        host=window.hosts[worst] if alone else victim,
        observed_at=window.last_at(rows),
        started_at=window.first_at(rows),
        confidence=confidence(measured, excess.limit),
        words=f"{name(victim)} is flooded by {who} with {measured:,.0f} {what} a second"
        + usually(excess, f"{excess.usual:,.0f}"),
        measured=measured,
        usual=excess.usual,
        limit=excess.limit,
        peers=(victim,) if alone else window.most_met(window.src[rows], flows),
        place=victim,
        attributes={"hosts": sources, "flows": int(flows.sum()), "peer": victim},
    )
