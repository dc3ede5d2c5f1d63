"""Where something moves: the gate in front of a detector, and the eyes of the `hog` baseline."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hlaska.errors import SourceError

WORKING_WIDTH_PX = 360
"""Frames are shrunk to about this width: a walker a tenth of the picture high keeps 27 pixels."""

HISTORY_FRAMES = 300
"""Frames over which the background is learnt (half a minute at 10 frames a second)."""

LEAST_BLOB = 2e-4
"""Smallest blob, as a share of the picture: smaller ones are leaves and noise."""

PADDING = 0.15
"""Added to each side of a blob, as a share of its larger side: the model eats edges and feet."""

MOST_BLOBS = 32
"""The largest blobs are kept: rain or a flash must not make the work unbounded."""


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """The parts of one frame that move: n of them."""

    boxes_px: NDArray[np.float32]
    """n x 4: left, top, right, bottom, padded, inside the frame."""
    areas_px: NDArray[np.float32]
    """n: how many pixels in each box move."""
    fraction: float
    """Share of the whole picture that moves, 0..1."""

    def __len__(self) -> int:
        return len(self.boxes_px)


class Motion:
    """The moving regions of one camera, frame by frame.

    A mixture of Gaussians per pixel learns the background (Zivkovic, Improved Adaptive Gaussian
    Mixture Model for Background Subtraction, ICPR 2004, as OpenCV has it, shadows left out) on a
    shrunken frame. Memory is bounded by the shrunken frame. The first frame counts as moving whole,
    for nothing is known of it yet; so does the first after a change of size.
    """

    def __init__(self) -> None:
        self._shape: tuple[int, ...] | None = None
        self._model = self._new_model()
        self._kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))

    def regions(self, frame: NDArray[np.uint8]) -> Regions:
        """What moves in the next frame of this camera.

        Args:
            frame: Height x width x 3, blue-green-red.

        Raises:
            SourceError: the frame is no such picture.
        """
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or not frame.size:
            raise SourceError(
                f"a frame of shape {frame.shape} and type {frame.dtype} came; send height x width "
                "x 3 of uint8, blue-green-red"
            )
        height, width = frame.shape[:2]
        # OpenCV averages whole blocks eight times as fast as fractions of pixels.
        block = max(1, min(round(width / WORKING_WIDTH_PX), height))
        size = (width // block, height // block)
        first = frame.shape != self._shape
        if first:
            self._shape, self._model = frame.shape, self._new_model()
        blocks = frame[: size[1] * block, : size[0] * block]
        mask = self._model.apply(cv2.resize(blocks, size, interpolation=cv2.INTER_AREA))
        if first:
            whole = np.array([[0, 0, width, height]], np.float32)
            return Regions(whole, np.array([width * height], np.float32), 1.0)
        # Shadows come as 127: they move with their owner and would only make the box wrong.
        mask = np.where(mask == 255, np.uint8(255), np.uint8(0))
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, self._kernel)
        mask = cv2.dilate(mask, self._kernel, iterations=2)
        stats = cv2.connectedComponentsWithStats(mask, connectivity=8)[2]
        fraction = float(np.count_nonzero(mask)) / mask.size
        blobs = stats[1:].astype(np.int64)
        blobs = blobs[blobs[:, cv2.CC_STAT_AREA] >= LEAST_BLOB * mask.size]
        blobs = blobs[np.argsort(-blobs[:, cv2.CC_STAT_AREA], kind="stable")][:MOST_BLOBS]
        boxes, areas = _joined(_padded(blobs, block, width, height), blobs[:, cv2.CC_STAT_AREA])
        return Regions(boxes.astype(np.float32), (areas * block**2).astype(np.float32), fraction)

    @staticmethod
    def _new_model() -> cv2.BackgroundSubtractorMOG2:
        return cv2.createBackgroundSubtractorMOG2(history=HISTORY_FRAMES, detectShadows=True)


def _padded(blobs: NDArray[np.int64], scale: int, width: int, height: int) -> NDArray[np.float64]:
    corner = blobs[:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]] * scale
    extent = blobs[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]] * scale
    margin = PADDING * extent.max(axis=1, keepdims=True)
    boxes = np.hstack([corner - margin, corner + extent + margin])
    return np.asarray(np.clip(boxes, 0, [width, height, width, height]))


def _joined(
    boxes: NDArray[np.float64], areas: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Joins boxes as long as looking at the union costs no more than looking at both."""
    todo = [(tuple(box), float(area)) for box, area in zip(boxes, areas, strict=True)]
    done: list[tuple[tuple[float, ...], float]] = []
    while todo:
        box, area = todo.pop()
        for other, (other_box, other_area) in enumerate(todo):
            union = (
                min(box[0], other_box[0]),
                min(box[1], other_box[1]),
                max(box[2], other_box[2]),
                max(box[3], other_box[3]),
            )
            if _extent(union) <= _extent(box) + _extent(other_box):
                todo[other] = (union, area + other_area)
                break
        else:
            done.append((box, area))
    return (
        np.array([box for box, _ in done], np.float64).reshape(-1, 4),
        np.array([area for _, area in done], np.float64),
    )


def _extent(box: tuple[float, ...]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
