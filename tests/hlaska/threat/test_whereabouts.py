"""Where events are, and who watches over which zone."""

import pytest

from hlaska.sites import Site
from hlaska.threat.whereabouts import Senses, Whereabouts, are_known


@pytest.fixture(scope="module")
def whereabouts(place):
    return Whereabouts(place.site)


def test_an_event_is_in_the_zone_that_it_names(place, whereabouts):
    square, gate, field = whereabouts.of(place.event(zone="square"))
    assert square == 0
    # From one box of 50 m to the next one, whose west edge is 350 m east of the first one's.
    assert gate == pytest.approx(300, abs=0.5)
    assert field > 19_000


def test_a_location_says_how_far_the_other_zones_are(place, whereabouts):
    square, gate, _ = whereabouts.of(place.event(zone="square", place=(150, 25)))
    assert square == 0
    assert gate == pytest.approx(200, abs=0.5)


def test_a_location_outside_all_zones_is_metres_from_each(place, whereabouts):
    square, gate, _ = whereabouts.of(place.event(place=(150, 25)))
    assert (square, gate) == pytest.approx((100, 200), abs=0.5)


def test_without_zone_and_location_an_event_is_where_its_sensor_stands(place, whereabouts):
    assert whereabouts.of(place.event(source="mic-3"))[1] == 0
    assert whereabouts.of(place.event("video.running", source="cam-gate"))[1] == 0


def test_a_device_stands_elsewhere_than_its_detector(place, whereabouts):
    def of(device):
        return whereabouts.of(place.event("gas.exceedance", attributes={"device": device}))[1]

    assert of("g2") == pytest.approx(330, abs=0.5)
    assert of("nobody knows it") == of("") == pytest.approx(350, abs=0.5)


def test_what_a_finding_says_about_a_sensor_is_where_that_stands(place, whereabouts):
    about = place.event("cyber.flood", attributes={"carries": "mic-3"})
    assert whereabouts.of(about)[1] == 0


def test_what_names_nothing_known_has_no_place(place, whereabouts):
    assert whereabouts.of(place.event("cyber.flood")) is None
    assert whereabouts.of(place.event(source="stranger", zone="nowhere")) is None


@pytest.mark.parametrize(
    ("says", "zone"),
    [
        pytest.param({"zone": "gate", "place": (10, 10)}, "gate", id="it names it"),
        pytest.param({"zone": "nowhere", "place": (10, 10)}, "square", id="it lies in it"),
        pytest.param({"place": (150, 25)}, None, id="it lies in none"),
        pytest.param({"source": "mic-3"}, None, id="where its sensor stands says nothing of it"),
    ],
)
def test_the_zone_of_an_event_is(says, zone, place, whereabouts):
    assert whereabouts.zone(place.event(**says)) == zone


def test_a_zone_of_a_picture_is_the_zone_of_the_site_that_it_shows(place):
    paving = {
        "id": "paving",
        "name": "Paving",
        "zone": "gate",
        "polygon": [[0, 0], [100, 0], [100, 50]],
        "rules": [{"rule": "intrusion"}],
    }
    told = place.site.model_dump(mode="json")
    told["cameras"][0]["zones"] = [paving]
    there = Whereabouts(Site.model_validate(told))
    event = place.event("video.running", source="cam-square", zone="paving")
    assert there.of(event)[1] == 0
    other = place.event("video.running", source="cam-gate", zone="paving")
    assert there.of(other) == there.of(place.event("video.running", source="cam-gate"))
    # A camera watches over what its picture shows, however far off it stands.
    assert [one.of for one in there.senses(1, ()) if one.modality == "video"] == [2]


def test_at_a_site_without_zones_nothing_has_a_place(place):
    bare = {**place.site.model_dump(mode="json"), "zones": [], "planned_events": []}
    there = Whereabouts(Site.model_validate(bare))
    assert there.of(place.event(place=(1, 1))) is there.zone(place.event(place=(1, 1))) is None


def test_senses_tell_who_watches_and_who_works(place, whereabouts):
    working = {"cam-square", "mic-1", "flows", "somebody else"}
    assert whereabouts.senses(0, working) == (
        Senses(modality="video", working=1, of=1),
        Senses(modality="audio", working=1, of=2),
    )
    assert whereabouts.senses(None, working) == (
        Senses(modality="video", working=1, of=2),
        Senses(modality="audio", working=1, of=3),
        Senses(modality="cyber", working=1, of=1),
    )


@pytest.mark.parametrize(
    ("working", "known"),
    [
        pytest.param([(1, 2), (1, 1)], True, id="each sense has one that works"),
        pytest.param([(1, 1), (0, 0)], True, id="nobody listens, but somebody looks"),
        pytest.param([(1, 1), (0, 2)], False, id="deaf"),
        pytest.param([(0, 0), (0, 0)], False, id="nobody watches"),
        pytest.param([], False, id="no senses"),
    ],
)
def test_a_zone_is_known_when_some_sense_works_and_none_is_lost(working, known):
    senses = [Senses(modality="x", working=some, of=all_) for some, all_ in working]
    assert are_known(senses) == known
