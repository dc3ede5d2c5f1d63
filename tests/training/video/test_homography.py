import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs import readers, sites
from hlaska.errors import SiteError
from hlaska.ground import project
from training.video.homography import fit, laid, of_calibration

KNOWN = np.array(
    [[0.17, 0.67, 16.6], [-0.09, -1.48, 89.1], [0.00086, 0.018, 1.0]]
)  # like that of a camera on a mast
SQUARE_PX = np.array([[100.0, 200.0], [700.0, 180.0], [740.0, 560.0], [60.0, 540.0]])


def grid_px(columns=7, rows=5):
    x, y = np.meshgrid(np.linspace(20, 740, columns), np.linspace(160, 560, rows))
    return np.column_stack([x.ravel(), y.ravel()])


@pytest.mark.parametrize(
    "pixels", [pytest.param(SQUARE_PX, id="four points"), pytest.param(grid_px(), id="a grid")]
)
def test_a_known_homography_is_recovered_from_exact_points(pixels):
    found = fit(pixels, project(KNOWN, pixels))
    np.testing.assert_allclose(
        project(found, grid_px()), project(KNOWN, grid_px()), rtol=0, atol=1e-4
    )


def test_noise_on_the_ground_averages_out():
    rng = np.random.default_rng(3)
    pixels = grid_px(20, 15)
    truth_m = project(KNOWN, pixels)
    found = fit(pixels, truth_m + rng.normal(0, 0.2, truth_m.shape))
    off_m = np.linalg.norm(project(found, pixels) - truth_m, axis=1)
    assert np.median(off_m) < 0.06


def test_the_squared_error_on_the_ground_is_a_minimum():
    rng = np.random.default_rng(4)
    pixels = grid_px()
    metres = project(KNOWN, pixels) + rng.normal(0, 0.5, pixels.shape)

    def squares(matrix):
        return float(((project(matrix, pixels) - metres) ** 2).sum())

    found = fit(pixels, metres)
    for row, column in np.ndindex(3, 3):
        if (row, column) != (2, 2):
            for factor in (0.999, 1.001):
                moved = found.copy()
                moved[row, column] *= factor
                assert squares(moved) >= squares(found) * (1 - 1e-9)


@settings(deadline=None, max_examples=50)
@given(
    slope=st.floats(-5, 5),
    offset=st.floats(-500, 500),
    steps=st.lists(st.integers(-700, 700), min_size=4, max_size=9, unique=True),
)
def test_points_on_a_line_are_refused(slope, offset, steps):
    x = np.array(steps, dtype=float)
    line = np.column_stack([x, slope * x + offset])
    beside = grid_px()[: len(x)]
    beside[::2, 1] += 50
    for pixels, metres in ((line, beside), (beside, line)):
        with pytest.raises(SiteError, match="on one line"):
            fit(pixels, metres)


def test_three_of_four_points_on_a_line_are_refused():
    pixels = np.array([[0.0, 0.0], [100.0, 0.0], [200.0, 0.0], [100.0, 90.0]])
    metres = np.array([[0.0, 0.0], [10.0, 1.0], [19.0, 0.0], [9.0, 12.0]])
    with pytest.raises(SiteError, match="on one line"):
        fit(pixels, metres)


@pytest.mark.parametrize(
    ("pixels", "metres", "message"),
    [
        pytest.param(SQUARE_PX[:3], SQUARE_PX[:3], "n >= 4", id="three points"),
        pytest.param(SQUARE_PX, SQUARE_PX[:3], "the same", id="a point without its partner"),
        pytest.param(SQUARE_PX.T, SQUARE_PX.T, "n x 2", id="rows and columns swapped"),
        pytest.param(SQUARE_PX * [[np.nan, 1]], SQUARE_PX, "not all finite", id="not a number"),
    ],
)
def test_points_that_make_no_homography_are_refused(pixels, metres, message):
    with pytest.raises(SiteError, match=message):
        fit(pixels, metres)


