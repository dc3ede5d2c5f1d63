"""From detections to tracks: who of this frame is who of the last, for one camera.

The association is ByteTrack (Zhang et al., ByteTrack: Multi-Object Tracking by Associating Every
Detection Box, ECCV 2022) as the library `trackers` has it. Here it is told what counts as a sure
detection, its answers are turned into `Track`s, and what a track remembers is kept bounded.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from trackers import ByteTrackTracker

from hlaska.ground import project
from hlaska.models import ModelCard
from hlaska.tracks import PERSON, Detections, Track

LOST_S = 2.0
"""How long a hidden object keeps its id: a walker needs about that long to pass a van."""

CONFIRM_FRAMES = 2
"""Frames in a row in which an object must be seen before it counts: a flicker never does."""

LEAST_IOU = 0.1
"""Of a track's expected box and a detection, to be the same; what ByteTrack's authors use."""

SAME_IOU = 0.7
"""Detections that overlap more are one object, whatever a detector calls each (car or truck): the
limit within one class that detectors of this family come with, here across classes."""

_SCORE_STEPS = 1000
_LIBRARY_FPS = 30


@dataclass(slots=True)
class _Memory:
    """What is remembered of one track, in bounded space."""

    id: int
    started_at: datetime
    histogram: NDArray[np.uint32] = field(
        default_factory=lambda: np.zeros(_SCORE_STEPS + 1, np.uint32)
    )
    """How often each score came, in steps of a thousandth: the median of a whole day fits in it."""
    seen: int = 0
    votes: dict[str, float] = field(default_factory=dict)
    """Sum of scores per class."""

    def add(self, score: float, object_class: str) -> None:
        self.histogram[round(min(max(score, 0.0), 1.0) * _SCORE_STEPS)] += 1
        self.seen += 1
        self.votes[object_class] = self.votes.get(object_class, 0.0) + score

    @property
    def median(self) -> float:
        """The lower median, to a thousandth."""
        middle = (self.seen + 1) // 2
        return float(np.searchsorted(np.cumsum(self.histogram), middle)) / _SCORE_STEPS

    @property
    def object_class(self) -> str:
        return max(self.votes, key=lambda name: self.votes[name])


class _Group:
    """ByteTrack for the classes that may be mistaken for each other."""

    def __init__(self, fps: float) -> None:
        # ByteTrack compares scores with two thresholds and nothing else. It is given 1 for what
        # reaches its class's operating point and 0 for the rest, so that each class has its own.
        self._tracker = ByteTrackTracker(
            lost_track_buffer=round(LOST_S * _LIBRARY_FPS),
            frame_rate=fps,
            track_activation_threshold=0.5,
            high_conf_det_threshold=0.5,
            minimum_consecutive_frames=CONFIRM_FRAMES,
            minimum_iou_threshold=LEAST_IOU,
        )
        self._memories: dict[int, _Memory] = {}

    def associate(
        self, boxes_px: NDArray[np.float32], sure: NDArray[np.bool_], elapsed_s: float
    ) -> list[tuple[int, int]]:
        """Pairs of detection number and this group's own id, of the tracks that count."""
        given = sv.Detections(
            xyxy=boxes_px,
            confidence=sure.astype(np.float32),
            data={"number": np.arange(len(boxes_px))},
        )
        found = self._tracker.update(given, timestamp=elapsed_s)
        if not len(found):
            return []
        ids = np.asarray(found.tracker_id, np.int64)
        pairs = zip(found.data["number"], ids, strict=True)
        return [(int(number), int(own)) for number, own in pairs if own >= 0]

    def memory(self, own: int, new_id: int, started_at: datetime) -> _Memory:
        if own not in self._memories:
            self._memories[own] = _Memory(new_id, started_at)
        return self._memories[own]

    def forget(self) -> None:
        """Drops what is remembered of tracks that ByteTrack has given up."""
        alive = {track.tracker_id for track in self._tracker.tracks}
        for own in self._memories.keys() - alive:
            del self._memories[own]


