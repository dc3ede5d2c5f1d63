"""The homography of a camera: fitted to known ground points, then laid into the site's plane.

A site file holds one 3x3 matrix a camera (`hlaska.sites.Camera.homography`). It comes from points
whose pixels and metres are known: surveyed ones, or a grid that a full calibration has projected.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely import MultiPoint, contains_xy

from hlaska.errors import SiteError
from hlaska.ground import project

FLAT = 1e-6
"""Points count as lying on a line when they are this much narrower than they are long."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A homography, and how far it is from what it was fitted to."""

    matrix: NDArray[np.float64]
    """3 x 3: pixels to metres, the last element 1."""
    median_m: float
    p95_m: float


def fit(points_px: ArrayLike, points_m: ArrayLike) -> NDArray[np.float64]:
    """The homography that takes pixels to metres with the least squared error on the ground.

    A direct linear transform, refined by Levenberg-Marquardt (Hartley & Zisserman, Multiple View
    Geometry, algorithm 4.2 and section 4.5; `cv2.findHomography`).

    Args:
        points_px: n x 2, n >= 4, in pixels.
        points_m: n x 2, the same points on the ground, in metres.

    Returns:
        3 x 3, the last element 1; `hlaska.ground.project` applies it.

    Raises:
        SiteError: fewer than four points, points that are not finite or lie on a line, or points
            that no view of one plane can show.
    """
    pixels, metres = (np.asarray(points, dtype=np.float64) for points in (points_px, points_m))
    if pixels.shape != metres.shape or pixels.ndim != 2 or pixels.shape[1] != 2 or len(pixels) < 4:
        raise SiteError(
            f"came: pixels {pixels.shape} and metres {metres.shape}; a homography needs the same "
            "n >= 4 points in both, as n x 2"
        )
    for what, points in (("pixels", pixels), ("metres", metres)):
        if not np.isfinite(points).all():
            raise SiteError(f"the {what} are not all finite numbers; leave such points out")
        if _on_a_line(points):
            raise SiteError(f"the {what} lie on one line; add points beside it")
    matrix, _ = cv2.findHomography(pixels, metres, method=0)
    # Three of four points on a line leave the linear system solvable but the matrix singular.
    if matrix is None or np.linalg.cond(matrix @ _scale(pixels)) > 1 / FLAT**2:
        raise SiteError("too many of the points lie on one line; add points beside it")
    if np.isnan(project(matrix, pixels)).any():
        raise SiteError(
            "these points cannot all be ground seen by one camera; check that pixels and metres "
            "are in the same order"
        )
    return np.asarray(matrix, dtype=np.float64)


def laid(
    points_m: ArrayLike,
    *,
    from_m: ArrayLike,
    from_axis: ArrayLike,
    to_m: ArrayLike,
    bearing_deg: float,
) -> NDArray[np.float64]:
    """Turn and shift ground points from a calibration's own axes into the site's plane.

    Args:
        points_m: n x 2, metres in the calibration's axes (right-handed seen from above).
        from_m: Where the camera stands in those axes, metres.
        from_axis: Which way it looks there; only the direction counts.
        to_m: Where it stands in the site, metres east and north of the centre.
        bearing_deg: Which way it looks in the site, clockwise from north.

    Returns:
        n x 2, metres east and north of the site's centre; distances stay as they are.

    Raises:
        SiteError: the viewing direction has no length.
    """
    ahead = np.asarray(from_axis, dtype=np.float64)
    if not np.hypot(*ahead) > 0:
        raise SiteError("a camera that looks straight down has no bearing; give another direction")
    turn = np.pi / 2 - np.radians(bearing_deg) - np.arctan2(ahead[1], ahead[0])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = (np.asarray(points_m, dtype=np.float64) - np.asarray(from_m)) @ rotation.T
    return np.asarray(moved + np.asarray(to_m))


def of_calibration(
    to_ground: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    seen_px: ArrayLike,
    *,
    step_px: float = 12.0,
) -> Fit:
    """The homography nearest to a full camera calibration, where the picture shows used ground.

    A homography knows no lens distortion, so the fit is made (and judged) only inside the hull of
    pixels where feet were seen, on a grid that treats all of it alike.

    Args:
        to_ground: Takes n x 2 pixels to n x 2 metres by the full calibration.
        seen_px: n x 2, n >= 3, pixels where somebody stood.
        step_px: Spacing of the grid.

    Returns:
        The homography, with the median and 95th percentile of its distance to the calibration in
        metres over the grid.

    Raises:
        SiteError: the hull holds fewer than four grid points, or `fit` refuses them.
    """
    hull = MultiPoint(np.asarray(seen_px, dtype=np.float64)).convex_hull
    left, top, right, bottom = hull.bounds
    x, y = (
        axis.ravel()
        for axis in np.meshgrid(np.arange(left, right, step_px), np.arange(top, bottom, step_px))
    )
    inside = contains_xy(hull, x, y)
    pixels = np.column_stack([x[inside], y[inside]])
    if len(pixels) < 4:
        raise SiteError(f"only {len(pixels)} grid points lie where feet were seen; lower step_px")
    metres = to_ground(pixels)
    matrix = fit(pixels, metres)
    off_m = np.linalg.norm(project(matrix, pixels) - metres, axis=1)
    return Fit(matrix, float(np.median(off_m)), float(np.percentile(off_m, 95)))


def _on_a_line(points: NDArray[np.float64]) -> bool:
    long, narrow = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(narrow <= FLAT * long)


def _scale(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Brings pixels to about ±1, so that the condition number does not depend on picture size."""
    half = np.ptp(pixels, axis=0).max() / 2
    x, y = pixels.mean(axis=0)
    return np.array([[half, 0.0, x], [0.0, half, y], [0.0, 0.0, 1.0]])
