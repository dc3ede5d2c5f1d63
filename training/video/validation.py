"""A network is judged anew after everything that is done to it, by what serving makes of it."""

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from statistics import median

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.errors import ModelError
from hlaska.tracks import Detections
from serving.models import LoadedModel
from serving.video.scorer import DetectorScorer
from training.evaluation.detection import POINT, Precision, precision_of
from training.evaluation.observations import DETECTION_COLUMNS, Row, table
from training.video.dataset import DetectionData

MOST_LOST = POINT
"""Of mAP@.5:.95 and of mAP@.5: what is done to a network may cost a point, not more."""
LEAST_MAP50 = 0.05
"""Below it a network has learnt nothing: that it loses nothing proves nothing."""


def validated(model: LoadedModel, data: DetectionData, *, threads: int = 1) -> Precision:
    """How well a model finds what is on the pictures to judge by, through serving's own scorer.

    Boxes below `serving.video.yolo.LOWEST_SCORE` are not seen there and do not count.

    Raises:
        ModelError: the network cannot be loaded, or its card is wrong.
    """
    return precision_on(data, table_of(found_by(model, data, threads=threads)))


def found_by(model: LoadedModel, data: DetectionData, *, threads: int = 1) -> Iterator[Detections]:
    """What a model finds on the pictures to judge by, in their order."""
    scorer = DetectorScorer.load(model, threads=threads)
    return (scorer.score([image])[0] for image in data.images("val"))


def precision_on(data: DetectionData, seen: pd.DataFrame) -> Precision:
    """How good it is what was found on the pictures to judge by, as `table_of` gives it."""
    frames = range(len(data.pictures("val")))
    return precision_of(truth=data.truth("val"), seen=seen, frames=frames)


def table_of(found: Iterable[Detections]) -> pd.DataFrame:
    """Detections of one picture after the other as rows of `DETECTION_COLUMNS`."""
    rows: list[Row] = []
    for number, one in enumerate(found):
        rows += [
            (number, str(name), *map(float, box), float(score))
            for box, score, name in zip(one.boxes_px, one.scores, one.classes, strict=True)
        ]
    return table(rows, DETECTION_COLUMNS)


def refuse_loss(before: Precision, after: Precision, *, step: str, most: float = MOST_LOST) -> None:
    """Stops a network that something has made worse.

    Args:
        before: What it was.
        after: What it is.
        step: What was done to it, for people.
        most: It may have lost, of either figure.

    Raises:
        ModelError: it has lost more; or it was so bad before that nothing can be said.
    """
    if not before.map50 >= LEAST_MAP50:
        raise ModelError(
            f"before {step} the network finds next to nothing ({before}), so that no loss would "
            "show; train it longer, or on more data"
        )
    lost = max(before.map50 - after.map50, before.map50_95 - after.map50_95)
    if not lost <= most:
        raise ModelError(
            f"{step} costs {100 * lost:.1f} points of mAP, more than {100 * most:.1f}: "
            f"from {before} to {after}"
        )


def cpu_ms(model: LoadedModel, images: Iterable[NDArray[np.uint8]], *, most: int = 30) -> float:
    """Median CPU time of a picture through serving's scorer on one thread, in milliseconds.

    It is what limits how many cameras a machine carries, and others who use the machine disturb it
    less than the time on the clock. Machines differ: compare figures of one run.
    """
    scorer = DetectorScorer.load(model, threads=1)
    took_s = []
    for image in islice(images, most + 1):
        began_s = time.process_time()
        scorer.score([image])
        took_s.append(time.process_time() - began_s)
    # The first one also prepares.
    return 1000 * median(took_s[1:] or took_s)
