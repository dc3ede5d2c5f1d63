"""The map is true: against published numbers, angles and lengths."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.geometry import (
    extent,
    label_spot,
    mercator,
    seen_extent,
    view_cone,
    whole_extent,
)

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
