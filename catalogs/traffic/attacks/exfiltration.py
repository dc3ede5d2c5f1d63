"""Pictures and passwords that leave the network."""

from collections.abc import Mapping

import numpy as np

from catalogs.traffic.attacks.activity import Activity, Variant
from catalogs.traffic.cast import RESOLVER, Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.exchanges import rows, spread, tcp, udp
from catalogs.traffic.people import upload

FAMILY = "exfiltration"


def bulk(chance: Chance, cast: Cast, at_s: float) -> Activity:
    """One long upload, as fast as the line is."""
    src, dst = _thief(chance, cast), cast.outsider(chance)
    total = chance.between((6e7, 6e8), (6e8, 3e9))
    bps = chance.between((4e6, 2e7), (2e7, 9e7))
    made = upload(chance, at_s, src=src, dst=dst, port=chance.one_of((443, 22), (8443, 21)),
                  total=total, bps=bps)  # fmt: skip
    return Activity(FAMILY, "bulk", (src,), (dst,), made)


def slow(chance: Chance, cast: Cast, at_s: float) -> Activity:
    """Small uploads, again and again, that look like visits."""
    src, dst = _thief(chance, cast), cast.outsider(chance)
    many = chance.whole((25, 60), (60, 90))
    gap_s = chance.between((25, 70), (70, 140))
    moments = at_s + np.cumsum(chance.rng.gamma(4, gap_s / 4, many))
    size = chance.between((3e5, 2e6), (2e6, 6e6))
    made = rows(chance, moments, src=src, dst=dst, port=443,
                sizes=tcp(spread(chance, size, 0.4, many), spread(chance, 3000, 0.3, many)),
                duration_s=spread(chance, 8 * size / 5e6, 0.3, many))  # fmt: skip
    return Activity(FAMILY, "slow", (src,), (dst,), made)


def dns(chance: Chance, cast: Cast, at_s: float) -> Activity:
    """In the names that are asked for: up to 255 bytes each (RFC 1035, 2.3.4)."""
    src = _thief(chance, cast)
    dst = chance.any_of((cast.gateway, RESOLVER))
    many = chance.whole((300, 1500), (1500, 3000))
    per_s = chance.between((4, 25), (25, 60))
    moments = at_s + np.cumsum(chance.rng.exponential(1 / per_s, many))
    name = chance.between((130, 200), (200, 240))
    made = rows(chance, moments, src=src, dst=dst, port=53, protocol="udp",
                sizes=udp(spread(chance, name, 0.05, many), spread(chance, name + 60, 0.1, many)),
                duration_s=spread(chance, 0.04, 0.3, many))  # fmt: skip
    return Activity(FAMILY, "dns", (src,), (dst,), made)


def _thief(chance: Chance, cast: Cast) -> str:
    return cast.recorder if chance.happens(0.25) else cast.intruder(chance)


VARIANTS: Mapping[str, Variant] = {"bulk": bulk, "slow": slow, "dns": dns}
