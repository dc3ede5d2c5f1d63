import numpy as np
import pytest

from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from training.audio.corpus import corpus
from training.audio.labels import CLASSES
from training.audio.material import WIDTHS_M, Material, gather
from training.audio.microphones import heard
from training.audio.recordings import OTHER, Recording
from training.audio.synthesis import HARDEST, soundscape


def made(stock, sound, seed, *, snr_db=(20.0, 20.0)):
    return soundscape(
        np.random.default_rng(seed), stock=stock, duration_s=6.0, sounds=(sound,), snr_db=snr_db
    )


def recording(name, sound, samples):
    return Recording(name, "test", sound, samples.astype(np.float32), "train")


@pytest.mark.parametrize("sound", SOUND_CLASSES)
def test_the_label_lies_where_the_sound_lies(stock, sound):
    for seed in range(5):
        one = made(stock, sound, seed, snr_db=(30.0, 30.0))
        (event,) = one.events
        power = np.square(one.samples).reshape(-1, RATE_HZ // 50).mean(axis=1)
        loudest_s = power.argmax() / 50
        assert event.sound == sound
        assert event.onset_s - 0.04 <= loudest_s <= event.offset_s + 0.04


@pytest.mark.parametrize("asked_db", [-5.0, 5.0, 30.0])
def test_the_snr_is_what_was_asked(stock, asked_db):
    for seed in range(6):
        one = made(stock, SOUND_CLASSES[seed % 4], seed, snr_db=(asked_db, asked_db))
        assert one.snr_db == pytest.approx([asked_db], abs=1.0)


def test_the_same_chance_makes_the_same_soundscape(stock):
    one, same, other = (
        soundscape(np.random.default_rng(seed), stock=stock, duration_s=6.0) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.samples, same.samples)
    assert one.events == same.events
    assert not np.array_equal(one.samples, other.samples)


def test_soundscapes_are_of_the_length_asked_and_within_full_scale(stock):
    for seed in range(10):
        one = soundscape(np.random.default_rng(seed), stock=stock, duration_s=6.0)
        assert one.samples.shape == (6 * RATE_HZ,)
        assert one.samples.dtype == np.float32
        assert np.abs(one.samples).max() <= 1
        assert all(0 <= event.onset_s < event.offset_s <= 6 for event in one.events)
        assert len(one.events) == len(one.snr_db)
        assert [event.onset_s for event in one.events] == sorted(e.onset_s for e in one.events)


def test_a_scream_inside_cheering_is_measured_against_the_cheering(stock):
    one = soundscape(
        np.random.default_rng(4),
        stock=stock,
        duration_s=3.0,
        sounds=("cheering", "scream"),
        snr_db=(-5.0, -5.0),
    )
    ratios = {event.sound: ratio for event, ratio in zip(one.events, one.snr_db, strict=True)}
    assert ratios["scream"] == pytest.approx(-5, abs=1)
    assert "cheering" in ratios


def test_each_sound_is_often_put_beside_what_it_is_hardly_told_from(stock):
    assert set(HARDEST) == set(SOUND_CLASSES)
    assert set().union(*HARDEST.values()) <= set(stock.confusers)
    beside = 0
    for seed in range(150):
        one = soundscape(np.random.default_rng(seed), stock=stock, duration_s=2.0)
        heard_in_it = {event.sound for event in one.events}
        beside += any(one in heard_in_it and {*HARDEST[one]} & heard_in_it for one in HARDEST)
    # By chance alone it was 6, where nothing is put together on purpose.
    assert beside > 20


def test_a_recorded_sound_makes_a_soundscape_real(stock):
    bang = np.zeros(RATE_HZ)
    bang[4000:6000] = np.random.default_rng(0).normal(0, 0.3, 2000)
    recorded = Material("train", {"gunshot": (recording("a", "gunshot", bang),)}, stock.responses)
    origins = {made(recorded, "gunshot", seed).origin for seed in range(12)}
    assert origins == {"real", "synthetic"}
    assert made(stock, "gunshot", 0).origin == "synthetic"


def test_an_other_recording_is_one_event_of_unknown_content(stock):
    noise = np.random.default_rng(0).normal(0, 0.3, 2 * RATE_HZ)
    recorded = Material("train", {OTHER: (recording("a", OTHER, noise),)}, stock.responses)
    assert OTHER in recorded.confusers
    (event,) = made(recorded, OTHER, 1).events
    assert event.sound == OTHER


def test_a_recording_of_silence_leaves_no_event(stock):
    silent = Material(
        "train", {"siren": (recording("a", "siren", np.zeros(RATE_HZ)),)}, stock.responses
    )
    counts = [len(made(silent, "siren", seed).events) for seed in range(12)]
    assert 0 in counts


@pytest.mark.parametrize("split", ["train", "calibration", "test"])
def test_backgrounds_have_the_length_and_the_power_asked(stock, split):
    other = Material(split, stock.recordings, stock.responses)
    for seed in range(6):
        noise = other.background(np.random.default_rng(seed), 20_000)
        assert noise.shape == (20_000,)
        assert np.sqrt(np.mean(noise**2)) == pytest.approx(1, rel=0.05)


def test_a_test_is_heard_in_streets_that_training_has_not():
    assert WIDTHS_M["test"][0] >= WIDTHS_M["train"][1]


def test_streets_are_without_the_silence_before_the_sound():
    stock = gather(np.random.default_rng(0), split="test", recordings=(), responses=4)
    for response in stock.responses:
        level = np.abs(response)
        assert level.max() == pytest.approx(1)
        assert np.argmax(level > 0.05) <= RATE_HZ // 500


def test_microphones_clip_at_full_scale_and_add_no_nan():
    loud = np.random.default_rng(0).normal(0, 50, RATE_HZ).astype(np.float32)
    for seed in range(40):
        samples = heard(np.random.default_rng(seed), loud)
        assert np.isfinite(samples).all()
        assert np.abs(samples).max() <= 1
    assert np.isfinite(heard(np.random.default_rng(0), np.zeros(100, np.float32))).all()


def test_a_corpus_is_made_once_and_read_again(learnt, home):
    again = corpus("train", size=24, seed=3, settings=home, recorded=(), responses=3)
    assert again.digest == learnt.digest
    np.testing.assert_array_equal(again.samples, learnt.samples)
    assert again.events == learnt.events


def test_splits_and_seeds_make_different_corpora(learnt, chosen_by, home):
    other = corpus("train", size=24, seed=4, settings=home, recorded=(), responses=3)
    assert len({learnt.digest, chosen_by.digest, other.digest}) == 3
    for one in (chosen_by, other):
        assert not any(
            np.array_equal(a, b) for a, b in zip(one.samples, learnt.samples, strict=True)
        )


def test_labels_of_a_corpus_are_those_of_its_events(learnt):
    assert learnt.targets.shape == (24, 150, len(CLASSES))
    for index, events in enumerate(learnt.events):
        there = {CLASSES[column] for column in np.flatnonzero(learnt.targets[index].any(axis=0))}
        assert there == {event.sound for event in events}
    assert sum(map(len, learnt.events)) > 10
