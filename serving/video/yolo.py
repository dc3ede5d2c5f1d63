"""What surrounds a YOLO network: frames to its input, its output to detections.

Every exported YOLO that Hlaska serves is one of three layouts (`ModelCard.output`):

- `yolo` (Ultralytics 8, 11): 1 x (4 + classes) x n, centre and size in input pixels, class scores;
  overlapping boxes are still in it.
- `yolo-end2end` (YOLO 10 and 26, or exported with NMS): 1 x n x 6, corners in input pixels, score,
  class; already one box an object.
- `yolox` (Megvii): 1 x n x (5 + classes), offsets in cells of three grids, objectness, class
  scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hlaska.errors import ModelError
from hlaska.models import ModelCard
from hlaska.tracks import Detections
from serving.runtimes import Runtime

LOWEST_SCORE = 0.1
"""Boxes down to here are kept: ByteTrack bridges occlusions with weak ones (Zhang et al., ECCV
2022). Rules look at the operating point."""

MOST_DETECTIONS = 300
"""Of one frame, the best first; the bound that Ultralytics' predictor has."""

SUPPRESSION_IOU = {"yolo": 0.7, "yolox": 0.45}
"""Boxes of one class that overlap more are one object: the defaults of Ultralytics' predictor and
of YOLOX's demo (https://github.com/Megvii-BaseDetection/YOLOX, demo/ONNXRuntime)."""

YOLOX_STRIDES = (8, 16, 32)
"""Input pixels per cell of YOLOX's grids (Ge et al., YOLOX, arXiv:2107.08430)."""

GREY = 114
"""Of the canvas around the picture, as in the training of all of them."""


