from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from hlaska.detectors import AlertMapping, ForeignDetector, MqttFeed
from hlaska.kinds import KINDS
from hlaska.sites import Site

PLACE = {"lon": 13.3776, "lat": 49.7475}
DETECTOR: dict[str, Any] = {
    "id": "square-ears",
    "name": "Ears of the square",
    "vendor": "Acme",
    "position": PLACE,
    "devices": [{"id": "Box 7", "position": {"lon": 13.378, "lat": 49.747}}],
    "mqtt": {
        "host": "broker.example",
        "topic": "acme/+/alerts/#",
        "username": "hlaska",
        "password_variable": "ACME_PASSWORD",
    },
    "mapping": {
        "word": "alert.type",
        "kinds": {"GUN_SHOT": "audio.gunshot", "GAS_NH3": "gas.exceedance"},
        "time": "alert.time",
        "device": "box",
        "message_id": "id",
    },
}
SITE: dict[str, Any] = {
    "id": "town",
    "name": "Town",
    "centre": PLACE,
    "time_zone": "Europe/Prague",
    "sources": ["drawn for a test"],
    "microphones": [{"id": "ear", "name": "Ear", "position": PLACE}],
    "detectors": [DETECTOR],
    "assets": [{"id": "box", "ip": "10.0.0.7", "role": "microphone", "carries": "square-ears"}],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The site with one value of its detector put otherwise; None takes it out."""
    site = deepcopy(SITE)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner: Any = site["detectors"][0]
    for step in steps:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return site


def test_a_site_with_a_foreign_detector_is_read_and_written_back():
    site = Site.model_validate(SITE)
    assert Site.model_validate_json(site.model_dump_json()) == site
    assert site.detector("square-ears").mapping.kinds["GUN_SHOT"] == "audio.gunshot"
    assert site.sensors == ["ear", "square-ears"]


def test_a_site_without_foreign_detectors_is_as_before():
    assert Site.model_validate(SITE | {"detectors": [], "assets": []}).detectors == ()


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("id", "ear", "sensor named twice: ear"),
        ("vendor", "", "at least 1 character"),
        ("position", {"lon": 49.7, "lat": 13.4}, "km from the centre of the site"),
        ("devices.0.position", {"lon": 49.7, "lat": 13.4}, "Box 7 is .* km from the centre"),
        ("devices", [DETECTOR["devices"][0]] * 2, "device named twice: Box 7"),
        ("mapping.device", None, "mapping.device does not say"),
        ("mapping.kinds", {}, "at least 1 item"),
        ("mapping.kinds", {"X": "audio.gunshoot"}, "did you mean 'audio.gunshot'"),
        ("mapping.kinds", {"X": "mobility.count"}, "count, direction, object_class"),
        ("mapping.word", "alert..type", "pattern"),
        ("mapping.time_format", "unix", "'unix-s'"),
        ("mapping.confidence_scale", 0, "greater than 0"),
        ("mapping.lon", "where.lon", "give both lon and lat"),
        ("clock_bound_s", 0, "greater than 0"),
        ("range_m", float("inf"), "finite"),
        ("mqtt.password", "secret", "Extra inputs"),
        ("mqtt.host", "user:secret@broker.example", "pattern"),
        ("mqtt.port", 0, "greater than or equal to 1"),
        ("mqtt.topic", "acme/#/alerts", "pattern"),
        ("mqtt.topic", "acme+/alerts", "pattern"),
        ("mqtt.topic", "", "at least 1"),
        ("mqtt.username", None, "no password without a username"),
        ("mqtt.password_variable", "HLASKA_PASSWORD", "settings of Hlaska"),
        ("mqtt.password_variable", "not a name", "pattern"),
    ],
)
def test_a_detector_refuses(path, value, complaint):
    with pytest.raises(ValidationError, match=complaint):
        Site.model_validate(changed(path, value))


def test_a_detector_needs_a_place_of_its_own_or_of_its_devices():
    Site.model_validate(changed("position", None))
    nowhere = {key: value for key, value in DETECTOR.items() if key not in ("position", "devices")}
    with pytest.raises(ValidationError, match="square-ears has no place"):
        ForeignDetector.model_validate(nowhere)


def test_a_mapping_needs_what_tells_a_repeat_from_a_new_alert():
    fields = {"word": "type", "kinds": {"X": "audio.scream"}}
    with pytest.raises(ValidationError, match="an alert that is repeated looks new"):
        AlertMapping.model_validate(fields)
    for key in ("time", "message_id"):
        AlertMapping.model_validate(fields | {key: "it"})


@pytest.mark.parametrize("topic", ["#", "+", "/", "a", "a/b", "+/b/#", "/a//b", "a b/ž"])
def test_every_topic_filter_of_mqtt_is_taken(topic):
    assert MqttFeed(host="broker.example", topic=topic).topic == topic


def test_an_alert_can_be_of_every_kind_that_needs_no_measurement():
    told = {"audio.gunshot", "audio.scream", "gas.exceedance", "health.degraded", "video.tampering"}
    assert told <= set(KINDS)
    AlertMapping(word="type", time="at", kinds={kind: kind for kind in told})


def test_the_places_of_a_detector_are_its_own_and_its_devices():
    places = Site.model_validate(SITE).detector("square-ears").places
    assert {device: place.lon for device, place in places.items()} == {"": 13.3776, "Box 7": 13.378}


def test_what_others_see_of_a_detector_does_not_tell_how_we_log_in():
    seen = Site.model_validate(SITE).without_secrets()
    assert Site.model_validate_json(seen.model_dump_json()) == seen
    mqtt = seen.detector("square-ears").mqtt
    assert (mqtt.host, mqtt.username, mqtt.password_variable) == ("broker.example", None, None)
    by_http = Site.model_validate(changed("mqtt", None))
    assert by_http.without_secrets() == by_http
