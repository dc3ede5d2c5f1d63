"""From pixels to metres to degrees.

Each site has one local plane: metres east and north of its centre. A camera's homography takes
pixels of the ground to that plane.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# WGS 84 (NIMA TR8350.2, table 3.1 and 3.3).
EQUATORIAL_RADIUS_M = 6_378_137.0
ECCENTRICITY_SQUARED = 6.694_379_990_14e-3


@dataclass(frozen=True, slots=True)
class LocalPlane:
    """Metres east and north of a centre.

    A degree is as long as the meridian's and the prime vertical's radius of curvature make it at
    the centre (Snyder, Map Projections, USGS PP 1395, equations 4-18 to 4-20). The meridians'
    convergence is left out, which puts a point off by tan(latitude) / Earth's radius times
    (east x north, east² / 2): at 50 degrees up to 1 mm at 100 m and 11 cm at a kilometre.
    """

    lon: float
    lat: float

    def _metres_per_degree(self) -> tuple[float, float]:
        sine = math.sin(math.radians(self.lat))
        root = 1 - ECCENTRICITY_SQUARED * sine * sine
        meridian_m = EQUATORIAL_RADIUS_M * (1 - ECCENTRICITY_SQUARED) / root**1.5
        vertical_m = EQUATORIAL_RADIUS_M / math.sqrt(root)
        per_radian = math.pi / 180
        east = vertical_m * math.cos(math.radians(self.lat)) * per_radian
        return east, meridian_m * per_radian

    def to_metres(self, lonlat: ArrayLike) -> NDArray[np.float64]:
        """Degrees (…, 2) as lon, lat to metres (…, 2) as east, north."""
        offset = np.asarray(lonlat, dtype=np.float64) - (self.lon, self.lat)
        return np.asarray(offset * self._metres_per_degree())

    def to_degrees(self, metres: ArrayLike) -> NDArray[np.float64]:
        """Metres (…, 2) as east, north to degrees (…, 2) as lon, lat."""
        offset = np.asarray(metres, dtype=np.float64) / self._metres_per_degree()
        return np.asarray(offset + np.array([self.lon, self.lat]))


def project(homography: ArrayLike, points_px: ArrayLike) -> NDArray[np.float64]:
    """Pixels (n, 2) to metres (n, 2) on the ground; points on or above the horizon become NaN.

    The sign of the denominator below the horizon is that of a point infinitely far down the
    picture: (0, 1, 0) times the last row. A view without a horizon has the one sign everywhere.
    """
    matrix = np.asarray(homography, dtype=np.float64)
    points = np.asarray(points_px, dtype=np.float64).reshape(-1, 2)
    mapped = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    down = matrix[2, 1] if matrix[2, 1] else matrix[2, 2]
    below = mapped[:, 2] * math.copysign(1.0, down)
    # Relative, as a homography means the same at any scale.
    smallest = 1e-12 * np.abs(matrix[2]).max()
    with np.errstate(divide="ignore", invalid="ignore"):
        ground = mapped[:, :2] / mapped[:, 2:]
    ground[below <= smallest] = np.nan
    return np.asarray(ground)


def polygon_area_m2(metres: ArrayLike) -> float:
    """Area of a simple polygon (n, 2), by the shoelace formula."""
    x, y = np.asarray(metres, dtype=np.float64).T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)
