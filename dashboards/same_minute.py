"""What camera, microphones and network have of the minute of an alert. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

import numpy as np
import shapely

from dashboards.event_detail import evidence_of, witnesses_of
from dashboards.network_wording import camera_of
from hlaska.alerts.alert import Alert
from hlaska.cameras import Camera
from hlaska.events import Event
from hlaska.network.evidence import MEDIA_TYPE
from hlaska.places import LonLat
from hlaska.sites import Site

AROUND = timedelta(seconds=60)
"""What was observed so long before or after the alert's worst event is of the same minute."""
SENSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"video": ("image/",), "audio": ("image/", "audio/"), "cyber": (MEDIA_TYPE,)}
)
"""Families of media types that a sense's pane can show, by the domain of its kinds."""


@dataclass(frozen=True)
class View:
    """What one sense has of the minute."""

    event: Event
    ours: bool
    """Whether it is part of the alert, or only happened at the same time."""
    witnesses: tuple[Event, ...]
    """The events whose evidence shows it."""
    age: timedelta | None = None
    """How long before the moment that is replayed; None: nothing is replayed."""


@dataclass(frozen=True)
class Minute:
    """What all senses have of the minute of an alert."""

    at: datetime
    views: Mapping[str, View | None]
    """By sense; None: it told of nothing."""
    camera: Camera | None
    """The one to look through now: that which noticed it, else the nearest; None: there is none."""


def minute_of(alert: Alert, known: Mapping[str, Event], site: Site) -> Minute:
    """What was seen, heard and found on the network in the minute of an alert.

    Of each sense the alert's own event is taken, one with evidence if there is one, the newest;
    else whatever that sense told of in the same minute, anywhere on the site.

    Args:
        alert: The alert.
        known: Events that are known, by id.
        site: Its site.
    """
    worst = known.get(alert.worst)
    at = alert.last_at if worst is None else worst.observed_at
    ours = [known[name] for name in alert.events if name in known]
    mine = frozenset(alert.events)
    near = [
        event
        for event in known.values()
        if event.site == alert.site
        and event.id not in mine
        and abs(event.observed_at - at) <= AROUND
    ]
    views = {sense: _view(sense, ours, near, known) for sense in SENSES}
    camera = _camera(alert, ours, known, site)
    return Minute(at, views, camera)


def _view(
    sense: str, ours: Sequence[Event], near: Sequence[Event], known: Mapping[str, Event]
) -> View | None:
    for events, own in ((ours, True), (near, False)):
        told = [event for event in events if event.kind.startswith(f"{sense}.")]
        if told:
            best = max(told, key=lambda one: (shows(one, sense, known), one.observed_at, one.id))
            return View(best, own, witnesses_of(best, known))
    return None


def shows(event: Event, sense: str, known: Mapping[str, Event]) -> bool:
    """Whether an event has evidence that the pane of its sense can show."""
    witnesses = witnesses_of(event, known)
    return any(evidence_of(witnesses, family) is not None for family in SENSES[sense])


def _camera(
    alert: Alert, ours: Collection[Event], known: Mapping[str, Event], site: Site
) -> Camera | None:
    """The camera that an alert concerns: that noticed it, that it is about, or that is nearest."""
    sources = frozenset(alert.sources)
    own = [camera for camera in site.cameras if camera.id in sources]
    own += [camera for event in ours if (camera := camera_of(event, site, ())) is not None]
    if own:
        return own[0]
    places = places_of(alert, ours, site)
    if not places or not site.cameras:
        return next(iter(site.cameras), None)
    middle = site.plane.to_metres(np.asarray(places)).mean(axis=0)

    def away_m(camera: Camera) -> float:
        spot = site.plane.to_metres((camera.position.lon, camera.position.lat))
        return float(np.hypot(*(spot - middle)))

    return min(site.cameras, key=away_m)


def places_of(alert: Alert, ours: Collection[Event], site: Site) -> list[LonLat]:
    """Where an alert is: its place, or its zone's corners, or its sensors; may be nowhere."""
    if alert.location is not None:
        return [(alert.location.lon, alert.location.lat)]
    zones = {zone.id: zone for zone in site.zones}
    if alert.zone in zones:
        return list(zones[alert.zone].geometry.coordinates[0])
    sources = {*alert.sources, *(str(one.attributes.get("carries", "")) for one in ours)}
    places = {one.id: one.position for one in site.cameras}
    places |= {one.id: one.position for one in site.microphones}
    return [(at.lon, at.lat) for name, at in places.items() if name in sources]


def zone_at(places: Sequence[LonLat], site: Site) -> str | None:
    """The smallest zone that all those places are in; None: there is none."""
    spots = [shapely.Point(site.plane.to_metres(place)) for place in places]
    around = [
        (polygon.area, zone.id)
        for zone in site.zones
        for polygon in [shapely.Polygon(site.plane.to_metres(zone.geometry.coordinates[0]))]
        if spots and all(polygon.covers(spot) for spot in spots)
    ]
    return min(around)[1] if around else None
