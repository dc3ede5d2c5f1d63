from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hlaska.cameras import zone_area_m2
from hlaska.sites import Site

RING = [[13.37, 49.74], [13.38, 49.74], [13.38, 49.75], [13.37, 49.74]]
SITE: dict[str, Any] = {
    "id": "town",
    "name": "Town",
    "centre": {"lon": 13.3776, "lat": 49.7475},
    "time_zone": "Europe/Prague",
    "sources": ["drawn for a test"],
    "zones": [
        {
            "id": "square",
            "name": "Square",
            "kind": "pedestrian",
            "geometry": {"type": "Polygon", "coordinates": [RING]},
        }
    ],
    "cameras": [
        {
            "id": "east",
            "name": "East",
            "uri": "rtsp://user:secret@camera.example/1",
            "position": {"lon": 13.3776, "lat": 49.7475},
            "view": {"bearing_deg": 270, "angle_deg": 50, "range_m": 60},
            "size_px": [768, 576],
            "homography": [[0.1, 0, 0], [0, 0.1, 0], [0, 0, 1]],
            "lines": [{"id": "gate", "name": "Gate", "points": [[0, 0], [10, 10]]}],
            "zones": [
                {
                    "id": "paving",
                    "name": "Paving",
                    "zone": "square",
                    "polygon": [[0, 0], [100, 0], [100, 50], [0, 50]],
                    "rules": [{"rule": "crowding"}],
                }
            ],
        }
    ],
    "microphones": [{"id": "ear", "name": "Ear", "position": {"lon": 13.3776, "lat": 49.7475}}],
    "assets": [{"id": "cam-1", "ip": "10.0.0.7", "role": "camera", "carries": "east"}],
    "planned_events": [
        {
            "name": "Match",
            "start": "2026-05-01T16:00:00Z",
            "end": "2026-05-01T18:00:00Z",
            "zone": "square",
            "expected_people": 11_700,
        }
    ],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The site with one value replaced; a step of digits is a position in a list."""
    site = deepcopy(SITE)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner: Any = site
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return site


def test_a_whole_site_is_read_and_written_back():
    site = Site.model_validate(SITE)
    assert Site.model_validate_json(site.model_dump_json()) == site
    assert site.camera("east").name == "East"


BOW_TIE = [[0, 0], [100, 100], [100, 0], [0, 100]]
SAME_NAME = {"id": "east", "name": "x", "position": SITE["centre"]}


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("colour", "red", "Extra inputs"),
        ("id", "Old Town", "pattern"),
        ("time_zone", "Europe/Pilsen", "no time zone 'Europe/Pilsen'"),
        ("time_zone", "../etc/passwd", "no time zone"),
        ("centre.lat", 91, "less than or equal to 90"),
        ("sources", [], "at least 1 item"),
        ("zones.0.kind", "park", "'pedestrian'"),
        ("zones.0.geometry.coordinates", [[*RING[:3], [13.0, 49.0]]], "not closed"),
        ("cameras.0.zones.0.polygon", BOW_TIE, "Self-intersection"),
        ("cameras.0.zones.0.polygon", [[0, 0], [5, 5], [9, 9]], "polygon"),
        ("cameras.0.zones.0.polygon", [[1, 1], [1, 1], [1, 1]], "polygon"),
        ("cameras.0.zones.0.rules", [], "at least 1 item"),
        ("cameras.0.zones.0.rules.0.rule", "dancing", "'intrusion', 'loitering', 'crowding'"),
        ("cameras.0.zones.0.zone", "park", "refers to zone 'park'; known: square"),
        ("cameras.0.zones.0.id", "gate", "line or zone named twice: gate"),
        ("cameras.0.lines.0.points", [[5, 5], [5, 5.5]], "shorter than a pixel"),
        ("cameras.0.uri", "ftp://camera.example", "pattern"),
        ("cameras.0.homography", None, "crowding in paving needs the camera's homography"),
        ("cameras.0.homography", [[1, 2, 3], [2, 4, 6], [0, 0, 1]], "singular"),
        ("cameras.0.homography", [[1, 0, 0], [0, 1, 0], [0, 1, -20]], "above the horizon"),
        ("cameras.0.homography.0.0", float("nan"), "finite"),
        ("cameras.0.view.angle_deg", 0, "greater than 0"),
        ("cameras.0.object_classes", ["unicorn"], "'person'"),
        ("microphones", [SAME_NAME], "sensor named twice: east"),
        ("microphones", [SAME_NAME | {"id": "sound-locator"}], "is what places sounds"),
        ("assets.0.ip", "10.0.0.700", "no IP address"),
        ("assets.0.carries", "nose", "carries 'nose', which is no sensor here"),
        ("planned_events.0.end", "2026-05-01T16:00:00Z", "ends before it starts"),
        ("planned_events.0.start", "2026-05-01T15:00:00", "timezone"),
        ("planned_events.0.zone", "park", "planned event Match refers to zone 'park'"),
    ],
)
def test_a_site_refuses(path, value, complaint):
    with pytest.raises(ValidationError, match=complaint):
        Site.model_validate(changed(path, value))


@given(st.floats(1e-6, 1e6), st.sampled_from([-1, 1]))
def test_a_homography_is_singular_or_not_at_any_scale(scale, sign):
    fine = [[0.02, 0.0, -7.68], [0.0, -0.004, 12.0], [0.0, 0.0021, 0.12]]
    scaled = [[sign * scale * value for value in row] for row in fine]
    Site.model_validate(changed("cameras.0.homography", scaled))


def test_the_ground_under_an_image_zone_is_measured_in_square_metres():
    camera = Site.model_validate(SITE).camera("east")
    assert zone_area_m2(camera, camera.zones[0]) == pytest.approx(10 * 5)


def test_an_event_is_on_from_its_start_until_just_before_its_end():
    event = Site.model_validate(SITE).planned_events[0]
    at = [datetime(2026, 5, 1, hour, tzinfo=UTC) for hour in (15, 16, 17, 18)]
    assert [event.is_on(moment) for moment in at] == [False, True, True, False]


def test_what_others_see_of_a_site_holds_no_password():
    site = Site.model_validate(SITE).without_secrets()
    assert "secret" not in site.model_dump_json()
    assert site.camera("east").uri == "rtsp://camera.example/1"


def test_the_sites_plane_has_its_centre_at_zero():
    site = Site.model_validate(SITE)
    assert site.plane.to_metres([site.centre.lon, site.centre.lat]).tolist() == [0, 0]
