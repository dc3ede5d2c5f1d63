"""Detectors that are run on the scene's clip: by serving's own pipeline, or by `model.track()`."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from hlaska.cameras import Camera
from hlaska.columns import OBJECT_CLASS
from hlaska.errors import DataError
from hlaska.events import ModelRef
from hlaska.settings import Settings
from serving.models import resolve
from serving.video.scorer import DetectorScorer
from training.comparison.facts import SPEED, Absent, Facts, crossed, nothing
from training.comparison.run import Ours
from training.comparison.spans import Spans
from training.evaluation.observations import Observations
from training.evaluation.progress import Step, silent
from training.evaluation.ultralytics_track import UltralyticsTrack
from training.evaluation.video import watch

MOST_FPS = 60.0
"""Of `hlaska.cameras.Camera`."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What a detector made of a clip, and how fast."""

    facts: Facts
    model: ModelRef
    faster: float
    """How many times faster than the camera, on this machine while it did whatever else it did."""


def watched(
    ours: Ours,
    clip: Path | None,
    *,
    spans: Spans,
    camera: Camera,
    kinds: tuple[str, ...],
    settings: Settings,
    progress: Step = silent,
) -> Watched:
    """Runs a detector over the clip, all frames up to the last judged one.

    Args:
        ours: Which, and how.
        clip: The video.
        spans: What is judged.
        camera: Whose lines, size and homography hold.
        kinds: Classes that are judged; none: all.
        settings: Where models are.
        progress: Told after each frame.

    Raises:
        DataError: the scene has no clip, or the clip is over before the scene is.
        ModelError: the model cannot be had or run.
        SourceError: the clip cannot be decoded.
    """
    if clip is None:
        raise DataError("the scene has no clip to run it on; add `clip:` to it")
    model = resolve(ours.detector, settings)
    limit = spans.frames.stop
    camera = at_its_own_pace(camera, clip)
    if ours.tracker == "ultralytics":
        tracker = UltralyticsTrack(model, settings)
        started = time.perf_counter()
        seen = tracker.watch(clip, camera, limit=limit, progress=progress)
    else:
        scorer = DetectorScorer.load(model, threads=1)
        started = time.perf_counter()
        seen = watch(clip, camera, scorer, limit=limit, gated=ours.gated, progress=progress)
    took_s = time.perf_counter() - started
    if len(seen.frames) < limit:
        raise DataError(
            f"{clip} has {len(seen.frames)} frames and the scene {limit}; correct `frames`"
        )
    return Watched(
        facts=facts_of(seen, spans, camera, kinds),
        model=ModelRef(name=model.card.name, version=model.card.version),
        faster=limit / spans.fps / took_s,
    )


def at_its_own_pace(camera: Camera, clip: Path) -> Camera:
    """The camera with the clip's frames a second: at fewer, the source would leave frames out.

    The scene's own may differ: PETS was recorded at 7 a second, and its file says 10.

    Raises:
        DataError: the clip has more than 60 a second, more than any camera is looked at.
    """
    capture = cv2.VideoCapture(str(clip))
    fps = capture.get(cv2.CAP_PROP_FPS)
    capture.release()
    if not fps > 0:
        return camera
    if fps > MOST_FPS:
        raise DataError(f"{clip} has {fps:g} frames a second; at most {MOST_FPS:g}, thin it out")
    return camera.model_copy(update={"fps": fps})


def facts_of(seen: Observations, spans: Spans, camera: Camera, kinds: tuple[str, ...]) -> Facts:
    """Observations of a clip as facts: what was counted is what the pipeline counted."""
    if kinds:
        seen = replace(
            seen,
            tracks=seen.tracks[seen.tracks[OBJECT_CLASS].isin(kinds)],
            detections=seen.detections[seen.detections[OBJECT_CLASS].isin(kinds)],
            crossings=seen.crossings[seen.crossings[OBJECT_CLASS].isin(kinds)],
            candidates=None
            if seen.candidates is None
            else seen.candidates[seen.candidates[OBJECT_CLASS].isin(kinds)],
        )
    told = seen.detections if seen.candidates is None else seen.candidates
    facts = replace(
        nothing(""),
        detections=spans.judged(seen.detections),
        candidates=spans.judged(told),
        tracks=spans.judged(seen.tracks).assign(**{SPEED: np.nan}),
        alerts=Absent("alerts are not part of what is run here"),
    )
    return crossed(facts, seen.crossings, spans, camera)
