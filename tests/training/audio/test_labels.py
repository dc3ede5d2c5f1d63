import numpy as np
import pytest

from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, SoundEvent
from training.audio.labels import CLASSES, stretches, targets
from training.audio.recordings import OTHER


def bursts(*spans_s, length_s=4.0, floor=0.0):
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 1, round(length_s * RATE_HZ)).astype(np.float32)
    loud = np.full(len(samples), floor, np.float32)
    for begin_s, end_s in spans_s:
        loud[round(begin_s * RATE_HZ) : round(end_s * RATE_HZ)] = 0.5
    return samples * loud


def seconds(found):
    return [(part.start / RATE_HZ, part.stop / RATE_HZ) for part in found]


def test_those_that_are_listened_for_come_first():
    assert CLASSES[:4] == SOUND_CLASSES
    assert len(set(CLASSES)) == len(CLASSES) > 12


@pytest.mark.parametrize("floor", [0.0, 0.01])
def test_a_sound_is_heard_from_where_it_begins_to_where_it_ends(floor):
    found = seconds(stretches(bursts((1.0, 1.5), (3.0, 3.4), floor=floor)))
    assert found == [pytest.approx((1.0, 1.5), abs=0.011), pytest.approx((3.0, 3.4), abs=0.011)]


def test_a_short_gap_is_bridged():
    assert len(stretches(bursts((1.0, 1.5), (1.7, 2.0)))) == 1
    assert len(stretches(bursts((1.0, 1.5), (2.2, 2.4)), gap_s=1.0)) == 1


def test_a_click_is_three_frames_long():
    (found,) = seconds(stretches(bursts((2.0, 2.002))))
    assert found == pytest.approx((2.0, 2.12), abs=0.011)


@pytest.mark.parametrize("length", [0, 100, 16000])
def test_silence_has_no_stretch(length):
    assert stretches(np.zeros(length, np.float32)) == []


def test_each_event_marks_its_frames_and_nothing_else():
    labels = targets([SoundEvent("scream", 0.41, 0.8), SoundEvent("dog", 0, 0.04)], frames=50)
    assert np.flatnonzero(labels[:, CLASSES.index("scream")]).tolist() == list(range(10, 20))
    assert np.flatnonzero(labels[:, CLASSES.index("dog")]).tolist() == [0]
    assert labels.sum() == 11


def test_during_an_other_recording_only_the_four_are_known_not_to_be_there():
    events = [SoundEvent("dog", 0.2, 0.6), SoundEvent(OTHER, 0, 0.4), SoundEvent("gunshot", 0, 0.2)]
    labels = targets(events, frames=20)
    assert set(labels[:10, CLASSES.index("siren")]) == {-1}
    assert set(labels[10:, CLASSES.index("siren")]) == {0}
    assert set(labels[:10, CLASSES.index("scream")]) == {0}
    assert labels[:5, CLASSES.index("gunshot")].tolist() == [1] * 5
    assert labels[5:15, CLASSES.index("dog")].tolist() == [1] * 10
