"""A camera through the served pipeline, for those who learn from what it tracks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from catalogs.web import Progress
from hlaska.cameras import Camera
from hlaska.settings import Settings
from hlaska.tracks import Scene
from serving.hosts import open_uri
from serving.video.pipeline import Pipeline
from serving.video.scorer import DetectorScorer
from serving.video.source import EndOfClip, VideoSource, order_for
from training.evaluation.video import detect_with


def scenes_of_camera(
    camera: Camera,
    scorer: DetectorScorer,
    settings: Settings,
    *,
    most: timedelta,
    progress: Progress | None = None,
) -> Iterator[Scene]:
    """What is tracked before a camera: of a clip every frame once, of a live camera for so long.

    Raises:
        DataError: its clip cannot be had.
        SourceError: it cannot be opened or decoded.
    """
    order = order_for(
        open_uri(camera.uri, settings),
        size_px=camera.size_px,
        fps=camera.fps,
        base=datetime.now(UTC),
        paced=False,
    )
    pipeline, detect = Pipeline(camera, scorer.card, fps=camera.fps), detect_with(scorer)
    first: datetime | None = None
    with VideoSource(order, newest_only=order.live) as source:
        while True:
            try:
                frame = source.read()
            except EndOfClip:
                return
            assert frame is not None  # only a timeout gives None
            first = first or frame.captured_at
            if frame.captured_at - first > most:
                return
            yield pipeline.process(frame, detect).scene
            if progress is not None:
                progress("watching", int((frame.captured_at - first).total_seconds()), None)
