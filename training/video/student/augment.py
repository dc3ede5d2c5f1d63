"""Pictures that the camera might take one day, of those that it took.

A sample is a part of a picture as serving scales it, moved, scaled, mirrored and recoloured, with
people cut out of other pictures pasted in. A person's mask is where their picture differs from the
empty one: a fixed camera needs no better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.video.student.labels import Frames, Labels, iou

ZOOM = (0.75, 1.35)
"""Of a sample against what is served."""
MOST_PASTED = 5
HIDDEN = 0.7
"""Part of a box that a pasted person covers, from which on nobody can tell who was there."""
DIFFERS = (12.0, 36.0)
"""Grey levels from the empty picture: below the first it is background, above the second not."""
FILLED = (0.2, 0.95)
"""Part of its box that a person's mask covers; else the mask is none."""
_ALONE = 0.05
_SEEN = 0.35
"""Part of a box that must be in the sample, to be looked for there."""

Matrix = NDArray[np.float32]
Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What the network is shown, and what it is to say."""

    picture: NDArray[np.uint8]
    """Height x width x 3, blue-green-red."""
    boxes: NDArray[np.float32]
    """n x 4 in its pixels; may reach beyond it."""
    doubtful: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Donor:
    """A person cut out."""

    picture: NDArray[np.uint8]
    mask: NDArray[np.float32]
    """0..1"""


def donors(
    frames: Frames, empty: NDArray[np.uint8], labels: Sequence[Labels], *, most: int = 1500
) -> list[Donor]:
    """People who stand alone and wholly in the picture, evenly over time; at most so many."""
    places = [
        (number, index)
        for number, one in enumerate(labels)
        for index in range(len(one.boxes_px))
        if _alone(index, one, empty.shape[:2])
    ]
    step = max(1, len(places) // most)
    found = []
    for number, index in places[::step]:
        left, top, right, bottom = labels[number].boxes_px[index].round().astype(int)
        part = (slice(top, bottom), slice(left, right))
        picture = np.ascontiguousarray(frames[number][part])
        mask = _mask(picture, empty[part])
        if FILLED[0] <= mask.mean() <= FILLED[1]:
            found.append(Donor(picture, mask))
    return found


def _alone(index: int, labels: Labels, size_hw: tuple[int, ...]) -> bool:
    box = labels.boxes_px[index]
    inside = box[0] >= 1 and box[1] >= 1 and box[2] < size_hw[1] - 1 and box[3] < size_hw[0] - 1
    others = np.concatenate([np.delete(labels.boxes_px, index, axis=0), labels.doubtful_px])
    return bool(inside and not (iou(box[None], others) > _ALONE).any())


def _mask(picture: NDArray[np.uint8], empty: NDArray[np.uint8]) -> NDArray[np.float32]:
    differs = cv2.absdiff(picture, empty).max(axis=2).astype(np.float32)
    mask = np.clip((differs - DIFFERS[0]) / (DIFFERS[1] - DIFFERS[0]), 0, 1)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.GaussianBlur(closed, (3, 3), 0))


def sample(
    rng: np.random.Generator,
    frame: NDArray[np.uint8],
    empty: NDArray[np.uint8],
    labels: Labels,
    stock: Sequence[Donor],
    *,
    size_hw: tuple[int, int],
    scale: float,
) -> Sample:
    """A part of `frame` as it might have been.

    Args:
        rng: Chance.
        frame: The picture.
        empty: The same without anybody: now and then all people are taken away.
        labels: Of `frame`.
        stock: People to paste.
        size_hw: Of the sample, in pixels.
        scale: Of the network's input against `frame`.
    """
    if stock and rng.random() < 0.2:
        frame, labels = empty, Labels(labels.boxes_px[:0], labels.doubtful_px[:0])
    zoom = scale * float(np.exp(rng.uniform(*np.log(ZOOM))))
    matrix = _placed(rng, labels, (frame.shape[0], frame.shape[1]), size_hw, zoom)
    size = (size_hw[1], size_hw[0])
    # At half the size bilinear sampling is the mean of four pixels, as in serving.
    picture: Picture = np.asarray(
        cv2.warpAffine(frame, matrix, size, borderMode=cv2.BORDER_REFLECT_101), np.uint8
    )
    boxes = _moved(labels.boxes_px, matrix)
    doubtful = _moved(labels.doubtful_px, matrix)
    for _ in range(int(rng.integers(0, MOST_PASTED + 1)) if stock else 0):
        donor = stock[int(rng.integers(len(stock)))]
        picture, boxes, doubtful = _pasted(rng, picture, boxes, doubtful, donor, zoom)
    seen = _part_inside(boxes, size_hw)
    doubtful = np.concatenate([doubtful, boxes[(seen > 0) & (seen < _SEEN)]])
    return Sample(_recoloured(rng, picture), boxes[seen >= _SEEN], doubtful)


def _placed(
    rng: np.random.Generator,
    labels: Labels,
    frame_hw: tuple[int, int],
    size_hw: tuple[int, int],
    zoom: float,
) -> Matrix:
    """From the frame to the sample: where, how large, and whether mirrored."""
    if len(labels.boxes_px) and rng.random() < 0.75:
        box = labels.boxes_px[rng.integers(len(labels.boxes_px))]
        centre = np.array([box[0] + box[2], box[1] + box[3]]) / 2
        centre += rng.uniform(-0.4, 0.4, 2) * [size_hw[1] / zoom, size_hw[0] / zoom]
    else:
        centre = rng.uniform(0, 1, 2) * [frame_hw[1], frame_hw[0]]
    half = np.array([size_hw[1], size_hw[0]]) / 2 / zoom
    edge = np.array([frame_hw[1], frame_hw[0]])
    # Rarely beyond the edge of the picture, by a little.
    low, high = np.minimum(half, edge - half), np.maximum(half, edge - half)
    centre = np.clip(centre, low - 4 / zoom, high + 4 / zoom)
    across = -zoom if rng.random() < 0.5 else zoom
    return np.array(
        [
            [across, 0, size_hw[1] / 2 - across * centre[0]],
            [0, zoom, size_hw[0] / 2 - zoom * centre[1]],
        ],
        np.float32,
    )


def _moved(boxes: NDArray[np.float32], matrix: Matrix) -> NDArray[np.float32]:
    x = np.sort(boxes[:, [0, 2]] * matrix[0, 0] + matrix[0, 2], axis=1)
    y = boxes[:, [1, 3]] * matrix[1, 1] + matrix[1, 2]
    return np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], axis=1).astype(np.float32)


def _pasted(
    rng: np.random.Generator,
    picture: NDArray[np.uint8],
    boxes: NDArray[np.float32],
    doubtful: NDArray[np.float32],
    donor: Donor,
    zoom: float,
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    size = zoom * float(np.exp(rng.uniform(-0.25, 0.25)))
    wide, high = (max(3, round(size * each)) for each in donor.mask.shape[::-1])
    person: Picture = np.asarray(
        cv2.resize(donor.picture, (wide, high), interpolation=cv2.INTER_AREA), np.uint8
    )
    mask = cv2.resize(donor.mask, (wide, high), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        person, mask = person[:, ::-1], mask[:, ::-1]
    if len(boxes) and rng.random() < 0.4:
        # Beside somebody, or before them.
        beside = boxes[rng.integers(len(boxes))]
        left = round(float(beside[0] + rng.uniform(-1.2, 1.2) * wide))
        top = round(float(beside[3] - high + rng.uniform(-0.15, 0.25) * high))
    else:
        left = int(rng.integers(-wide // 3, picture.shape[1] - 2 * wide // 3))
        top = int(rng.integers(-high // 3, max(1 - high // 3, picture.shape[0] - 2 * high // 3)))
    y0, y1 = max(0, top), min(picture.shape[0], top + high)
    x0, x1 = max(0, left), min(picture.shape[1], left + wide)
    if y1 <= y0 or x1 <= x0:
        return picture, boxes, doubtful
    inner = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    clothed = _recoloured(rng, person[inner], strength=2.0).astype(np.float32)
    alpha = mask[inner][..., None]
    under = picture[y0:y1, x0:x1].astype(np.float32)
    picture[y0:y1, x0:x1] = (alpha * clothed + (1 - alpha) * under).astype(np.uint8)
    own = np.array([[left, top, left + wide, top + high]], np.float32)
    gone = _covered(boxes, own[0]) >= HIDDEN
    return (
        picture,
        np.concatenate([boxes[~gone], own]),
        np.concatenate([doubtful, boxes[gone]]),
    )


def _covered(boxes: NDArray[np.float32], by: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = np.maximum(boxes[:, :2], by[:2]), np.minimum(boxes[:, 2:], by[2:])
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return np.asarray(np.clip(high - low, 0, None).prod(axis=1) / np.maximum(area, 1e-6))


def _part_inside(boxes: NDArray[np.float32], size_hw: tuple[int, int]) -> NDArray[np.float32]:
    return _covered(boxes, np.array([0, 0, size_hw[1], size_hw[0]], np.float32))


def _recoloured(
    rng: np.random.Generator, picture: NDArray[np.uint8], *, strength: float = 1.0
) -> NDArray[np.uint8]:
    """Other light, other contrast, another tint, paler or deeper."""
    tint = np.exp(strength * rng.normal(0, 0.06, 3)) * np.exp(strength * rng.normal(0, 0.12))
    table = np.arange(256)[:, None] / 255
    gamma = np.exp(strength * rng.normal(0, 0.12))
    curve = np.clip(255 * table**gamma * tint + strength * rng.normal(0, 6), 0, 255)
    toned = cv2.LUT(np.ascontiguousarray(picture), curve.astype(np.uint8)[None])
    grey = cv2.cvtColor(cv2.cvtColor(toned, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    deep = float(np.clip(1 + strength * rng.normal(0, 0.2), 0, 2))
    return np.asarray(cv2.addWeighted(toned, deep, grey, 1 - deep, 0))
