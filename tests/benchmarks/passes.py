"""One pass through the clip, each in its way: a step of the iterator is one frame, done."""

from collections.abc import Generator, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from hlaska.events import ModelRef
from serving.video.draw import Artist
from serving.video.events import Reporter
from serving.video.pipeline import Pipeline
from serving.video.scorer import DetectorScorer
from serving.video.stream import UNILLUSTRATED
from training.evaluation.pets import Footage
from training.evaluation.ultralytics_track import UltralyticsTrack
from training.evaluation.video import detect_with, frames_of

THREADS = 2
TRACKED = "yolo11n-int8"


def pipeline(
    scene: Footage, scorer: DetectorScorer, ref: ModelRef, *, looks: list[bool]
) -> Generator[None]:
    """What a stream does with each frame: decode, detect, track, rules, events.

    Args:
        scene: The clip and its camera.
        scorer: The detector.
        ref: Its name and version.
        looks: Gets, for each frame, whether the detector was shown it.
    """
    line = Pipeline(scene.camera, scorer.card, fps=scene.camera.fps)
    reporter = Reporter(scene.site, scene.camera, datetime.now(UTC), ref)
    artist = Artist(scene.camera)
    detect = detect_with(scorer)
    for frame in frames_of(scene.clip, scene.camera):
        outcome = line.process(frame, detect)
        artist.see(outcome.scene)
        for finding in outcome.findings:
            bare_kind = finding.kind in UNILLUSTRATED
            still = None if bare_kind else artist.picture(frame, outcome.scene, finding)
            reporter.event(finding, outcome.scene, still)
        looks.append(outcome.detected)
        yield


def bare(
    images: Sequence[NDArray[np.uint8]],
    regions: Sequence[NDArray[np.float32]],
    scorer: DetectorScorer,
) -> Generator[None]:
    """Only the detector."""
    for image, boxes in zip(images, regions, strict=True):
        scorer.score([image], [boxes])
        yield


def tracked(scene: Footage, tracker: UltralyticsTrack) -> Generator[None]:
    """`model.track()`."""
    for _ in tracker.results(scene.clip):
        yield
