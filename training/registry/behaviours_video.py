"""What a detector must do: people in plain view are found, a blank picture shows nobody."""

from functools import partial
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from catalogs import datasets, sites
from hlaska.settings import Settings
from hlaska.tracks import PERSON
from serving.video.scorer import DetectorScorer
from training.evaluation.matching import LEAST_IOU, pairs
from training.evaluation.pets import CAMERA, SITE
from training.evaluation.video import frames_of
from training.registry.behaviours import Behaviour, Kind

CLIP = "pets-view1"
FRAMES = range(520, 640, 12)
"""Of the clip, with three people and more in each; later than what a student learns from."""
LEAST_SHOWING = 0.8
"""Share of these frames in which somebody must be found."""
LEAST_SAME_MIRRORED = 0.6
LEAST_SAME_BRIGHTER = 0.8
"""Share of boxes (F1) that are found again after a change that means nothing; where people hide
each other, detectors differ a little about a mirrored picture."""
BRIGHTER = 1.1
BLANK_PX = (480, 640)

Picture = NDArray[np.uint8]
Boxes = NDArray[np.float32]


def behaviours(scorer: DetectorScorer, settings: Settings) -> list[Behaviour]:
    """Of one detector; those that need a picture of people take it from the catalog's clip."""
    known = _Clip(settings)
    ask = partial(partial, scorer=scorer)
    return [
        Behaviour(Kind.MINIMUM, "a blank picture shows nothing", ask(_blank)),
        Behaviour(Kind.MINIMUM, "people in plain view are found", ask(_people, known=known)),
        Behaviour(Kind.INVARIANCE, "mirrored, the same people", ask(_mirrored, known=known)),
        Behaviour(
            Kind.INVARIANCE, "a tenth brighter, the same people", ask(_brighter, known=known)
        ),
    ]


class _Clip:
    """Frames of the catalog's clip, fetched and decoded when they are first asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._frames: list[Picture] = []

    def frames(self) -> list[Picture]:
        """Raises DataError where the clip cannot be had."""
        if not self._frames:
            path = datasets.fetch(CLIP, self._settings)
            camera = sites.named(SITE).camera(CAMERA)
            self._frames = [
                one.image
                for one in frames_of(path, camera, limit=FRAMES.stop)
                if one.index in FRAMES
            ]
        return self._frames


def _blank(scorer: DetectorScorer) -> tuple[bool, str]:
    shades = [np.full((*BLANK_PX, 3), shade, np.uint8) for shade in (0, 114, 255)]
    many = 0
    for found in scorer.score(shades):
        points = scorer.card.operating_point
        many += sum(
            score >= points.get(str(name), np.inf)
            for score, name in zip(found.scores, found.classes, strict=True)
        )
    return many == 0, f"{many} boxes in {len(shades)} blank pictures"


def _people(scorer: DetectorScorer, known: _Clip) -> tuple[bool, str]:
    showing = [len(_boxes(scorer, one)) > 0 for one in known.frames()]
    told = f"somebody in {sum(showing)} of {len(showing)} frames"
    return sum(showing) >= LEAST_SHOWING * len(showing), told


def _mirrored(scorer: DetectorScorer, known: _Clip) -> tuple[bool, str]:
    def back(boxes: Boxes, width: int) -> Boxes:
        return np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1)

    halves = []
    for one in known.frames():
        mirrored = _boxes(scorer, np.ascontiguousarray(one[:, ::-1]))
        halves += [_boxes(scorer, one), back(mirrored, one.shape[1])]
    return _again(halves, LEAST_SAME_MIRRORED)


def _brighter(scorer: DetectorScorer, known: _Clip) -> tuple[bool, str]:
    halves = []
    for one in known.frames():
        lit = np.asarray(cv2.convertScaleAbs(one, alpha=BRIGHTER), np.uint8)
        halves += [_boxes(scorer, one), _boxes(scorer, lit)]
    return _again(halves, LEAST_SAME_BRIGHTER)


def _again(halves: list[Boxes], least: float) -> tuple[bool, str]:
    """How many boxes of each picture are found in the changed one that follows it."""
    both = total = 0
    for one, other in list(pairwise(halves))[::2]:
        both += 2 * len(pairs(_iou(one, other), LEAST_IOU)[0])
        total += len(one) + len(other)
    same = both / total if total else 0.0
    return same >= least, f"{same:.0%} of the boxes are found again, {least:.0%} are needed"


def _iou(one: Boxes, other: Boxes) -> NDArray[np.float64]:
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.clip(each[:, 2:] - each[:, :2], 0, None).prod(axis=1) for each in (one, other)]
    whole = areas[0][:, None] + areas[1][None] - shared
    return np.asarray(np.where(whole > 0, shared / np.maximum(whole, 1e-9), 0.0), np.float64)


def _boxes(scorer: DetectorScorer, picture: Picture) -> Boxes:
    found = scorer.score([picture])[0]
    least = scorer.card.operating_point.get(PERSON, np.inf)
    kept = (found.scores >= least) & (np.asarray(found.classes).astype(str) == PERSON)
    return np.asarray(found.boxes_px[kept], np.float32).reshape(-1, 4)