class Tracker:
    """The tracks of one camera.

    People and vehicles are tracked apart, because a cyclist's box and that of the bicycle lie on
    each other. Ids begin at 0 and are not used twice while the tracker lives.

    Args:
        card: Of the detector; a detection below its class's operating point continues a track but
            begins none, and a class without one is ignored.
        fps: Frames per second that are usual; what really passes between frames is measured.
        homography: 3 x 3, pixels to metres on the ground; None leaves `Track.ground_m` empty.
    """

    def __init__(
        self,
        *,
        card: ModelCard,
        fps: float,
        homography: Sequence[Sequence[float]] | None = None,
    ) -> None:
        self._operating_point = dict(card.operating_point)
        self._homography = homography
        self._fps = fps
        self._people, self._others = _Group(fps), _Group(fps)
        self._next_id = 0
        self._last: datetime | None = None
        self._elapsed_s = 0.0
        self._recent: deque[datetime] = deque(maxlen=CONFIRM_FRAMES)

    def use(self, card: ModelCard) -> None:
        """From now on detections come from this detector; the tracks go on."""
        self._operating_point = dict(card.operating_point)

    def update(self, detections: Detections, captured_at: datetime) -> tuple[Track, ...]:
        """The tracks that are seen in the next frame, by id; hidden ones are left out.

        Args:
            detections: What the detector found in it, weak ones included.
            captured_at: When the frame left the camera. A clock that stands or runs back counts as
                one usual frame.
        """
        self._pass_time(captured_at)
        needed = np.array(
            [self._operating_point.get(str(name), np.inf) for name in detections.classes]
        )
        people = detections.classes == PERSON
        tracks = [
            *self._update_group(self._people, detections, needed, people),
            *self._update_group(self._others, detections, needed, ~people & np.isfinite(needed)),
        ]
        return tuple(sorted(tracks, key=lambda track: track.id))

    def _pass_time(self, captured_at: datetime) -> None:
        passed_s = 0.0 if self._last is None else (captured_at - self._last).total_seconds()
        self._elapsed_s += passed_s if passed_s > 0 else 1 / self._fps
        self._last = captured_at
        self._recent.append(captured_at)

    def _update_group(
        self,
        group: _Group,
        detections: Detections,
        needed: NDArray[np.float64],
        members: NDArray[np.bool_],
    ) -> list[Track]:
        numbers = _one_each(detections, np.flatnonzero(members))
        sure = detections.scores[numbers] >= needed[numbers]
        pairs = group.associate(detections.boxes_px[numbers], sure, self._elapsed_s)
        found = []
        # Lower ids were confirmed earlier; sorting keeps our ids independent of the boxes' order.
        for number, own in sorted(pairs, key=lambda pair: pair[1]):
            memory = group.memory(own, self._next_id, self._recent[0])
            self._next_id = max(self._next_id, memory.id + 1)
            index = numbers[number]
            memory.add(float(detections.scores[index]), str(detections.classes[index]))
            found.append((memory, detections.boxes_px[index]))
        group.forget()
        return self._tracks(found)

    def _tracks(self, found: list[tuple[_Memory, NDArray[np.float32]]]) -> list[Track]:
        if not found:
            return []
        boxes = np.array([box for _, box in found], np.float64)
        feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
        if self._homography is None:
            grounds = np.full_like(feet, np.nan)
        else:
            grounds = project(self._homography, feet)
        return [
            Track(
                id=memory.id,
                object_class=memory.object_class,
                box_px=(float(box[0]), float(box[1]), float(box[2]), float(box[3])),
                score=memory.median,
                started_at=memory.started_at,
                ground_m=None if np.isnan(ground).any() else (float(ground[0]), float(ground[1])),
            )
            for (memory, _), box, ground in zip(found, boxes, grounds, strict=True)
        ]


def _one_each(detections: Detections, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the detections that are the best of their object."""
    given = np.column_stack([detections.boxes_px[numbers], detections.scores[numbers]])
    return numbers[sv.box_non_max_suppression(given, SAME_IOU)]
