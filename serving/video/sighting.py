"""What a detector was shown and what it found, as a challenger gets to see it afterwards."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hlaska.events import ModelRef
from hlaska.models import ModelCard
from hlaska.tracks import Detections, Frame
from serving.handover import Since


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What the champion was asked beside the picture, and how long that took."""

    regions_px: NDArray[np.float32]
    """n x 4: where something moves."""
    took_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One frame of one camera."""

    site: str
    camera: str
    classes: tuple[str, ...]
    """What the camera looks for."""
    frame: Frame
    asked: Asked
    champion: ModelRef
    found: Detections
    """By the champion, from its operating point on."""
    since: Since


def counted(found: Detections, card: ModelCard, classes: tuple[str, ...]) -> Detections:
    """Those detections that reach the card's operating point, of these classes."""
    points = {name: point for name, point in card.operating_point.items() if name in classes}
    needed = np.array([points.get(str(name), np.inf) for name in found.classes])
    keep = found.scores >= needed
    return Detections(found.boxes_px[keep], found.scores[keep], found.classes[keep])
