"""What the maps should say of a sample, and how wrong they are."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.video.student.network import STRIDE, boxes_of

SPREAD = 6.0
"""A box is so many standard deviations of its hill wide and high (Liu et al., TTFNet, 2020)."""
LEAST_SPREAD = 0.6
"""Cells."""
HILLTOP = 0.3
"""From this height on cells learn the box."""
BOX_WEIGHT = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Maps of one sample, rows x columns."""

    hills: NDArray[np.float32]
    """0..1, 1 at the cell in which a person's middle lies."""
    boxes: NDArray[np.float32]
    """4 x rows x columns: the box that a cell is to tell, in input pixels."""
    weights: NDArray[np.float32]
    """How much the cell's box counts; those of a person sum up to 1."""
    counts: NDArray[np.float32]
    """1, or 0 where nobody knows."""


def target(
    boxes: NDArray[np.float32], doubtful: NDArray[np.float32], size_hw: tuple[int, int]
) -> Target:
    """The maps of a sample of `size_hw` pixels with these boxes (n x 4)."""
    rows, columns = size_hw[0] // STRIDE, size_hw[1] // STRIDE
    hills = np.zeros((rows, columns), np.float32)
    told = np.zeros((4, rows, columns), np.float32)
    weights = np.zeros((rows, columns), np.float32)
    counts = np.ones((rows, columns), np.float32)
    for box in doubtful:
        counts[_hill(box, rows, columns) > HILLTOP / 3] = 0
    # The nearer person last: where two boxes cover each other, theirs is the one to tell.
    for box in boxes[np.argsort(boxes[:, 3], kind="stable")]:
        hill = _hill(box, rows, columns)
        own = hill >= HILLTOP
        if not own.any():
            continue
        hills = np.maximum(hills, hill)
        weights[own] = hill[own] / hill[own].sum()
        told[:, own] = box[:, None]
        counts[hill == 1] = 1
    return Target(hills, told, weights, counts)


def _hill(box: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """1 at the cell of the middle, if that is on the map, and falling from there."""
    # A person at the edge is told by the nearest cell.
    x = np.clip(np.floor((box[0] + box[2]) / 2 / STRIDE), 0, columns - 1)
    y = np.clip(np.floor((box[1] + box[3]) / 2 / STRIDE), 0, rows - 1)
    across = max(LEAST_SPREAD, float(box[2] - box[0]) / STRIDE / SPREAD)
    along = max(LEAST_SPREAD, float(box[3] - box[1]) / STRIDE / SPREAD)
    over_x = np.exp(-(((np.arange(columns) - x) / across) ** 2) / 2)
    over_y = np.exp(-(((np.arange(rows) - y) / along) ** 2) / 2)
    return np.outer(over_y, over_x).astype(np.float32)


def loss(
    maps: Tensor, hills: Tensor, boxes: Tensor, weights: Tensor, counts: Tensor
) -> tuple[Tensor, Tensor]:
    """Of the middles (focal, as in CenterNet) and of the boxes (1 - GIoU), both per person.

    Args:
        maps: Raw, n x 5 x rows x columns.
        hills: n x rows x columns, as in `Target`; so are the others, stacked.
        boxes: n x 4 x rows x columns.
        weights: n x rows x columns.
        counts: n x rows x columns.
    """
    logits = maps[:, 0]
    there = (hills == 1).to(logits.dtype)
    score = logits.sigmoid()
    miss = functional.logsigmoid(logits) * (1 - score) ** 2 * there
    false = functional.logsigmoid(-logits) * score**2 * (1 - hills) ** 4 * (1 - there)
    people = there.sum().clamp(min=1)
    middles = -((miss + false) * counts).sum() / people
    overlap = _giou(boxes_of(maps), boxes)
    return middles, BOX_WEIGHT * ((1 - overlap) * weights).sum() / people


def _giou(one: Tensor, other: Tensor) -> Tensor:
    """Rezatofighi et al., Generalized intersection over union, CVPR 2019; of n x 4 x ..."""

    def area(corners: tuple[Tensor, ...]) -> Tensor:
        return (corners[2] - corners[0]).clamp(min=0) * (corners[3] - corners[1]).clamp(min=0)

    a, b = one.unbind(1), other.unbind(1)
    inner = area(
        (
            torch.maximum(a[0], b[0]),
            torch.maximum(a[1], b[1]),
            torch.minimum(a[2], b[2]),
            torch.minimum(a[3], b[3]),
        )
    )
    outer = area(
        (
            torch.minimum(a[0], b[0]),
            torch.minimum(a[1], b[1]),
            torch.maximum(a[2], b[2]),
            torch.maximum(a[3], b[3]),
        )
    )
    union = area(a) + area(b) - inner
    return inner / union.clamp(min=1e-6) - (outer - union) / outer.clamp(min=1e-6)
