"""How the hosts of a network do, for the feed's status."""

import numpy as np

from hlaska.network import flows as f
from hlaska.network.inventory import flows_per_host
from hlaska.network.status import HostStatus, NetworkStatus
from hlaska.network.window import Window
from serving.cyber.judge import Judge

MOST_HOSTS = 200
"""Told of: those with alarms, then assets, then those with most flows."""


def network_status(
    judge: Judge, *, flows: int, unreadable: int, sampled: float, lag_s: float
) -> NetworkStatus:
    """The part of a feed's status that is about the network."""
    minute = judge.minute
    hosts = () if minute is None else tuple(_hosts(judge, minute))
    return NetworkStatus(
        flows=flows,
        unreadable=unreadable,
        sampled=sampled,
        lag_s=lag_s,
        feed_time=judge.watch.now,
        learning_until=judge.inventory.learning_until,
        hosts=hosts,
    )


def _hosts(judge: Judge, minute: Window) -> list[HostStatus]:
    many = len(minute.hosts)
    sent = np.bincount(minute.src, minute.numbers(f.SRC_BYTES), many)
    sent += np.bincount(minute.dst, minute.numbers(f.DST_BYTES), many)
    received = np.bincount(minute.src, minute.numbers(f.DST_BYTES), many)
    received += np.bincount(minute.dst, minute.numbers(f.SRC_BYTES), many)
    flows = flows_per_host(minute)
    peers = _peers(minute)
    found = []
    # An asset that is silent is listed too: silence is what one wants to see.
    places = {host: place for place, host in enumerate(minute.hosts) if minute.inside[place]}
    for host in {**places, **dict.fromkeys(judge.network.devices)}:
        place = places.get(host)
        seen = judge.inventory.hosts.get(host)
        if place is None and seen is None:
            continue
        device = judge.network.devices.get(host)
        found.append(
            HostStatus(
                ip=host,
                asset=device.name if device else None,
                role=device.role if device else "",
                carries=device.carries if device else None,
                last_seen=seen.last_at if seen is not None else minute.ends,
                flows=int(flows[place]) if place is not None else 0,
                peers=peers[place] if place is not None else 0,
                sent_bytes=int(sent[place]) if place is not None else 0,
                received_bytes=int(received[place]) if place is not None else 0,
                usual_sent_bytes=judge.inventory.usual_bytes(host, minute.ends)[0],
                anomaly=min(1.0, judge.anomalies.get(host, 0.0)),
                alarms=judge.watch.activities.of(host),
            )
        )
    found.sort(key=lambda one: (not one.alarms, one.asset is None, -one.flows, one.ip))
    return found[:MOST_HOSTS]


def _peers(minute: Window) -> list[int]:
    met: list[set[int]] = [set() for _ in minute.hosts]
    for src, dst in zip(minute.src.tolist(), minute.dst.tolist(), strict=True):
        met[src].add(dst)
        met[dst].add(src)
    return [len(others) for others in met]
