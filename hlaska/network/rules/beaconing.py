"""`cyber.beaconing`: a host calls the same outside host again and again, as a clock does."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.finding import NetworkFinding
from hlaska.network.rules.rule import Scene, confidence, count, span

MOST_PAIRS = 20_000
REMEMBERED = 64
"""Calls of a pair."""
CLOCKS = frozenset({"ntp", "dns", "dhcp", "mdns", "ssdp"})
"""What is regular by nature."""


@dataclass(frozen=True, slots=True)
class BeaconingArgs:
    """When calls are a beacon's."""

    least_calls: int = 16
    shortest_s: float = 5.0
    """More often is a stream or a poll."""
    most_spread: float = 0.25
    """Median absolute deviation of the intervals over their median, at most. A beacon that jitters
    by ±30 %, evenly, has 0.15; calls at random (a Poisson process) have 0.69 (ln 2 is the median of
    the exponential, 0.48 its median absolute deviation), and 15 of those come below 0.25 once in
    some thousand times."""
    most_bytes: float = 100_000.0
    """A call is short, either way."""


class Beaconing:
    """Intervals between the calls of an inside host to one port of an outside one.

    How regular they are is measured as RITA does (Active Countermeasures, github activecm/rita): by
    the median absolute deviation, which a missed call does not disturb. Here it is relative to the
    median interval.
    """

    def __init__(self, args: BeaconingArgs | None = None) -> None:
        self._args = args or BeaconingArgs()
        self._calls: dict[tuple[str, str, int], deque[datetime]] = {}

    def update(self, scene: Scene) -> list[NetworkFinding]:
        """Whose calls are regular, of those who called in this slice."""
        window, args = scene.slice, self._args
        if not len(window):
            return []
        learns = scene.inventory.learns(window.ends)
        flows = window.numbers(c.FLOWS)
        most = np.maximum(window.numbers(f.SRC_BYTES), window.numbers(f.DST_BYTES)) / flows
        called = window.inside[window.src] & window.outside[window.dst]
        called &= (most <= args.most_bytes) & ~np.isin(window.text(f.SERVICE), tuple(CLOCKS))
        ports = window.table[f.DST_PORT].to_numpy()
        findings = []
        for row in np.flatnonzero(called):
            key = (window.hosts[window.src[row]], window.hosts[window.dst[row]], int(ports[row]))
            calls = self._calls.setdefault(key, deque(maxlen=REMEMBERED))
            calls.append(window.first_at(np.array([row])))
            regular = self._regular(calls, key, scene, int(row))
            if regular is None:
                continue
            measure = f"calls {key[1]} {key[2]}"
            if learns:
                scene.inventory.judge(measure, key[0], 1.0, window.ends, least=1.0, times=0.0)
            elif not scene.inventory.usual(measure, key[0], window.ends):
                findings.append(regular)
        while len(self._calls) > MOST_PAIRS:
            del self._calls[next(iter(self._calls))]
        return findings

    def _regular(
        self, calls: deque[datetime], key: tuple[str, str, int], scene: Scene, row: int
    ) -> NetworkFinding | None:
        window, args = scene.slice, self._args
        if len(calls) < args.least_calls:
            return None
        # Cheap, and enough for most: they call far too often.
        if (calls[-1] - calls[0]).total_seconds() < args.shortest_s * (len(calls) - 1) / 2:
            return None
        stamps = np.sort([at.timestamp() for at in calls])
        intervals = np.diff(stamps)
        period = float(np.median(intervals))
        if period < args.shortest_s:
            return None
        spread = float(np.median(np.abs(intervals - period))) / period
        if spread > args.most_spread:
            return None
        host, peer, port = key
        service = str(window.text(f.SERVICE)[row] or f"port {port}")
        name = window.network.name
        took = span(float(stamps[-1] - stamps[0]))
        return NetworkFinding(
            kind="cyber.beaconing",
            host=host,
            observed_at=window.ends,
            started_at=min(calls),
            confidence=confidence(args.most_spread, max(spread, args.most_spread / 5)),
            words=f"{name(host)} calls {peer} ({service}) every {span(period)}, regularly: "
            f"{count(len(calls), 'call')} in {took}",
            measured=spread,
            usual=0.0,
            limit=args.most_spread,
            peers=(peer,),
            place=peer,
            quiet_s=3 * period,
            attributes={
                "flows": len(calls),
                "peer": peer,
                "period_s": round(period, 1),
                "service": service,
            },
        )
