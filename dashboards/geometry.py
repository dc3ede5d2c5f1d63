"""Where things lie on the map: Web Mercator, in which tiles come too, and shapes in it."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hlaska.cameras import Camera
from hlaska.events import Location
from hlaska.ground import LocalPlane
from hlaska.places import LonLat
from hlaska.sites import Site

_RADIUS_M = 6_378_137.0


def mercator(lonlat: ArrayLike) -> NDArray[np.float64]:
    """Degrees (…, 2) as lon, lat to Web Mercator (…, 2), EPSG:3857 (IOGP Guidance Note 7-2, 1024).

    Angles and shapes are true; a metre on the ground is 1 / cos(latitude) long.
    """
    degrees = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    x = _RADIUS_M * np.radians(degrees[:, 0])
    y = _RADIUS_M * np.log(np.tan(math.pi / 4 + np.radians(degrees[:, 1]) / 2))
    return np.column_stack([x, y]).reshape(np.shape(lonlat))


def view_cone(camera: Camera, plane: LocalPlane) -> NDArray[np.float64]:
    """What a camera looks at: a sector of a circle, (n, 2) as lon, lat; the camera comes first."""
    view = camera.view
    half = view.angle_deg / 2
    bearings = np.radians(np.linspace(view.bearing_deg - half, view.bearing_deg + half, 25))
    here = plane.to_metres((camera.position.lon, camera.position.lat))
    arc = here + view.range_m * np.column_stack([np.sin(bearings), np.cos(bearings)])
    return plane.to_degrees(np.vstack([here, arc]))


def error_ring(place: Location) -> NDArray[np.float64]:
    """The outline of a place's error ellipse, (n, 2) as lon, lat; a circle where it has none."""
    ellipse = place.ellipse
    major_m = place.uncertainty_m if ellipse is None else ellipse.semi_major_m
    minor_m = place.uncertainty_m if ellipse is None else ellipse.semi_minor_m
    bearing = math.radians(0.0 if ellipse is None else ellipse.bearing_deg)
    turns = np.linspace(0, 2 * math.pi, 73)
    along = np.array([math.sin(bearing), math.cos(bearing)])
    across = np.array([math.cos(bearing), -math.sin(bearing)])
    metres = major_m * np.outer(np.cos(turns), along) + minor_m * np.outer(np.sin(turns), across)
    return LocalPlane(lon=place.lon, lat=place.lat).to_degrees(metres)


def label_spot(path: ArrayLike) -> tuple[float, float, float]:
    """Where to write along a path: x and y of the middle of its longest leg, and the angle.

    The angle is in radians, anticlockwise from east, and never upside down. The path is in the
    coordinates of the map.
    """
    points = np.asarray(path, dtype=np.float64)
    legs = np.diff(points, axis=0)
    longest = int(np.argmax(np.hypot(*legs.T)))
    x, y = (points[longest] + points[longest + 1]) / 2
    angle = math.atan2(legs[longest][1], legs[longest][0])
    if not -math.pi / 2 < angle <= math.pi / 2:
        angle -= math.copysign(math.pi, angle)
    return float(x), float(y), angle


def extent(points: ArrayLike, *, margin: float = 0.08) -> tuple[float, float, float, float]:
    """Left, bottom, right, top around points (n, 2), with a margin in parts of the longer side."""
    array = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    low, high = array.min(axis=0), array.max(axis=0)
    edge = margin * max(*(high - low), 1.0)
    return tuple(map(float, (*(low - edge), *(high + edge))))  # type: ignore[return-value]


def seen_extent(
    camera: Camera, plane: LocalPlane, *, margin: float = 1.0
) -> tuple[float, float, float, float]:
    """What a camera sees, and `margin` times as much on each side, to know where that is."""
    return extent(mercator(view_cone(camera, plane)), margin=margin)


def near_extent(
    lonlats: Sequence[LonLat], plane: LocalPlane, *, least_m: float
) -> tuple[float, float, float, float]:
    """All those places, with at least `least_m` on each side of every one."""
    middles = plane.to_metres(np.asarray(lonlats, dtype=np.float64).reshape(-1, 2))
    corners = np.vstack([middles - least_m, middles + least_m])
    return extent(mercator(plane.to_degrees(corners)), margin=0.05)


def whole_extent(site: Site) -> tuple[float, float, float, float]:
    """All that the site file knows."""
    points = [(site.centre.lon, site.centre.lat)]
    points += [point for street in site.streets for point in street.path]
    points += [point for building in site.buildings for point in building.outline]
    points += [point for zone in site.zones for point in zone.geometry.coordinates[0]]
    spots = [camera.position for camera in site.cameras]
    spots += [microphone.position for microphone in site.microphones]
    spots += [spot for detector in site.detectors for spot in detector.places.values()]
    points += [(spot.lon, spot.lat) for spot in spots]
    return extent(mercator(points), margin=0.03)
