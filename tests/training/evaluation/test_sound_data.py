import numpy as np
import pytest
import soundfile

from hlaska.errors import DataError
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from training.audio.material import gather
from training.evaluation.sound_data import (
    BANDS_DB,
    EDGE_S,
    LABELS,
    LEAD_S,
    SCENE_S,
    confusers,
    labelled,
    read_mono,
    scenes,
    within_silence,
)


@pytest.fixture(scope="module")
def stock():
    return gather(np.random.default_rng(0), split="test", recordings=(), responses=2)


def test_each_class_is_made_in_each_band(stock):
    made = list(scenes(stock, each=1, seed=3))
    assert len(made) == len(SOUND_CLASSES) * len(BANDS_DB)
    assert {one.band_db for one in made} == set(BANDS_DB)
    for one in made:
        assert len(one.samples) == SCENE_S * RATE_HZ
        assert np.isfinite(one.samples).all()
        assert len({event.sound for event in one.wanted}) == 1
        assert one.name.startswith(one.wanted[0].sound)


def test_a_seed_makes_the_same_scenes_again_and_another_makes_others(stock):
    first, again, other = (
        next(iter(scenes(stock, each=1, seed=seed))).samples for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_in_hours_of_confusers_nothing_is_listened_for(stock):
    pieces = list(confusers(stock, hours=0.02, seed=3))
    counted_s = [end_s - begin_s for begin_s, end_s in (one.counted_s for one in pieces)]
    assert sum(counted_s) >= 0.02 * 3600
    assert all(not one.wanted for one in pieces)
    assert sum(len(one.events) for one in pieces) > 3


def test_a_recording_is_surrounded_by_quiet_and_begins_without_a_bang():
    rng = np.random.default_rng(1)
    loud = np.full(RATE_HZ, 0.5, np.float32)
    loud[8000:] = 0.001
    whole = within_silence(loud, rng)
    lead = round(LEAD_S * RATE_HZ)
    assert len(whole) == RATE_HZ + 2 * lead
    assert np.abs(whole[:lead]).max() < 0.01
    assert np.abs(np.diff(whole[: lead + 8000])).max() < 0.01
    np.testing.assert_array_equal(whole[lead + 400 : lead + 8000], loud[400:8000])


@pytest.mark.parametrize("length", [0, 1, 100])
def test_the_shortest_recordings_can_be_surrounded_too(length):
    rng = np.random.default_rng(1)
    whole = within_silence(np.zeros(length, np.float32), rng)
    assert len(whole) == length + 2 * round(LEAD_S * RATE_HZ)
    assert np.isfinite(whole).all()


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(2)
    for name in ("a.wav", "b.flac"):
        sound = 0.1 * rng.standard_normal((44_100, 2))
        soundfile.write(tmp_path / name, sound, 44_100)
    return tmp_path


def test_labelled_recordings_are_read_with_their_events(folder):
    (folder / LABELS).write_text(
        "file,onset_s,offset_s,sound\nb.flac,0.25,0.5,scream\nb.flac,0.75,0.8,dog\n"
    )
    a, b = labelled(folder)
    assert (a.name, b.name) == ("a.wav", "b.flac")
    assert a.events == ()
    assert [event.sound for event in b.events] == ["scream", "dog"]
    assert b.wanted[0].onset_s == LEAD_S + 0.25
    assert len(b.samples) == RATE_HZ + 2 * round(LEAD_S * RATE_HZ)
    begin_s, end_s = b.counted_s
    assert (begin_s, end_s) == (LEAD_S, LEAD_S + 1)
    assert a.edge_s > EDGE_S


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("file,onset_s\n", "line 1: lacks offset_s, sound", id="columns missing"),
        pytest.param("", "line 1: lacks file", id="empty"),
        pytest.param(
            "file,onset_s,offset_s,sound\nc.wav,0,1,scream\n",
            r"line 2: no recording 'c\.wav'",
            id="another file",
        ),
        pytest.param(
            "file,onset_s,offset_s,sound\na.wav,0,1,glass_break\n",
            "line 2: no sound 'glass_break'; did you mean 'glass-break'",
            id="misspelt",
        ),
        pytest.param(
            "file,onset_s,offset_s,sound\na.wav,1,0,scream\n", "from 1 to 0 s", id="backwards"
        ),
        pytest.param(
            "file,onset_s,offset_s,sound\na.wav,x,nan,scream\n", "from x to nan s", id="no times"
        ),
        pytest.param("file,onset_s,offset_s,sound\na.wav,1\n", "from 1 to None s", id="cut off"),
    ],
)
def test_a_wrong_label_is_named_with_its_line(text, why, folder):
    (folder / LABELS).write_text(text)
    with pytest.raises(DataError, match=why):
        labelled(folder)


def test_labels_that_are_not_text_are_a_clear_error(folder):
    (folder / LABELS).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"labels\.csv cannot be read"):
        labelled(folder)


def test_what_is_no_recording_is_a_clear_error(tmp_path):
    (tmp_path / "a.wav").write_text("not sound")
    with pytest.raises(DataError, match=r"a\.wav cannot be decoded"):
        read_mono(tmp_path / "a.wav")
