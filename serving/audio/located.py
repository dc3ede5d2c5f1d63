"""From what several microphones heard to the event that says where it was. No threads, no clock."""

import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations

from shapely import Point, Polygon

from hlaska.events import Event, StoredEvent, as_attribute, event_id
from hlaska.sites import SOUND_LOCATOR, Site
from hlaska.sound.arrivals import CLOCK_SLACK_S, Heard, Volley, volleys
from hlaska.sound.position import Arrival, NotPlaced, SoundPosition, locate, sound_speed_mps
from hlaska.sound.prior import Whereabouts
from hlaska.sound.scores import IMPULSES

_LOG = logging.getLogger(__name__)

KINDS = tuple(f"audio.{name}" for name in IMPULSES)
LARGEST_M = 150.0
"""Half the longer axis of an ellipse that is still worth sending somebody to."""
CAP = 0.99
"""Microphones of a street hear the same: what deceives one may deceive them all."""
MOST = 40
"""Reports that are matched at a time: the work grows with their square."""
LONGEST_VOLLEY_S = 600.0
_START = datetime(1970, 1, 1, tzinfo=UTC)


class Finder:
    """Finds the places of a site's sounds.

    Args:
        site: With its microphones, zones, streets and air temperature.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._microphones = {microphone.id: microphone for microphone in site.microphones}
        places = site.plane.to_metres(
            [(mic.position.lon, mic.position.lat) for mic in site.microphones] or [(0.0, 0.0)]
        )
        self._places = {
            name: (float(east), float(north))
            for name, (east, north) in zip(self._microphones, places, strict=False)
        }
        self._speed_mps = sound_speed_mps(site.air_temperature_c)
        self._prior = Whereabouts.of_site(site)
        rings = {zone.id: zone.geometry.coordinates[0] for zone in site.zones}
        # The smallest first: a lawn lies in a square.
        self._zones = sorted(
            ((name, Polygon(ring)) for name, ring in rings.items()), key=lambda zone: zone[1].area
        )

    @property
    def way_s(self) -> float:
        """How long sound takes between the microphones that are farthest apart."""
        places_m = list(self._places.values())
        return max((math.dist(a, b) for a, b in combinations(places_m, 2)), default=0.0) / (
            self._speed_mps
        )

    def uses(self, event: Event) -> bool:
        """Whether an event may help to place a sound."""
        return (
            event.site == self._site.id
            and event.kind in KINDS
            and event.source in self._microphones
        )

    def was_used(self, report: StoredEvent, located: StoredEvent) -> bool:
        """Whether a report was there when a sound was placed, and may have been of that sound.

        `heard_by` has no room for the reports of more than fifteen microphones.
        """
        after = report.event.observed_at - located.event.observed_at
        return report.event.id in str(located.event.attributes.get("heard_by", "")).split() or (
            report.seq < located.seq
            and report.event.kind == located.event.kind
            and timedelta(0) <= after <= timedelta(seconds=self.way_s)
        )

    def together(self, events: Iterable[Event]) -> list[list[Event]]:
        """Events apart from each other so far that no sound can be in two of the groups."""
        groups: list[list[Event]] = []
        for event in sorted(events, key=lambda event: event.observed_at):
            if groups and self._may_meet(groups[-1], event):
                groups[-1].append(event)
            else:
                groups.append([event])
        return groups

    def _may_meet(self, group: Sequence[Event], event: Event) -> bool:
        until = max(each.observed_at + timedelta(seconds=onsets_s(each)[-1]) for each in group)
        return event.observed_at <= until + timedelta(seconds=self.way_s + CLOCK_SLACK_S)

    def located(self, events: Iterable[Event]) -> Iterator[Event]:
        """The located events that can be made of some that a site's microphones sent."""
        usable = sorted(
            {event.id: event for event in events if self.uses(event)}.values(),
            key=lambda event: (-event.confidence, event.id),
        )
        if len(usable) > MOST:
            _LOG.warning("%d reports at a time; the surest %d are looked at", len(usable), MOST)
        by_id = {event.id: event for event in usable[:MOST]}
        for volley in volleys(map(self._heard, by_id.values()), speed_mps=self._speed_mps):
            members = [by_id[heard.id] for heard in volley.heard]
            place = locate(self._arrivals(volley), speed_mps=self._speed_mps, prior=self._prior)
            if isinstance(place, NotPlaced):
                _LOG.info("%s of %s: no place: %s", members[0].kind, _names(members), place.reason)
            elif place.ellipse.semi_major_m > LARGEST_M:
                _LOG.info(
                    "%s of %s: no place: it may be %.0f m off, and at most %.0f m are of use",
                    members[0].kind,
                    _names(members),
                    place.ellipse.semi_major_m,
                    LARGEST_M,
                )
            else:
                yield self._event(volley, members, place)

    def _heard(self, event: Event) -> Heard:
        began_s = (event.observed_at - _START).total_seconds()
        return Heard(
            id=event.id,
            microphone=event.source,
            place_m=self._places[event.source],
            sound=event.kind,
            onsets_s=tuple(began_s + onset_s for onset_s in onsets_s(event)),
        )

    def _arrivals(self, volley: Volley) -> list[Arrival]:
        return [
            Arrival(name, self._places[name], at_s, self._microphones[name].height_m)
            for name, at_s in volley.arrivals_s.items()
        ]

    def _event(self, volley: Volley, members: Sequence[Event], place: SoundPosition) -> Event:
        agreeing = [event for event in members if event.source in place.agreeing]
        # The same reports give the same event, whenever it is made.
        ids = dict.fromkeys(event.id for event in [*agreeing, *members])
        first = min(members, key=lambda event: (event.observed_at, event.id))
        location = place.to_location(self._site.plane)
        point = Point(location.lon, location.lat)
        return Event(
            id=event_id(
                site=self._site.id,
                source=SOUND_LOCATOR,
                kind=first.kind,
                place=first.id,
                started_at=first.observed_at,
                epoch=first.observed_at,
            ),
            site=self._site.id,
            source=SOUND_LOCATOR,
            kind=first.kind,
            observed_at=_START + timedelta(seconds=place.emitted_s),
            confidence=round(min(CAP, 1 - math.prod(1 - one.confidence for one in agreeing)), 4),
            location=location,
            zone=next((name for name, area in self._zones if area.covers(point)), None),
            attributes={
                "microphones": len(place.agreeing),
                "count": len(volley.shots),
                "heard_by": as_attribute(ids),
            },
        )


def onsets_s(event: Event) -> list[float]:
    """When its sounds came, seconds after `observed_at`; one at once where it says nothing else."""
    try:
        onsets = [float(word) for word in str(event.attributes.get("onsets_s", "0")).split()]
    except ValueError:
        _LOG.warning("event %s: onsets_s are no numbers; one sound is assumed", event.id)
        onsets = []
    return sorted(onset for onset in onsets if 0 <= onset <= LONGEST_VOLLEY_S) or [0.0]


def _names(events: Iterable[Event]) -> str:
    return ", ".join(event.source for event in events)
