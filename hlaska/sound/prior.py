"""Where bangs are to be expected, before any is heard: in streets and squares rather than on roofs.

Microphones along a street hear a bang and its mirror image on the other side alike; that people
are in the street is what tells the two apart. It is never impossible elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from hlaska.sites import Site

STREET_M = 10.0
"""Half the width of a street that is drawn as a line."""
EDGE_M = 5.0
"""How far zones are off, as drawn: just outside is likelier than far outside."""
AT_EDGE = 0.3
ELSEWHERE = 0.005
"""How likely a square metre elsewhere is, compared with one inside. Around the four microphones of
a street that makes one of five bangs come from elsewhere, as it has fifty times the area."""


@dataclass(frozen=True, slots=True, eq=False)
class Whereabouts:
    """How likely places are, compared with those inside some areas."""

    inside: BaseGeometry
    near: BaseGeometry

    @classmethod
    def around(cls, areas: Iterable[BaseGeometry]) -> "Whereabouts":
        """Of areas in metres east and north."""
        inside = shapely.union_all([shapely.make_valid(area) for area in areas])
        near = inside.buffer(EDGE_M, quad_segs=2)
        for geometry in (inside, near):
            shapely.prepare(geometry)
        return cls(inside, near)

    @classmethod
    def of_site(cls, site: Site) -> "Whereabouts":
        """Of a site: its zones, and its streets."""

        def metres(lonlats: object) -> NDArray[np.float64]:
            return site.plane.to_metres(np.asarray(lonlats))

        zones = [Polygon(metres(zone.geometry.coordinates[0])) for zone in site.zones]
        streets = [
            shapely.LineString(metres(street.path)).buffer(STREET_M, quad_segs=2)
            for street in site.streets
        ]
        return cls.around([*zones, *streets])

    def __call__(self, places_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each place (n x 2): 1 inside, less at the edge, little elsewhere."""
        weights = np.full(len(places_m), ELSEWHERE)
        near = np.flatnonzero(shapely.contains_xy(self.near, *places_m.T))
        weights[near] = AT_EDGE
        weights[near[shapely.contains_xy(self.inside, *places_m[near].T)]] = 1.0
        return weights
