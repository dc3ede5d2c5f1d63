"""One camera: its newest annotated picture, where it comes from, and how old it is."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

import param

from dashboards.language import translate, written
from dashboards.part import Part
from dashboards.stream_health import STALE_AFTER_S, age_s, state_fact
from hlaska.cameras import Camera
from hlaska.tracks import StreamStatus
from serving.messages import NewPicture

PATIENCE_S = 3.0
"""A browser that does not say for this long that a picture is drawn gets the next all the same."""


def tile_fact(status: StreamStatus | None, language: str = "en") -> dict[str, str]:
    """What stands around the picture: `kind` and `words` of the state, reason, detector, rate."""
    kind, words = state_fact(status, language)
    if status is None:
        return {"kind": kind, "words": words, "reason": "", "detector": "", "rate": ""}
    rate = written(f"{status.fps_processed:.1f}", language)
    return {
        "kind": kind,
        "words": words,
        "reason": translate(status.reason, language),
        "detector": status.detector,
        "rate": translate("{rate} frames/s", language, rate=rate),
    }


class CameraTile(Part):
    """The newest picture of a camera, marked as old by the browser itself when no other comes.

    A picture is sent when the browser has drawn the one before: a slow browser sees fewer pictures,
    each of them new. The `<img>` bears `data-captured-at`, the capture time in ms since 1970, as
    soon as that picture is drawn.
    """

    title = param.String(default="", doc="What people call the camera.")
    note = param.String(default="", doc="Says so when the footage is not live or not from here.")
    large = param.Boolean(default=True, doc="Whether it is the one that is shown large.")
    wanted = param.Event(doc="Somebody wants to see it large.")
    instead = param.String(default="", doc="A button's words; `hear` is told when it is pressed.")
    health = param.Dict(default=tile_fact(None), doc="See `tile_fact`.")
    stale_after_s = param.Number(
        default=STALE_AFTER_S, bounds=(0.5, 600), doc="Age of an old picture, seconds."
    )

    _esm = "browser/camera_tile.js"
    _look: ClassVar[str] = "camera_tile.css"

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        steady_s: Callable[[], float] = time.monotonic,
        **params: Any,  # noqa: ANN401 - parameters of the part
    ) -> None:
        super().__init__(**params)
        self._clock = clock
        self._steady_s = steady_s
        self._newest: NewPicture | None = None
        self._sent: NewPicture | None = None
        self._sent_at_s: float | None = None

    def show_camera(self, camera: Camera, status: StreamStatus | None, language: str) -> None:
        """Be the tile of that camera."""
        note, health = translate(camera.note, language), tile_fact(status, language)
        self.param.update(title=camera.name, note=note, health=health)

    def show_picture(self, picture: NewPicture) -> None:
        """Show a picture, as soon as the browser has drawn the one before."""
        self._newest = picture
        self._send()

    def drawn(self) -> None:
        """The browser has drawn what it got."""
        self._sent_at_s = None
        self._send()

    def _send(self) -> None:
        picture, now_s = self._newest, self._steady_s()
        if picture is None or picture is self._sent:
            return
        if self._sent_at_s is not None and now_s - self._sent_at_s < PATIENCE_S:
            return
        self._sent, self._sent_at_s = picture, now_s
        self._send_msg(
            {
                "jpeg": picture.jpeg,
                "captured_at_ms": round(picture.captured_at.timestamp() * 1000),
                "age_s": age_s(picture.captured_at, self._clock()),
            }
        )

    def _handle_msg(self, data: dict[str, Any]) -> None:
        if data.get("wanted"):
            self.wanted = True
            return
        if data.get("instead"):
            super()._handle_msg(data)
            return
        if data.get("drawn") is None:
            # A browser that has just (re)built the tile: it needs the picture that was sent before.
            self._sent = None
        self.drawn()
