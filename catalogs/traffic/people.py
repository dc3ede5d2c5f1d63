"""What people do on the network, and what goes wrong when they do. All rates are estimates."""

import numpy as np
import pandas as pd

from catalogs.traffic.cast import ADMIN, POLICE, STORE, Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.exchanges import EPHEMERAL, SYN_BYTES, Sizes, rows, spread, tcp, udp
from catalogs.traffic.timeline import HOUR_S, Outage, gone
from hlaska.network.flows import FlowState

SESSIONS_PER_DAY = 3.0
"""An administrator logs in by SSH."""
TYPO = 0.2
"""Share of logins before which a password was mistyped."""
VISITS_PER_DAY = 5.0
"""An administrator looks at a device's web pages."""
EVIDENCE_PER_DAY = 0.5
"""Pictures are uploaded for the police."""
STALE_PASSWORDS_PER_DAY = 0.1
"""A client goes on with a password that was changed, until somebody notices."""
SNAPSHOT_PAGES_PER_DAY = 2.0
"""A page is open that fetches a camera's still picture every second."""
SEARCHES_PER_DAY = 0.4
"""The recorder looks for cameras on all addresses."""
FIRMWARE_BYTES = (12e6, 60e6)
"""Of a camera, as makers offer it for download."""


def people(chance: Chance, cast: Cast, hours: float, outages: list[Outage]) -> list[pd.DataFrame]:
    """All that people do in a day."""
    found = [
        *_sessions(chance, cast, hours),
        *_visits(chance, cast, hours, outages),
        *_evidence(chance, cast, hours),
        *_stale_passwords(chance, cast, hours, outages),
        *_firmware(chance, cast, outages),
        *_snapshots(chance, cast, hours, outages),
        *_searches(chance, cast, hours),
    ]
    if hours >= 6:
        found += _at_night(chance, cast)
    return found


def failed_logins(
    chance: Chance, at_s: np.ndarray, *, src: str, dst: str, port: int
) -> pd.DataFrame:
    """Logins that are refused: SSH's key exchange, or a request and its 401."""
    many = len(at_s)
    up, down, lasts_s = {22: (2100, 2600, 2.5), 554: (420, 330, 0.08)}.get(port, (700, 500, 0.1))
    return rows(
        chance,
        at_s,
        src=src,
        dst=dst,
        port=port,
        sizes=tcp(spread(chance, up, 0.1, many), spread(chance, down, 0.1, many)),
        duration_s=spread(chance, lasts_s, 0.3, many),
    )


def _sessions(chance: Chance, cast: Cast, hours: float) -> list[pd.DataFrame]:
    found = []
    inside = (cast.server, cast.broker, cast.recorder, cast.switch, cast.gateway)
    for at_s in chance.moments(SESSIONS_PER_DAY, hours):
        src, dst = chance.any_of((ADMIN, cast.server)), chance.any_of(inside)
        if src == dst:
            continue
        if chance.happens(TYPO):
            wrong = at_s - 12.0 * np.arange(1, 1 + chance.rng.integers(1, 4))
            wrong = wrong[wrong >= 0]
            found.append(failed_logins(chance, wrong, src=src, dst=dst, port=22))
        minutes = chance.between((1, 40), (40, 120))
        edges_s = at_s + 60.0 * np.arange(np.ceil(minutes))
        keys = spread(chance, 3000, 0.7, len(edges_s))
        found.append(
            rows(chance, edges_s, src=src, dst=dst, port=22, duration_s=60.0,
                 sizes=tcp(keys, spread(chance, 5, 0.5, len(keys)) * keys, opens=False),
                 src_port=int(chance.rng.integers(49_152, 65_535)))
        )  # fmt: skip
    return found


def _visits(chance: Chance, cast: Cast, hours: float, outages: list[Outage]) -> list[pd.DataFrame]:
    found = []
    for at_s in chance.moments(VISITS_PER_DAY, hours):
        device = chance.any_of((*cast.cameras, cast.recorder, cast.switch))
        if gone(outages, device, at_s):
            continue
        pages = at_s + np.sort(chance.rng.uniform(0, 300, chance.whole((6, 40), (40, 90))))
        found.append(
            rows(chance, pages, src=ADMIN, dst=device, port=chance.any_of((80, 443)),
                 sizes=tcp(spread(chance, 800, 0.4, len(pages)),
                           spread(chance, 14_000, 1.2, len(pages))),
                 duration_s=spread(chance, 0.6, 1.0, len(pages)))
        )  # fmt: skip
    return found


def _evidence(chance: Chance, cast: Cast, hours: float) -> list[pd.DataFrame]:
    return [
        upload(chance, at_s, src=cast.desk, dst=POLICE, port=443,
               total=chance.between((3e7, 5e8), (5e8, 3e9)), bps=3e7)
        for at_s in chance.moments(EVIDENCE_PER_DAY, hours)
    ]  # fmt: skip


