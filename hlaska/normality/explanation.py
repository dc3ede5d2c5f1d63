"""In which respect a movement is unusual: one reason, the plainest that holds."""

from dataclasses import dataclass
from enum import StrEnum

from hlaska.normality.movement import Movement
from hlaska.normality.usual import SECTORS, WALKS_MPS, Usual, sector

EMPTY_S = 2.0
"""Where fewer seconds of anybody were seen in all the footage, nobody usually is."""
RARE = 0.02
"""Share of the walking in a place, below which a direction is not usual there."""
KNOWN_S = 30.0
"""Of walking: before that a place knows no directions."""


class Respect(StrEnum):
    """What is unusual."""

    PLACE = "place"
    """Nobody usually is there."""
    SPEED = "speed"
    """Faster than people are there."""
    DIRECTION = "direction"
    """Hardly anybody goes that way there."""
    MOVEMENT = "movement"
    """Nothing of these alone, but all together."""
    MANY = "many"
    """More people than that hour usually sees."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is unusual, and by how much."""

    respect: Respect
    measured: float
    """Seconds that anybody was ever there; metres per second; share of those who go that way;
    surprise in nats; people."""
    usual: float
    """The same, beyond which it is not usual."""


def explain(usual: Usual, movement: Movement, surprise: float) -> Explanation:
    """Why a movement that the mixture finds unusual is so."""
    here = usual.around(movement.east_m, movement.north_m)
    if here.seconds < EMPTY_S:
        return Explanation(Respect.PLACE, here.seconds, EMPTY_S)
    if movement.speed_mps > here.fastest_mps:
        return Explanation(Respect.SPEED, movement.speed_mps, here.fastest_mps)
    walked = sum(here.sectors)
    if movement.speed_mps > WALKS_MPS and walked >= KNOWN_S:
        whither = sector(movement.east_mps, movement.north_mps)
        # A direction between two sectors belongs to both.
        near = [(whither + turn) % SECTORS for turn in (-1, 0, 1)]
        share = sum(here.sectors[one] for one in near) / walked
        if share < RARE:
            return Explanation(Respect.DIRECTION, share, RARE)
    return Explanation(Respect.MOVEMENT, surprise, usual.limit)