_Boxes = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]
"""Corners (n, 4) on the canvas, scores (n), class numbers (n)."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a frame lies on the input canvas: input = frame * scale + offset."""

    scale: float
    left_px: int
    top_px: int
    width_px: int
    height_px: int

    @classmethod
    def of(
        cls, frame_hw: tuple[int, int], canvas_hw: tuple[int, int], *, centred: bool
    ) -> "Letterbox":
        """The largest whole picture that fits on the canvas without being stretched."""
        scale = min(canvas_hw[0] / frame_hw[0], canvas_hw[1] / frame_hw[1])
        height = min(canvas_hw[0], max(1, round(frame_hw[0] * scale)))
        width = min(canvas_hw[1], max(1, round(frame_hw[1] * scale)))
        top, left = (canvas_hw[0] - height) // 2, (canvas_hw[1] - width) // 2
        return cls(scale, left if centred else 0, top if centred else 0, width, height)

    def to_frame(
        self, boxes: NDArray[np.float32], frame_hw: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Corners (n, 4) on the canvas to corners in the frame, cut off at its edges."""
        height, width = frame_hw
        offset = np.array([self.left_px, self.top_px] * 2, np.float32)
        # Cut off before dividing, too: a network's wildest numbers would overflow.
        edge = np.float32(2 * max(height, width) * self.scale)
        placed = np.clip(boxes - offset, -edge, edge) / np.float32(self.scale)
        return np.clip(placed, 0, np.array([width, height, width, height], np.float32))


class YoloDetector:
    """A YOLO network with its pre- and post-processing, as its card describes them.

    Raises:
        ModelError: the card lacks what a YOLO needs.
    """

    def __init__(self, card: ModelCard, runtime: Runtime) -> None:
        shape = card.input.shape
        if len(shape) != 4 or shape[1] != 3 or min(shape[2:]) < 1:
            raise ModelError(
                f"{card.name}: input.shape is {shape}; a YOLO takes (1 or -1, 3, height, width)"
            )
        if card.output not in ("yolo", "yolo-end2end", "yolox"):
            raise ModelError(f"{card.name}: output {card.output!r} is none of a YOLO's")
        if card.input.colour_order is None or card.input.letterbox is None:
            raise ModelError(f"{card.name}: its card lacks input.colour_order or input.letterbox")
        self.card = card
        self._runtime = runtime
        self._canvas_hw = (shape[2], shape[3])
        self._used = np.array(sorted(card.classes.index(name) for name in card.operating_point))
        self._names = np.array(card.classes)
        self._grid = _yolox_grid(self._canvas_hw)

    def detect(
        self, frames: Sequence[NDArray[np.uint8]], regions: Sequence[NDArray[np.float32] | None]
    ) -> list[Detections]:
        """What is in each frame, in order; it looks at whole frames, wherever `regions` are."""
        if not frames:
            return []
        boxes = [self._letterbox(frame) for frame in frames]
        batch = np.stack([self._canvas(f, b) for f, b in zip(frames, boxes, strict=True)])
        outputs = self._runtime.infer(batch)
        self._check(outputs, len(frames))
        return [
            self._decode(output, box, frame.shape[:2])
            for output, box, frame in zip(outputs, boxes, frames, strict=True)
        ]

    def _letterbox(self, frame: NDArray[np.uint8]) -> Letterbox:
        centred = self.card.input.letterbox == "centre"
        return Letterbox.of((frame.shape[0], frame.shape[1]), self._canvas_hw, centred=centred)

    def _canvas(self, frame: NDArray[np.uint8], box: Letterbox) -> NDArray[np.float32]:
        given = self.card.input
        canvas = np.full((*self._canvas_hw, 3), GREY, np.uint8)
        size = (box.width_px, box.height_px)
        rows = slice(box.top_px, box.top_px + box.height_px)
        columns = slice(box.left_px, box.left_px + box.width_px)
        canvas[rows, columns] = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR)
        blob = cv2.dnn.blobFromImage(canvas, given.scale, swapRB=given.colour_order == "rgb")
        return np.asarray(blob[0])

    def _check(self, outputs: NDArray[np.float32], frames: int) -> None:
        classes = len(self.card.classes)
        expected: tuple[int, ...] = {
            "yolo": (frames, 4 + classes, -1),
            "yolo-end2end": (frames, -1, 6),
            "yolox": (frames, len(self._grid), 5 + classes),
        }[self.card.output]
        if outputs.ndim != 3 or any(
            e not in (-1, found) for e, found in zip(expected, outputs.shape, strict=True)
        ):
            raise ModelError(
                f"{self.card.name}: the network gave {outputs.shape}, but "
                f"{self.card.output!r} with {classes} classes gives {expected}; correct output or "
                "classes in its card"
            )
        # The least of all is no number when any of them is none. A broken network would else be
        # blind and nobody would know.
        if np.isnan(outputs.min(initial=0.0)):
            raise ModelError(
                f"{self.card.name}: the network gave NaN; it is damaged, or its input is not "
                "scaled as its card says: fetch or export it again"
            )

    def _decode(
        self, output: NDArray[np.float32], box: Letterbox, frame_hw: tuple[int, ...]
    ) -> Detections:
        # A box may be infinitely large; such are taken out below.
        with np.errstate(over="ignore", invalid="ignore"):
            if self.card.output == "yolo":
                corners, scores, classes = self._from_yolo(output)
            elif self.card.output == "yolox":
                corners, scores, classes = self._from_yolox(output)
            else:
                corners, scores, classes = self._from_end2end(output)
        whole = np.isfinite(corners).all(axis=1)
        corners, scores, classes = corners[whole], scores[whole], classes[whole]
        keep = _suppressed(corners, scores, classes, SUPPRESSION_IOU.get(self.card.output))
        placed = box.to_frame(corners[keep], (frame_hw[0], frame_hw[1]))
        inside = (placed[:, 2] > placed[:, 0]) & (placed[:, 3] > placed[:, 1])
        return Detections(
            placed[inside].astype(np.float32, copy=False),
            np.minimum(scores[keep][inside], 1).astype(np.float32, copy=False),
            self._names[classes[keep][inside]],
        )

    def _from_yolo(self, output: NDArray[np.float32]) -> _Boxes:
        # Most of the 8,400 boxes are nothing: only the classes in use are searched, then the other
        # classes of the few survivors, for a better one among them wins the box.
        near = np.flatnonzero(output[4 + self._used].max(axis=0) >= LOWEST_SCORE)
        rows = output[:, near]
        scores, classes = rows[4:].max(axis=0), rows[4:].argmax(axis=0)
        used = np.isin(classes, self._used)
        return _corners(rows[:2].T[used], rows[2:4].T[used]), scores[used], classes[used]

    def _from_yolox(self, output: NDArray[np.float32]) -> _Boxes:
        near = np.flatnonzero(output[:, 4] >= LOWEST_SCORE)
        rows, cells = output[near], self._grid[near]
        classes = rows[:, 5:].argmax(axis=1)
        scores = rows[:, 4] * rows[:, 5:].max(axis=1)
        used = np.isin(classes, self._used) & (scores >= LOWEST_SCORE)
        rows, cells = rows[used], cells[used]
        sizes = np.exp(rows[:, 2:4]) * cells[:, 2:]
        centres = (rows[:, :2] + cells[:, :2]) * cells[:, 2:]
        return _corners(centres, sizes), scores[used], classes[used]

    def _from_end2end(self, output: NDArray[np.float32]) -> _Boxes:
        used = (output[:, 4] >= LOWEST_SCORE) & np.isin(output[:, 5], self._used)
        rows = output[used]
        return rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int64)


def _corners(centres: NDArray[np.float32], sizes: NDArray[np.float32]) -> NDArray[np.float32]:
    half = sizes / 2
    return np.hstack([centres - half, centres + half])


def _yolox_grid(canvas_hw: tuple[int, int]) -> NDArray[np.float32]:
    """Each cell's column, row and stride, in the order of YOLOX's output."""
    parts = []
    for stride in YOLOX_STRIDES:
        rows, columns = np.mgrid[: canvas_hw[0] // stride, : canvas_hw[1] // stride]
        cells = np.stack([columns.ravel(), rows.ravel(), np.full(rows.size, stride)], axis=1)
        parts.append(cells)
    return np.concatenate(parts).astype(np.float32)


def _suppressed(
    corners: NDArray[np.float32],
    scores: NDArray[np.float32],
    classes: NDArray[np.int64],
    most_iou: float | None,
) -> NDArray[np.int64]:
    """Which boxes stay, the best first."""
    if len(scores) == 0:
        return np.empty(0, np.int64)
    if most_iou is None:
        return np.argsort(-scores, kind="stable")[:MOST_DETECTIONS]
    boxes = corners.astype(np.float64)
    boxes[:, 2:] -= boxes[:, :2]
    # OpenCV keeps classes apart by moving each one beyond the largest coordinate; a box that
    # reaches left of the canvas would come back among the boxes of the class before.
    boxes[:, :2] -= boxes[:, :2].min(axis=0)
    kept = cv2.dnn.NMSBoxesBatched(boxes.tolist(), scores.tolist(), classes.tolist(), 0.0, most_iou)
    best = np.asarray(kept, np.int64).ravel()
    return best[np.argsort(-scores[best], kind="stable")][:MOST_DETECTIONS]
