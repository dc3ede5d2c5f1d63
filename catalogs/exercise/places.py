"""Where things happen: the sensors and zones of the site that an exercise is written for."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from catalogs.exercise.cues import Place
from catalogs.exercise.truth import NEAR_M
from hlaska.sites import Site

STADIUM, BREWERY, SQUARE, LAWN = "stadium", "brewery", "square", "square-closed"
SQUARE_CAMERA = "square-east"
GATES = {"stadium-gate": STADIUM, "brewery-gate": BREWERY, "americka-bridge": "americka"}
"""Cameras without a recording, and the zone that each looks at."""
EARS, GAS = "stadium-ears", "brewery-gas"
FEED = "camera-network"


@dataclass(frozen=True)
class Places:
    """The places of a site.

    Args:
        site: It must have the sensors and zones named above.
    """

    site: Site

    @classmethod
    def of(cls, site: Site) -> "Places":
        """The places of a site.

        Raises:
            ValueError: it lacks a sensor or zone that the exercise needs.
        """
        has = {
            *(one.id for one in site.cameras),
            *(one.id for one in site.detectors),
            *(one.id for one in site.network.feeds),
            *(one.id for one in site.zones),
        }
        needed = {STADIUM, BREWERY, SQUARE, LAWN, SQUARE_CAMERA, *GATES, EARS, GAS, FEED}
        if missing := sorted(needed - has):
            raise ValueError(
                f"{site.id} lacks {', '.join(missing)}; the exercise is written for the site pilsen"
            )
        return cls(site)

    @cached_property
    def zones(self) -> dict[str, shapely.Polygon]:
        """Each zone in the site's plane, metres."""
        return {
            zone.id: shapely.Polygon(self.site.plane.to_metres(zone.geometry.coordinates[0]))
            for zone in self.site.zones
        }

    def near(self, zone: str) -> list[str]:
        """The other zones that are within `NEAR_M` of a zone."""
        here = self.zones[zone]
        return [
            name
            for name, area in self.zones.items()
            if name != zone and area.distance(here) < NEAR_M
        ]

    def devices(self, detector: str) -> list[str]:
        """The devices of a foreign detector."""
        return [device.id for device in self.site.detector(detector).devices]

    def before(self, camera: str, ahead_m: float, aside_m: float, within_m: float) -> Place:
        """A place in a camera's view, so far ahead of it and to its right."""
        there = self.site.camera(camera)
        bearing = np.radians(there.view.bearing_deg)
        ahead = np.array([np.sin(bearing), np.cos(bearing)])
        right = np.array([ahead[1], -ahead[0]])
        stands = self.site.plane.to_metres((there.position.lon, there.position.lat))
        return self._place(stands + ahead_m * ahead + aside_m * right, within_m)

    def beside(self, lon: float, lat: float, rng: np.random.Generator, most_m: float) -> Place:
        """Somewhere within so many metres of a place."""
        angle, away_m = rng.uniform(0, 2 * np.pi), most_m * np.sqrt(rng.uniform())
        middle = self.site.plane.to_metres((lon, lat))
        return self._place(middle + away_m * np.array([np.cos(angle), np.sin(angle)]), 0.0)

    def _place(self, metres: np.ndarray, within_m: float) -> Place:
        lon, lat = self.site.plane.to_degrees(metres)
        return Place(round(float(lon), 7), round(float(lat), 7), within_m)
