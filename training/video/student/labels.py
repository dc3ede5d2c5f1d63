"""What the teacher sees in pictures of one fixed camera, looked at more closely than it can live.

The teacher looks at the whole picture and at four overlapping quarters of it, each also mirrored:
far people are larger to it there. What it says of one person is averaged over the views that hold
them whole, as in Solovyev et al., Weighted boxes fusion, 2021. What it also sees in the empty
picture (the median over time) stands there for ever and is no person.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalogs.web import Progress
from hlaska.settings import Settings
from hlaska.tracks import PERSON, Detections
from serving.models import LoadedModel, weights_sha256
from serving.video.scorer import DetectorScorer

SURE = 0.4
"""Mean score from which a box is a label. Below it down to `DOUBTFUL` nothing is learnt there."""
DOUBTFUL = 0.15
SAME_IOU = 0.5
"""Boxes of two views that overlap so much are one person."""
STANDING_IOU = 0.5
"""With a box of the empty picture, to be that thing."""
QUARTER = 0.6
"""Part of the picture's sides that a quarter covers, so that neighbours overlap."""
CUT = 0.02
"""Of a view's side: a box nearer than that to an inner edge may be cut off by it."""

Frames = Sequence[NDArray[np.uint8]] | NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Boxes of one picture: left, top, right, bottom in its pixels."""

    boxes_px: NDArray[np.float32]
    """n x 4, of people."""
    doubtful_px: NDArray[np.float32]
    """m x 4, where perhaps somebody is."""


@dataclass(frozen=True, slots=True)
class View:
    """A part of the picture, perhaps mirrored."""

    left: int
    top: int
    right: int
    bottom: int
    mirrored: bool

    def of(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The part of one picture."""
        part = image[self.top : self.bottom, self.left : self.right]
        return np.ascontiguousarray(part[:, ::-1] if self.mirrored else part)

    def placed(self, boxes_px: NDArray[np.float32]) -> NDArray[np.float32]:
        """Boxes (n x 4) of the view, in the picture."""
        boxes = boxes_px.copy()
        if self.mirrored:
            boxes[:, [0, 2]] = (self.right - self.left) - boxes[:, [2, 0]]
        return boxes + np.array([self.left, self.top] * 2, np.float32)

    def holds(self, boxes_px: NDArray[np.float32], size_hw: tuple[int, int]) -> NDArray[np.bool_]:
        """Which boxes of the picture lie in it, not cut by an edge that is none of the picture."""
        near = CUT * np.array([self.right - self.left, self.bottom - self.top])
        left = self.left + near[0] if self.left > 0 else -np.inf
        top = self.top + near[1] if self.top > 0 else -np.inf
        right = self.right - near[0] if self.right < size_hw[1] else np.inf
        bottom = self.bottom - near[1] if self.bottom < size_hw[0] else np.inf
        return np.asarray(
            (boxes_px[:, 0] >= left)
            & (boxes_px[:, 1] >= top)
            & (boxes_px[:, 2] <= right)
            & (boxes_px[:, 3] <= bottom)
        )


def views(size_hw: tuple[int, int]) -> list[View]:
    """The whole picture and its quarters, each also mirrored."""
    height, width = size_hw
    high, wide = round(height * QUARTER), round(width * QUARTER)
    parts = [(0, 0, width, height)] + [
        (left, top, left + wide, top + high)
        for left in (0, width - wide)
        for top in (0, height - high)
    ]
    return [View(*part, mirrored=mirrored) for part in parts for mirrored in (False, True)]


