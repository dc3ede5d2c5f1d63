"""A made street with people and cars, and where they are: for trying things out without any data.

It proves that training works, and nothing about streets.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hlaska.tracks import PERSON
from training.video.clips import part_of
from training.video.dataset import Picture

CAR = "car"
_Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Walker:
    """Something that crosses the picture again and again at one height."""

    object_class: str
    foot_px: float
    height_px: float
    width_px: float
    start_px: float
    speed_px: float
    """A frame; below 0 to the left."""
    colour: _Colour
    second: _Colour

    def box_px(self, frame: int, across_px: int) -> tuple[float, float, float, float]:
        """Its box; partly or wholly outside while it is away."""
        lap = across_px + 2 * self.width_px
        left = (self.start_px + self.speed_px * frame) % lap - self.width_px
        return left, self.foot_px - self.height_px, left + self.width_px, self.foot_px


def scene_pictures(
    *,
    frames: int,
    size_px: tuple[int, int] = (128, 96),
    people: int = 4,
    cars: int = 2,
    seed: int = 1,
) -> Iterator[Picture]:
    """Frames of the street, split by time as an annotated clip is.

    Args:
        frames: How many.
        size_px: Width and height.
        people: Who walk there.
        cars: That drive there.
        seed: The same makes the same pictures.
    """
    rng = np.random.default_rng(seed)
    width, height = size_px
    noise = rng.integers(70, 130, (height, width, 3), np.uint8)
    ground = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.uint8)
    kinds = [PERSON] * people + [CAR] * cars
    # The nearer ones are lower in the picture, larger, and in front.
    walkers = sorted((_walker(kind, rng, size_px) for kind in kinds), key=lambda one: one.foot_px)
    for number in range(frames):
        image = ground.copy()
        boxes, classes = [], []
        for walker in walkers:
            left, top, right, bottom = walker.box_px(number, width)
            _draw(image, walker, (round(left), round(top), round(right), round(bottom)))
            # Who is hardly in the picture yet cannot be told from what else is at its edge.
            if min(right, width) - max(left, 0) >= 0.4 * walker.width_px:
                boxes.append((left, top, right, bottom))
                classes.append(walker.object_class)
        noisy = image + rng.normal(0, 3, image.shape)
        split = part_of(number, frames)
        if split is not None:
            yield Picture(
                name=f"scene-{number:06d}",
                split=split,
                image=np.clip(noisy, 0, 255).astype(np.uint8),
                boxes_px=np.array(boxes, np.float64).reshape(-1, 4),
                classes=tuple(classes),
                origin={"source": f"made scene, seed {seed}", "frame": str(number)},
            )


def _walker(kind: str, rng: np.random.Generator, size_px: tuple[int, int]) -> _Walker:
    width, height = size_px
    near = rng.uniform(0.3, 1)
    tall = height * (0.25 + 0.25 * near) * (1 if kind == PERSON else 0.7)
    return _Walker(
        object_class=kind,
        foot_px=height * (0.3 + 0.65 * near),
        height_px=tall,
        width_px=tall * (0.45 if kind == PERSON else 2),
        start_px=float(rng.uniform(0, width)),
        speed_px=float(rng.choice([-1, 1]) * width * rng.uniform(0.01, 0.03)),
        colour=_colour(rng, 150, 256) if kind == CAR else _colour(rng, 0, 60),
        second=_colour(rng, 0, 60) if kind == CAR else _colour(rng, 150, 256),
    )


def _colour(rng: np.random.Generator, low: int, high: int) -> _Colour:
    blue, green, red = (int(value) for value in rng.integers(low, high, 3))
    return blue, green, red


def _draw(image: NDArray[np.uint8], one: _Walker, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    tall = bottom - top
    if one.object_class == PERSON:
        middle, head = (left + right) // 2, max(2, tall // 7)
        cv2.rectangle(image, (left, top + 2 * head), (right, bottom), one.colour, -1)
        cv2.circle(image, (middle, top + head), head, one.second, -1)
        return
    cv2.rectangle(image, (left, top + tall // 3), (right, bottom - tall // 6), one.colour, -1)
    inset = (right - left) // 5
    cv2.rectangle(image, (left + inset, top), (right - inset, top + tall // 2), one.second, -1)
    for wheel in (left + inset, right - inset):
        cv2.circle(image, (wheel, bottom - tall // 5), max(2, tall // 5), (20, 20, 20), -1)