def upload(
    chance: Chance, at_s: float, *, src: str, dst: str, port: int, total: float, bps: float
) -> pd.DataFrame:
    """One connection that carries so many bytes, told of once a minute."""
    seconds = max(1.0, 8 * total / bps)
    edges_s = np.append(np.arange(0, seconds, 60.0), seconds)
    lasts_s = np.diff(edges_s)
    moved = bps / 8 * lasts_s * np.exp(chance.rng.normal(0, 0.1, len(lasts_s)))
    return rows(chance, at_s + edges_s[:-1], src=src, dst=dst, port=port, duration_s=lasts_s,
                sizes=tcp(moved, moved * 0.002 + 400, opens=False),
                src_port=int(chance.rng.integers(*EPHEMERAL)))  # fmt: skip


def _stale_passwords(
    chance: Chance, cast: Cast, hours: float, outages: list[Outage]
) -> list[pd.DataFrame]:
    found = []
    for at_s in chance.moments(STALE_PASSWORDS_PER_DAY, hours):
        camera, port = chance.any_of(cast.cameras), chance.any_of((80, 554))
        every_s = chance.between((15, 60), (5, 15))
        tried_s = np.arange(at_s, at_s + chance.rng.uniform(600, 3600), every_s)
        tried_s = tried_s[~gone(outages, camera, tried_s)]
        found.append(failed_logins(chance, tried_s, src=cast.server, dst=camera, port=port))
    return found


def _firmware(chance: Chance, cast: Cast, outages: list[Outage]) -> list[pd.DataFrame]:
    total = chance.between(FIRMWARE_BYTES, (60e6, 120e6))
    return [
        upload(chance, max(0.0, outage.begin_s - 40), src=ADMIN, dst=outage.camera, port=443,
               total=total, bps=2e7)
        for outage in outages
        if outage.firmware
    ]  # fmt: skip


def _snapshots(
    chance: Chance, cast: Cast, hours: float, outages: list[Outage]
) -> list[pd.DataFrame]:
    found = []
    for begin_s in chance.moments(SNAPSHOT_PAGES_PER_DAY, hours):
        camera = chance.any_of(cast.cameras)
        every_s = chance.between((0.8, 4), (0.4, 0.8))
        at_s = np.arange(begin_s, begin_s + chance.between((120, 900), (900, 1200)), every_s)
        at_s = at_s[~gone(outages, camera, at_s)]
        size = chance.between((2e4, 3e5), (3e5, 6e5))
        found.append(
            rows(chance, at_s, src=chance.any_of((cast.server, cast.desk)), dst=camera, port=80,
                 sizes=tcp(260, spread(chance, size, 0.1, len(at_s))), duration_s=0.15)
        )  # fmt: skip
    return found


def _searches(chance: Chance, cast: Cast, hours: float) -> list[pd.DataFrame]:
    """Most of the addresses are nobody's. The server pings them all as well, twice a day."""
    ends = [f"{cast.prefix}{last}" for last in range(1, 255)]
    hosts = np.array([end for end in ends if end not in (cast.recorder, cast.server)], dtype=object)
    there = np.isin(hosts.astype(str), np.array(cast.devices))
    found = []
    for begin_s in chance.moments(SEARCHES_PER_DAY, hours):
        at_s = begin_s + np.arange(len(hosts)) / chance.between((15, 60), (60, 150))
        for which, sizes, state in (
            (there, tcp(400, 700), FlowState.ESTABLISHED),
            (~there, Sizes(2 * SYN_BYTES, 0, 2, 0), FlowState.UNANSWERED),
        ):
            found.append(
                rows(chance, at_s[which], src=cast.recorder, dst=hosts[which], port=80,
                     sizes=sizes, state=state, duration_s=1.0)
            )  # fmt: skip
    for begin_s in chance.moments(2.0, hours):
        at_s = begin_s + np.arange(len(hosts)) / chance.between((5, 20), (20, 60))
        for which, answer, state in (
            (there, 36, FlowState.ESTABLISHED), (~there, 0, FlowState.UNANSWERED),
        ):  # fmt: skip
            found.append(
                rows(chance, at_s[which], src=cast.server, dst=hosts[which], port=0, src_port=8,
                     protocol="icmp", sizes=udp(36, answer), state=state, duration_s=0.01)
            )  # fmt: skip
    return found


def _at_night(chance: Chance, cast: Cast) -> list[pd.DataFrame]:
    """Marked scenes of the day go from the recorder to the server, and a copy out of the house."""
    at_s = 2 * HOUR_S + chance.rng.uniform(0, 600)
    return [
        upload(chance, at_s, src=cast.recorder, dst=cast.server, port=445,
               total=chance.between((1e9, 8e9), (8e9, 2e10)), bps=2e8),
        upload(chance, at_s + HOUR_S, src=cast.recorder, dst=STORE, port=443,
               total=chance.between((2e8, 3e9), (3e9, 6e9)), bps=3e7),
    ]  # fmt: skip
