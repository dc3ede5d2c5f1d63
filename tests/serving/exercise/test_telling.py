from datetime import UTC, datetime

import pytest

from catalogs.exercise.cues import Place, Telling
from hlaska.errors import EventError
from serving.exercise.telling import foreign_event, told

BEGINS = datetime(2026, 12, 5, 5, tzinfo=UTC)


@pytest.mark.parametrize("source", ["stadium-ears", "brewery-gas"])
def test_each_device_can_tell_each_kind_of_its_detector_in_the_makers_words(pilsen, source):
    detector = pilsen.detector(source)
    for device in detector.devices:
        for word, kind in detector.mapping.kinds.items():
            event = foreign_event(
                pilsen,
                source,
                device=device.id,
                kind=kind,
                at=BEGINS,
                received_at=BEGINS,
                confidence=0.75,
            )
            assert (event.kind, event.source, event.observed_at) == (kind, source, BEGINS)
            assert event.confidence == pytest.approx(0.75)
            assert event.attributes["device"] == device.id
            assert event.attributes["what"] == word
            assert event.location.lon == device.position.lon


def test_a_kind_that_a_detector_has_no_word_for_is_an_error(pilsen):
    with pytest.raises(EventError, match=r"brewery-gas has no word for audio\.gunshot; add one"):
        foreign_event(
            pilsen,
            "brewery-gas",
            device="nh3-gate",
            kind="audio.gunshot",
            at=BEGINS,
            received_at=BEGINS,
            confidence=1.0,
        )


def test_a_sensor_of_ours_tells_what_is_written(pilsen):
    telling = Telling(
        at_s=90.0,
        delay_s=1.5,
        activity="a",
        source="stadium-gate",
        kind="video.running",
        confidence=0.8,
        zone="stadium",
        place=Place(13.384, 49.7495, 5.0),
    )
    item = told(telling, pilsen, BEGINS)
    assert item.at_s == 91.5
    assert item.activity == "a"
    event = item.event
    assert (event.source, event.kind, event.zone) == ("stadium-gate", "video.running", "stadium")
    assert (event.observed_at - BEGINS).total_seconds() == 90.0
    assert event.location.uncertainty_m == 5.0
    assert event.attributes == {"exercise": "scripted"}
    assert told(telling, pilsen, BEGINS).event.id == event.id
