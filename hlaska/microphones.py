"""A microphone of a site: where it hangs, and what it listens for."""

from typing import Literal

from pydantic import Field

from hlaska.places import Point
from hlaska.records import Name, Record
from hlaska.sound.scores import SOUND_CLASSES


class Microphone(Record):
    """A microphone, or a recording that stands in for one."""

    id: Name
    name: str
    uri: str = Field(
        default="",
        pattern=r"^$|^(rtsps?|https?|file|dataset):.+$",
        max_length=500,
        description="rtsp://, http://, file:// (WAV, FLAC …), dataset:NAME/FILE; empty: not heard.",
    )
    note: str = Field(
        default="", description="Shown wherever it is; says so when the sound is not live."
    )
    position: Point
    height_m: float = Field(default=4.0, ge=0, le=300)
    sounds: tuple[Literal[SOUND_CLASSES], ...] = Field(  # type: ignore[valid-type]
        default=SOUND_CLASSES, min_length=1, description="What it listens for."
    )
    retention_days: int = Field(default=7, ge=0, le=365, description="How long evidence is kept.")
