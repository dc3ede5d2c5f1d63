import pytest

from catalogs.exercise.cues import Place, SoundCue
from hlaska.settings import Settings
from serving.exercise.listening import Ears


@pytest.fixture(scope="module")
def ears(pilsen, day):
    return Ears(pilsen, day.begins, Settings.load())


def shots(**changes):
    facts = {
        "at_s": 100.0,
        "activity": "a",
        "sound": "gunshot",
        "place": Place(13.3850, 49.7495),
        "ears": "stadium-ears",
        "noise_db": 70.0,
        "seed": 4,
        "shots": 3,
    }
    return SoundCue(**facts | changes)


def test_shots_at_the_stadium_are_heard_by_its_devices_when_the_sound_gets_there(ears, pilsen, day):
    items = ears.hear(shots())
    devices = {item.event.attributes["device"] for item in items}
    assert len(devices) >= 3
    for item in items:
        event = item.event
        assert (event.source, event.kind) == ("stadium-ears", "audio.gunshot")
        assert event.attributes["exercise"] == "scored"
        assert event.model == ears.model
        late_s = (event.observed_at - day.begins).total_seconds() - 100.0
        # The farthest ear is some 200 m away, and windows agree within a fifth of a second.
        assert -0.2 < late_s < 1.2
        assert item.at_s > 100.0 + late_s


def test_a_pane_in_a_street_is_told_by_its_microphones_and_placed(ears, pilsen):
    near = next(one for one in pilsen.microphones if one.id == "cukrovarska-mic-2").position
    cue = shots(
        sound="glass-break",
        shots=0,
        ears="cukrovarska",
        place=Place(near.lon + 0.0001, near.lat),
        noise_db=50.0,
    )
    items = ears.hear(cue)
    own = [item.event for item in items if item.event.source.startswith("cukrovarska-mic-")]
    assert own
    assert {event.kind for event in own} == {"audio.glass-break"}
    for event in (item.event for item in items if item.event.source == "sound-locator"):
        assert set(event.attributes["heard_by"].split()) <= {one.id for one in own}


def test_a_dog_is_taken_for_nothing(ears):
    assert ears.hear(shots(sound="dog", shots=0, ears="americka",
                           place=Place(13.3752, 49.7436))) == []  # fmt: skip


def test_the_same_sound_is_heard_the_same_way_again(ears):
    assert ears.hear(shots()) == ears.hear(shots())


def test_what_is_far_away_reaches_no_ear(ears):
    assert ears.hear(shots(place=Place(13.40, 49.76))) == []
