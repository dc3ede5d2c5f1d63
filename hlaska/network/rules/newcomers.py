"""`cyber.new-asset` and `cyber.new-peer`: somebody who was not here before."""

from dataclasses import dataclass

import numpy as np

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.finding import NetworkFinding
from hlaska.network.inventory import flows_per_host
from hlaska.network.rules.rule import Scene, count, size
from hlaska.network.window import Window

CONFIDENCE = 0.9
"""That it is new is certain; that it matters is not. An expert's choice."""


@dataclass(frozen=True, slots=True)
class NewcomerArgs:
    """How many newcomers are told of one by one."""

    most_at_once: int = 10
    """Of each kind in one slice; who forges addresses makes thousands, the first are enough."""


class Newcomers:
    """Unknown devices on the network, and sensors that talk to whom they never talked to."""

    def __init__(self, args: NewcomerArgs | None = None) -> None:
        self._args = args or NewcomerArgs()

    def update(self, scene: Scene) -> list[NetworkFinding]:
        """Who is new in this slice; nobody, while it is learnt what is usual."""
        if scene.inventory.learns(scene.slice.ends) or not len(scene.slice):
            return []
        assets = self._assets(scene)
        strangers = {finding.host for finding in assets}
        return assets + self._peers(scene, strangers)

    def _assets(self, scene: Scene) -> list[NetworkFinding]:
        window, inventory = scene.slice, scene.inventory
        many = len(window.hosts)
        sent = np.bincount(window.src, window.numbers(f.SRC_PACKETS), many)
        sent += np.bincount(window.dst, window.numbers(f.DST_PACKETS), many)
        flows = flows_per_host(window)
        findings: list[NetworkFinding] = []
        for place in np.flatnonzero(window.inside & (sent > 0)):
            host = window.hosts[place]
            if host in inventory.hosts or host in window.network.devices:
                continue
            if len(findings) == self._args.most_at_once:
                break
            rows = np.flatnonzero((window.src == place) | (window.dst == place))
            others = np.where(window.src[rows] == place, window.dst[rows], window.src[rows])
            findings.append(
                NetworkFinding(
                    kind="cyber.new-asset",
                    host=host,
                    observed_at=window.last_at(rows),
                    started_at=window.first_at(rows),
                    confidence=CONFIDENCE,
                    words=f"an unknown device, {host}, is on the network: "
                    f"{count(flows[place], 'flow')} with {count(len(set(others)), 'host')}",
                    measured=1.0,
                    usual=0.0,
                    limit=1.0,
                    peers=window.most_met(others, window.numbers(c.FLOWS)[rows]),
                    attributes={"flows": int(flows[place]), "hosts": len(set(others))},
                )
            )
        return findings

    def _peers(self, scene: Scene, strangers: set[str]) -> list[NetworkFinding]:
        window = scene.slice
        findings: list[NetworkFinding] = []
        told: set[tuple[str, str]] = set()
        for sensor, peers in ((window.src, window.dst), (window.dst, window.src)):
            for row in np.flatnonzero(window.answered & window.sensor[sensor]):
                host, peer = window.hosts[sensor[row]], window.hosts[peers[row]]
                known = scene.inventory.knows_peer(host, peer)
                # Of a device that is itself new, one word is enough.
                if known or peer in strangers or (host, peer) in told:
                    continue
                if len(findings) == self._args.most_at_once:
                    return findings
                told.add((host, peer))
                findings.append(_new_peer(window, host, peer))
        return findings


def _new_peer(window: Window, host: str, peer: str) -> NetworkFinding:
    here, there = window.hosts.index(host), window.hosts.index(peer)
    to, back = (window.src == here) & (window.dst == there), (window.src == there)
    back &= window.dst == here
    rows = np.flatnonzero(to | back)
    flows = int(window.numbers(c.FLOWS)[rows].sum())
    moved = int((window.numbers(f.SRC_BYTES) + window.numbers(f.DST_BYTES))[rows].sum())
    service = str(
        window.text(f.SERVICE)[rows[0]] or f"port {window.table[f.DST_PORT].iloc[rows[0]]}"
    )
    outside = "" if window.network.inside(peer) else ", outside the network,"
    name = window.network.name
    return NetworkFinding(
        kind="cyber.new-peer",
        host=host,
        observed_at=window.last_at(rows),
        started_at=window.first_at(rows),
        confidence=CONFIDENCE,
        words=f"{name(host)} talks to {name(peer)}{outside} for the first time: {service}, "
        f"{size(moved)}",
        measured=1.0,
        usual=0.0,
        limit=1.0,
        peers=(peer,),
        place=peer,
        attributes={"flows": flows, "bytes": moved, "peer": peer, "service": service},
    )
