"""A small town to assess: two zones 300 m apart, and a third that nobody watches."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from hlaska.events import Event, Location
from hlaska.kinds import kind_of
from hlaska.sites import Site
from hlaska.threat.assessor import Assessor
from hlaska.threat.weighing import Heard, worth

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)  # 14:00 in Prague
LON, LAT = 13.3776, 49.7475
# Degrees of 100 m there, to the metre.
EAST, NORTH = 0.0013869, 0.0008991
ATTRIBUTES = {
    "object_class": "person",
    "dwell_s": 60.0,
    "people_per_m2": 3.0,
    "people": 20,
    "what": "covered",
    "still_s": 10.0,
    "measured": 3.0,
    "usual": 1.0,
    "period_s": 10.0,
    "state": "lost",
    "direction": "in",
    "count": 1,
}


def _box(east_m, north_m, size_m=50.0):
    corners = ((0, 0), (size_m, 0), (size_m, size_m), (0, size_m), (0, 0))
    ring = [
        (LON + (east_m + x) / 100 * EAST, LAT + (north_m + y) / 100 * NORTH) for x, y in corners
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def _at(east_m, north_m):
    return {"lon": LON + east_m / 100 * EAST, "lat": LAT + north_m / 100 * NORTH}


def _camera(name, east_m, north_m):
    return {
        "id": name,
        "name": name,
        "uri": "rtsp://camera.example/1",
        "position": _at(east_m, north_m),
        "view": {"bearing_deg": 0, "angle_deg": 60, "range_m": 60},
        "size_px": [640, 360],
    }


SITE = {
    "id": "town",
    "name": "Town",
    "centre": {"lon": LON, "lat": LAT},
    "time_zone": "Europe/Prague",
    "sources": ["drawn for a test"],
    "zones": [
        {"id": "square", "name": "Square", "kind": "pedestrian", "geometry": _box(0, 0)},
        {"id": "gate", "name": "Gate", "kind": "entrance", "geometry": _box(350, 0)},
        {"id": "field", "name": "Field", "kind": "assembly", "geometry": _box(0, 20_000)},
    ],
    "cameras": [_camera("cam-square", 10, 10), _camera("cam-gate", 360, 10)],
    "microphones": [
        {"id": "mic-1", "name": "One", "position": _at(20, 20)},
        {"id": "mic-2", "name": "Two", "position": _at(40, 40)},
        {"id": "mic-3", "name": "Three", "position": _at(370, 20)},
    ],
    "detectors": [
        {
            "id": "gas",
            "name": "Gas",
            "vendor": "Acme",
            "position": _at(0, 0),
            "devices": [
                {"id": "g1", "position": _at(10, 0)},
                {"id": "g2", "position": _at(20, 0)},
            ],
            "mapping": {
                "word": "type",
                "kinds": {"gas": "gas.exceedance"},
                "time": "at",
                "device": "device",
            },
        }
    ],
    "network": {"feeds": [{"id": "flows", "name": "Flows", "uri": "csv:flows.csv"}]},
    "planned_events": [
        {
            "name": "Match",
            "start": "2026-05-01T16:00:00Z",
            "end": "2026-05-01T18:00:00Z",
            "zone": "gate",
            "expected_people": 10_000,
        }
    ],
}
SOURCES = {
    "audio": ("mic-1", "mic-2", "mic-3", "sound-locator"),
    "video": ("cam-square", "cam-gate"),
    "cyber": ("flows", "picture-guard"),
    "gas": ("gas",),
    "health": ("mic-1",),
    "mobility": ("cam-square",),
}


class Town:
    """The site, and what happens there."""

    noon = NOON
    sources = SOURCES
    sensors = ("cam-square", "cam-gate", "mic-1", "mic-2", "mic-3", "flows")

    def __init__(self):
        self.site = Site.model_validate(SITE)
        self._numbers = count()

    def event(self, kind="audio.scream", at_s=0.0, source=None, confidence=1.0, **more):
        """An event `at_s` seconds after noon; `place=(east_m, north_m)` puts it somewhere."""
        known = kind_of(kind)
        attributes = {name: ATTRIBUTES[name] for name in known.attributes}
        attributes |= more.pop("attributes", {})
        place = more.pop("place", None)
        if place is not None:
            more["location"] = Location(**_at(*place))
        return Event(
            id=more.pop("id", f"e{next(self._numbers)}"),
            site="town",
            source=source or SOURCES[known.modality][0],
            kind=kind,
            observed_at=NOON + timedelta(seconds=at_s),
            confidence=confidence,
            attributes=attributes,
            **more,
        )

    def heard(self, event, sensor=None):
        """What an assessment knows of an event."""
        kind = kind_of(event.kind)
        return Heard(
            id=event.id,
            source=event.source,
            sensor=sensor or event.source,
            kind=kind,
            modality=kind.modality,
            at=event.observed_at,
            at_s=int(event.observed_at.timestamp()),
            confidence=event.confidence,
            whole=worth(kind.weight, event.confidence),
            people=int(event.attributes.get("people", 0)),
        )

    def assessor(self, events=()):
        """One that took those events."""
        assessor = Assessor(self.site)
        for event in events:
            assessor.take(event)
        return assessor

    def at(self, s):
        """So many seconds after noon."""
        return NOON + timedelta(seconds=s)

    def threats(self, events=(), now_s=0.0, working=()):
        """The levels so many seconds after noon, of somebody who was never asked before."""
        return self.assessor(events).assess(self.at(now_s), working)


@pytest.fixture(scope="session")
def place():
    return Town()
