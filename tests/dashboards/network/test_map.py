"""On the map a sensor shows whether its device is safe, and a finding shows its sensor."""

import pytest
from bokeh.plotting import figure

from dashboards.chosen_layer import ChosenLayer, has_a_frame
from dashboards.geometry import mercator
from dashboards.sensor_layer import SensorLayer, badge_rows, sensor_rows


@pytest.fixture
def layer(site):
    layer = ChosenLayer(site)
    layer.draw(figure())
    return layer


def test_a_sensor_whose_device_is_in_trouble_wears_a_square(site, guarding, noon):
    hosts = [
        {"alarms": ("cyber.scan",)},
        {"ip": "10.0.0.21", "asset": "mic-ear", "carries": "ear", "anomaly": 1.0},
    ]
    rows = sensor_rows(site, {"core": guarding(hosts)}, noon, {})
    badges = badge_rows(rows)
    assert badges["words"] == ["Network scan", "unusual traffic"]
    assert badges["dash"] == ["solid", "dashed"], "told apart without colour"
    assert len(set(badges["colour"])) == 2
    assert rows["network"][rows["name"].index("Příkopy, brána")] == "Network scan"
    assert badge_rows(sensor_rows(site, {"core": guarding()}, noon, {}))["x"] == []


def test_the_legend_is_there_while_there_is_something_to_explain(site, guarding, noon):
    layer = SensorLayer(site)
    layer.draw(figure())
    layer.show({"core": guarding([{"alarms": ("cyber.flood",)}])}, noon, {})
    assert layer.badges.data["words"] == ["Network flood"] and layer._legend.visible
    layer.show({"core": guarding()}, noon, {})
    assert layer.badges.data["words"] == [] and not layer._legend.visible


def test_every_device_of_a_foreign_detector_shares_its_trouble(site, guarding, noon):
    host = {"ip": "10.0.0.31", "asset": "box", "carries": "acme", "alarms": ("cyber.flood",)}
    rows = sensor_rows(site, {"core": guarding([host])}, noon, {})
    assert rows["network"][rows["what"].index("detector")] == "Network flood"


def test_a_finding_without_a_place_marks_the_sensor_that_its_device_carries(layer, site, scan):
    found = scan()
    layer.choose(found, ())
    gate = site.camera("gate").position
    assert layer.sensors.data["x"] == pytest.approx([mercator([(gate.lon, gate.lat)])[0][0]])
    assert layer.sensors.data["name"] == [""], "cameras bear their names always"
    assert layer.ring.data["xs"] == [] and layer.joins.data["xs"] == []
    assert has_a_frame(found, (), site)


def test_a_device_that_carries_nothing_marks_the_camera_that_it_attacks(layer, site, scan):
    attack = {"asset": None, "carries": None, "host": "10.0.0.99", "peer": "10.0.0.11"}
    layer.choose(scan(attributes=attack), ())
    assert len(layer.sensors.data["x"]) == 1
    stranger = scan(attributes=attack | {"peer": "10.0.0.2"})
    layer.choose(stranger, ())
    assert layer.sensors.data["x"] == []
    assert not has_a_frame(stranger, (), site)


def test_an_attack_on_a_video_marks_its_camera(layer, site, attack_on_video):
    whole, *parts = attack_on_video()
    layer.choose(whole, parts)
    assert len(layer.sensors.data["x"]) == 1 and layer.joins.data["xs"] == []
    assert has_a_frame(whole, parts, site)
