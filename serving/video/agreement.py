"""Where two detectors agree about a picture, and how often they do."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hlaska.tracks import Detections
from serving.video.draw import QUALITY, SKY, VERMILION, WHITE, Colour, label

LEAST_IOU = 0.5
"""Of two boxes of one object."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Numbers of the champion's and the shadow's boxes."""

    both: tuple[tuple[int, int], ...]
    """Pairs: champion's, shadow's."""
    only_champion: tuple[int, ...]
    only_shadow: tuple[int, ...]

    @property
    def differing(self) -> int:
        """Boxes that only one of them has."""
        return len(self.only_champion) + len(self.only_shadow)


def agreement(champion: Detections, shadow: Detections) -> Agreement:
    """Pairs of boxes of one class that overlap by `LEAST_IOU`, the closest first."""
    both = []
    same = champion.classes[:, None] == shadow.classes[None, :]
    free = sv.box_iou_batch(champion.boxes_px, shadow.boxes_px) * same if same.size else same
    while free.size and free.max() >= LEAST_IOU:
        one, other = divmod(int(free.argmax()), free.shape[1])
        both.append((one, other))
        free[one, :] = free[:, other] = 0
    ones, others = {one for one, _ in both}, {other for _, other in both}
    return Agreement(
        tuple(both),
        tuple(number for number in range(len(champion)) if number not in ones),
        tuple(number for number in range(len(shadow)) if number not in others),
    )


@dataclass(slots=True)
class Tally:
    """How often two detectors agreed."""

    frames: int = 0
    alike: int = 0
    """Frames in which nothing differed."""
    both: int = 0
    only_champion: int = 0
    only_shadow: int = 0

    def add(self, found: Agreement) -> None:
        """Count a frame."""
        self.frames += 1
        self.alike += not found.differing
        self.both += len(found.both)
        self.only_champion += len(found.only_champion)
        self.only_shadow += len(found.only_shadow)

    @property
    def share(self) -> float | None:
        """Boxes that both have, of all that either has; None when neither has any."""
        boxes = self.both + self.only_champion + self.only_shadow
        return self.both / boxes if boxes else None

    @classmethod
    def sum(cls, tallies: Iterable["Tally"]) -> "Tally":
        """All of them together."""
        whole = cls()
        for tally in tallies:
            whole.frames += tally.frames
            whole.alike += tally.alike
            whole.both += tally.both
            whole.only_champion += tally.only_champion
            whole.only_shadow += tally.only_shadow
        return whole


def drawn(
    image: NDArray[np.uint8], champion: Detections, shadow: Detections, found: Agreement
) -> bytes:
    """The picture as JPEG: white what both have, blue the champion's alone, red the shadow's."""
    canvas = image.copy()
    scale = max(1.0, image.shape[1] / 900)
    parts: tuple[tuple[str, Detections, Iterable[int], Colour], ...] = (
        ("", champion, (one for one, _ in found.both), WHITE),
        ("champion", champion, found.only_champion, SKY),
        ("shadow", shadow, found.only_shadow, VERMILION),
    )
    for whose, boxes, numbers, colour in parts:
        for number in numbers:
            left, top, right, bottom = (int(edge) for edge in boxes.boxes_px[number])
            thick = round(scale * (2 if whose else 1))
            cv2.rectangle(canvas, (left, top), (right, bottom), colour, thick)
            if whose:
                text = f"{whose} {boxes.classes[number]} {boxes.scores[number]:.2f}"
                label(canvas, text, (left, top), colour, scale)
    done, jpeg = cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"a picture of shape {image.shape} cannot be encoded")
    return jpeg.tobytes()
