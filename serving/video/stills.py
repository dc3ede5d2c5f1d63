"""A picture as the camera gave it, which says itself what was seen on it: kept to learn from.

Dispatchers look at pictures on which boxes and lines are drawn. A detector that learnt from those
would learn the drawings. So an alarm keeps the bare picture too, and in its JPEG comment (COM,
ITU-T T.81, B.2.4.5) where its tracks were, so that no table can be lost or mixed up.
"""

import struct
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from hlaska.records import Record
from hlaska.rules.finding import Finding
from hlaska.tracks import Scene

QUALITY = 90
"""Of the JPEG: fit to learn from."""
_START, _COMMENT, _SCAN = 0xD8, 0xFE, 0xDA
MOST_SEEN = 300
"""Boxes of one picture: a comment holds 65,533 bytes."""


class SeenBox(Record):
    """A track as it was in that picture."""

    track: int
    object_class: str
    box_px: tuple[float, float, float, float] = Field(description="Left, top, right, bottom.")
    score: float
    alarmed: bool = Field(description="Whether the alarm is about it.")


class SeenBoxes(Record):
    """Everything that was tracked in a picture."""

    seen: tuple[SeenBox, ...] = Field(max_length=MOST_SEEN)


def bare_still(image: NDArray[np.uint8], scene: Scene, finding: Finding) -> bytes:
    """The picture as JPEG with nothing drawn on it, and in it where its tracks are.

    Args:
        image: Height x width x 3, blue-green-red.
        scene: What is tracked in it.
        finding: What the alarm is about.
    """
    boxes = SeenBoxes(
        seen=tuple(
            SeenBox(
                track=track.id,
                object_class=track.object_class,
                box_px=tuple(round(edge, 1) for edge in track.box_px),  # type: ignore[arg-type]
                score=round(track.score, 3),
                alarmed=track.id in finding.track_ids,
            )
            # Those that the alarm is about first, and none of them is lost.
            for track in sorted(scene.tracks, key=lambda one: one.id not in finding.track_ids)
        )[:MOST_SEEN]
    )
    done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"a picture of shape {image.shape} cannot be encoded")
    comment = boxes.model_dump_json().encode()
    content = jpeg.tobytes()
    marker = struct.pack(">BBH", 0xFF, _COMMENT, len(comment) + 2)
    return content[:2] + marker + comment + content[2:]


def boxes_in(jpeg: bytes) -> SeenBoxes | None:
    """What a still says was seen on it; None where it says nothing, as a drawn one does."""
    for comment in _comments(jpeg):
        try:
            return SeenBoxes.model_validate_json(comment)
        except ValidationError:
            continue
    return None


def _comments(jpeg: bytes) -> Iterator[bytes]:
    """The comments before the picture's data; nothing where it is no JPEG."""
    if jpeg[:2] != bytes((0xFF, _START)):
        return
    at = 2
    while at + 4 <= len(jpeg):
        mark, kind, length = struct.unpack_from(">BBH", jpeg, at)
        if mark != 0xFF or kind == _SCAN or length < 2:
            return
        if kind == _COMMENT:
            yield jpeg[at + 4 : at + 2 + length]
        at += 2 + length
