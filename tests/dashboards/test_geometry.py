"""The map is true: against published numbers, angles and lengths."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.geometry import (
    error_ring,
    extent,
    label_spot,
    mercator,
    near_extent,
    seen_extent,
    view_cone,
    whole_extent,
)
from hlaska.events import Location
from hlaska.ground import LocalPlane

LON = st.floats(-179, 179)
LAT = st.floats(-80, 80)


@pytest.mark.parametrize(
    ("lonlat", "xy"),
    [
        # EPSG Guidance Note 7-2, example for method 1024 (values of its worked example).
        pytest.param((-100.3333333, 24.3817867), (-11169055.58, 2800000.00), id="Guidance Note"),
        pytest.param((0, 0), (0, 0), id="origin"),
        pytest.param((180, 0), (20037508.34, 0), id="date line"),
    ],
)
def test_web_mercator_gives_the_published_numbers(lonlat, xy):
    assert mercator([lonlat])[0] == pytest.approx(xy, abs=1.0)


@given(lon=LON, lat=LAT)
def test_web_mercator_can_be_turned_back(lon, lat):
    x, y = mercator((lon, lat))
    back = math.degrees(2 * math.atan(math.exp(y / 6_378_137)) - math.pi / 2)
    assert math.degrees(x / 6_378_137) == pytest.approx(lon, abs=1e-9)
    assert back == pytest.approx(lat, abs=1e-9)


def test_no_points_are_no_points():
    assert mercator(np.empty((0, 2))).shape == (0, 2)


def test_a_cone_opens_around_its_bearing_as_far_as_its_range(site):
    camera = site.camera("gate")
    metres = site.plane.to_metres(view_cone(camera, site.plane))
    apex, arc = metres[0], metres[1:]
    assert np.hypot(*(arc - apex).T) == pytest.approx(50)
    bearings = np.degrees(np.arctan2(*(arc - apex).T))
    assert (bearings[0], bearings[-1]) == pytest.approx((-30, 30))


@given(points=st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1))
def test_an_extent_holds_all_its_points(points):
    left, bottom, right, top = extent(points)
    assert left < right and bottom < top
    assert all(left <= x <= right and bottom <= y <= top for x, y in points)


def test_the_site_holds_what_its_cameras_see(site):
    left, bottom, right, top = whole_extent(site)
    seen = seen_extent(site.camera("gate"), site.plane)
    assert left < seen[0] and bottom < seen[1] and seen[2] < right and seen[3] < top


@given(angle=st.floats(0, 2 * math.pi), length=st.floats(2, 1000))
def test_words_along_a_street_are_never_upside_down(angle, length):
    end = (length * math.cos(angle), length * math.sin(angle))
    x, y, turn = label_spot([(-0.1, 0.0), (0.0, 0.0), end])
    assert (x, y) == pytest.approx((end[0] / 2, end[1] / 2))
    assert -math.pi / 2 - 1e-9 <= turn <= math.pi / 2 + 1e-9
    assert math.sin(turn - angle) == pytest.approx(0, abs=1e-6)


@given(
    lat=st.floats(-70, 70),
    minor_m=st.floats(1, 100),
    longer=st.floats(1.1, 20),
    bearing_deg=st.floats(0, 179.9),
)
def test_an_error_ellipse_has_its_true_metres_and_bearing(lat, minor_m, longer, bearing_deg):
    axes = {"semi_major_m": minor_m * longer, "semi_minor_m": minor_m, "bearing_deg": bearing_deg}
    ring = error_ring(Location.model_validate({"lon": 13, "lat": lat, "ellipse": axes}))
    metres = LocalPlane(lon=13, lat=lat).to_metres(ring)
    away_m = np.hypot(*metres.T)
    assert away_m.max() == pytest.approx(minor_m * longer, rel=1e-6)
    assert away_m.min() == pytest.approx(minor_m, rel=1e-6)
    east, north = metres[away_m.argmax()]
    bearing = math.degrees(math.atan2(east, north)) % 180
    assert min(abs(bearing - bearing_deg), 180 - abs(bearing - bearing_deg)) < 1e-3
    assert ring[0] == pytest.approx(ring[-1], abs=1e-12)


def test_on_the_map_the_ellipse_is_stretched_like_the_ground_around_it():
    axes = {"semi_major_m": 100, "semi_minor_m": 50, "bearing_deg": 90}
    ring = mercator(error_ring(Location.model_validate({"lon": 0, "lat": 60, "ellipse": axes})))
    wide, high = np.ptp(ring, axis=0)
    # At 60 degrees a metre is two metres long on the map; the globe's flattening adds a little.
    assert (wide, high) == pytest.approx((400, 200), rel=0.01)


def test_a_place_without_an_ellipse_has_a_circle():
    ring = error_ring(Location(lon=13, lat=49, uncertainty_m=30))
    away_m = np.hypot(*LocalPlane(lon=13, lat=49).to_metres(ring).T)
    assert away_m == pytest.approx(np.full(len(ring), 30.0))


def test_some_of_the_streets_is_shown_around_every_place(site):
    left, bottom, right, top = near_extent([(13.375, 49.745)], site.plane, least_m=60)
    ground = math.cos(math.radians(49.745))
    assert (right - left) * ground == pytest.approx(132, rel=0.01)
    ((x, y),) = mercator([(13.375, 49.745)])
    assert left < x < right and bottom < y < top
