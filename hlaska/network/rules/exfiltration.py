"""`cyber.exfiltration`: a host sends far more out of the network than it ever does."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.finding import NetworkFinding
from hlaska.network.rules.rule import Scene, confidence, size, span, usually

TRIFLE_BYTES = 1000.0
"""In one slice; what is below may add up to no more than the smallest limit allows."""
NARROW = frozenset({"dns", "ntp", "icmp"})
"""What carries little in peace: somebody who hides data there needs not much."""
MOST_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class ExfiltrationArgs:
    """What is much.

    Estimates: cameras of a closed network send nothing out at all, and a query of DNS is 60 bytes.
    """

    horizon_s: float = 3600.0
    least_bytes: float = 20e6
    least_bytes_narrow: float = 500e3
    times_usual: float = 3.0


class Exfiltration:
    """Bytes that an inside host sent to one outside host within an hour, more than it got."""

    def __init__(self, args: ExfiltrationArgs | None = None) -> None:
        self._args = args or ExfiltrationArgs()
        self._sent: dict[tuple[str, str, bool], deque[tuple[datetime, datetime, float, float]]] = {}

    def update(self, scene: Scene) -> list[NetworkFinding]:
        """Who sends too much out, of those who sent something in this slice."""
        window = scene.slice
        if not len(window):
            return []
        out = window.inside[window.src] & window.outside[window.dst]
        into = window.inside[window.dst] & window.outside[window.src]
        sent, got = window.numbers(f.SRC_BYTES), window.numbers(f.DST_BYTES)
        services, protocols = window.text(f.SERVICE), window.text(f.PROTOCOL)
        changed: set[tuple[str, str, bool]] = set()
        there_bytes = np.where(out, sent, got)
        for row in np.flatnonzero((out | into) & (there_bytes >= TRIFLE_BYTES)):
            ends = window.hosts[window.src[row]], window.hosts[window.dst[row]]
            host, peer = ends if out[row] else ends[::-1]
            there, back = there_bytes[row], (got if out[row] else sent)[row]
            narrow = services[row] in NARROW or str(protocols[row]).startswith("icmp")
            key = (host, peer, narrow)
            first = window.first_at(np.array([row]))
            self._sent.setdefault(key, deque(maxlen=1000)).append((window.ends, first, there, back))
            changed.add(key)
        while len(self._sent) > MOST_PAIRS:
            del self._sent[next(iter(self._sent))]
        findings = (self._judged(scene, key) for key in sorted(changed & self._sent.keys()))
        return [finding for finding in findings if finding is not None]

    def _judged(self, scene: Scene, key: tuple[str, str, bool]) -> NetworkFinding | None:
        host, peer, narrow = key
        window, args, sent = scene.slice, self._args, self._sent[key]
        while sent[0][0] < window.ends - timedelta(seconds=args.horizon_s):
            sent.popleft()
        measured = sum(there for _, _, there, _ in sent)
        # Who fetches a film sends much too: acknowledgements, at most a fifth of what comes.
        if measured <= sum(back for _, _, _, back in sent):
            return None
        measure = "sent out, narrow" if narrow else "sent out"
        excess = scene.inventory.judge(
            measure,
            host,
            measured,
            window.ends,
            least=args.least_bytes_narrow if narrow else args.least_bytes,
            times=args.times_usual,
        )
        if excess is None:
            return None
        first = min(first for _, first, _, _ in sent)
        name = window.network.name
        took = span(min(args.horizon_s, (window.ends - first).total_seconds()))
        way = " in what should be short questions" if narrow else ""
        mine = np.isin(np.array(window.hosts, object), (host, peer))
        flows = window.numbers(c.FLOWS)[mine[window.src] & mine[window.dst]]
        return NetworkFinding(
            kind="cyber.exfiltration",
            host=host,
            observed_at=window.ends,
            started_at=first,
            confidence=confidence(measured, excess.limit),
            words=f"{name(host)} sent {size(measured)} out to {name(peer)} in {took}{way}"
            + usually(excess, f"{size(excess.usual)} an hour"),
            measured=measured,
            usual=excess.usual,
            limit=excess.limit,
            peers=(peer,),
            place=peer,
            attributes={"bytes": int(measured), "peer": peer, "flows": int(flows.sum())},
        )
