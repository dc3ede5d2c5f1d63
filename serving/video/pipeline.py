"""What is done with each frame of one camera: measure, detect, track, apply the rules.

No threads, clocks or network: the stream that owns it deals with those, and the benchmarks and the
evaluation run this very class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hlaska.cameras import Camera, zone_area_m2
from hlaska.models import ModelCard
from hlaska.rules.finding import Finding, Rule
from hlaska.rules.line_counts import LineCounts
from hlaska.rules.picture_health import PictureHealth, PictureHealthArgs
from hlaska.tracks import Detections, Frame, Scene
from serving.video.motion import Motion
from serving.video.picture_health import PictureMeter
from serving.video.tracking import Tracker

STILL = 5e-4
"""Share of moving pixels below which a picture counts as unchanged: less than a person's sway."""
LOOK_AGAIN = timedelta(seconds=1)
"""Even an unchanged picture is looked at this often."""


class Detect(Protocol):
    """A detector, wherever it runs: in this process or behind Ray Serve."""

    def __call__(self, image: NDArray[np.uint8], regions_px: NDArray[np.float32]) -> Detections:
        """What is in one picture; `regions_px` (n x 4) is where something moves."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one frame led to."""

    scene: Scene
    findings: tuple[Finding, ...]
    detections: Detections
    detected: bool
    """Whether the detector looked, or the picture had not changed."""


class Pipeline:
    """The state of one camera.

    Args:
        camera: Its lines, zones and homography.
        card: Of the detector: where its scores begin to count.
        fps: Frames per second that will come, for the tracker's memory.
        gated: Whether an unchanged picture is spared the detector.
        rules: Further ones than those of its lines and zones.
    """

    def __init__(
        self,
        camera: Camera,
        card: ModelCard,
        *,
        fps: float,
        gated: bool = True,
        rules: Sequence[Rule] = (),
    ) -> None:
        self._camera = camera
        self._classes = np.asarray(camera.object_classes)
        self._gated = gated
        self._motion = Motion()
        self._meter = PictureMeter()
        self._health = PictureHealth(PictureHealthArgs())
        self._tracker = Tracker(card=card, fps=fps, homography=camera.homography)
        self._rules = [*_rules(camera), *rules]
        self._pending: list[Finding] = []
        self._last = Detections.none()
        self._looked_at: datetime | None = None

    def use(self, card: ModelCard) -> None:
        """From now on the detector is this one; tracks and rules go on."""
        self._tracker.use(card)

    def process(self, frame: Frame, detect: Detect) -> Outcome:
        """Take in the next frame.

        Raises:
            Whatever `detect` raises. The frame then leaves no trace in tracks and rules, and what
            is wrong with the picture itself comes with the next frame that gets through.
        """
        numbers = self._meter.measure(frame, learn=self._health.learns)
        # A picture's trouble is found once: kept until a frame gets through to tell it.
        self._pending += self._health.update(numbers)
        regions = self._motion.regions(frame.image)
        look = not self._gated or regions.fraction >= STILL or self._is_due(frame.captured_at)
        if look:
            self._last = self._wanted(detect(frame.image, regions.boxes_px))
            self._looked_at = frame.captured_at
        tracks = self._tracker.update(self._last, frame.captured_at)
        scene = Scene(captured_at=frame.captured_at, tracks=tracks)
        findings, self._pending = self._pending, []
        for rule in self._rules:
            findings += rule.update(scene)
        return Outcome(scene, tuple(findings), self._last, look)

    def _is_due(self, now: datetime) -> bool:
        return self._looked_at is None or not self._looked_at <= now < self._looked_at + LOOK_AGAIN

    def _wanted(self, found: Detections) -> Detections:
        keep = np.isin(found.classes, self._classes)
        return Detections(found.boxes_px[keep], found.scores[keep], found.classes[keep])


def _rules(camera: Camera) -> list[Rule]:
    rules: list[Rule] = [
        rule.build(zone=zone.id, polygon_px=zone.polygon, area_m2=zone_area_m2(camera, zone))
        for zone in camera.zones
        for rule in zone.rules
    ]
    for line in camera.lines:
        start, end = line.points
        rules.append(
            LineCounts(
                line=line.id, start=start, end=end, forward=line.forward, backward=line.backward
            )
        )
    return rules
