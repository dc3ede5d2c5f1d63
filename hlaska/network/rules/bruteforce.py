"""`cyber.bruteforce`: somebody guesses the password of a camera or server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.finding import NetworkFinding
from hlaska.network.flows import LOGINS
from hlaska.network.inventory import Excess
from hlaska.network.rules.rule import Scene, confidence, count, span, usually
from hlaska.network.window import Window

POLLED = MappingProxyType({"http": 5.0, "tls": 5.0, "mqtt": 2.0, "smtp": 2.0})
"""Services that machines ask again and again in peace: so many times as many attempts are needed.
Estimates: ONVIF clients poll cameras over HTTP every few seconds."""


@dataclass(frozen=True, slots=True)
class BruteForceArgs:
    """When many short visits are guesses.

    An SSH server allows six guesses in a connection (MaxAuthTries of OpenSSH), RTSP and HTTP one a
    request: 20 connections are 20 to 120 guesses.
    """

    attempts: float = 20.0
    most_bytes: float = 20_000.0
    """A guess is short: more bytes in a connection, either way, are somebody who got in."""
    longest_s: float = 60.0
    times_usual: float = 3.0
    polled: Mapping[str, float] = field(default_factory=lambda: POLLED)


class BruteForce:
    """Short connections of one host to one login of another, in the window."""

    def __init__(self, args: BruteForceArgs | None = None) -> None:
        self._args = args or BruteForceArgs()

    def update(self, scene: Scene) -> list[NetworkFinding]:
        """Who guesses now, of those who were busy in this slice."""
        window, args = scene.window, self._args
        flows = window.numbers(c.FLOWS)
        most = np.maximum(window.numbers(f.SRC_BYTES), window.numbers(f.DST_BYTES)) / flows
        guess = (
            np.isin(window.text(f.SERVICE), tuple(LOGINS))
            & window.answered
            & (most <= args.most_bytes)
            & (window.numbers(c.DURATION_SUM_S) / flows <= args.longest_s)
        )
        rows = np.flatnonzero(guess)
        if not len(rows):
            return []
        busy = set(scene.slice.hosts)
        names, service_of = np.unique(window.text(f.SERVICE)[rows].astype(str), return_inverse=True)
        many = len(window.hosts)
        codes = (window.src[rows] * many + window.dst[rows]) * len(names) + service_of
        pairs, pair = np.unique(codes, return_inverse=True)
        visits = np.bincount(pair, flows[rows])
        findings = []
        # A visit now and then is not worth remembering.
        for number in np.flatnonzero(visits >= args.attempts / 4):
            ends, which = divmod(int(pairs[number]), len(names))
            src, dst = divmod(ends, many)
            host, peer, service = window.hosts[src], window.hosts[dst], str(names[which])
            if host not in busy:
                continue
            measured = float(visits[number])
            excess = scene.inventory.judge(
                f"guesses {service} {peer}",
                host,
                measured,
                window.ends,
                least=args.attempts * args.polled.get(service, 1.0),
                times=args.times_usual,
            )
            if excess is not None:
                mine = rows[pair == number]
                findings.append(_finding(window, mine, host, peer, service, measured, excess))
        return findings


def _finding(
    window: Window,
    rows: np.ndarray,
    host: str,
    peer: str,
    service: str,
    measured: float,
    excess: Excess,
) -> NetworkFinding:
    first, last = window.first_at(rows), window.last_at(rows)
    name, took = window.network.name, span((last - first).total_seconds())
    return NetworkFinding(
        kind="cyber.bruteforce",
        host=host,
        observed_at=last,
        started_at=first,
        confidence=confidence(measured, excess.limit),
        words=f"{name(host)} made {count(measured, 'short visit')} to the {service} login of "
        f"{name(peer)} in {took}{usually(excess, f'{excess.usual:,.0f}')}",
        measured=measured,
        usual=excess.usual,
        limit=excess.limit,
        peers=(peer,),
        place=peer,
        attributes={"flows": int(measured), "peer": peer, "service": service},
    )
