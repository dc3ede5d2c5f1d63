"""The video protocol: a clip through the served pipeline, and what came out against the truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.cameras import Camera
from hlaska.columns import EAST_M, FRAME, NORTH_M, OBJECT_CLASS
from hlaska.errors import DataError
from hlaska.measures import Hits
from hlaska.tracks import PERSON, Detections, Frame
from serving.video.pipeline import Detect, Pipeline
from serving.video.scorer import DetectorScorer
from serving.video.source import EndOfClip, VideoSource, order_for
from training.evaluation.crossings import CrossingScores, crossing_rows, crossing_scores
from training.evaluation.identities import IdentityScores, identity_scores
from training.evaluation.matching import detection_hits, overlaps, pairs
from training.evaluation.observations import (
    CROSSING_COLUMNS,
    DETECTION_COLUMNS,
    TRACK_COLUMNS,
    Observations,
    Row,
    detection_rows,
    table,
    track_rows,
)
from training.evaluation.progress import Step, silent

CANDIDATE = 0.05
"""Boxes from this score on are kept, to see what another operating point would do."""
_FIRST_FRAME_AT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What really happened in a clip: people."""

    tracks: pd.DataFrame
    """Rows of `TRACK_COLUMNS`, positions by the full calibration of the camera."""
    crossings: pd.DataFrame
    """Rows of `CROSSING_COLUMNS`: what the served rule counts when shown the true tracks."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoScores:
    """How well a system did on some frames. People only, but for crossings counted too often."""

    frames: range
    identities: IdentityScores
    detections: Hits
    """Boxes at the detector's operating point, at IoU 0.5."""
    position_median_m: float
    """Median distance on the ground between a track and the person whose box it matches at IoU 0.5,
    over all such boxes; NaN without any."""
    position_p95_m: float
    positions: int
    """How many such boxes."""
    crossings: CrossingScores
    looked: float
    """Share of the frames that the detector was shown."""


def frames_of(clip: Path, camera: Camera, *, limit: int | None = None) -> Iterator[Frame]:
    """The frames of a clip as the camera's stream gets them, all of them, as fast as it can.

    Raises:
        SourceError: the clip cannot be decoded.
    """
    order = order_for(
        str(clip), size_px=camera.size_px, fps=camera.fps, base=_FIRST_FRAME_AT, paced=False
    )
    with VideoSource(order, newest_only=False) as source:
        done = 0
        while limit is None or done < limit:
            try:
                frame = source.read()
            except EndOfClip:
                return
            assert frame is not None  # only a timeout gives None
            yield frame
            done += 1


def detect_with(scorer: DetectorScorer) -> Detect:
    """The detector as a pipeline calls it, in this process."""

    def detect(image: NDArray[np.uint8], regions_px: NDArray[np.float32]) -> Detections:
        return scorer.score([image], [regions_px])[0]

    return detect


def watch(
    clip: Path,
    camera: Camera,
    scorer: DetectorScorer,
    *,
    limit: int | None = None,
    gated: bool = True,
    progress: Step = silent,
) -> Observations:
    """Shows a clip to the served pipeline, frame by frame and leaving none out.

    Args:
        clip: A video file.
        camera: Whose lines, zones and homography hold.
        scorer: The detector.
        limit: Most frames to show; default: all.
        gated: Whether an unchanged picture is spared the detector, as it is when it is served.
        progress: Told after each frame.

    Raises:
        SourceError: the clip cannot be decoded.
        ModelError: the network and its card disagree.
    """
    pipeline = Pipeline(camera, scorer.card, fps=camera.fps, gated=gated)
    detect = detect_with(scorer)
    tracks: list[Row] = []
    detections: list[Row] = []
    candidates: list[Row] = []
    crossings: list[Row] = []
    lower = dict.fromkeys(scorer.card.operating_point, CANDIDATE)
    done = looked = 0
    for frame in frames_of(clip, camera, limit=limit):
        outcome = pipeline.process(frame, detect)
        tracks += track_rows(frame.index, outcome.scene.tracks)
        detections += detection_rows(frame.index, outcome.detections, scorer.card.operating_point)
        candidates += detection_rows(frame.index, outcome.detections, lower)
        crossings += crossing_rows(frame.index, outcome.findings)
        done, looked = done + 1, looked + outcome.detected
        progress(done)
    return Observations(
        frames=range(done),
        tracks=table(tracks, TRACK_COLUMNS),
        detections=table(detections, DETECTION_COLUMNS),
        crossings=table(crossings, CROSSING_COLUMNS),
        looked=looked / done if done else 0.0,
        candidates=table(candidates, DETECTION_COLUMNS),
    )


def video_scores(
    seen: Observations, truth: Truth, camera: Camera, *, frames: range | None = None
) -> VideoScores:
    """Compares what was made of a clip with the truth.

    Boxes are matched frame by frame (`matching.pairs`: the optimal assignment at IoU 0.5 or more);
    people that are hidden count like all others where the truth has a box for them.

    Args:
        seen: By the system.
        truth: Of the same clip.
        camera: Whose lines are counted.
        frames: That count; default: all that were shown.

    Raises:
        DataError: none of these frames was shown.
    """
    frames = (
        seen.frames if frames is None else range(frames.start, min(frames.stop, len(seen.frames)))
    )
    if not frames:
        raise DataError(
            f"only {len(seen.frames)} frames were shown; show more, or judge earlier ones"
        )
    part = seen.only(frames)
    true_tracks = _within(truth.tracks, frames)
    people = part.tracks[part.tracks[OBJECT_CLASS] == PERSON]
    found = part.detections[part.detections[OBJECT_CLASS] == PERSON]
    off_m = position_errors_m(true_tracks, people, frames)
    return VideoScores(
        frames=frames,
        identities=identity_scores(true_tracks, people, frames),
        detections=detection_hits(true_tracks, found, frames),
        position_median_m=float(np.median(off_m)) if len(off_m) else float("nan"),
        position_p95_m=float(np.percentile(off_m, 95)) if len(off_m) else float("nan"),
        positions=len(off_m),
        crossings=crossing_scores(_within(truth.crossings, frames), part.crossings, camera),
        looked=part.looked,
    )


def position_errors_m(
    truth: pd.DataFrame, seen: pd.DataFrame, frames: range
) -> NDArray[np.float64]:
    """Metres on the ground between each track's box and the true one it matches.

    Boxes without a position (no homography, or above the horizon) are left out.
    """
    errors = [np.empty(0)]
    for one, other, iou in overlaps(truth, seen, frames):
        rows, columns = pairs(iou)
        true_m, seen_m = (
            each[[EAST_M, NORTH_M]].to_numpy(np.float64)[chosen]
            for each, chosen in ((one, rows), (other, columns))
        )
        errors.append(np.linalg.norm(true_m - seen_m, axis=1))
    off_m = np.concatenate(errors)
    return off_m[np.isfinite(off_m)]


def _within(rows: pd.DataFrame, frames: range) -> pd.DataFrame:
    return rows[rows[FRAME].between(frames.start, frames.stop - 1)]
