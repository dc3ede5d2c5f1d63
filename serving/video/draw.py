"""The annotated picture: boxes, tails, zones and lines, as the dispatcher sees them."""

from collections import deque
from collections.abc import Collection

import cv2
import numpy as np
from numpy.typing import NDArray

from hlaska.cameras import Camera
from hlaska.rules.finding import Finding
from hlaska.tracks import PERSON, Frame, Scene

Colour = tuple[int, int, int]

# Okabe & Ito's palette, which the colour-blind can tell apart (Color Universal Design, 2008), as
# BGR.
ORANGE: Colour = (0, 159, 230)
SKY: Colour = (233, 180, 86)
YELLOW: Colour = (66, 228, 240)
VERMILION: Colour = (0, 94, 213)
WHITE: Colour = (240, 240, 240)
BLACK: Colour = (20, 20, 20)

TAIL_FRAMES = 30
QUALITY = 80
"""JPEG quality: 70 kB at 768x576, and small writing stays readable."""
_FONT = cv2.FONT_HERSHEY_SIMPLEX


class Artist:
    """Draws the pictures of one camera, and remembers the tails of its tracks."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._tails: dict[int, deque[tuple[int, int]]] = {}
        self._scale = max(1.0, camera.size_px[0] / 900)

    def see(self, scene: Scene) -> None:
        """Remember where everybody is."""
        here = {track.id: track for track in scene.tracks}
        self._tails = {i: tail for i, tail in self._tails.items() if i in here}
        for track in scene.tracks:
            x, y = track.foot_px
            self._tails.setdefault(track.id, deque(maxlen=TAIL_FRAMES)).append((int(x), int(y)))

    def picture(self, frame: Frame, scene: Scene, finding: Finding | None = None) -> bytes:
        """The annotated picture as JPEG; what a finding is about stands out."""
        image = frame.image.copy()
        places = {finding.zone, finding.line} if finding else set()
        self._draw_places(image, places)
        self._draw_tracks(image, scene, set(finding.track_ids) if finding else set())
        done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        if not done:
            raise ValueError(f"a picture of shape {image.shape} cannot be encoded")
        return jpeg.tobytes()

    def _draw_places(self, image: NDArray[np.uint8], alarmed: Collection[str | None]) -> None:
        thin = round(self._scale)
        for zone in self._camera.zones:
            ring = np.asarray(zone.polygon, np.int32)
            colour = VERMILION if zone.id in alarmed else YELLOW
            cv2.polylines(image, [ring], True, colour, thin * (3 if zone.id in alarmed else 1))
        for line in self._camera.lines:
            start, end = (tuple(np.asarray(point, np.int32).tolist()) for point in line.points)
            cv2.line(image, start, end, WHITE, 2 * thin)

    def _draw_tracks(
        self, image: NDArray[np.uint8], scene: Scene, alarmed: Collection[int]
    ) -> None:
        thick = round(2 * self._scale)
        for track in scene.tracks:
            colour = (
                VERMILION
                if track.id in alarmed
                else SKY
                if track.object_class == PERSON
                else ORANGE
            )
            left, top, right, bottom = (int(v) for v in track.box_px)
            cv2.rectangle(image, (left, top), (right, bottom), colour, thick)
            tail = np.asarray(self._tails.get(track.id, ()), np.int32).reshape(-1, 1, 2)
            if len(tail) > 1:
                cv2.polylines(image, [tail], False, colour, thick // 2 or 1)
            words = f"{track.object_class} {track.id}"
            label(image, words, (left, top), colour, self._scale)


def label(
    image: NDArray[np.uint8], text: str, at: tuple[int, int], colour: Colour, scale: float
) -> None:
    """Write on a picture, above a point in pixels; `scale` is 1 on pictures of up to 900 px."""
    size = 0.4 * scale
    (width, height), _ = cv2.getTextSize(text, _FONT, size, 1)
    x, y = max(0, min(at[0], image.shape[1] - width - 4)), max(height + 4, at[1])
    cv2.rectangle(image, (x, y - height - 4), (x + width + 4, y), colour, -1)
    cv2.putText(image, text, (x + 2, y - 3), _FONT, size, BLACK, 1, cv2.LINE_AA)
