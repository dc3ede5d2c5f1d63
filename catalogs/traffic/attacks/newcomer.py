"""A device nobody knows is plugged in, and says so itself. No attack yet, but worth a word."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from catalogs.traffic.attacks.activity import Activity, Variant
from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.exchanges import rows, spread, tcp, udp
from catalogs.traffic.housekeeping import DHCP_BYTES, MDNS, NTP_BYTES, SSDP
from hlaska.network.flows import FlowState

FAMILY = "new-asset"


def board(chance: Chance, cast: Cast, at_s: float, *, src: str | None = None) -> Activity:
    """A small Linux machine: an address, the time, some names."""
    src = src or cast.stranger(chance)
    names = at_s + 1 + np.cumsum(chance.rng.exponential(8, chance.whole((4, 12), (12, 25))))
    made = [
        _lease(chance, at_s, src, cast),
        rows(chance, [at_s + 3, at_s + 67], src=src, dst=cast.gateway, port=123, protocol="udp",
             sizes=udp(NTP_BYTES, NTP_BYTES), duration_s=0.003),
        rows(chance, names, src=src, dst=cast.gateway, port=53, protocol="udp",
             sizes=udp(spread(chance, 45, 0.3, len(names)), spread(chance, 120, 0.3, len(names))),
             duration_s=0.02),
        _announced(chance, at_s + 2, src, MDNS, 5353),
    ]  # fmt: skip
    return Activity(FAMILY, "board", (src,), (), pd.concat(made, ignore_index=True))


def laptop(chance: Chance, cast: Cast, at_s: float, *, src: str | None = None) -> Activity:
    """A laptop: as a board, and looks for printers, and whether there is an internet."""
    quiet = board(chance, cast, at_s, src=src)
    src = quiet.hosts[0]
    visits = at_s + 4 + np.cumsum(chance.rng.exponential(15, chance.whole((3, 10), (10, 20))))
    made = [
        quiet.rows,
        _announced(chance, at_s + 3, src, SSDP, 1900),
        _announced(chance, at_s + 3, src, f"{cast.prefix}255", 137),
        rows(chance, visits, src=src, dst=cast.outsider(chance), port=443,
             sizes=tcp(spread(chance, 1500, 0.6, len(visits)),
                       spread(chance, 12_000, 1.0, len(visits))),
             duration_s=spread(chance, 1.0, 0.6, len(visits))),
    ]  # fmt: skip
    return Activity(FAMILY, "laptop", (src,), (), pd.concat(made, ignore_index=True))


def _lease(chance: Chance, at_s: float, src: str, cast: Cast) -> pd.DataFrame:
    # DISCOVER and REQUEST (RFC 2131, figure 1), told under the address that was got.
    return rows(chance, at_s, src=src, dst=cast.gateway, port=67, src_port=68, protocol="udp",
                sizes=udp(2 * DHCP_BYTES, 2 * DHCP_BYTES, packets=2), duration_s=0.6)  # fmt: skip


def _announced(chance: Chance, at_s: float, src: str, group: str, port: int) -> pd.DataFrame:
    moments = at_s + np.array([0.0, 20.0, 60.0])
    return rows(chance, moments, src=src, dst=group, port=port, src_port=port, protocol="udp",
                sizes=udp(420, packets=3), duration_s=2.0, state=FlowState.UNANSWERED)  # fmt: skip


VARIANTS: Mapping[str, Variant] = {"board": board, "laptop": laptop}
