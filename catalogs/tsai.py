"""Tsai's camera model: from pixels to metres on the ground and back.

R. Y. Tsai, A versatile camera calibration technique for high-accuracy 3D machine vision metrology
using off-the-shelf TV cameras and lenses, IEEE J. Robotics and Automation RA-3(4), 1987: equations
(1) to (8), with the first radial coefficient kappa1, as PETS 2009 calibrates its cameras.
"""

import math
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from hlaska.records import Record

MM_PER_M = 1000.0
NEWTON_STEPS = 20


class Tsai(Record):
    """One calibrated camera. World coordinates are metres; the ground is the plane z = 0."""

    width_px: int = Field(gt=0)
    height_px: int = Field(gt=0)
    pixel_x_mm: float = Field(gt=0, description="Effective width of a pixel (dpx).")
    pixel_y_mm: float = Field(gt=0, description="Effective height of a pixel (dpy).")
    focal_mm: float = Field(gt=0)
    kappa1: float = Field(description="First radial coefficient, 1/mm².")
    centre_x_px: float
    centre_y_px: float
    scale_x: float = Field(gt=0, description="Uncertainty of the horizontal sampling (sx).")
    translation_mm: tuple[float, float, float]
    rotation_rad: tuple[float, float, float] = Field(description="About x, y, z; applied in turn.")

    @cached_property
    def rotation(self) -> NDArray[np.float64]:
        """World to camera, 3 x 3: Rz · Ry · Rx (Tsai 1987, section II)."""
        (sx, sy, sz), (cx, cy, cz) = (
            (math.sin(a) for a in self.rotation_rad),
            (math.cos(a) for a in self.rotation_rad),
        )
        about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
        about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
        return np.asarray(about_z @ about_y @ about_x, dtype=np.float64)

    @property
    def position_m(self) -> tuple[float, float, float]:
        """Where the camera stands in the world: -Rᵀ·T, metres."""
        x, y, z = -self.rotation.T @ np.asarray(self.translation_mm) / MM_PER_M
        return float(x), float(y), float(z)

    def to_ground(self, points_px: ArrayLike) -> NDArray[np.float64]:
        """Pixels (n, 2) to metres (n, 2) on the ground; NaN where the ray never meets it."""
        points = np.asarray(points_px, dtype=np.float64).reshape(-1, 2)
        sensor = (points - self._centre_px) * self._mm_per_px
        # Tsai's kappa takes distorted to undistorted directly (his equation 5).
        undistorted = sensor * (1 + self.kappa1 * (sensor**2).sum(axis=1, keepdims=True))
        rays = np.column_stack([undistorted, np.full(len(points), self.focal_mm)]) @ self.rotation
        camera_m = np.asarray(self.position_m)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = -camera_m[2] / rays[:, 2]
            ground = camera_m[:2] + rays[:, :2] * reach[:, None]
        ground[~((reach > 0) & np.isfinite(reach))] = np.nan
        return np.asarray(ground)

    def to_image(self, ground_m: ArrayLike) -> NDArray[np.float64]:
        """Metres (n, 2) on the ground to pixels (n, 2); NaN behind the camera."""
        ground = np.asarray(ground_m, dtype=np.float64).reshape(-1, 2) * MM_PER_M
        camera = ground @ self.rotation[:, :2].T + np.asarray(self.translation_mm)
        with np.errstate(divide="ignore", invalid="ignore"):
            undistorted = self.focal_mm * camera[:, :2] / camera[:, 2:]
        undistorted[camera[:, 2] <= 0] = np.nan
        pixels = self._distorted(undistorted) / self._mm_per_px
        return np.asarray(pixels + self._centre_px)

    @property
    def _centre_px(self) -> NDArray[np.float64]:
        return np.array([self.centre_x_px, self.centre_y_px])

    @property
    def _mm_per_px(self) -> NDArray[np.float64]:
        return np.array([self.pixel_x_mm / self.scale_x, self.pixel_y_mm])

    def _distorted(self, undistorted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Solve r·(1 + kappa1·r²) = r_undistorted for the distorted radius, by Newton's method.

        Starting at the undistorted radius it converges for any kappa1 ≥ 0, and for a negative one
        as far out as the model is one-to-one; further out there is no answer and the result is NaN.
        """
        wanted = np.hypot(undistorted[:, 0], undistorted[:, 1])
        radius = wanted.copy()
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for _ in range(NEWTON_STEPS):
                slope = 1 + 3 * self.kappa1 * radius**2
                radius = radius - (radius * (1 + self.kappa1 * radius**2) - wanted) / slope
            solved = np.abs(radius * (1 + self.kappa1 * radius**2) - wanted) <= 1e-9 * (1 + wanted)
            factor = np.where(wanted > 0, radius / np.where(wanted > 0, wanted, 1), 1.0)
        factor[~solved | (radius < 0) | (1 + 3 * self.kappa1 * radius**2 <= 0)] = np.nan
        return np.asarray(undistorted * factor[:, None])
