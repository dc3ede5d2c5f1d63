"""Floods: who asks so much that others are not answered.

Rates are estimates, small for floods: a camera's network stack gives up early.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from catalogs.traffic.attacks.activity import Activity, Variant
from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.exchanges import SYN_BYTES, UDP_HEADERS, Sizes, rows, spread, tcp
from hlaska.network.flows import FlowState

FAMILY = "flood"
BACKLOG = 128
"""Half-open connections that Linux keeps for small machines (`tcp_max_syn_backlog`, 128)."""


def syn(chance: Chance, cast: Cast, at_s: float) -> Activity:
    """SYNs that are never followed by anything, perhaps with forged senders."""
    src, victim = cast.intruder(chance), _victim(chance, cast)
    per_s = chance.between((40, 200), (200, 400))
    many = round(per_s * chance.between((15, 40), (8, 15)))
    moments = np.sort(at_s + chance.rng.uniform(0, many / per_s, many))
    forged = chance.happens(0.4)
    senders: str | np.ndarray = src
    if forged:
        senders = np.array(
            [f"203.0.{b}.{d}" for b, d in chance.rng.integers(1, 255, (many, 2))], dtype=object
        )
    answered = np.arange(many) < BACKLOG
    state = np.where(answered, str(FlowState.ESTABLISHED), str(FlowState.UNANSWERED))
    # The answer to a SYN that nobody takes is sent again five times (Linux's tcp_synack_retries).
    replies = np.where(answered, 1 if not forged else 6, 0)
    sizes = Sizes(SYN_BYTES, replies * SYN_BYTES, 1, replies)
    made = rows(
        chance,
        moments,
        src=senders,
        dst=victim,
        port=chance.any_of((80, 554, 443)),
        sizes=sizes,
        state=state.astype(object),
        duration_s=np.where(answered, 3.0, 0.0),
    )
    return Activity(FAMILY, "syn", (src,), (victim,), made)


def udp_flood(chance: Chance, cast: Cast, at_s: float) -> Activity:
    """Datagrams of any content to any port."""
    src, victim = cast.intruder(chance), _victim(chance, cast)
    ports = chance.whole((1, 60), (60, 300))
    lasts_s = chance.between((20, 120), (120, 300))
    per_s = chance.between((2000, 12_000), (12_000, 40_000)) / ports
    payload = chance.one_of((512, 1024, 1400), (64, 128))
    packets = np.ceil(spread(chance, per_s * lasts_s, 0.1, ports))
    sizes = Sizes(packets * (payload + UDP_HEADERS), 0, packets, 0)
    made = rows(chance, at_s + chance.rng.uniform(0, 1, ports), src=src, dst=victim,
                port=chance.rng.choice(np.arange(1, 65_535), ports, replace=False), sizes=sizes,
                protocol="udp", duration_s=lasts_s, state=FlowState.UNANSWERED)  # fmt: skip
    return Activity(FAMILY, "udp", (src,), (victim,), _by_minute(made))


def setup(chance: Chance, cast: Cast, at_s: float) -> Activity:
    """RTSP sessions that are set up and left, until the camera has none to give."""
    src, victim = cast.intruder(chance), chance.any_of(cast.cameras)
    src = src if src != victim else cast.stranger(chance)
    per_s = chance.between((8, 40), (40, 120))
    many = round(per_s * chance.between((25, 60), (10, 25)))
    moments = np.sort(at_s + chance.rng.uniform(0, many / per_s, many))
    # Cameras take a handful of clients; the others are told 453 or are broken off.
    taken = np.arange(many) < 10
    sizes = tcp(spread(chance, 520, 0.05, many), np.where(taken, 1900, 160))
    state = np.where(taken | (chance.rng.random(many) < 0.5),
                     str(FlowState.ESTABLISHED), str(FlowState.RESET))  # fmt: skip
    made = rows(chance, moments, src=src, dst=victim, port=554, sizes=sizes,
                state=state.astype(object), duration_s=spread(chance, 0.4, 0.5, many))  # fmt: skip
    return Activity(FAMILY, "rtsp-setup", (src,), (victim,), made)


def _victim(chance: Chance, cast: Cast) -> str:
    return chance.any_of((*cast.cameras, cast.recorder, cast.broker))


def _by_minute(made: pd.DataFrame) -> pd.DataFrame:
    """Long flows are told of once a minute."""
    longest_s = float(made["duration_s"].max())
    parts = max(1, int(np.ceil(longest_s / 60)))
    amounts = ["duration_s", "src_bytes", "src_packets"]
    pieces = []
    for number in range(parts):
        piece = made.copy()
        piece["at_s"] += number * longest_s / parts
        piece[amounts] = np.ceil(piece[amounts] / parts)
        pieces.append(piece)
    return pd.concat(pieces, ignore_index=True)


VARIANTS: Mapping[str, Variant] = {"syn": syn, "udp": udp_flood, "rtsp-setup": setup}
