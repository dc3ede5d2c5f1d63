"""What a run file says about one export: whose it is, and what its words, units and times mean."""

import codecs
import re
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, field_validator, model_validator

from hlaska.records import Name, Record

IGNORE = "ignore"
_ENCODINGS = re.compile(r"utf-(8|16|32)|cp\d|iso8859|ascii|koi8|mac|gb|big5|shift|euc")
Format = Literal[
    "briefcam",
    "certicon",
    "coco",
    "datafromsky",
    "frigate",
    "goodvision",
    "gridsmart",
    "motchallenge",
    "opendatacam",
    "otvision",
]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Words = dict[Word, Word]
Side = Annotated[int, Field(ge=1, le=100_000)]
METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001, "km": 1000.0, "ft": 0.3048}
"""Length of each unit in metres; the foot is exact since 1959 (BIPM, The International System of
Units, 9th edition, table 8 and NIST SP 811)."""
METRES_PER_S = {"m/s": 1.0, "km/h": 1 / 3.6, "mph": 0.44704}
"""Speed of each unit in m/s; a mile is 1609.344 m."""


class Mapping(Record):
    """How one export is read. What a file says itself need not be said here."""

    system: str = Field(min_length=1, max_length=80, description="Whose result it is.")
    format: Format = Field(description="The adapter that reads it.")
    path: str = Field(min_length=1, max_length=500, description="The exported file.")
    constructed: bool = Field(
        default=False,
        description="Whether it was written from documentation; it is then never shown as a "
        "maker's result.",
    )
    encoding: str | None = Field(
        default=None,
        max_length=40,
        description="Such as cp1250; default: UTF-8, or what a mark says.",
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="Default: whichever the file uses, as long as it uses one."
    )
    columns: dict[Word, Word] = Field(
        default_factory=dict, description="Our name of a column → its name in the file."
    )
    classes: dict[Word, Name] = Field(
        default_factory=dict,
        description="Their word → our class, or ignore. Words that are our classes need no line.",
    )
    kind: Name | None = Field(
        default=None, description="Class of everything in a file that names no classes."
    )
    alerts: dict[Word, Name] = Field(
        default_factory=dict,
        description="Their word → kind of alert, or ignore; default: as `classes`.",
    )
    lines: Words = Field(
        default_factory=dict, description="Their line, gate or zone → our line, or ignore."
    )
    directions: dict[Word, str] = Field(
        default_factory=dict, description="Their direction → that of our line, or ignore."
    )
    movements: dict[Word, tuple[Word, Word]] = Field(
        default_factory=dict, description="Their turning movement → from our line, to our line."
    )
    cameras: Words = Field(
        default_factory=dict, description="Their camera → our camera, or ignore."
    )
    camera: str = Field(
        default="", max_length=200, description="Our camera, where the file names none."
    )
    time_zone: str | None = Field(
        default=None, description="Of local times, such as Europe/Prague (IANA)."
    )
    fold: Literal["first", "second", "by order"] | None = Field(
        default=None,
        description="Which hour is meant that an autumn night has twice; by order: the second from "
        "where the times of a series step back.",
    )
    date_order: Literal["day first", "month first"] | None = Field(
        default=None, description="Of dates such as 03/04/2026."
    )
    starts_at: AwareDatetime | None = Field(
        default=None, description="When frame 0 was taken, or when seconds of the file begin."
    )
    fps: float | None = Field(default=None, gt=0, le=1000, description="Frames a second.")
    frame_offset: int | None = Field(
        default=None,
        ge=-1_000_000_000,
        le=1_000_000_000,
        description="Is added to frame numbers, which then start at 0. Default: none is.",
    )
    interval_s: int | None = Field(
        default=None, gt=0, le=86_400, description="Of counts that tell only when they begin."
    )
    reused_after_s: float = Field(
        default=30.0,
        gt=0,
        description="A track that was not seen for longer is a new one that got an old id.",
    )
    speed_unit: Literal["m/s", "km/h", "mph"] | None = Field(
        default=None, description="Default: that of the column's name; without one, no speeds."
    )
    length_unit: Literal["m", "cm", "mm", "km", "ft"] = Field(
        default="m", description="Of positions on the ground."
    )
    origin: tuple[float, float] | None = Field(
        default=None,
        description="The site's centre in the file's positions: x, y or longitude, latitude.",
    )
    size_px: tuple[Side, Side] | None = Field(
        default=None, description="Width and height of the picture, for boxes given as shares."
    )

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding(cls, name: str | None) -> str | None:
        try:
            known = name is None or bool(_ENCODINGS.match(codecs.lookup(name).name))
        except (LookupError, ValueError):
            known = False
        if not known:
            raise ValueError("no such encoding; write one such as utf-8, cp1250, utf-16")
        return name

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        try:
            if name is not None:
                ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            raise ValueError("no such time zone; write one such as Europe/Prague") from None
        return name

    @model_validator(mode="after")
    def _has_a_zone_for_its_fold(self) -> Self:
        if self.fold is not None and self.time_zone is None:
            raise ValueError("`fold:` chooses an hour of a `time_zone:`; add that too")
        return self

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone of local times."""
        return None if self.time_zone is None else ZoneInfo(self.time_zone)
