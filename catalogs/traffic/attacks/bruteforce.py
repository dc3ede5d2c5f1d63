"""Guessing passwords.

Sizes are of one refused login. Rates are estimates of what tools do and small devices bear.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from catalogs.traffic.attacks.activity import Activity, Variant
from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance, Span
from catalogs.traffic.exchanges import rows, spread, tcp
from hlaska.network.flows import FlowState

FAMILY = "bruteforce"


@dataclass(frozen=True, slots=True)
class Door:
    """A service that asks for a password."""

    ports: tuple[int, ...]
    shifted_ports: tuple[int, ...]
    up: float
    """Payload of the guesser in one try, bytes."""
    down: float
    lasts_s: float
    per_s: Span
    shifted_per_s: Span


DOORS: Mapping[str, Door] = {
    # DESCRIBE, 401, DESCRIBE with a digest, 401.
    "rtsp": Door((554,), (8554,), 620, 480, 0.12, (1, 10), (10, 40)),
    "http": Door((80,), (8000, 8080), 480, 620, 0.08, (1, 15), (15, 50)),
    # Key exchange and one to three passwords; servers wait two seconds after a wrong one (PAM).
    "ssh": Door((22,), (2222,), 2000, 2500, 2.6, (0.4, 3), (3, 8)),
    "telnet": Door((23,), (2323,), 90, 210, 3.2, (0.3, 2), (2, 6)),
    # CONNECT, CONNACK with a refusal (MQTT 3.1.1, 3.2.2.3).
    "mqtt": Door((1883,), (8883,), 70, 4, 0.03, (2, 20), (20, 60)),
}


def guess(
    chance: Chance, cast: Cast, at_s: float, *, service: str, victim: str | None = None,
    src: str | None = None, most_s: float = np.inf,
) -> Activity:  # fmt: skip
    """Many logins, one after another; some tools break off, and some find the password.

    Args:
        chance: All chance.
        cast: Who is there.
        at_s: When it begins, seconds.
        service: A name of `DOORS`.
        victim: Whose password; someone's unless given.
        src: Who guesses; someone unless given.
        most_s: After so long it gives up.
    """
    door = DOORS[service]
    if victim is None:
        cameras = (*cast.cameras, cast.recorder)
        victim = cast.broker if service == "mqtt" else chance.any_of(cameras)
    if src is None:
        src = cast.outsider(chance) if chance.happens(0.15) else cast.intruder(chance)
        src = src if src != victim else cast.stranger(chance)
    port = chance.one_of(door.ports, door.shifted_ports)
    per_s = chance.between(door.per_s, door.shifted_per_s)
    many = chance.whole((60, 400), (400, 900))
    moments = at_s + np.cumsum(chance.rng.exponential(1 / per_s, many))
    moments = moments[moments <= at_s + most_s]
    many = len(moments)
    broken = chance.rng.random(many) < chance.between((0, 0.1), (0.1, 0.4))
    state = np.where(broken, str(FlowState.RESET), str(FlowState.ESTABLISHED))
    share = np.where(broken, 0.5, 1.0)
    sizes = tcp(spread(chance, door.up, 0.08, many) * share,
                spread(chance, door.down, 0.08, many) * share)  # fmt: skip
    made = rows(
        chance,
        moments,
        src=src,
        dst=victim,
        port=port,
        sizes=sizes,
        service=service,
        state=state.astype(object),
        duration_s=spread(chance, door.lasts_s, 0.2, many),
    )
    if chance.happens(0.3):
        made = pd.concat([made, _inside(chance, made, door)], ignore_index=True)
    return Activity(FAMILY, service, (src,), (victim,), made)


def _inside(chance: Chance, made: pd.DataFrame, door: Door) -> pd.DataFrame:
    """The password was found, and somebody looks around."""
    last = made.iloc[-1]
    sizes = tcp(8 * door.up, 40 * door.down)
    return rows(
        chance,
        last["at_s"] + 20.0,
        src=last["src"],
        dst=last["dst"],
        port=last["dst_port"],
        sizes=sizes,
        service=last["service"],
        duration_s=45.0,
    )


VARIANTS: Mapping[str, Variant] = {name: partial(guess, service=name) for name in DOORS}
