"""A camera of a site: what it looks at, its counting lines, its zones and their rules."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator
from shapely import LineString

from hlaska.ground import polygon_area_m2, project
from hlaska.places import Pixel, Point, simple, unique, wrong
from hlaska.records import Name, Record
from hlaska.rules import ZoneRule
from hlaska.tracks import OBJECT_CLASSES

Coefficient = Annotated[float, Field(ge=-1e9, le=1e9)]
Row = tuple[Coefficient, Coefficient, Coefficient]


class CountingLine(Record):
    """A line across a path in the picture. Objects are counted where their foot crosses it."""

    id: Name
    name: str
    points: tuple[Pixel, Pixel] = Field(description="From, to; in pixels.")
    forward: str = Field(
        default="forward",
        min_length=1,
        max_length=60,
        description="What left to right means, seen from the first point to the second.",
    )
    backward: str = Field(
        default="backward", min_length=1, max_length=60, description="The other way."
    )

    @field_validator("points")
    @classmethod
    def _has_length(cls, points: tuple[Pixel, Pixel]) -> tuple[Pixel, Pixel]:
        if LineString(points).length < 1:
            raise ValueError("the line is shorter than a pixel")
        return points

    @model_validator(mode="after")
    def _directions_differ(self) -> Self:
        if self.forward == self.backward:
            raise wrong("backward", self.backward, "the same word as forward; name them apart")
        return self


class ImageZone(Record):
    """A part of the picture and the rules that hold there."""

    id: Name
    name: str
    zone: Name | None = Field(default=None, description="The zone of the site that it shows.")
    polygon: Annotated[tuple[Pixel, ...], Field(min_length=3)] = Field(description="In pixels.")
    rules: tuple[ZoneRule, ...] = Field(min_length=1)

    @field_validator("polygon")
    @classmethod
    def _polygon_is_simple(cls, ring: tuple[Pixel, ...]) -> tuple[Pixel, ...]:
        return tuple((float(x), float(y)) for x, y in simple(ring))


class View(Record):
    """What a camera looks at, for the map."""

    bearing_deg: float = Field(ge=0, lt=360, description="Clockwise from north.")
    angle_deg: float = Field(gt=0, le=360, description="Width of the view.")
    range_m: float = Field(gt=0, le=2000, description="How far people can be made out.")


class Camera(Record):
    """A camera, or a recording that stands in for one."""

    id: Name
    name: str
    uri: str = Field(
        pattern=r"^(rtsps?|https?|file|dataset):.+$",
        max_length=500,
        description="rtsp://, http:// (MJPEG), file:// (clip or folder of pictures), dataset:NAME.",
    )
    position: Point
    view: View
    size_px: tuple[Annotated[int, Field(ge=16, le=8192)], Annotated[int, Field(ge=16, le=8192)]] = (
        Field(description="Width and height that lines, zones and homography refer to.")
    )
    note: str = Field(
        default="",
        description="Shown wherever the picture is; says so when the footage is not live.",
    )
    fps: float = Field(
        default=10.0, gt=0, le=60, description="Frames per second looked at, at most."
    )
    speed: float = Field(
        default=1.0, gt=0, le=100, description="How much faster than recorded a clip is played."
    )
    object_classes: tuple[Literal[OBJECT_CLASSES], ...] = Field(  # type: ignore[valid-type]
        default=OBJECT_CLASSES, min_length=1
    )
    homography: tuple[Row, Row, Row] | None = Field(
        default=None, description="Pixels to metres east and north of the site's centre."
    )
    lines: tuple[CountingLine, ...] = ()
    zones: tuple[ImageZone, ...] = ()
    retention_days: int = Field(default=7, ge=0, le=365, description="How long evidence is kept.")

    @field_validator("homography")
    @classmethod
    def _invertible(cls, rows: tuple[Row, Row, Row] | None) -> tuple[Row, Row, Row] | None:
        if rows is None:
            return None
        matrix = np.asarray(rows)
        # Hadamard: |det| is at most the product of the rows' lengths, whatever the scale.
        if abs(np.linalg.det(matrix)) <= 1e-12 * np.linalg.norm(matrix, axis=1).prod():
            raise ValueError("the homography is singular: its points lie on a line")
        return rows

    @model_validator(mode="after")
    def _fits(self) -> Self:
        unique(
            "line or zone", [*(line.id for line in self.lines), *(zone.id for zone in self.zones)]
        )
        for zone in self.zones:
            needs_ground = [rule.rule for rule in zone.rules if rule.needs_ground]
            if needs_ground and self.homography is None:
                raise wrong(
                    "id", zone.id, f"{needs_ground[0]} in {zone.id} needs the camera's homography"
                )
            if needs_ground and zone_area_m2(self, zone) is None:
                raise wrong(
                    "id", zone.id, f"zone {zone.id} reaches above the horizon of the homography"
                )
        return self


def zone_area_m2(camera: Camera, zone: ImageZone) -> float | None:
    """Ground that an image zone covers, in m²; None without homography or above the horizon."""
    if camera.homography is None:
        return None
    ground = project(camera.homography, zone.polygon)
    return None if np.isnan(ground).any() else polygon_area_m2(ground)
