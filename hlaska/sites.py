"""A site: one guarded place with its zones, sensors and network assets.

Frozen, bounded, forbidding unknown keys. `catalogs.sites` reads it from YAML and turns what is
wrong into an error that names file, key and line.
"""

from collections.abc import Collection
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from pydantic import AwareDatetime, Field, field_validator, model_validator

from hlaska.cameras import Camera
from hlaska.detectors import ForeignDetector
from hlaska.ground import LocalPlane
from hlaska.microphones import Microphone
from hlaska.network.network import Device, FlowFeed, Network, NetworkSection
from hlaska.places import LonLat, Point, simple, unique, without_password, wrong
from hlaska.records import Name, Record

FARTHEST_KM = 50.0
"""A sensor farther from its site's centre is a slip of the pen, not a large city."""
SOUND_LOCATOR = "sound-locator"
"""The source of events that say where a sound was; no sensor may be called so."""
PICTURE_GUARD = "picture-guard"
"""The source of events that say that a camera's picture is not its own; neither may one this."""


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
        simple(rings[0])
        return rings


class Zone(Record):
    """A part of the site with one purpose."""

    id: Name
    name: str
    kind: Literal["pedestrian", "road", "restricted", "entrance", "assembly"]
    geometry: PolygonGeometry


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
    air_temperature_c: float = Field(
        default=10.0, ge=-60, le=60, description="Typical; how fast sound travels follows from it."
    )
    sources: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Where coordinates and names come from, and how exact they are."
    )
    streets: tuple[Street, ...] = ()
    waters: tuple[Water, ...] = ()
    buildings: tuple[Building, ...] = ()
    zones: tuple[Zone, ...] = ()
    cameras: tuple[Camera, ...] = ()
    microphones: tuple[Microphone, ...] = ()
    detectors: tuple[ForeignDetector, ...] = ()
    assets: tuple[Asset, ...] = ()
    network: NetworkSection = NetworkSection()
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
        sensors = self.sensors
        zones = [zone.id for zone in self.zones]
        unique("sensor", sensors)
        for taken, who in ((SOUND_LOCATOR, "places sounds"), (PICTURE_GUARD, "guards pictures")):
            if taken in sensors:
                raise wrong("id", taken, f"{taken} is what {who}; give another name")
        unique("zone", zones)
        unique("asset", [asset.id for asset in self.assets])
        wanted = {(f"camera {c.id}", z.zone) for c in self.cameras for z in c.zones if z.zone}
        wanted |= {(f"planned event {event.name}", event.zone) for event in self.planned_events}
        for who, zone in sorted(wanted):
            if zone not in zones:
                raise wrong(
                    "zone",
                    zone,
                    f"{who} refers to zone {zone!r}; known: {', '.join(zones) or 'none'}",
                )
        places = [(camera.id, camera.position) for camera in self.cameras]
        places += [(mic.id, mic.position) for mic in self.microphones]
        for detector in self.detectors:
            places += [(device or detector.id, at) for device, at in detector.places.items()]
        for name, place in places:
            offset_m = self.plane.to_metres((place.lon, place.lat))
            away_km = float(np.linalg.norm(offset_m)) / 1000
            if away_km > FARTHEST_KM:
                raise wrong(
                    "id",
                    name,
                    f"{name} is {away_km:,.0f} km from the centre of the site; are lon and "
                    "lat swapped?",
                )
        for asset in self.assets:
            if asset.carries is not None and asset.carries not in sensors:
                raise wrong(
                    "carries",
                    asset.carries,
                    f"asset {asset.id} carries {asset.carries!r}, which is no sensor here; "
                    f"known: {', '.join(sensors) or 'none'}",
                )
        return self

    @property
    def sensors(self) -> list[str]:
        """The ids of all that may send events."""
        cameras = [camera.id for camera in self.cameras]
        microphones = [microphone.id for microphone in self.microphones]
        detectors = [detector.id for detector in self.detectors]
        return [*cameras, *microphones, *detectors, *(feed.id for feed in self.network.feeds)]

    @property
    def plane(self) -> LocalPlane:
        """The site's metres."""
        return LocalPlane(lon=self.centre.lon, lat=self.centre.lat)

    def without_secrets(self) -> "Site":
        """The site as others may see it: no user or password in the address of a sensor."""
        hidden = {
            kind: tuple(
                sensor.model_copy(update={"uri": without_password(sensor.uri)})
                for sensor in getattr(self, kind)
            )
            for kind in ("cameras", "microphones")
        }
        detectors = tuple(detector.without_secrets() for detector in self.detectors)
        return self.model_copy(update=hidden | {"detectors": detectors})

    def only(
        self,
        cameras: Collection[str],
        microphones: Collection[str] | None = None,
        feeds: Collection[str] | None = None,
    ) -> "Site":
        """The site as if it had only those sensors.

        Args:
            cameras: Ids of the cameras that stay.
            microphones: Ids of the microphones that stay; None: all.
            feeds: Ids of the flow feeds that stay; None: all.

        Returns:
            The site. All assets are still there, since flow feeds tell of them; those of the
            others carry nothing.
        """
        gone = {camera.id for camera in self.cameras} - set(cameras)
        if microphones is not None:
            gone |= {microphone.id for microphone in self.microphones} - set(microphones)
        if feeds is not None:
            gone |= {feed.id for feed in self.network.feeds} - set(feeds)
        network = self.network.model_copy(
            update={"feeds": tuple(f for f in self.network.feeds if f.id not in gone)}
        )
        return self.model_copy(
            update={
                "cameras": tuple(c for c in self.cameras if c.id not in gone),
                "microphones": tuple(m for m in self.microphones if m.id not in gone),
                "assets": tuple(
                    a.model_copy(update={"carries": None}) if a.carries in gone else a
                    for a in self.assets
                ),
                "network": network,
            }
        )

    def feed(self, name: str) -> FlowFeed:
        """The flow feed of that name; KeyError when there is none."""
        return {feed.id: feed for feed in self.network.feeds}[name]

    @property
    def addresses(self) -> Network:
        """The network of the sensors, by address."""
        devices = {a.ip: Device(a.id, a.role, a.carries) for a in self.assets}
        return Network(self.network.ranges, devices)

    def microphone(self, name: str) -> Microphone:
        """The microphone of that name; KeyError when there is none."""
        return {microphone.id: microphone for microphone in self.microphones}[name]

    def detector(self, name: str) -> ForeignDetector:
        """The foreign detector of that name; KeyError when there is none."""
        return {detector.id: detector for detector in self.detectors}[name]

    def camera(self, name: str) -> Camera:
        """The camera of that name; KeyError when there is none."""
        return {camera.id: camera for camera in self.cameras}[name]
