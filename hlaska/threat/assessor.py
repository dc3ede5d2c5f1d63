"""Threat levels of a site out of its events: takes them in, takes them back, tells the levels."""

import math
from collections.abc import Collection
from datetime import UTC, datetime

from hlaska.errors import EventError
from hlaska.events import Event
from hlaska.kinds import KINDS, Kind, kind_of
from hlaska.sites import PICTURE_GUARD, SOUND_LOCATOR, Site
from hlaska.threat.exposure import COUNT_HOLDS_S, Exposure
from hlaska.threat.levels import MOST_LISTED, Contribution, Threats, ZoneThreat
from hlaska.threat.outlook import HOLDS_S, Outlook
from hlaska.threat.told import Told
from hlaska.threat.weighing import (
    AHEAD_S,
    NOTHING,
    THRESHOLDS,
    Heard,
    Weighed,
    probability_of,
    with_another,
    worth,
)
from hlaska.threat.whereabouts import Distances, Whereabouts, are_known

MOST_WAITING = 100_000
"""Events dated ahead that are remembered; the ones farthest ahead are forgotten first."""
STRANGERS = ""
"""The sensor of all that the site file does not name: a made-up name is no second witness."""


class Assessor:
    """The threat levels of one site.

    The level of a place at a time is a function of the site, of the set of events that were taken
    and not taken back, and of that time: the greatest level of its evidence and exposure at any
    moment of the `HOLDS_S` before. Neither the order of the events matters nor when the assessor
    was asked in between; one more event lowers no level.

    It forgets what can matter no more. So it is exact as long as
      - time goes forward from one `assess` to the next (asked about an earlier time, it does not
        have all that mattered then),
      - an event is taken back of which the same sensor told no more than `told.MOST_TOLD` others of
        the kind (more of them: what the refuted ones hid stays hidden), and no more than
        `exposure.MOST_COUNTS` counts are taken back of one second and zone,
      - no more than `MOST_WAITING` events are dated more than a minute ahead.

    Before a long history is taken in, ask once: then what is too old to matter is not kept.

    Args:
        site: The site.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._whereabouts = Whereabouts(site)
        self._places = [*(zone.id for zone in site.zones), None]
        self._exposures = [Exposure(site, place) for place in self._places]
        self._told: dict[tuple[str, str], Told] = {}
        self._waiting: dict[str, tuple[Heard, Distances | None]] = {}
        self._refuted: set[str] = set()
        self._asked_s = -math.inf
        self._known = {*site.sensors, SOUND_LOCATOR, PICTURE_GUARD}
        self._devices = {(each.id, name) for each in site.detectors for name in each.places}
        self._kinds = [kind for kind in KINDS.values() if kind.weight > 0]

    def take(self, event: Event) -> None:
        """Take in an event, in any order and of any age; twice is as good as once.

        Raises:
            EventError: it is of another site.
        """
        if event.site != self._site.id:
            raise EventError(
                f"event {event.id} is of site {event.site!r}, assessed is {self._site.id!r}; give "
                "each site an assessor of its own"
            )
        if event.id in self._refuted:
            return
        heard = self._heard(event)
        if heard.whole < NOTHING and heard.people <= 0:
            return
        distances = self._whereabouts.of(event)
        if heard.at_s > self._asked_s + AHEAD_S:
            self._waiting[heard.id] = heard, distances
            if len(self._waiting) > 2 * MOST_WAITING and self._asked_s > -math.inf:
                nearest = sorted(self._waiting.items(), key=lambda item: (item[1][0].at_s, item[0]))
                self._waiting = dict(nearest[:MOST_WAITING])
        else:
            self._put(heard, distances)

    def take_back(self, events: Collection[str]) -> None:
        """Forget refuted events by their ids: they are evidence no more, nor if they come again."""
        refuted = set(events)
        self._refuted |= refuted
        for event in refuted:
            self._waiting.pop(event, None)
        for told in self._told.values():
            told.drop(refuted, self._since_s)
        for exposure in self._exposures:
            exposure.crowd.drop(refuted)

    def assess(self, now: datetime, working: Collection[str], *, up_to_seq: int = 0) -> Threats:
        """The levels at a time, explained.

        Args:
            now: The time, aware.
            working: Ids of the sensors that work. They make a zone known, and change no level.
            up_to_seq: The newest event of the journal that was taken, for the record.
        """
        now_s = now.timestamp()
        self._go_to(now_s)
        working = frozenset(working)
        found = [self._threat(place, now_s, working) for place in range(len(self._places))]
        *zones, whole = found
        return Threats(
            site=self._site.id,
            at=now,
            up_to_seq=up_to_seq,
            whole=whole,
            zones=tuple(zones),
        )

    @property
    def _since_s(self) -> float:
        """No earlier time matters any more."""
        return self._asked_s - HOLDS_S

    def _heard(self, event: Event) -> Heard:
        kind = kind_of(event.kind)
        people = event.attributes.get("people", 0)
        return Heard(
            id=event.id,
            source=event.source,
            sensor=self._sensor(event),
            kind=kind,
            modality=kind.modality,
            at=event.observed_at,
            at_s=math.ceil(event.observed_at.timestamp()),
            confidence=event.confidence,
            whole=worth(kind.weight, event.confidence),
            people=people if isinstance(people, int) else 0,
        )

    def _sensor(self, event: Event) -> str:
        """Whose repeats it saturates with: each known device of a foreign detector is its own."""
        if event.source not in self._known:
            return STRANGERS
        device = str(event.attributes.get("device", ""))
        return (
            f"{event.source}/{device}" if (event.source, device) in self._devices else event.source
        )

    def _put(self, heard: Heard, distances: Distances | None) -> None:
        if heard.people > 0 and heard.at_s + COUNT_HOLDS_S > self._since_s:
            for distance_m, exposure in zip(distances or (), self._exposures, strict=False):
                if distance_m == 0:
                    exposure.count(heard)
            self._exposures[-1].count(heard)
        if heard.whole >= NOTHING:
            key = heard.sensor, heard.kind.name
            told = self._told.get(key)
            if told is None:
                told = self._told[key] = Told(heard.kind.half_life_s, len(self._places))
            told.add(heard, distances, self._since_s)

    def _go_to(self, now_s: float) -> None:
        """Forget what mattered earlier only, and take in what was dated ahead until now."""
        self._asked_s = max(self._asked_s, now_s)
        self._told = {k: told for k, told in self._told.items() if told.forget(self._since_s)}
        for exposure in self._exposures:
            exposure.crowd.forget(self._since_s)
        due = [one for one in self._waiting.values() if one[0].at_s <= self._asked_s + AHEAD_S]
        for heard, distances in due:
            del self._waiting[heard.id]
            self._put(heard, distances)

    def _threat(self, place: int, now_s: float, working: Collection[str]) -> ZoneThreat:
        """One place as it stands, the last of them the whole site."""
        repeats = [each for told in self._told.values() if (each := told.of[place]) is not None]
        outlook = Outlook(repeats, self._exposures[place], now_s)
        zone = self._places[place]
        senses = self._whereabouts.senses(None if zone is None else place, working)
        listed = sorted(outlook.weighed, key=_what_adds_most)
        falls_s = outlook.falls_at_s()
        level = outlook.level
        top = level == len(THRESHOLDS)
        return ZoneThreat(
            zone=zone,
            level=level,
            known=are_known(senses),
            score=outlook.score,
            probability=probability_of(outlook.score),
            exposure=outlook.exposed,
            people=outlook.people.number,
            people_why=outlook.people.why,
            contributions=tuple(_contribution(each) for each in listed[:MOST_LISTED]),
            others=math.fsum(each.counts for each in listed[MOST_LISTED:]),
            falls_at=None if falls_s is None else datetime.fromtimestamp(falls_s, UTC),
            missing=None if top else max(0.0, THRESHOLDS[level] - outlook.score),
            would_raise=() if top else self._would_raise(outlook, THRESHOLDS[level]),
            senses=senses,
        )

    def _would_raise(self, outlook: Outlook, threshold: float) -> tuple[str, ...]:
        missing = threshold - outlook.people.exposure

        def raises(kind: Kind) -> bool:
            return with_another(outlook.weighed, kind) >= missing

        return tuple(kind.name for kind in self._kinds if raises(kind))


def _what_adds_most(each: Weighed) -> tuple[float, str]:
    return -each.counts, each.piece.id


def _contribution(each: Weighed) -> Contribution:
    heard = each.piece.heard
    return Contribution(
        event=heard.id,
        source=heard.source,
        kind=heard.kind.name,
        observed_at=heard.at,
        confidence=heard.confidence,
        distance_m=each.piece.distance_m,
        alone=each.value,
        adds=each.counts,
    )