def test_points_in_another_order_than_their_metres_are_refused():
    metres = project(KNOWN, SQUARE_PX)
    with pytest.raises(SiteError, match="same order"):
        fit(SQUARE_PX, metres[[0, 2, 1, 3]])


@given(bearing_deg=st.floats(0, 359.9), turn=st.floats(0, 6.28), distance_m=st.floats(1, 100))
def test_what_lies_straight_ahead_is_laid_on_the_bearing(bearing_deg, turn, distance_m):
    axis = np.array([np.cos(turn), np.sin(turn)])
    ahead = np.array([3.0, -7.0]) + distance_m * axis
    right = np.array([3.0, -7.0]) + distance_m * np.array([axis[1], -axis[0]])
    placed = laid(
        [ahead, right], from_m=(3, -7), from_axis=axis, to_m=(38, -80), bearing_deg=bearing_deg
    )
    east, north = np.sin(np.radians(bearing_deg)), np.cos(np.radians(bearing_deg))
    np.testing.assert_allclose(placed[0], [38 + distance_m * east, -80 + distance_m * north])
    np.testing.assert_allclose(placed[1], [38 + distance_m * north, -80 - distance_m * east])


def test_a_camera_that_looks_straight_down_has_no_bearing():
    with pytest.raises(SiteError, match="straight down"):
        laid([[0, 0]], from_m=(0, 0), from_axis=(0, 0), to_m=(0, 0), bearing_deg=0)


def test_a_calibration_without_distortion_is_met_exactly():
    found = of_calibration(lambda pixels: project(KNOWN, pixels), SQUARE_PX)
    assert found.p95_m < 1e-4


def test_what_the_lens_bends_is_reported_in_metres():
    def bent(pixels):
        centred = pixels - (384, 288)
        factor = 1 + 1e-7 * (centred**2).sum(axis=1, keepdims=True)
        return project(KNOWN, (384, 288) + centred * factor)

    found = of_calibration(bent, SQUARE_PX)
    assert 0 < found.median_m < found.p95_m < 1


def test_a_hull_too_small_for_the_grid_is_refused():
    with pytest.raises(SiteError, match="lower step_px"):
        of_calibration(lambda pixels: pixels, SQUARE_PX / 100, step_px=12)


@pytest.mark.network
def test_the_demo_camera_s_homography_follows_from_its_calibration():
    folder = Path(os.environ["HLASKA_DATA"]) / "video/pets09_s2l1"
    calibration = readers.load_calibration(folder / "View_001.xml")
    boxes = np.loadtxt(folder / "PETS2009-S2L1.mot.txt", delimiter=",")[:, 2:6]
    feet_px = np.column_stack([boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3]])

    site = sites.named("pilsen")
    camera = site.camera("square-east")
    mast_m = np.array(calibration.position_m[:2])
    edges = calibration.to_ground([[0, 288], [767, 288]]) - mast_m
    left, right = np.arctan2(edges[:, 1], edges[:, 0])
    middle = (left + right) / 2

    def to_site(points_px):
        return laid(
            calibration.to_ground(points_px),
            from_m=mast_m,
            from_axis=(np.cos(middle), np.sin(middle)),
            to_m=site.plane.to_metres([camera.position.lon, camera.position.lat]),
            bearing_deg=camera.view.bearing_deg,
        )

    found = of_calibration(to_site, feet_px)
    assert np.degrees(left - right) == pytest.approx(camera.view.angle_deg, abs=0.05)
    assert (found.median_m, found.p95_m) == pytest.approx((0.019, 0.045), abs=0.001)
    # The position in the file is rounded to a millionth of a degree: up to 0.1 m.
    committed_m = project(camera.homography, feet_px)
    np.testing.assert_allclose(committed_m, project(found.matrix, feet_px), rtol=0, atol=0.1)
    off_m = np.linalg.norm(committed_m - to_site(feet_px), axis=1)
    assert np.percentile(off_m, 95) < 0.15
