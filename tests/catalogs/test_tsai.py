import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalogs.tsai import Tsai

# A camera 8 m high that looks north and 30° down.
DOWN_RAD = math.radians(90 + 30)


def camera(**more) -> Tsai:
    tilt = np.array(
        [
            [1, 0, 0],
            [0, math.cos(DOWN_RAD), -math.sin(DOWN_RAD)],
            [0, math.sin(DOWN_RAD), math.cos(DOWN_RAD)],
        ]
    )
    facts = {
        "width_px": 768,
        "height_px": 576,
        "pixel_x_mm": 0.005,
        "pixel_y_mm": 0.005,
        "focal_mm": 5.0,
        "kappa1": 0.0,
        "centre_x_px": 384.0,
        "centre_y_px": 288.0,
        "scale_x": 1.0,
        "translation_mm": tuple(-tilt @ (0.0, 0.0, 8000.0)),
        "rotation_rad": (DOWN_RAD, 0.0, 0.0),
    }
    return Tsai(**{**facts, **more})


def test_the_camera_stands_where_its_translation_says():
    assert camera().position_m == pytest.approx((0, 0, 8))


def test_the_middle_of_the_picture_meets_the_ground_where_the_tilt_says():
    # 30° below the horizon from 8 m: 8 / tan 30° away.
    [point] = camera().to_ground([(384, 288)])
    assert point == pytest.approx((0, 8 / math.tan(math.radians(30))))


def test_what_is_right_in_the_picture_is_right_on_the_ground():
    [point] = camera().to_ground([(484, 288)])
    # 100 px of 5 µm at 5 mm focal length is a tenth of the distance along the axis, 16 m.
    assert point == pytest.approx((1.6, 8 / math.tan(math.radians(30))))


def test_the_sky_is_not_on_the_ground():
    assert np.isnan(camera().to_ground([(384, -10_000)])).all()


def test_what_lies_behind_the_camera_is_not_in_the_picture():
    assert np.isnan(camera().to_image([(0, -100)])).all()


def test_no_points_give_no_points():
    assert camera().to_ground([]).shape == camera().to_image([]).shape == (0, 2)


def test_distortion_follows_tsais_equation():
    # x_u = x_d (1 + kappa1 r_d²): 100 px are 0.5 mm, and 0.5 (1 + 0.04 · 0.25) = 0.505 mm.
    [straight] = camera().to_ground([(485, 288)])
    [bent] = camera(kappa1=0.04).to_ground([(484, 288)])
    assert bent == pytest.approx(straight)


@given(
    x=st.floats(0, 768),
    y=st.floats(0, 576),
    kappa1=st.floats(-0.02, 0.05),
    scale_x=st.floats(0.9, 1.1),
)
def test_a_pixel_comes_back_from_the_ground(x, y, kappa1, scale_x):
    model = camera(kappa1=kappa1, scale_x=scale_x)
    ground = model.to_ground([(x, y)])
    assume(not np.isnan(ground).any())
    assert model.to_image(ground)[0] == pytest.approx((x, y), abs=1e-4)


def test_what_no_pixel_can_show_is_nowhere():
    # With a strongly negative kappa1 the model reaches no undistorted radius beyond 2/3 of 1/√(3κ).
    assert np.isnan(camera(kappa1=-1.0).to_image([(30, 14)])).all()
