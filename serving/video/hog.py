"""The built-in baseline `hog`: no weights to fetch, modest, and honest about it.

It looks only where something moves. There OpenCV's people detector, a linear SVM on histograms of
oriented gradients (Dalal and Triggs, CVPR 2005), searches for people about as tall as the region.
A large wide blob in which it finds nobody is called a car, for want of anything better. Whoever
stands still is not seen. The region's height tells which sizes to look for, and that is what makes
it some twenty times quicker than a search of the whole frame.

Its constants follow from the detector's geometry. Those that do not (smallest share, largest
enlargement, a person's share of the window, both thresholds of overlap and margin) were chosen on
the first 200 frames of the PETS 2009 clip only: figures are to be taken from the rest.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from hlaska.models import ModelCard
from hlaska.tracks import PERSON, Detections

VEHICLE = "car"
"""What every vehicle is called here: blobs do not tell a bus from a car."""

WINDOW_PX = (64, 128)
"""Width and height that the SVM sees; its training people stand 96 px tall in the middle of it."""

PERSON_PX = 96
"""Height of a person in the window."""

CONTEXT_PX = 16
"""The margin around a person in the window, which the SVM needs."""

PERSON_SHARE = (0.55, 0.8)
"""Width and height of a person's box as shares of the window: 96 / 128 and a little around it."""

SMALLEST_SHARE = 0.64
"""Smallest person looked for, as a share of the region's height."""

LARGEST_ENLARGEMENT = 2.0
"""Of a region; beyond it the gradients are the interpolation's. People under 48 px are missed."""

PYRAMID_STEP = 1.05
"""Ratio of one searched size to the next."""

LOWEST_MARGIN = -0.6
"""SVM margin down to which people are kept, as a score 0.23: a tracker lives on weak ones too."""

SUPPRESSION_IOU = 0.4
"""Two people that overlap more are one."""

VEHICLE_ASPECT = 1.2
"""Least width over height of a vehicle's region."""

VEHICLE_SHARE = (0.01, 0.5)
"""Least and most of the frame that a vehicle's region fills; more is a change of light."""

VEHICLE_SCORE = 0.5
"""A flat score: a blob says nothing of how sure one may be."""


class HogDetector:
    """People by HOG and vehicles by size, in the moving regions of a frame.

    Scores of people are the logistic of twice the SVM's margin: 0.5 on its decision boundary, not
    calibrated.
    """

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        self._hog = cv2.HOGDescriptor()
        self._hog.setSVMDetector(np.asarray(cv2.HOGDescriptor.getDefaultPeopleDetector()))

    def detect(
        self, frames: Sequence[NDArray[np.uint8]], regions: Sequence[NDArray[np.float32] | None]
    ) -> list[Detections]:
        """What moves in each frame, in order; without regions the search is of all of it, slow."""
        return [self._one(f, r) for f, r in zip(frames, regions, strict=True)]

    def _one(self, frame: NDArray[np.uint8], regions: NDArray[np.float32] | None) -> Detections:
        height, width = frame.shape[:2]
        edges = np.array([width, height, width, height], np.float32)
        if regions is None:
            searched, known = np.array([[0, 0, width, height]], np.float32), False
        else:
            searched, known = np.clip(regions, 0, edges), True
        boxes: list[tuple[float, float, float, float]] = []
        scores: list[float] = []
        for region in searched:
            if region[2] - region[0] < 1 or region[3] - region[1] < 1:
                continue
            tallest = (region[3] - region[1]) * SMALLEST_SHARE
            scale = min(PERSON_PX / tallest, LARGEST_ENLARGEMENT) if known else 1.0
            found, margins = self._people(frame, region, scale)
            boxes += found
            scores += [1 / (1 + math.exp(-2 * margin)) for margin in margins]
        keep = np.asarray(
            cv2.dnn.NMSBoxes(boxes, scores, 0.0, SUPPRESSION_IOU) if boxes else (), np.int64
        ).ravel()
        people = np.array(boxes, np.float32).reshape(-1, 4)[keep]
        people[:, 2:] += people[:, :2]
        people = np.clip(people, 0, edges)
        confidence = np.array(scores, np.float32)[keep]
        sure = people[confidence >= self.card.operating_point.get(PERSON, 0.5)]
        vehicles = _vehicles(searched, sure, width * height) if known else searched[:0]
        return Detections(
            np.concatenate([people, vehicles]).astype(np.float32),
            np.concatenate([confidence, np.full(len(vehicles), VEHICLE_SCORE)]).astype(np.float32),
            np.array([PERSON] * len(people) + [VEHICLE] * len(vehicles), dtype=np.str_),
        )

    def _people(
        self, frame: NDArray[np.uint8], region: NDArray[np.float32], scale: float
    ) -> tuple[list[tuple[float, float, float, float]], list[float]]:
        """Boxes (left, top, width, height in frame pixels) and SVM margins, overlaps included."""
        crop, left, top = _cut(frame, region, scale)
        windows, margins = self._hog.detectMultiScale(
            crop,
            hitThreshold=LOWEST_MARGIN,
            winStride=(4, 4),
            padding=(0, 0),
            scale=PYRAMID_STEP,
            groupThreshold=0,
        )
        boxes = []
        for x, y, width, height in np.asarray(windows, np.float64).reshape(-1, 4):
            person_width, person_height = width * PERSON_SHARE[0], height * PERSON_SHARE[1]
            boxes.append(
                (
                    left + (x + (width - person_width) / 2) / scale,
                    top + (y + (height - person_height) / 2) / scale,
                    person_width / scale,
                    person_height / scale,
                )
            )
        return boxes, [float(margin) for margin in np.ravel(margins)]


def _cut(
    frame: NDArray[np.uint8], region: NDArray[np.float32], scale: float
) -> tuple[NDArray[np.uint8], int, int]:
    """The region with the context that the SVM needs, scaled; and its corner in the frame.

    Beyond the frame's edge its last pixels are repeated, so that people there can be found.
    """
    size = region[2:] - region[:2]
    room = (np.array(WINDOW_PX) / scale - size) / 2
    margin = np.maximum(room, CONTEXT_PX / scale)
    left, top = (int(edge) for edge in np.floor(region[:2] - margin))
    right, bottom = (int(edge) for edge in np.ceil(region[2:] + margin))
    height, width = frame.shape[:2]
    inside = frame[max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
    crop = cv2.copyMakeBorder(
        inside,
        max(-top, 0),
        max(bottom - height, 0),
        max(-left, 0),
        max(right - width, 0),
        cv2.BORDER_REPLICATE,
    )
    target = (
        max(WINDOW_PX[0], round(crop.shape[1] * scale)),
        max(WINDOW_PX[1], round(crop.shape[0] * scale)),
    )
    return np.asarray(cv2.resize(crop, target, interpolation=cv2.INTER_LINEAR)), left, top


def _vehicles(
    regions: NDArray[np.float32], people: NDArray[np.float32], frame_px: int
) -> NDArray[np.float32]:
    """The large wide regions in which nobody's middle lies."""
    size = regions[:, 2:] - regions[:, :2]
    share = size[:, 0] * size[:, 1] / frame_px
    middle = (people[:, :2] + people[:, 2:]) / 2
    inside = (middle[None] >= regions[:, None, :2]) & (middle[None] <= regions[:, None, 2:])
    peopled = np.any(np.all(inside, axis=2), axis=1)
    large = (share >= VEHICLE_SHARE[0]) & (share <= VEHICLE_SHARE[1])
    wide = size[:, 0] >= VEHICLE_ASPECT * size[:, 1]
    return np.asarray(regions[large & wide & ~peopled])
