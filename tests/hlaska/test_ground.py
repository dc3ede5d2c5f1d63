import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hlaska.ground import (
    ECCENTRICITY_SQUARED,
    EQUATORIAL_RADIUS_M,
    LocalPlane,
    polygon_area_m2,
    project,
)

SQUARE = LocalPlane(lon=13.3776, lat=49.7475)
# A camera 6 m up that looks 20 degrees down: pixels to metres, horizon above the picture.
CAMERA = np.array([[0.02, 0.0, -7.68], [0.0, -0.004, 12.0], [0.0, 0.0021, 0.12]])


def geocentric(lon: float, lat: float) -> np.ndarray:
    """Point on the WGS 84 ellipsoid, metres from the Earth's centre."""
    lon, lat = math.radians(lon), math.radians(lat)
    vertical = EQUATORIAL_RADIUS_M / math.sqrt(1 - ECCENTRICITY_SQUARED * math.sin(lat) ** 2)
    return np.array(
        [
            vertical * math.cos(lat) * math.cos(lon),
            vertical * math.cos(lat) * math.sin(lon),
            vertical * (1 - ECCENTRICITY_SQUARED) * math.sin(lat),
        ]
    )


def tangent_metres(plane: LocalPlane, lon: float, lat: float) -> np.ndarray:
    """East and north by rotating the chord into the tangent plane: another way to the same."""
    chord = geocentric(lon, lat) - geocentric(plane.lon, plane.lat)
    lam, phi = math.radians(plane.lon), math.radians(plane.lat)
    east = np.array([-math.sin(lam), math.cos(lam), 0])
    north = np.array(
        [-math.sin(phi) * math.cos(lam), -math.sin(phi) * math.sin(lam), math.cos(phi)]
    )
    return np.array([chord @ east, chord @ north])


bearings = st.floats(0, 2 * math.pi)


@given(st.floats(-60, 60), bearings, st.floats(1, 1000))
def test_metres_are_off_by_no_more_than_is_stated(lat, bearing, distance_m):
    plane = LocalPlane(lon=13.3776, lat=lat)
    here = np.array([math.sin(bearing), math.cos(bearing)]) * distance_m
    true = tangent_metres(plane, *plane.to_degrees(here))
    east, north = here
    stated = math.tan(math.radians(abs(lat))) / 6.35e6 * np.hypot(east * north, east**2 / 2)
    # What is left is of third order, and the meridian's change of curvature.
    assert np.linalg.norm(true - here) < stated + 0.01 * (distance_m / 1000) ** 2 + 1e-6


def test_a_degree_of_latitude_at_45_degrees_is_as_long_as_the_tables_say():
    # 111 131.8 m: NIMA TR8350.2's ellipsoid, as tabulated for 45 degrees.
    plane = LocalPlane(lon=0, lat=45)
    assert plane.to_metres([0, 46])[1] == pytest.approx(111_131.8, abs=0.1)


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))))
def test_degrees_lead_back_to_the_same_metres(points):
    metres = np.array(points).reshape(-1, 2)
    np.testing.assert_allclose(SQUARE.to_metres(SQUARE.to_degrees(metres)), metres, atol=1e-6)


pixels = st.lists(st.tuples(st.floats(0, 768), st.floats(0, 576)), max_size=8)


@given(pixels)
def test_a_projection_is_undone_by_the_inverse(points):
    pixels = np.array(points).reshape(-1, 2)
    back = project(np.linalg.inv(CAMERA), project(CAMERA, pixels))
    np.testing.assert_allclose(back, pixels, atol=1e-6)


@given(pixels, st.floats(1e-9, 1e9), st.sampled_from([-1, 1]))
def test_a_homography_means_the_same_at_any_scale(points, scale, sign):
    expected = project(CAMERA, np.array(points).reshape(-1, 2))
    found = project(scale * sign * CAMERA, np.array(points).reshape(-1, 2))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_view_from_straight_above_has_no_horizon(sign):
    above = sign * np.diag([0.1, 0.1, 1.0])
    np.testing.assert_allclose(project(above, [[10, 20]]), [[1, 2]])


@given(st.floats(0, 768), st.floats(-500, 576))
def test_what_is_on_or_above_the_horizon_has_no_place(x, y):
    horizon_y = -0.12 / 0.0021
    assume(abs(y - horizon_y) > 1e-6)
    assert np.isnan(project(CAMERA, [[x, y]])).all() == (y < horizon_y)


def test_a_point_on_the_horizon_has_no_place():
    assert np.isnan(project([[1, 0, 0], [0, 1, 0], [0, 1, -100]], [[5, 100]])).all()


def test_no_points_stay_no_points():
    assert project(CAMERA, np.empty((0, 2))).shape == (0, 2)


@given(st.floats(0.1, 100), st.floats(0.1, 100), bearings, st.booleans())
def test_the_area_of_a_rectangle_is_the_same_whichever_way_it_lies(width, height, turn, backwards):
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    turned = corners @ rotation.T
    assert polygon_area_m2(turned[::-1] if backwards else turned) == pytest.approx(width * height)
