"""A host that was taken over asks, again and again, whether there is something to do."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from catalogs.traffic.attacks.activity import Activity, Variant
from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.exchanges import SYN_BYTES, Sizes, rows, spread, tcp, udp
from hlaska.network.flows import FlowState

FAMILY = "beaconing"
PORTS: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "tls": ((443,), (8443, 4443)),
    "plain": ((6667, 48_101), (4444, 8081)),
    "datagram": ((53, 5060), (123, 3478)),
}
"""Of ordinary and of shifted days. 6667 is IRC's, 48101 was Mirai's."""


def beacon(
    chance: Chance, cast: Cast, at_s: float, *, kind: str, src: str | None = None,
    period_s: float | None = None, lasts_s: float | None = None,
) -> Activity:  # fmt: skip
    """Calls in even intervals, give or take up to 30 %.

    Args:
        chance: All chance.
        cast: Who is there.
        at_s: When it begins, seconds.
        kind: A name of `PORTS`.
        src: Who calls; someone unless given.
        period_s: From call to call.
        lasts_s: For how long; for some tens of calls unless given.
    """
    src, dst = src or cast.intruder(chance), cast.outsider(chance)
    drawn_s = chance.between((20, 90), (90, 240))
    period_s = drawn_s if period_s is None else period_s
    jitter = chance.between((0, 0.15), (0.15, 0.3))
    many = chance.whole((25, 60), (15, 25))
    if lasts_s is not None:
        many = max(3, round(lasts_s / period_s))
    gaps_s = period_s * (1 + chance.rng.uniform(-jitter, jitter, many))
    moments = at_s + np.cumsum(gaps_s) - gaps_s[0]
    up, down = chance.between((120, 900), (900, 3000)), chance.between((100, 1500), (1500, 6000))
    port = chance.one_of(*PORTS[kind])
    # A server that was taken down does not answer.
    dead = chance.happens(0.2)
    spreads = spread(chance, up, 0.05, many), spread(chance, down, 0.1, many)
    if kind == "datagram":
        sizes = udp(spreads[0]) if dead else udp(*spreads)
    else:
        sizes = Sizes(3 * SYN_BYTES, 0, 3, 0) if dead else tcp(*spreads)
    made = rows(chance, moments, src=src, dst=dst, port=port, sizes=sizes,
                protocol="udp" if kind == "datagram" else "tcp",
                state=FlowState.UNANSWERED if dead else FlowState.ESTABLISHED,
                duration_s=3.0 if dead else spread(chance, 0.4, 0.3, many))  # fmt: skip
    return Activity(FAMILY, kind, (src,), (dst,), made)


VARIANTS: Mapping[str, Variant] = {name: partial(beacon, kind=name) for name in PORTS}
