"""How far what happened is from each zone of a site, and which sensors watch over a zone."""

from collections.abc import Collection
from functools import cached_property, lru_cache

import numpy as np
import shapely

from hlaska.events import Event
from hlaska.places import LonLat, Point
from hlaska.records import Record
from hlaska.sites import Site

HEARS_M = 150.0
"""A microphone covers a zone that is so near; an expert prior: half the reach of a gunshot."""
REMEMBERED = 4096
"""Places whose distances are not worked out again: foreign detectors name the same ones."""

Distances = tuple[float, ...]


class Senses(Record):
    """How many sensors of one sort watch over a zone, and how many of them work."""

    modality: str
    working: int
    of: int

    @property
    def lost(self) -> bool:
        """Whether none works of those that there are: the zone is blind, or deaf."""
        return self.of > 0 and not self.working


def are_known(senses: Collection[Senses]) -> bool:
    """Whether one may say of a zone that it is calm: some sense watches, and none is lost."""
    return any(sense.working for sense in senses) and not any(sense.lost for sense in senses)


class Whereabouts:
    """The zones of a site in its plane, and the distances to them.

    Args:
        site: The site.
    """

    def __init__(self, site: Site) -> None:
        self._site, self._plane = site, site.plane
        rings = [zone.geometry.coordinates[0] for zone in site.zones]
        self._polygons = np.array(
            [shapely.Polygon(site.plane.to_metres(ring)) for ring in rings], dtype=object
        )
        self._index = {zone.id: index for index, zone in enumerate(site.zones)}
        self._image_zones = {
            (camera.id, image.id): image.zone for camera in site.cameras for image in camera.zones
        }
        self._stands = {(camera.id, ""): camera.position for camera in site.cameras}
        self._stands |= {(mic.id, ""): mic.position for mic in site.microphones}
        for detector in site.detectors:
            self._stands |= {(detector.id, name): at for name, at in detector.places.items()}
        # Made here, so that what is remembered goes with this object.
        self._from = lru_cache(REMEMBERED)(self._measured)
        self._all = {
            "video": frozenset(camera.id for camera in site.cameras),
            "audio": frozenset(microphone.id for microphone in site.microphones),
            "cyber": frozenset(feed.id for feed in site.network.feeds),
        }

    def of(self, event: Event) -> Distances | None:
        """Metres from an event to each zone, in the site's order, 0 inside; None: it has no place.

        It is in the zone that it names (or that its camera's zone shows), else at its location,
        else where its source stands, else where the sensor stands that its attribute `carries`
        names. At a site without zones nothing has a place.
        """
        if not self._index:
            return None
        zone = self._named(event)
        if zone is None:
            at = self.at(event)
            return None if at is None else self._from(*at)
        if event.location is None:
            return self._between[zone]
        elsewhere = list(self._from(event.location.lon, event.location.lat))
        elsewhere[zone] = 0.0
        return tuple(elsewhere)

    def zone(self, event: Event) -> str | None:
        """The zone that an event names or that its camera's zone shows, else that it lies in."""
        zone = self._named(event)
        if zone is None and event.location is not None:
            distances = self._from(event.location.lon, event.location.lat)
            zone = distances.index(0.0) if 0.0 in distances else None
        return None if zone is None else self._site.zones[zone].id

    def at(self, event: Event) -> LonLat | None:
        """Where an event is said to be: at its location, else where `of` says that it is."""
        if event.location is not None:
            return event.location.lon, event.location.lat
        # A detector's own place comes last, for a device that the site file does not know.
        return (
            self.stands(event.source, str(event.attributes.get("device", "")))
            or self.stands(event.source)
            or self.stands(str(event.attributes.get("carries", "")))
        )

    def stands(self, sensor: str, device: str = "") -> LonLat | None:
        """Where a sensor or a detector's device stands; None: the site file does not say."""
        at = self._stands.get((sensor, device))
        return None if at is None else (at.lon, at.lat)

    def senses(self, zone: int | None, working: Collection[str]) -> tuple[Senses, ...]:
        """Who watches over the zone at a position of the site's order; None: over the whole site.

        A camera covers the zones that its own zones show, and those within the range of its view;
        a microphone covers zones within `HEARS_M`. A flow feed tells of the whole site only.
        """
        covers = self._all if zone is None else self._covers[zone]
        return tuple(
            Senses(modality=modality, working=len(ids.intersection(working)), of=len(ids))
            for modality, ids in covers.items()
        )

    def _named(self, event: Event) -> int | None:
        shown = self._image_zones.get((event.source, event.zone or ""))
        return self._index.get(event.zone or "", self._index.get(shown or ""))

    @cached_property
    def _between(self) -> list[Distances]:
        return [
            tuple(map(float, shapely.distance(self._polygons, polygon)))
            for polygon in self._polygons
        ]

    @cached_property
    def _covers(self) -> list[dict[str, frozenset[str]]]:
        return [self._covering(self._site, index) for index in range(len(self._index))]

    def _measured(self, lon: float, lat: float) -> Distances:
        point = shapely.Point(self._plane.to_metres((lon, lat)))
        return tuple(map(float, shapely.distance(self._polygons, point)))

    def _covering(self, site: Site, zone: int) -> dict[str, frozenset[str]]:
        def near(at: Point, most_m: float) -> bool:
            return self._from(at.lon, at.lat)[zone] <= most_m

        name = site.zones[zone].id
        return {
            "video": frozenset(
                camera.id
                for camera in site.cameras
                if any(image.zone == name for image in camera.zones)
                or near(camera.position, camera.view.range_m)
            ),
            "audio": frozenset(
                microphone.id
                for microphone in site.microphones
                if near(microphone.position, HEARS_M)
            ),
        }
