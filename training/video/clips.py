"""Annotated clips as pictures to learn from: the first part of a clip teaches, the last judges.

Neighbouring frames are all but the same picture. A random split would put the same people at the
same place into both parts and praise a network that has learnt them by heart. What lies between the
parts is left out.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from catalogs import datasets
from catalogs.readers import load_boxes
from catalogs.web import Progress, silent
from hlaska.columns import FRAME
from hlaska.errors import DataError, unknown
from hlaska.settings import Settings
from hlaska.tracks import PERSON
from training.evaluation.observations import BOX
from training.video.dataset import Picture, Split

TRUTH = "-truth"
"""The truth of the clip NAME is the entry NAME-truth: boxes of people."""
TAUGHT = 0.63
"""Share of a clip that teaches; of pets-view1 the first 500 frames, as the student has them."""
APART = 0.04
"""Share of a clip that is left out between the parts: of pets-view1 four seconds."""
EVERY = 3
"""Of the frames one in so many is taken."""


def annotated() -> list[str]:
    """The clips of the catalog that have a truth."""
    names = datasets.names()
    return sorted(one.removesuffix(TRUTH) for one in names if one.endswith(TRUTH))


def clip_pictures(
    name: str, settings: Settings, *, every: int = EVERY, progress: Progress = silent
) -> Iterator[Picture]:
    """Frames of an annotated clip of the catalog, fetched if it is not here.

    Args:
        name: An entry; its truth is the entry of that name with `-truth` behind it.
        settings: Where data are.
        every: Takes one frame in so many.
        progress: Told about downloads.

    Raises:
        DataError: there is no such clip, it cannot be had or read, or it is shorter than its truth.
    """
    if name not in annotated():
        raise DataError(unknown("annotated clip", name, annotated()))
    clip = datasets.fetch(name, settings, progress=progress)
    truth = load_boxes(datasets.fetch(name + TRUTH, settings, progress=progress))
    frames = int(truth[FRAME].max()) + 1
    rows = dict(list(truth.groupby(FRAME)))
    shown = 0
    for number, image in enumerate(_decoded(clip)):
        shown += 1
        split = part_of(number, frames)
        if split is None or number % every or number >= frames:
            continue
        boxes = rows.get(number, truth[:0])[BOX].to_numpy(np.float64)
        yield Picture(
            name=f"{name}-{number:06d}",
            split=split,
            image=image,
            boxes_px=boxes,
            classes=(PERSON,) * len(boxes),
            origin={"source": name, "frame": str(number)},
        )
    if shown < frames:
        raise DataError(
            f"{clip} has {shown} frames, its truth is of {frames}; fetch both again: "
            f"hlaska data get {name}"
        )


def part_of(frame: int, frames: int) -> Split | None:
    """To which part a frame of a clip of so many belongs; None between the parts."""
    if frame < TAUGHT * frames:
        return "train"
    return "val" if frame >= (TAUGHT + APART) * frames else None


def _decoded(clip: Path) -> Iterable[NDArray[np.uint8]]:
    try:
        with av.open(str(clip)) as container:
            for frame in container.decode(video=0):
                yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
    except (av.FFmpegError, IndexError) as error:
        raise DataError(f"{clip} cannot be decoded: {error}; fetch or convert it again") from error
