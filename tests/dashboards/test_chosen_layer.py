"""The chosen event lies on the map where it was, as exactly as that is known."""

import numpy as np
import pytest
from bokeh.plotting import figure

from dashboards.chosen_layer import ChosenLayer, ring_of, sensor_marks
from dashboards.geometry import mercator
from hlaska.events import Location


@pytest.fixture
def layer(site):
    layer = ChosenLayer(site)
    layer.draw(figure())
    return layer


def test_an_event_is_ringed_and_let_go(layer, event):
    place = {"lon": 13.375, "lat": 49.745, "uncertainty_m": 10}
    layer.choose(event(location=place), ())
    assert np.ptp(layer.ring.data["xs"][0]) == pytest.approx(2 * 10 / 0.6462, rel=0.01)
    assert layer.joins.data["xs"] == [] and layer.sensors.data["x"] == []
    layer.choose(event(), ())
    assert layer.ring.data["xs"] == [] and layer.spot.data["x"] == []
    layer.choose(None, ())


def test_a_place_that_is_known_exactly_can_still_be_seen():
    ring = ring_of(Location(lon=13, lat=0))
    assert np.ptp(ring["xs"][0]) == pytest.approx(4, rel=0.01)


def test_a_located_sound_is_joined_to_its_microphones(layer, shot, located):
    heard = [shot(1), shot(2, source="drum"), shot(3, source="lobe")]
    where = located(4, heard)
    layer.choose(where, heard)
    place = mercator([(where.location.lon, where.location.lat)])[0]
    assert [line[0] for line in layer.joins.data["xs"]] == pytest.approx([place[0]] * 3)
    assert [line[0] for line in layer.joins.data["ys"]] == pytest.approx([place[1]] * 3)
    assert [line[1] for line in layer.joins.data["xs"]] == layer.sensors.data["x"]
    assert layer.sensors.data["name"] == ["Bubínek", "Lalůček", "Ucho"]
    assert np.ptp(layer.ring.data["xs"][0]) > 2 * np.ptp(layer.ring.data["ys"][0])


def test_a_sound_that_is_not_located_marks_its_microphone(layer, shot):
    layer.choose(shot(), ())
    assert layer.sensors.data["name"] == ["Ucho"]
    assert layer.joins.data["xs"] == [] and layer.ring.data["xs"] == []


def test_names_stand_above_and_below_by_turns(site):
    marks = sensor_marks(site.microphones)
    assert marks["x"] == sorted(marks["x"])
    assert len(set(marks["dy"][::2])) == len(set(marks["dy"][1::2])) == 1
    assert marks["dy"][0] == -marks["dy"][1]


def test_what_must_be_seen_of_a_sound_holds_its_place_and_its_microphones(
    layer, site, shot, located
):
    heard = [shot(1), shot(2, source="drum")]
    left, bottom, right, top = layer.extent(located(3, heard), heard)
    layer.choose(located(3, heard), heard)
    xs = [*layer.ring.data["xs"][0], *layer.sensors.data["x"]]
    ys = [*layer.ring.data["ys"][0], *layer.sensors.data["y"]]
    assert left < min(xs) and max(xs) < right and bottom < min(ys) and max(ys) < top


def test_a_sound_of_which_no_place_is_known_shows_all_microphones(layer, shot):
    assert layer.extent(shot(source="stranger"), ()) == layer.extent(None, ())


def test_a_site_without_sensors_has_nothing_to_show(site, shot):
    deaf = ChosenLayer(site.model_copy(update={"microphones": ()}))
    assert deaf.extent(None, ()) is not None, "it shows its cameras"
    bare = ChosenLayer(site.model_copy(update={"microphones": (), "cameras": ()}))
    assert bare.extent(None, ()) is None
