"""Pictures of one fixed camera, live or from its clip, and what it sees when nobody is there."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from catalogs import datasets, sites
from catalogs.web import Progress
from hlaska.cameras import Camera
from hlaska.errors import DataError, SiteError, SourceError, unknown
from hlaska.places import without_password
from hlaska.settings import Settings
from hlaska.sites import Site
from serving.video.decode import Order
from serving.video.source import EndOfClip, VideoSource, order_for

LARGEST_PX = 1280
"""Longest side of a kept picture: quarters of it fill a teacher's input, and memory has an end."""
EMPTY_FROM = 101
"""Pictures that the empty one is the median of."""
SILENCE_S = 20.0
"""After so long without a picture a live camera is opened anew."""
AGAIN_S = 5.0
ATTEMPTS = 12
"""Failures of a live camera in a row, after which it is given up."""

_FIRST_FRAME_AT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """Pictures in the order in which they were taken."""

    frames: NDArray[np.uint8]
    """n x height x width x 3, blue-green-red."""
    empty: NDArray[np.uint8]
    """Their median over time: whatever moves through is not in it."""


def camera_of(site: str, camera: str) -> tuple[Site, Camera]:
    """A camera of a committed site, or of a site file.

    Raises:
        SiteError: there is no such site, its file is wrong, or it has no such camera.
    """
    whole = sites.load(Path(site)) if site.endswith((".yaml", ".yml")) else sites.named(site)
    known = [each.id for each in whole.cameras]
    if camera not in known:
        raise SiteError(unknown(f"camera of {whole.id}", camera, known))
    return whole, whole.camera(camera)


def record(
    camera: Camera,
    settings: Settings,
    *,
    most: int,
    minutes: float | None,
    progress: Progress | None = None,
) -> Footage:
    """Watches a camera, or reads its clip from the beginning. Nothing of it is kept on disk.

    Args:
        camera: Which.
        settings: Where clips of the catalog are.
        most: Pictures to keep.
        minutes: Footage from which they are taken, evenly; None: one picture after the other.
        progress: Told how far it is.

    Raises:
        DataError: not one picture came.
        SourceError: a clip cannot be decoded, or a live camera stays away.
    """
    order = _order(camera, settings)
    spacing = timedelta() if minutes is None else timedelta(minutes=minutes) / most
    pictures: list[NDArray[np.uint8]] = []
    due: datetime | None = None
    failures = 0
    while len(pictures) < most:
        try:
            with VideoSource(order, newest_only=order.live) as source:
                while len(pictures) < most:
                    frame = source.read(SILENCE_S if order.live else None)
                    if frame is None:
                        raise SourceError(f"{camera.id} shows no picture for {SILENCE_S:.0f} s")
                    if due is not None and frame.captured_at < due:
                        continue
                    # From the time that was meant: rounding must not add up over a night.
                    due = max(due or frame.captured_at, frame.captured_at - spacing) + spacing
                    pictures.append(_smaller(frame.image))
                    failures = 0
                    if progress is not None:
                        progress("watching", len(pictures), most)
        except EndOfClip:
            break
        except SourceError:
            failures += 1
            if not order.live or failures >= ATTEMPTS:
                raise
            time.sleep(AGAIN_S)
    if not pictures:
        raise DataError(
            f"{camera.id}: not one picture came from {without_password(camera.uri)}; look at it "
            "with hlaska up --camera"
        )
    frames = np.stack(pictures)
    return Footage(frames, empty_of(frames))


def empty_of(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The median of pictures (n x height x width x 3) that lie evenly in time."""
    chosen = frames[
        np.linspace(0, len(frames) - 1, min(EMPTY_FROM, len(frames))).round().astype(int)
    ]
    # Row by row: the median of all at once would take ten times the memory.
    return np.stack([np.median(chosen[:, row], axis=0) for row in range(frames.shape[1])]).astype(
        np.uint8
    )


def _order(camera: Camera, settings: Settings) -> Order:
    uri = camera.uri
    if uri.startswith("dataset:"):
        name, _, inner = uri.removeprefix("dataset:").partition("/")
        clip = datasets.fetch(name, settings)
        uri = str(clip / inner if inner else clip)
    return order_for(uri, size_px=camera.size_px, fps=camera.fps, base=_FIRST_FRAME_AT, paced=False)


def _smaller(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = LARGEST_PX / max(image.shape[:2])
    if scale >= 1:
        return image.copy()
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
