"""Detectors on a clip with its truth, through the served pipeline: stretch by stretch."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalogs import sites
from catalogs.readers import load_boxes
from hlaska.bootstrap import f1, ratio
from hlaska.cameras import Camera
from hlaska.columns import FRAME, OBJECT_CLASS
from hlaska.errors import DataError, SourceError
from hlaska.settings import Settings
from hlaska.tracks import PERSON
from serving.models import LoadedModel
from serving.video.scorer import DetectorScorer
from training.evaluation import pets
from training.evaluation.matching import detection_hits
from training.evaluation.observations import Observations
from training.evaluation.progress import Announce
from training.evaluation.video import frames_of, watch
from training.registry.cost import Work
from training.registry.measured import GateArgs, Measured, digest_of
from training.registry.verdict import Compared

MOST_FALSE_MORE = 0.15
"""False boxes a picture more than the champion's: one picture in seven."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A recording of which is known where people are."""

    path: Path
    camera: Camera
    boxes: pd.DataFrame
    """`frame`, the box; of people."""
    told: str
    sha256: str


def clip_of(
    settings: Settings, *, clip: Path | None = None, truth: Path | None = None, fps: float = 10.0
) -> Clip:
    """The clip that is judged: that of the catalog, or one's own.

    Args:
        settings: Where data are.
        clip: A video file; with `truth`.
        truth: Its boxes of people: MOT Challenge text or CVML.
        fps: Of one's own clip.

    Raises:
        DataError: it cannot be had or read, or one of the two is missing.
        SourceError: the clip cannot be decoded.
    """
    if clip is None and truth is None:
        footage = pets.footage(settings)
        boxes = footage.truth.tracks
        path, camera = footage.clip, footage.camera
        told = "pets-view1"
    elif clip is None or truth is None:
        raise DataError("a clip needs its truth, and a truth its clip: give --clip and --truth")
    else:
        boxes, path = load_boxes(truth), clip
        camera = _camera(clip, fps)
        told = clip.name
    sha256 = digest_of([path.read_bytes(), boxes.to_csv(index=False)])
    return Clip(path, camera, boxes, told, sha256)


def measured(
    candidate: LoadedModel,
    champion: LoadedModel | None,
    clip: Clip,
    args: GateArgs,
    announce: Announce,
) -> Measured:
    """Both detectors on the same frames; without a champion, beside one that sees nobody.

    Raises:
        DataError: no frame of the clip counts.
        SourceError: the clip cannot be decoded.
        ModelError: a network and its card disagree.
    """
    scorer = DetectorScorer.load(candidate, threads=1)
    other = None if champion is None else DetectorScorer.load(champion, threads=1)
    last = args.first_frame + args.frames
    mine = _seen(scorer, clip, last, announce, "candidate")
    theirs = None if other is None else _seen(other, clip, last, announce, "champion")
    units = stretches(len(mine.frames), args)
    if not units:
        raise DataError(
            f"{clip.told} has {len(mine.frames)} frames, of which those from {args.first_frame} on "
            "count; take a longer clip, or --from-frame an earlier one"
        )
    one = np.array([_counts(clip, mine, unit) for unit in units], float)
    two = np.array([_counts(clip, theirs, unit) for unit in units], float)
    picture = _picture(clip, args.first_frame)
    frames = f"frames {units[0].start} to {units[-1].stop - 1}"
    return Measured(
        data=f"{clip.told}, {frames}, people, by {len(units)} stretches of {args.stretch} frames",
        data_sha256=digest_of([clip.sha256, frames]),
        compared=(
            Compared("F1 of people's boxes", "stretches", one[:, :3], two[:, :3], f1, args.margin,
                     one[:, [0, 2]].sum(), main=True),
            Compared("false boxes a picture", "stretches", one[:, [1, 3]], two[:, [1, 3]], ratio,
                     MOST_FALSE_MORE, one[:, 3].sum(), better="lower"),
        ),
        work=Work(
            "a picture",
            lambda: scorer.score([picture]),
            None if other is None else lambda: other.score([picture]),
        ),
    )  # fmt: skip


def stretches(shown: int, args: GateArgs) -> list[range]:
    """Whole stretches of the frames that count; a rest at the end is left out."""
    last = min(shown, args.first_frame + args.frames)
    starts = range(args.first_frame, last - args.stretch + 1, args.stretch)
    return [range(start, start + args.stretch) for start in starts]


def _seen(
    scorer: DetectorScorer, clip: Clip, last: int, announce: Announce, who: str
) -> Observations:
    step = announce(f"{who}: frames", None)
    return watch(clip.path, clip.camera, scorer, limit=last, progress=step)


def _counts(clip: Clip, seen: Observations | None, unit: range) -> tuple[int, int, int, int]:
    """Boxes found, false, missed; frames."""
    truth = _within(clip.boxes, unit)
    if seen is None:
        return 0, 0, len(truth), len(unit)
    part = _within(seen.detections, unit)
    hits = detection_hits(truth, part[part[OBJECT_CLASS] == PERSON], unit)
    return hits.found, hits.false, hits.missed, len(unit)


def _within(rows: pd.DataFrame, frames: range) -> pd.DataFrame:
    return rows[rows[FRAME].between(frames.start, frames.stop - 1)]


def _picture(clip: Clip, number: int) -> NDArray[np.uint8]:
    for frame in frames_of(clip.path, clip.camera, limit=number + 1):
        last = frame.image
    return last


def _camera(clip: Path, fps: float) -> Camera:
    """A camera without lines or ground that delivers the clip as it is."""
    capture = cv2.VideoCapture(str(clip))
    width, height = (
        int(capture.get(each)) for each in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    capture.release()
    if min(width, height) < 16:
        raise SourceError(f"{clip} is no video that can be decoded")
    plain = sites.named(pets.SITE).camera(pets.CAMERA)
    bare = {"lines": (), "zones": (), "homography": None, "size_px": (width, height), "fps": fps}
    return plain.model_copy(update=bare)
