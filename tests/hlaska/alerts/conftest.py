"""A small town for alerts: two zones 90 m apart, three sensors and a gas detector."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from hlaska.events import Event, Location
from hlaska.kinds import ATTRIBUTES, kind_of
from hlaska.sites import Site

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LON, LAT = 13.3776, 49.7475
DEGREES_PER_M = 1 / 72_000
"""Of longitude at that latitude."""


def _square(west_m: float, east_m: float) -> dict[str, Any]:
    west, east = LON + west_m * DEGREES_PER_M, LON + east_m * DEGREES_PER_M
    ring = [[west, LAT], [east, LAT], [east, LAT + 0.001], [west, LAT + 0.001], [west, LAT]]
    return {"type": "Polygon", "coordinates": [ring]}


def _camera(name: str, east_m: float, zone: str) -> dict[str, Any]:
    picture = [[0, 0], [100, 0], [100, 100]]
    return {
        "id": name,
        "name": name,
        "uri": "rtsp://camera.example/1",
        "position": {"lon": LON + east_m * DEGREES_PER_M, "lat": LAT},
        "view": {"bearing_deg": 0, "angle_deg": 50, "range_m": 60},
        "size_px": [768, 576],
        "zones": [
            {
                "id": "paving",
                "name": "Paving",
                "polygon": picture,
                "zone": zone,
                "rules": [{"rule": "intrusion"}],
            }
        ],
    }


def _site() -> Site:
    zones = {"square": (0, 100), "gate": (190, 290)}
    return Site.model_validate(
        {
            "id": "town",
            "name": "Town",
            "centre": {"lon": LON, "lat": LAT},
            "time_zone": "Europe/Prague",
            "sources": ["drawn for a test"],
            "zones": [
                {"id": name, "name": name, "kind": "pedestrian", "geometry": _square(*edges)}
                for name, edges in zones.items()
            ],
            "cameras": [_camera("cam-square", 50, "square"), _camera("cam-gate", 240, "gate")],
            "microphones": [
                {
                    "id": "mic",
                    "name": "Mic",
                    "uri": "file:///sounds.wav",
                    "position": {"lon": LON + 120 * DEGREES_PER_M, "lat": LAT},
                }
            ],
        }
    )


class Town:
    """The site, and events in it."""

    noon = NOON

    def __init__(self) -> None:
        self.site = _site()
        self._number = count(1)

    def place(self, east_m: float, uncertainty_m: float = 5.0) -> Location:
        """So many metres east of the centre, a little north of the zones' southern edge."""
        lon = LON + east_m * DEGREES_PER_M
        return Location(lon=lon, lat=LAT + 0.00005, uncertainty_m=uncertainty_m)

    def event(
        self,
        kind: str = "video.running",
        s: float = 0,
        *,
        name: str | None = None,
        source: str = "cam-square",
        at_m: float | None = None,
        uncertainty_m: float = 5.0,
        zone: str | None = None,
        confidence: float = 0.8,
        evidence: tuple[dict[str, str], ...] = (),
        **attributes: str | float,
    ) -> Event:
        """An event so many seconds after noon; each has an id of its own unless named."""
        needed = {key: ATTRIBUTES[key](1) for key in kind_of(kind).attributes}
        return Event(
            id=name or f"e{next(self._number)}",
            site="town",
            source=source,
            kind=kind,
            observed_at=NOON + timedelta(seconds=s),
            confidence=confidence,
            location=None if at_m is None else self.place(at_m, uncertainty_m),
            zone=zone,
            evidence=evidence,
            attributes=needed | attributes,
        )

    def at(self, s: float) -> datetime:
        """So many seconds after noon."""
        return NOON + timedelta(seconds=s)


@pytest.fixture(scope="session")
def town() -> Town:
    return Town()
