"""Measures the health of a camera's picture; `hlaska.rules.picture_health` judges the numbers.

All is done on small grey copies: 320 x 240 for detail, 80 x 60 for the view, single pixels for
noise.
"""

import math
from dataclasses import dataclass
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from hlaska.rules.picture_health import PictureNumbers
from hlaska.tracks import Frame
from serving.video.loops import LoopFinder

LEARN_S = 5.0
"""How long a picture is looked at before anything is unusual for it."""
ADAPT_S = 120.0
"""Time constant with which the usual follows daylight."""
RECENT_S = 5.0
"""Time constant of what was seen just now."""
DETAIL_PX = (320, 240)
VIEW_PX = (80, 60)
ENOUGH_PX = 480
"""Rows that a picture is at least looked at with, if it has them."""
SHADE_PX = 7
"""Side of the square mean that is taken for shading, in pixels of the 80 x 60 copy."""
FINE_FLOOR = 1.0
COARSE_FLOOR = 3.0
CRISPNESS_FLOOR = 0.01
"""Below these there is nothing to see and ratios mean nothing: squared grey levels, and a ratio."""
SHIFT_GAIN = 0.1
"""How much more a shifted view must be like the usual one than an unshifted, to have moved."""
MIN_OVERLAP = 0.25
"""Share of the picture in which two shifted views can be compared."""

Pixels = NDArray[np.integer | np.floating]


@dataclass(slots=True)
class _Usual:
    """What a camera shows, on a long average."""

    since: datetime
    until: datetime
    view: Pixels
    contrast: float
    fine: float
    """Detail at the scale of 320 x 240 pixels."""
    crispness: float
    """Its ratio to the detail at the scale of 80 x 60."""

    def follow(self, other: "_Usual") -> None:
        """Take in what it shows now."""
        # A plain mean at first, so that the first picture does not count for minutes.
        known_s = min((other.until - self.since).total_seconds(), ADAPT_S)
        step_s = max((other.until - self.until).total_seconds(), 0.0)
        share = min(step_s / known_s, 1.0) if known_s > 0 else 0.5
        self.until = other.until
        self.view = self.view + np.float32(share) * (other.view - self.view)
        self.contrast += share * (other.contrast - self.contrast)
        self.fine += share * (other.fine - self.fine)
        self.crispness += share * (other.crispness - self.crispness)

    @property
    def is_known(self) -> bool:
        return (self.until - self.since).total_seconds() >= LEARN_S


