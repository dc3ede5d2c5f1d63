"""Scans: who asks for doors that are not there."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from catalogs.traffic.attacks.activity import Activity, Variant
from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.exchanges import REFUSED, SYN_BYTES, Sizes, rows
from hlaska.network.flows import FlowState

FAMILY = "scan"
OPEN = (22, 80, 443, 554, 8000)
"""What devices of such a network listen on."""
WELL_KNOWN = 1024
SENT_AGAIN = 2
"""SYNs that a connecting scanner sends to a door that says nothing, within its second of patience
(nmap's default for a local network); a raw one sends one."""


def vertical(chance: Chance, cast: Cast, at_s: float) -> Activity:
    """Many ports of one host."""
    src = cast.intruder(chance)
    victim = chance.any_of([host for host in cast.devices if host != src])
    many = chance.whole((60, 600), (600, 2500))
    ports = chance.rng.permutation(np.arange(1, max(WELL_KNOWN, 2 * many)))[:many]
    return _scan(chance, "vertical", at_s, src, np.repeat(victim, many), ports, cast)


def horizontal(chance: Chance, cast: Cast, at_s: float) -> Activity:
    """One port of all addresses, most of which nobody has."""
    src = cast.intruder(chance)
    port = chance.one_of((22, 23, 80, 554), (8000, 8554, 37_777, 1883))
    hosts = np.array([f"{cast.prefix}{last}" for last in range(1, 255)], dtype=object)
    hosts = chance.rng.permutation(hosts[hosts != src])
    return _scan(chance, "horizontal", at_s, src, hosts, np.repeat(port, len(hosts)), cast)


def slow(chance: Chance, cast: Cast, at_s: float) -> Activity:
    """A door now and then, so that nobody counts them."""
    src = cast.intruder(chance)
    many = chance.whole((60, 150), (150, 250))
    hosts = chance.rng.choice([f"{cast.prefix}{last}" for last in range(1, 60)], many)
    ports = chance.rng.choice([21, 22, 23, 80, 443, 445, 554, 1883, 3389, 8000, 8080], many)
    gap_s = chance.between((6, 20), (20, 40))
    return _scan(chance, "slow", at_s, src, hosts, ports, cast, gap_s=gap_s)


def of_hosts(
    chance: Chance, cast: Cast, at_s: float, *, src: str, hosts: tuple[str, ...], ports_each: int
) -> Activity:
    """The same ports of some hosts, one host after another.

    Args:
        chance: All chance.
        cast: Who is there.
        at_s: When it begins, seconds.
        src: Who scans.
        hosts: Whom.
        ports_each: How many ports of each, those of cameras among them.
    """
    others = chance.rng.choice(np.setdiff1d(np.arange(1, WELL_KNOWN), OPEN), ports_each, False)
    ports = np.concatenate([OPEN, others[len(OPEN) :]])
    return _scan(chance, "hosts", at_s, src, np.repeat(np.array(hosts, dtype=object), len(ports)),
                 np.tile(ports, len(hosts)), cast)  # fmt: skip


def _scan(
    chance: Chance,
    variant: str,
    at_s: float,
    src: str,
    hosts: np.ndarray,
    ports: np.ndarray,
    cast: Cast,
    *,
    gap_s: float | None = None,
) -> Activity:
    gap = 1 / chance.between((8, 80), (80, 400)) if gap_s is None else gap_s
    moments = at_s + np.cumsum(chance.rng.exponential(gap, len(hosts)))
    there = np.isin(hosts.astype(str), np.array(cast.devices))
    opened = there & np.isin(ports, OPEN)
    # Some hosts refuse, some (behind a packet filter) say nothing.
    filters = chance.happens(0.35)
    closed = there & ~opened & (not filters)
    silent = ~opened & ~closed
    raw = chance.happens(0.5)
    syns = 1 if raw else SENT_AGAIN
    parts = [
        (silent, Sizes(syns * SYN_BYTES, 0, syns, 0), FlowState.UNANSWERED, syns - 1.0),
        (closed, REFUSED, FlowState.REJECTED, 0.0005),
        # Half open and broken off; or opened, a banner, closed.
        (opened, Sizes(100, 60, 2, 1), FlowState.RESET, 0.001)
        if raw
        else (opened, Sizes(272, 300, 5, 4), FlowState.ESTABLISHED, 0.05),
    ]
    made = [
        rows(chance, moments[which], src=src, dst=hosts[which], port=ports[which], sizes=sizes,
             state=state, duration_s=lasts_s)
        for which, sizes, state, lasts_s in parts
    ]  # fmt: skip
    victims = tuple(sorted({str(host) for host in hosts[there]}))
    return Activity(FAMILY, variant, (src,), victims, pd.concat(made, ignore_index=True))


VARIANTS: Mapping[str, Variant] = {"vertical": vertical, "horizontal": horizontal, "slow": slow}
