"""What all systems looked at: the scene of a run file, as a camera and as a span of time."""

import math
from datetime import UTC
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from catalogs import sites
from hlaska.cameras import Camera, CountingLine, Row
from hlaska.errors import DataError, unknown
from hlaska.places import unique, wrong
from hlaska.records import Name, Record
from training.comparison.spans import Spans

Side = Annotated[int, Field(ge=16, le=8192)]
MOST_FRAMES = 40_000_000
"""More than a week of 60 frames a second."""


class Scene(Record):
    """A place and a time that every system watched."""

    starts_at: AwareDatetime = Field(description="When frame 0 was taken, with its UTC offset.")
    fps: float = Field(gt=0, le=120, description="Frames a second, to which frame numbers refer.")
    frames: int | None = Field(
        default=None, gt=0, le=MOST_FRAMES, description="How many; or `ends_at`."
    )
    ends_at: AwareDatetime | None = Field(default=None, description="Or `frames`.")
    first_frame: int = Field(
        default=0,
        ge=0,
        description="From here on is judged: leave out what somebody's constants were chosen on.",
    )
    camera: Name | None = Field(
        default=None,
        description="A camera of the site, whose lines, size and homography hold where none "
        "are written here.",
    )
    clip: str | None = Field(
        default=None,
        max_length=500,
        description="The video, for detectors that are run: a path, or dataset:NAME.",
    )
    size_px: tuple[Side, Side] | None = Field(default=None, description="Width and height.")
    lines: tuple[CountingLine, ...] = Field(default=(), max_length=100)
    homography: tuple[Row, Row, Row] | None = Field(
        default=None, description="Pixels to metres on the ground."
    )
    kinds: tuple[Name, ...] = Field(
        default=(), max_length=50, description="Classes that are judged; none: those of the truth."
    )
    interval_s: int = Field(
        default=900, ge=1, le=86_400, description="Length of the intervals of counts, seconds."
    )
    stretch_s: float = Field(
        default=60.0,
        gt=0,
        le=86_400,
        description="Stretches of time that are drawn for the intervals of figures, seconds.",
    )
    alert_tolerance_s: float = Field(
        default=10.0, ge=0, le=3600, description="So much before or after it an alert is right."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.frames is None) == (self.ends_at is None):
            raise ValueError("says how long it is twice or never: give `frames` or `ends_at`")
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            raise wrong("ends_at", str(self.ends_at), "ends_at is not after starts_at")
        if self.whole > MOST_FRAMES:
            raise ValueError(f"has {self.whole} frames; at most {MOST_FRAMES} can be judged")
        if self.first_frame >= self.whole:
            raise ValueError(f"has {self.whole} frames, none of them from first_frame on")
        unique("line", [line.id for line in self.lines])
        return self

    @property
    def whole(self) -> int:
        """How many frames it has, judged or not."""
        if self.ends_at is None:
            return self.frames or 0
        seconds = (self.ends_at - self.starts_at).total_seconds()
        return max(1, math.floor(seconds * self.fps + 1e-6))

    def spans(self, every: int = 1) -> Spans:
        """Its time, where only frames 0, `every`, 2 x `every` … are judged.

        Raises:
            DataError: none is.
        """
        first = -(-self.first_frame // every) * every
        if first >= self.whole:
            raise DataError(f"none of {self.whole} frames is judged: every {every} is too rarely")
        return Spans(
            starts_at=self.starts_at.astimezone(UTC),
            fps=self.fps,
            frames=range(first, self.whole, every),
            interval_s=self.interval_s,
            stretch_s=self.stretch_s,
        )


def camera_of(scene: Scene, site: str | None) -> Camera:
    """The camera that the scene is, with what the run file writes in place of the site's own.

    A scene without a camera of a site gets one that has nothing but what the scene says; its
    place on Earth means nothing.

    Raises:
        DataError: the site has no such camera, or none of both says how large the picture is.
        SiteError: there is no site of that name.
    """
    written: dict[str, object] = {"fps": min(scene.fps, 60.0)}
    if scene.lines:
        written["lines"] = scene.lines
    if scene.size_px is not None:
        written["size_px"] = scene.size_px
    if scene.homography is not None:
        written["homography"] = scene.homography
    if scene.camera is not None:
        if site is None:
            raise DataError(f"camera {scene.camera}: of which site? Add `site: NAME` to the run")
        cameras = {camera.id: camera for camera in sites.named(site).cameras}
        if scene.camera not in cameras:
            raise DataError(unknown("camera", scene.camera, cameras))
        return cameras[scene.camera].model_copy(update=written)
    bare = Camera.model_validate(
        {
            "id": "scene",
            "name": "Scene of a comparison",
            "uri": "file://nowhere",
            "position": {"lon": 0, "lat": 0},
            "view": {"bearing_deg": 0, "angle_deg": 90, "range_m": 100},
            "size_px": scene.size_px or (1920, 1080),
        }
    )
    return bare.model_copy(update=written)
