"""What a dispatcher should see of an exercise; set before anything was scored.

From what somebody at the desk would want, not from what the formula gives:

    0..1    everyday: nobody needs to do anything. Everywhere and always, unless said otherwise
    0..2    may be something: a look does no harm, none is needed
    1..2    somebody should look, within a minute
    2..3    somebody should act, within half a minute
    3..4    lives are in danger: within ten seconds

The lowest level holds from then on to the activity's end, that of danger to life ten minutes
longer: until somebody has been there, nobody may call it calm. For an hour after that the level may
still stand as high, but need not: people look back, and responders are on the spot. Zones that are
near to danger (`NEAR_M`) may be one level below it. The site is as threatened as its worst zone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

EVERYDAY = 1
"""The highest level where nothing happens."""
FADE_S = 3600.0
UNSAFE_S = 600.0
"""So long after the last sign of danger to life nobody may call a place calm."""
NEAR_M = 500.0
"""What hurts here may come over in minutes."""


class Tell(StrEnum):
    """Whether a dispatcher should be told of an activity."""

    ONCE = "once"
    MAYBE = "maybe"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Range:
    """The levels that one zone may have for a while."""

    zone: str | None
    """None: the whole site."""
    begin_s: float
    end_s: float
    highest: int
    lowest: int = 0
    within_s: float = 0.0
    """From `begin_s` on the lowest level is reached so soon."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that happens, and what should be seen of it."""

    id: str
    title: str
    """For people."""
    family: str
    """The family of its worst kind."""
    zones: tuple[str, ...]
    """Where; none: nowhere in particular."""
    begin_s: float
    end_s: float
    tell: Tell
    real: bool
    """Whether there is a threat; it may have to be told though there is none."""
    ranges: tuple[Range, ...] = ()
    """Beyond 0..`EVERYDAY`."""

    @property
    def demand(self) -> Range | None:
        """The range that the level has to rise to; None where it need not rise."""
        return next((one for one in self.ranges if one.lowest > 0 and one.zone is not None), None)


def maybe(zones: Iterable[str | None], begin_s: float, end_s: float) -> tuple[Range, ...]:
    """It may be something: 0..2, and for an hour after."""
    return tuple(Range(zone, begin_s, end_s + FADE_S, 2) for zone in zones)


def look(zone: str, begin_s: float, end_s: float) -> tuple[Range, ...]:
    """Somebody should look: 1..2 within a minute."""
    return _wanted((zone,), begin_s, end_s, lowest=1, within_s=60.0)


def act(zones: Iterable[str | None], begin_s: float, end_s: float) -> tuple[Range, ...]:
    """Somebody should act: 2..3 within half a minute."""
    return _wanted(zones, begin_s, end_s, lowest=2, within_s=30.0)


def danger(
    zone: str, begin_s: float, end_s: float, *, near: Iterable[str] = ()
) -> tuple[Range, ...]:
    """Lives are in danger: 3..4 within ten seconds; zones that are near may be at 3."""
    until_s = end_s + UNSAFE_S
    around = [Range(other, begin_s, until_s + FADE_S, 3) for other in near]
    return (*_wanted((zone,), begin_s, until_s, lowest=3, within_s=10.0), *around)


def _wanted(
    zones: Iterable[str | None], begin_s: float, end_s: float, *, lowest: int, within_s: float
) -> tuple[Range, ...]:
    return tuple(
        one
        for zone in zones
        for one in (
            Range(zone, begin_s, end_s, lowest + 1, lowest, within_s),
            Range(zone, end_s, end_s + FADE_S, lowest + 1),
        )
    )


class Wanted:
    """Which levels are right, of each zone at each time.

    Where several activities say something of a zone, the level is at least what each demands and
    at most what any allows.

    Args:
        activities: Of a whole day.
    """

    def __init__(self, activities: Sequence[Activity]) -> None:
        self._ranges = [one for activity in activities for one in activity.ranges]

    def edges(self) -> list[float]:
        """All times at which it may change, rising."""
        return sorted(
            {at for one in self._ranges for at in (one.begin_s, one.begin_s + one.within_s)}
            | {one.end_s for one in self._ranges}
        )

    def at(self, zone: str | None, at_s: float) -> tuple[int, int]:
        """The lowest and the highest level that is right; None as zone: the whole site."""
        # The site is at least as high as its zones, and needs no more than the worst of them.
        mine = [
            one
            for one in self._ranges
            if (zone is None or one.zone == zone) and one.begin_s <= at_s < one.end_s
        ]
        lowest = (one.lowest for one in mine if at_s >= one.begin_s + one.within_s)
        return max(lowest, default=0), max((one.highest for one in mine), default=EVERYDAY)

    def ideal(self, zone: str | None, at_s: float) -> int:
        """The lowest level that is right even for somebody who needs no time to notice."""
        return max(
            (
                one.lowest
                for one in self._ranges
                if (zone is None or one.zone == zone) and one.begin_s <= at_s < one.end_s
            ),
            default=0,
        )
