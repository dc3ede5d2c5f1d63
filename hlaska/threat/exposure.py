"""How many people are at risk in a zone, as well as one can tell, and what that adds to a score."""

import math
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hlaska.sites import PlannedEvent, Site
from hlaska.threat.weighing import AHEAD_S, Heard

PER_TENFOLD = 0.5
"""Nats for ten times as many people; an expert prior: the same shot weighs more in a crowd."""
FEWEST_PEOPLE, MOST_PEOPLE = 10, 100_000
"""Below and above, the number makes no difference. The greatest adds 2.0 nats, less than the first
level needs: a crowd alone is no threat."""
BY_DAY, BY_NIGHT = 100, 10
"""People in a zone of which nothing else is known; expert priors."""
DAY = (7, 22)
"""Hours between which it is day, in the site's own time."""
BEFORE_AND_AFTER_S = 3600.0
"""People of a planned event come so long before it starts, and are gone so long after its end."""
COUNT_HOLDS_S = 600
"""What a camera counted holds so long."""
MOST_COUNTS = 8
"""Of one second in one zone, the greatest so many counts are remembered: one counts, the others
are there should it be taken back."""


class People(NamedTuple):
    """How many people are in a zone, and how one knows."""

    number: int
    why: str

    @property
    def exposure(self) -> float:
        """Nats that it adds to a score where there is evidence: 0 for ten, 0.5 for a hundred."""
        return PER_TENFOLD * math.log10(max(self.number, FEWEST_PEOPLE) / FEWEST_PEOPLE)


class Crowd:
    """What was counted in one zone, by the second."""

    def __init__(self) -> None:
        self._counts: dict[int, list[tuple[int, str]]] = {}

    def add(self, at_s: int, people: int, event: str) -> None:
        """Take in what an event counted, in any order, once."""
        same = self._counts.setdefault(at_s, [])
        one = (-min(people, MOST_PEOPLE), event)
        if one not in same:
            self._counts[at_s] = sorted([*same, one])[:MOST_COUNTS]

    def drop(self, events: Collection[str]) -> None:
        """Forget what those events counted."""
        left = {at: [one for one in same if one[1] not in events] for at, same in self._items()}
        self._counts = {at: same for at, same in left.items() if same}

    def forget(self, before_s: float) -> None:
        """Forget what does not hold any more at a time."""
        if any(at + COUNT_HOLDS_S <= before_s for at in self._counts):
            self._counts = {a: same for a, same in self._items() if a + COUNT_HOLDS_S > before_s}

    def number(self, first_s: float, last_s: float) -> int:
        """The greatest number that holds at any time between two; 0: none does."""
        numbers = (
            -same[0][0]
            for at, same in self._counts.items()
            if at - AHEAD_S <= last_s and first_s < at + COUNT_HOLDS_S
        )
        return max(numbers, default=0)

    def onsets(self) -> list[int]:
        """From when each count holds."""
        return [at - AHEAD_S for at in self._counts]

    def _items(self) -> list[tuple[int, list[tuple[int, str]]]]:
        return list(self._counts.items())


class Exposure:
    """The people of one zone: expected, counted, or guessed by the hour.

    Args:
        site: Whose clock and planned events count.
        zone: Its id; None: the whole site, as full as its fullest zone.
    """

    def __init__(self, site: Site, zone: str | None) -> None:
        self._clock = ZoneInfo(site.time_zone)
        self._planned = [
            (
                event.start.timestamp() - BEFORE_AND_AFTER_S,
                event.end.timestamp() + BEFORE_AND_AFTER_S,
                event,
            )
            for event in site.planned_events
            if zone in (None, event.zone)
        ]
        self.crowd = Crowd()

    def count(self, heard: Heard) -> None:
        """Take in what an event in the zone counted."""
        if heard.people > 0:
            self.crowd.add(heard.at_s, heard.people, heard.id)

    def people(self, first_s: float, last_s: float | None = None) -> People:
        """The most people that are there at any time between two, which are minutes apart.

        Args:
            first_s: From then, seconds since 1970.
            last_s: Until then; None: at that one time.
        """
        last_s = first_s if last_s is None else last_s
        day = self._is_day(first_s) or self._is_day(last_s)
        best = People(BY_DAY, "usual by day") if day else People(BY_NIGHT, "usual at night")
        for start_s, end_s, event in self._planned:
            if start_s <= last_s and first_s < end_s and event.expected_people > best.number:
                best = _planned(event)
        if (counted := self.crowd.number(first_s, last_s)) > best.number:
            best = People(counted, "counted by a camera in the last 10 minutes")
        return best

    def rises(self, after_s: float, until_s: float) -> list[float]:
        """Times after one and up to another at which the number may grow, in order."""
        times = {start_s for start_s, *_ in self._planned}
        times.update(self.crowd.onsets())
        day = self._local(after_s).date()
        while (morning := self._at(day)) <= until_s:
            times.add(morning)
            day += timedelta(days=1)
        return sorted(at_s for at_s in times if after_s < at_s <= until_s)

    def _is_day(self, at_s: float) -> bool:
        return DAY[0] <= self._local(at_s).hour < DAY[1]

    def _at(self, day: date) -> float:
        return datetime.combine(day, time(DAY[0]), self._clock).timestamp()

    def _local(self, at_s: float) -> datetime:
        return datetime.fromtimestamp(at_s, UTC).astimezone(self._clock)


def _planned(event: PlannedEvent) -> People:
    return People(min(event.expected_people, MOST_PEOPLE), f"planned: {event.name}")