def fused(
    seen: Sequence[tuple[View, Detections]], size_hw: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """One box a person (n x 4) from what was seen in several views, and its mean score (n).

    The mean is over the views that hold the box whole; one that did not see it counts as 0.
    """
    boxes, scores, numbers = [], [], []
    for number, (view, found) in enumerate(seen):
        people = found.classes == PERSON
        placed = view.placed(found.boxes_px[people])
        whole = view.holds(placed, size_hw)
        boxes.append(placed[whole])
        scores.append(found.scores[people][whole])
        numbers.append(np.full(int(whole.sum()), number))
    all_boxes, all_scores = np.concatenate(boxes), np.concatenate(scores)
    all_numbers = np.concatenate(numbers)
    groups: list[list[int]] = []
    means: list[NDArray[np.float32]] = []
    for index in np.argsort(-all_scores, kind="stable"):
        overlap = iou(all_boxes[index : index + 1], np.array(means, np.float32).reshape(-1, 4))[0]
        for group in np.argsort(-overlap, kind="stable"):
            if overlap[group] < SAME_IOU:
                groups.append([index])
                means.append(all_boxes[index])
                break
            # A view sees a person once: a second box of it is somebody else, or nobody.
            if all_numbers[index] not in all_numbers[groups[group]]:
                groups[group].append(index)
                weights = all_scores[groups[group], None]
                means[group] = (all_boxes[groups[group]] * weights).sum(0) / weights.sum()
                break
        else:
            groups.append([index])
            means.append(all_boxes[index])
    told = np.array(means, np.float32).reshape(-1, 4)
    held = np.sum([view.holds(told, size_hw) for view, _ in seen], axis=0)
    total = np.array([all_scores[group].sum() for group in groups], np.float32)
    return told, total / np.maximum(held, 1).astype(np.float32)


def iou(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far boxes (n x 4) and others (m x 4) overlap: n x m, 0..1."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(axis=2)
    area = [np.clip(each[:, 2:] - each[:, :2], 0, None).prod(axis=1) for each in (one, other)]
    union = area[0][:, None] + area[1][None] - common
    return (common / np.maximum(union, 1e-9)).astype(np.float32)


def sorted_out(
    boxes_px: NDArray[np.float32], scores: NDArray[np.float32], standing_px: NDArray[np.float32]
) -> Labels:
    """What of the fused boxes is a label, what is doubtful; `standing_px` (k x 4) is neither."""
    stands = (iou(boxes_px, standing_px) >= STANDING_IOU).any(axis=1)
    sure = (scores >= SURE) & ~stands
    doubtful = (scores >= DOUBTFUL) & ~sure & ~stands
    return Labels(boxes_px[sure], boxes_px[doubtful])


def teach(
    frames: Frames,
    empty: NDArray[np.uint8],
    teacher: LoadedModel,
    settings: Settings,
    *,
    threads: int,
    progress: Progress | None = None,
) -> list[Labels]:
    """What the teacher sees in each picture, from the cache where it has seen them before.

    Args:
        frames: Height x width x 3 each, blue-green-red, all of one size.
        empty: The same size, without anybody.
        teacher: A detector that knows people.
        settings: Where the cache is. Only boxes are kept there, no picture.
        threads: CPU threads.
        progress: Told how far it is.

    Raises:
        ModelError: the teacher cannot be loaded.
    """
    kept = settings.cache / "labels" / f"{_digest(frames, empty, teacher)}.json"
    if kept.is_file():
        return [
            Labels(*(np.array(part, np.float32).reshape(-1, 4) for part in row))
            for row in json.loads(kept.read_text())
        ]
    scorer = DetectorScorer.load(teacher, threads=threads)
    parts = views((empty.shape[0], empty.shape[1]))

    def look(image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        found = scorer.score([part.of(image) for part in parts])
        return fused(list(zip(parts, found, strict=True)), (empty.shape[0], empty.shape[1]))

    boxes, scores = look(empty)
    standing = boxes[scores >= DOUBTFUL / 2]
    labels = []
    for number, frame in enumerate(frames, start=1):
        labels.append(sorted_out(*look(frame), standing))
        if progress is not None:
            progress("the teacher looks", number, len(frames))
    _keep(labels, kept)
    return labels


def _keep(labels: list[Labels], kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    rows = [[one.boxes_px.round(2).tolist(), one.doubtful_px.round(2).tolist()] for one in labels]
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(rows))
    part.replace(kept)


def _digest(frames: Frames, empty: NDArray[np.uint8], teacher: LoadedModel) -> str:
    rules = [SURE, DOUBTFUL, SAME_IOU, STANDING_IOU, QUARTER, CUT]
    digest = hashlib.sha256(json.dumps(rules).encode())
    digest.update(teacher.card.model_dump_json().encode())
    if teacher.weights is not None:
        digest.update(weights_sha256(teacher.weights).encode())
    for picture in (empty, *frames):
        digest.update(np.ascontiguousarray(picture).data)
    return digest.hexdigest()
