"""What a camera yields on its way to an event: frame, detections, tracks, scene."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, Field

from hlaska.events import ModelRef
from hlaska.network.status import NetworkStatus
from hlaska.records import Name, Record
from hlaska.sound.status import SoundStatus

PERSON = "person"
VEHICLES = ("bicycle", "car", "motorcycle", "bus", "truck")
OBJECT_CLASSES = (PERSON, *VEHICLES)
"""The classes that cameras look for, by their COCO names."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a stream."""

    index: int
    """Number of the frame in its stream, from 0; a dropped frame leaves a gap."""
    captured_at: datetime
    """When it left the camera (as near as the source can tell), UTC."""
    image: NDArray[np.uint8]
    """Height x width x 3, blue-green-red."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """What a detector found in one frame: n boxes."""

    boxes_px: NDArray[np.float32]
    """n x 4: left, top, right, bottom."""
    scores: NDArray[np.float32]
    """n scores, 0..1, as the detector gives them (not calibrated)."""
    classes: NDArray[np.str_]
    """n object classes."""

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def none(cls) -> "Detections":
        """No detections."""
        return cls(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.str_))


@dataclass(frozen=True, slots=True)
class Track:
    """One object, as it is known in one frame."""

    id: int
    object_class: str
    box_px: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    score: float
    """Median of the track's detection scores so far: one lucky frame does not count."""
    started_at: datetime
    ground_m: tuple[float, float] | None = None
    """Metres east and north of the site's centre; None without homography or above the horizon."""

    @property
    def foot_px(self) -> tuple[float, float]:
        """Where it stands in the picture: the middle of the box's lower edge."""
        left, _, right, bottom = self.box_px
        return (left + right) / 2, bottom

    @property
    def height_px(self) -> float:
        """Height of its box."""
        return self.box_px[3] - self.box_px[1]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is tracked in one frame: what a rule gets to see."""

    captured_at: datetime
    tracks: tuple[Track, ...] = field(default=())


class StreamState(StrEnum):
    """How a stream is doing."""

    CONNECTING = "connecting"
    HEALTHY = "healthy"
    STALLED = "stalled"
    RECONNECTING = "reconnecting"
    LOST = "lost"
    ENDED = "ended"


SILENT_S = 5.0
"""A stream that has not reported for so long is silent: it should do so twice a second."""


class LiveTrack(Record):
    """A track as the dashboards get it."""

    id: int
    object_class: str
    box_px: tuple[float, float, float, float]
    lon: float | None = None
    lat: float | None = None


class StreamStatus(Record):
    """How one stream does at this moment, and what it sees."""

    site: Name
    source: Name
    state: StreamState
    reason: str = Field(default="", description="Why it is in that state, when it is not healthy.")
    epoch: AwareDatetime = Field(description="When the stream was opened.")
    at: AwareDatetime = Field(description="When this was written.")
    last_frame_at: AwareDatetime | None = Field(
        default=None, description="Capture time of the last processed frame."
    )
    fps_in: float = Field(
        default=0,
        ge=0,
        description="Decoded frames per second; of a microphone, windows; of a flow feed, flows.",
    )
    fps_processed: float = Field(
        default=0, ge=0, description="Frames per second through rules; windows scored."
    )
    dropped: int = Field(default=0, ge=0, description="Frames dropped for newer ones so far.")
    waiting: int = Field(
        default=0, ge=0, description="Events not yet sent, of all cameras of its stream host."
    )
    detector: str = Field(default="", description="Name and version of the detector that runs.")
    answer_ms: float = Field(
        default=0, ge=0, description="From asking a detector to its answer: median of the last 50."
    )
    models: tuple[ModelRef, ...] = Field(
        default=(), max_length=10, description="The models that gave the last answers."
    )
    note: str = Field(
        default="",
        description="What people should know of the models although they work: a version that was "
        "refused, a registry that is away.",
    )
    overloaded: bool = Field(default=False, description="Detector refuses work: frames are shed.")
    tracks: tuple[LiveTrack, ...] = ()
    sound: SoundStatus | None = Field(default=None, description="Of a microphone.")
    network: NetworkStatus | None = Field(default=None, description="Of a flow feed.")
