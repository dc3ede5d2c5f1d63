"""The clip that video is judged on: PETS 2009 S2.L1 view 1, its truth, and the demo camera."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalogs import datasets, sites
from catalogs.readers import load_boxes, load_calibration
from catalogs.tsai import Tsai
from catalogs.web import Progress, silent
from hlaska.cameras import Camera
from hlaska.columns import BOTTOM_PX, EAST_M, LEFT_PX, NORTH_M, OBJECT_CLASS, RIGHT_PX
from hlaska.settings import Settings
from hlaska.sites import Site
from hlaska.tracks import PERSON
from training.evaluation.crossings import crossings_of
from training.evaluation.observations import TRACK_COLUMNS
from training.evaluation.video import Truth
from training.video.homography import laid

SITE, CAMERA = "pilsen", "square-east"
SEEN_BEFORE = 200
"""Constants of `hog` and of the tracker were chosen on this many first frames: figures are to be
taken from the rest (see `serving.video.hog` and `serving.video.tracking`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """A clip, the camera it stands in for, and what happened in it."""

    clip: Path
    site: Site
    camera: Camera
    truth: Truth


def footage(settings: Settings, *, progress: Progress = silent) -> Footage:
    """The PETS clip as the demo camera, with its truth; fetched if it is not here.

    Raises:
        DataError: a part of it cannot be had or read.
    """
    clip, truth_file, calibration_file = (
        datasets.fetch(name, settings, progress=progress)
        for name in ("pets-view1", "pets-view1-truth", "pets-view1-calibration")
    )
    site = sites.named(SITE)
    camera = site.camera(CAMERA)
    to_site = ground_of(load_calibration(calibration_file), site, camera)
    return Footage(clip, site, camera, truth_of(load_boxes(truth_file), to_site, camera))


def truth_of(
    boxes: pd.DataFrame,
    to_site: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    camera: Camera,
) -> Truth:
    """The truth of people's boxes: where their feet are, and what lines they cross.

    Args:
        boxes: `frame`, `track`, the box, `confidence`, as `catalogs.readers.load_boxes` gives them.
        to_site: Takes n x 2 pixels to n x 2 metres east and north of the site's centre.
        camera: Its lines.
    """
    feet_px = np.column_stack([(boxes[LEFT_PX] + boxes[RIGHT_PX]) / 2, boxes[BOTTOM_PX].to_numpy()])
    ground_m = to_site(feet_px)
    tracks = boxes.copy()
    tracks[OBJECT_CLASS] = PERSON
    tracks[[EAST_M, NORTH_M]] = ground_m
    tracks = tracks[TRACK_COLUMNS]
    return Truth(tracks=tracks, crossings=crossings_of(tracks, camera))


def ground_of(
    calibration: Tsai, site: Site, camera: Camera
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """From pixels to the site's metres by the full calibration, lens distortion included.

    The calibration's own axes are laid at the camera's position, the middle of the view on its
    bearing: as its homography was made (see the site file).
    """
    mast_m = np.array(calibration.position_m[:2])
    edges = [[0, calibration.height_px / 2], [calibration.width_px - 1, calibration.height_px / 2]]
    left, right = calibration.to_ground(edges) - mast_m
    # Halfway between both directions: the sum of vectors of one length.
    axis = left / np.hypot(*left) + right / np.hypot(*right)

    def to_site(points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        return laid(
            calibration.to_ground(points_px),
            from_m=mast_m,
            from_axis=axis,
            to_m=site.plane.to_metres([camera.position.lon, camera.position.lat]),
            bearing_deg=camera.view.bearing_deg,
        )

    return to_site
