"""On the map a sensor shows how it does, and a microphone whether it hears something."""

from datetime import timedelta

from bokeh.plotting import figure

from dashboards.sensor_layer import SensorLayer, ring_rows, sensor_rows
from hlaska.tracks import SILENT_S


def of(rows, column, what):
    return [value for value, is_a in zip(rows[column], rows["what"], strict=True) if is_a == what]


def test_a_silent_sensor_is_marked(site, status, hearing, noon):
    later = noon + timedelta(seconds=SILENT_S + 1)
    rows = sensor_rows(site, {"gate": status(), "ear": hearing()}, later, {})
    assert of(rows, "state", "camera") == ["silent", "no word yet"]
    assert of(rows, "state", "microphone")[0] == "silent"


def test_a_microphone_is_told_from_a_camera_and_a_bad_one_from_a_good_one_by_shape(
    site, status, hearing, noon
):
    statuses = {
        "gate": status(),
        "ear": hearing(),
        "drum": hearing("drum", sound={"condition": "windy"}),
        "lobe": hearing("lobe", sound={"condition": "dead"}),
    }
    rows = sensor_rows(site, statuses, noon, {})
    assert set(of(rows, "marker", "camera")) == {"triangle"}
    shapes = of(rows, "marker", "microphone")
    assert shapes == ["diamond", "diamond_dot", "diamond_cross", "diamond"]
    assert of(rows, "marker", "detector") == ["hex"]
    assert len(set(of(rows, "colour", "microphone"))) == 4


def test_every_device_of_a_foreign_detector_is_on_the_map(site, noon):
    rows = sensor_rows(site, {}, noon, {"acme/7": "gunshot"})
    assert of(rows, "name", "detector") == ["Acme ears, 7"]
    assert of(rows, "note", "detector") == ["on trial"]
    assert of(rows, "hears", "detector") == ["gunshot"]


def test_a_microphone_that_hears_something_wears_rings(site, hearing, noon):
    rows = sensor_rows(site, {"ear": hearing()}, noon, {"ear": "gunshot"})
    rings = ring_rows(rows)
    ear = rows["name"].index("Ucho")
    assert set(rings["x"]) == {rows["x"][ear]} and len(rings["x"]) == 2
    assert ring_rows(sensor_rows(site, {}, noon, {}))["x"] == []


def test_the_layer_shows_rings_only_as_long_as_something_is_heard(site, hearing, noon):
    layer = SensorLayer(site)
    layer.draw(figure())
    layer.show({"ear": hearing()}, noon, {"ear": "scream"})
    assert len(layer.rings.data["x"]) == 2
    layer.show({"ear": hearing()}, noon, {})
    assert layer.rings.data["x"] == []
