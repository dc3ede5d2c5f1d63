"""A site: one guarded place with its zones, cameras, microphones and network assets.

Frozen, bounded, forbidding unknown keys. `catalogs.sites` reads it from YAML and turns what is
wrong into an error that names file, key and line.
"""

import re
from collections.abc import Collection
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from pydantic import AwareDatetime, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError
from shapely import LineString, Polygon
from shapely.validation import explain_validity

from hlaska.ground import LocalPlane, polygon_area_m2, project
from hlaska.records import Name, Record
from hlaska.rules import ZoneRule
from hlaska.tracks import OBJECT_CLASSES

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
LonLat = tuple[Longitude, Latitude]
Pixel = tuple[
    Annotated[float, Field(ge=-10_000, le=20_000)], Annotated[float, Field(ge=-10_000, le=20_000)]
]
Coefficient = Annotated[float, Field(ge=-1e9, le=1e9)]
Row = tuple[Coefficient, Coefficient, Coefficient]


def _simple(ring: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    polygon = Polygon(ring)
    if not polygon.is_valid:
        raise ValueError(f"not a simple polygon: {explain_validity(polygon)}")
    if polygon.area == 0:
        raise ValueError("the polygon has no area")
    return ring


def _wrong(key: str, value: str, message: str) -> PydanticCustomError:
    """An error that is found in a whole record, but is about one `key: value` inside it."""
    about = {"message": message, "key": key, "value": value}
    return PydanticCustomError("site", "{message}", about)


def _unique(kind: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _wrong("id", twice[0], f"{kind} named twice: {', '.join(twice)}")


class Point(Record):
    """A place on Earth (WGS 84)."""

    lon: Longitude
    lat: Latitude


class PolygonGeometry(Record):
    """A GeoJSON Polygon without holes (RFC 7946, section 3.1.6)."""

    type: Literal["Polygon"]
    coordinates: tuple[Annotated[tuple[LonLat, ...], Field(min_length=4)]] = Field(
        description="One closed ring of [lon, lat]."
    )

    @field_validator("coordinates")
    @classmethod
    def _closed_and_simple(cls, rings: tuple[tuple[LonLat, ...]]) -> tuple[tuple[LonLat, ...]]:
        if rings[0][0] != rings[0][-1]:
            raise ValueError("the ring is not closed: repeat its first point at the end")
        _simple(rings[0])
        return rings


class Zone(Record):
    """A part of the site with one purpose."""

    id: Name
    name: str
    kind: Literal["pedestrian", "road", "restricted", "entrance", "assembly"]
    geometry: PolygonGeometry


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
            raise _wrong("backward", self.backward, "the same word as forward; name them apart")
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
        return tuple((float(x), float(y)) for x, y in _simple(ring))


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
        _unique(
            "line or zone", [*(line.id for line in self.lines), *(zone.id for zone in self.zones)]
        )
        for zone in self.zones:
            needs_ground = [rule.rule for rule in zone.rules if rule.needs_ground]
            if needs_ground and self.homography is None:
                raise _wrong(
                    "id", zone.id, f"{needs_ground[0]} in {zone.id} needs the camera's homography"
                )
            if needs_ground and zone_area_m2(self, zone) is None:
                raise _wrong(
                    "id", zone.id, f"zone {zone.id} reaches above the horizon of the homography"
                )
        return self


def zone_area_m2(camera: Camera, zone: ImageZone) -> float | None:
    """Ground that an image zone covers, in m²; None without homography or above the horizon."""
    if camera.homography is None:
        return None
    ground = project(camera.homography, zone.polygon)
    return None if np.isnan(ground).any() else polygon_area_m2(ground)


class Microphone(Record):
    """A microphone."""

    id: Name
    name: str
    uri: str = Field(default="", max_length=500)
    position: Point
    height_m: float = Field(default=4.0, ge=0, le=300)
    retention_days: int = Field(default=7, ge=0, le=365)


class Asset(Record):
    """A device on the network that carries the sensors."""

    id: Name
    ip: str = Field(max_length=45)
    role: Literal["camera", "microphone", "recorder", "switch", "server", "gateway"]
    carries: Name | None = Field(default=None, description="The sensor behind it.")

    @field_validator("ip")
    @classmethod
    def _is_an_address(cls, ip: str) -> str:
        try:
            return str(ip_address(ip))
        except ValueError:
            raise ValueError(f"{ip!r} is no IP address; write it as 10.0.0.7 or fd00::7") from None


class PlannedEvent(Record):
    """Something that will bring a crowd."""

    name: str
    start: AwareDatetime
    end: AwareDatetime
    zone: Name
    expected_people: int = Field(ge=0, le=1_000_000)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end <= self.start:
            raise ValueError("ends before it starts")
        return self

    def is_on(self, moment: datetime) -> bool:
        """Whether it takes place at that moment."""
        return self.start <= moment < self.end


class Street(Record):
    """A named street, for the map."""

    name: str
    path: Annotated[tuple[LonLat, ...], Field(min_length=2)]


class Water(Record):
    """A river, for the map."""

    name: str
    path: Annotated[tuple[LonLat, ...], Field(min_length=2)]
    width_m: float = Field(default=20.0, gt=0, le=2000)


class Building(Record):
    """A named building, for the map."""

    name: str
    outline: Annotated[tuple[LonLat, ...], Field(min_length=4)]


class Site(Record):
    """One guarded place."""

    id: Name
    name: str
    centre: Point
    time_zone: str = Field(description="IANA name, such as Europe/Prague.")
    sources: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Where coordinates and names come from, and how exact they are."
    )
    streets: tuple[Street, ...] = ()
    waters: tuple[Water, ...] = ()
    buildings: tuple[Building, ...] = ()
    zones: tuple[Zone, ...] = ()
    cameras: tuple[Camera, ...] = ()
    microphones: tuple[Microphone, ...] = ()
    assets: tuple[Asset, ...] = ()
    planned_events: tuple[PlannedEvent, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(
                f"no time zone {name!r}; use an IANA name, such as Europe/Prague"
            ) from None
        return name

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        sensors = [*(camera.id for camera in self.cameras), *(mic.id for mic in self.microphones)]
        zones = [zone.id for zone in self.zones]
        _unique("sensor", sensors)
        _unique("zone", zones)
        _unique("asset", [asset.id for asset in self.assets])
        wanted = {(f"camera {c.id}", z.zone) for c in self.cameras for z in c.zones if z.zone}
        wanted |= {(f"planned event {event.name}", event.zone) for event in self.planned_events}
        for who, zone in sorted(wanted):
            if zone not in zones:
                raise _wrong(
                    "zone",
                    zone,
                    f"{who} refers to zone {zone!r}; known: {', '.join(zones) or 'none'}",
                )
        for asset in self.assets:
            if asset.carries is not None and asset.carries not in sensors:
                raise _wrong(
                    "carries",
                    asset.carries,
                    f"asset {asset.id} carries {asset.carries!r}, which is no sensor here; "
                    f"known: {', '.join(sensors) or 'none'}",
                )
        return self

    @property
    def plane(self) -> LocalPlane:
        """The site's metres."""
        return LocalPlane(lon=self.centre.lon, lat=self.centre.lat)

    def without_secrets(self) -> "Site":
        """The site as others may see it: no user or password in the address of a sensor."""
        return self.model_copy(
            update={
                kind: tuple(
                    sensor.model_copy(update={"uri": re.sub(r"//[^/@]*@", "//", sensor.uri)})
                    for sensor in getattr(self, kind)
                )
                for kind in ("cameras", "microphones")
            }
        )

    def only(self, cameras: Collection[str]) -> "Site":
        """The site as if it had only those cameras; assets that carry the others go with them."""
        gone = {camera.id for camera in self.cameras} - set(cameras)
        return self.model_copy(
            update={
                "cameras": tuple(c for c in self.cameras if c.id not in gone),
                "assets": tuple(a for a in self.assets if a.carries not in gone),
            }
        )

    def camera(self, name: str) -> Camera:
        """The camera of that name; KeyError when there is none."""
        return {camera.id: camera for camera in self.cameras}[name]
