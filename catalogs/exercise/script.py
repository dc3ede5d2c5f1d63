"""The whole day, drawn from a seed: 06:00 to 24:00 of a match day in Plzeň."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import numpy as np

from catalogs.exercise import background, incidents
from catalogs.exercise.cues import Cue
from catalogs.exercise.incidents import Written
from catalogs.exercise.places import GATES, Places
from catalogs.exercise.truth import Activity
from hlaska.sites import Site

DAY = (2026, 12, 5)
"""Of the match that the site file plans, 15:00 to 19:00."""
FROM_H, TO_H = 6.0, 24.0
SEEDS = (1, 2)
"""The two days that are scored."""
SERIOUS_H = ((9.0, 11.0), (15.25, 16.25), (17.25, 18.25), (20.5, 21.5))
"""One serious incident begins in each of three of these; shots are in one during the match."""
DURING_THE_MATCH = (1, 2)
ORDERS = tuple(
    slots for slots in permutations(range(len(SERIOUS_H)), 3) if slots[0] in DURING_THE_MATCH
)
"""In which of those begin shots, attack and ammonia."""
ATTACKED = ("stadium-gate", "brewery-gate")


@dataclass(frozen=True)
class Script:
    """A day's cues, and the truth about them."""

    site: str
    seed: int
    begins: datetime
    """UTC."""
    lasts_s: float
    cues: tuple[Cue, ...]
    """In the order in which they happen."""
    activities: tuple[Activity, ...]
    """In the order in which they begin."""
    incidents: tuple[str, ...]
    """Ids of those that are not background."""

    def activity(self, name: str) -> Activity:
        """The activity of that id."""
        return next(one for one in self.activities if one.id == name)


def script(site: Site, seed: int) -> Script:
    """A match day.

    Args:
        site: The site pilsen, or one with the same sensors and zones.
        seed: The same makes the same day on any machine.

    Raises:
        ValueError: the site lacks a sensor or zone that happens to be needed.
    """
    rng = np.random.default_rng([seed, *DAY])
    places = Places.of(site)
    begins = datetime(*DAY, int(FROM_H), tzinfo=ZoneInfo(site.time_zone))
    main = [*_serious(rng, places, seed), *_lesser(rng, places)]
    lasts_s = _seconds(TO_H)
    written = [*main, *background.everyday(rng, places, 300.0, lasts_s - 1800.0)]
    return Script(
        site=site.id,
        seed=seed,
        begins=begins.astimezone(ZoneInfo("UTC")),
        lasts_s=lasts_s,
        cues=tuple(sorted((cue for one in written for cue in one.cues), key=lambda cue: cue.at_s)),
        activities=tuple(
            sorted((one.activity for one in written), key=lambda activity: activity.begin_s)
        ),
        incidents=tuple(one.activity.id for one in main),
    )


def _serious(rng: np.random.Generator, places: Places, seed: int) -> list[Written]:
    """Shots, an attack on a camera and ammonia, an hour or more apart.

    Order and camera follow from the seed itself, so that two days in a row differ in both.
    """
    # 5 and the number of orders have no common factor: all come before one comes again.
    slots = ORDERS[5 * seed % len(ORDERS)]
    shots_s, attack_s, ammonia_s = (_within(rng, *SERIOUS_H[slot]) for slot in slots)
    camera = ATTACKED[seed % len(ATTACKED)]
    return [
        incidents.shooting(rng, places, shots_s),
        incidents.camera_attack(rng, places, attack_s, camera),
        incidents.ammonia(rng, places, ammonia_s),
    ]


def _lesser(rng: np.random.Generator, places: Places) -> list[Written]:
    camera = str(rng.choice([*GATES]))
    scream_h = (13.25, 13.75) if rng.uniform() < 0.5 else (19.0, 20.0)
    return [
        incidents.lawn(rng, places, _within(rng, 7.0, 8.75)),
        incidents.parked_car(rng, places, _within(rng, 11.5, 12.25), camera),
        incidents.crowd(rng, places, _within(rng, 14.0, 14.6)),
        incidents.false_scream(rng, places, _within(rng, *scream_h)),
    ]


def _within(rng: np.random.Generator, from_h: float, to_h: float) -> float:
    return float(rng.uniform(_seconds(from_h), _seconds(to_h)))


def _seconds(hour: float) -> float:
    """Since the day's beginning."""
    return timedelta(hours=hour - FROM_H).total_seconds()