class PictureMeter:
    """Measures one camera's pictures in order, and learns what is usual for it. Memory: 1 MB."""

    def __init__(self) -> None:
        self._usual: _Usual | None = None
        self._pixels: Pixels | None = None
        self._recent: Pixels | None = None
        self._at: datetime | None = None
        self._shape: tuple[int, ...] | None = None
        self._started_at: datetime | None = None
        self._loops = LoopFinder()

    def measure(self, frame: Frame, *, learn: bool = True) -> PictureNumbers:
        """The numbers of the next picture.

        Args:
            frame: The picture, of any size and shape from 1 x 1 pixel.
            learn: Whether the picture may change what is usual: `PictureHealth.learns`.

        Returns:
            Numbers; those that compare with the usual are neutral until `LEARN_S` are learned.
        """
        at = frame.captured_at
        self._started_at = self._started_at or at
        # Every other pixel of a large picture is plenty, and a quarter of the work.
        rows, columns = frame.image.shape[:2]
        stride = max(1, rows // ENOUGH_PX)
        size = max(1, columns // stride), max(1, rows // stride)
        image = cv2.resize(frame.image, size, interpolation=cv2.INTER_NEAREST)
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        pixels = np.asarray(cv2.resize(grey, DETAIL_PX, interpolation=cv2.INTER_NEAREST), np.uint8)
        change = 0.0 if self._pixels is None else float(cv2.absdiff(pixels, self._pixels).mean())
        self._pixels = pixels
        loop = self._loops.update((at - self._started_at).total_seconds(), pixels[5::10, 5::10])
        now = self._look(grey, at)
        if grey.shape != self._shape:
            # Another resolution is differently sharp, and may show another section.
            self._usual, self._shape = None, grey.shape
        brightness = float(now.view.mean())
        usual = self._usual
        if usual is not None and usual.is_known:
            # Dimmer light takes fine detail away but leaves its ratio to coarse detail; glare and a
            # smooth lorry lower the ratio but leave fine detail. Only a bad lens takes both.
            sharpness = max(now.fine / usual.fine, now.crispness / usual.crispness)
            likeness, shift = _compare(now.view, usual.view, shape=grey.shape)
            usual_contrast = usual.contrast
        else:
            sharpness, likeness, shift, usual_contrast = 1.0, 1.0, 0.0, now.contrast
        if usual is None:
            self._usual = now
        elif learn:
            usual.follow(now)
        return PictureNumbers(
            captured_at=at,
            brightness=brightness,
            contrast=now.contrast,
            usual_contrast=usual_contrast,
            sharpness=sharpness,
            likeness=likeness,
            shift=shift,
            steadiness=self._steadiness(now.view, at),
            change=change,
            loop_period_s=None if loop is None else loop.period_s,
            loop_likeness=0.0 if loop is None else loop.likeness,
        )

    def _steadiness(self, view: Pixels, at: datetime) -> float:
        recent = view if self._recent is None else self._recent
        step_s = 0.0 if self._at is None else (at - self._at).total_seconds()
        share = 1 - math.exp(-max(step_s, 0.0) / RECENT_S)
        self._recent, self._at = recent + np.float32(share) * (view - recent), at
        return _correlation(_without_shade(view), _without_shade(recent))

    def _look(self, grey: Pixels, at: datetime) -> _Usual:
        detail = cv2.resize(grey, DETAIL_PX, interpolation=cv2.INTER_AREA)
        view = cv2.resize(detail, VIEW_PX, interpolation=cv2.INTER_AREA).astype(np.float32)
        fine = _edges(detail)
        return _Usual(
            since=at,
            until=at,
            view=view,
            contrast=float(_without_shade(view).std()),
            fine=fine + FINE_FLOOR,
            crispness=fine / (_edges(view) + COARSE_FLOOR) + CRISPNESS_FLOOR,
        )


def _edges(grey: Pixels) -> float:
    """Variance of the smoothed Laplacian: how much detail there is at the scale of the pixels.

    The usual measure of focus (J. L. Pech-Pacheco et al., Diatom autofocusing in brightfield
    microscopy, ICPR 2000).
    """
    depth = cv2.CV_16S if grey.dtype == np.uint8 else cv2.CV_32F
    # Smoothed first, since what noise a blurred picture has is sharp.
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    _, deviation = cv2.meanStdDev(cv2.Laplacian(smooth, depth))
    return float(deviation[0, 0]) ** 2


def _without_shade(view: Pixels) -> Pixels:
    return np.asarray(view - cv2.blur(view, (SHADE_PX, SHADE_PX)), np.float32)


def _correlation(one: Pixels, other: Pixels) -> float:
    norm = math.sqrt(float((one * one).sum()) * float((other * other).sum()))
    return float((one * other).sum()) / norm if norm > 0 else 0.0


def _compare(view: Pixels, usual: Pixels, *, shape: tuple[int, ...]) -> tuple[float, float]:
    """How like two views are, and how far they are shifted against each other.

    The shift comes from phase correlation (C. D. Kuglin and D. C. Hines, 1975); it counts if the
    views are clearly more alike with it than without.

    Returns:
        Correlation, -1..1, and shift as a share of the picture's width.
    """
    one, other = _without_shade(view), _without_shade(usual)
    still = _correlation(one, other)
    window = cv2.createHanningWindow(VIEW_PX, cv2.CV_32F)
    (right, down), _ = cv2.phaseCorrelate(other, one, window)
    x, y = round(right), round(down)
    width, height = VIEW_PX
    if (x, y) == (0, 0) or (width - abs(x)) * (height - abs(y)) < MIN_OVERLAP * width * height:
        return still, 0.0
    moved = _correlation(
        one[max(y, 0) : height + min(y, 0), max(x, 0) : width + min(x, 0)],
        other[max(-y, 0) : height + min(-y, 0), max(-x, 0) : width + min(-x, 0)],
    )
    if moved < still + SHIFT_GAIN:
        return still, 0.0
    aspect = shape[0] / shape[1]
    return moved, math.hypot(right / width, down / height * aspect)
