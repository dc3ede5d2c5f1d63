import numpy as np
import pytest

from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, SoundEvent
from training.audio.labels import CLASSES
from training.audio.operating import LEAST_SNR_DB, choose, hits
from training.audio.pictures import (
    NOTHING,
    confusion,
    confusion_figure,
    example_figure,
)
from training.audio.synthesis import Soundscape
from training.evaluation.listening import OracleEar


def heard(*events, snr_db=10.0, seconds=20):
    samples = np.random.default_rng(0).normal(0, 0.01, seconds * RATE_HZ).astype(np.float32)
    return Soundscape(samples, events, (snr_db,) * len(events), "synthetic")


def told(sound, onset_s):
    return SoundEvent(sound, onset_s, onset_s + 0.2)


SHOT = told("gunshot", 8.0)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param([told("gunshot", 8.4)], (1, 0, 0), id="within the collar"),
        pytest.param([told("gunshot", 8.6)], (0, 1, 1), id="too late"),
        pytest.param([told("scream", 8.0)], (0, 0, 1), id="as something else"),
        pytest.param([told("gunshot", 8.0), told("gunshot", 8.3)], (1, 1, 0), id="twice"),
        pytest.param([told("gunshot", 0.5), told("gunshot", 8.0)], (1, 0, 0), id="at the edge"),
        pytest.param([], (0, 0, 1), id="not at all"),
    ],
)
def test_a_sound_is_found_once_and_in_time(found, expected):
    counts, _ = hits(heard(SHOT), found, "gunshot")
    assert (counts.found, counts.false, counts.missed) == expected


def test_what_is_too_faint_is_neither_missed_nor_false():
    faint = heard(SHOT, snr_db=LEAST_SNR_DB - 1)
    for found in ([], [told("gunshot", 8.0)]):
        counts, wrong = hits(faint, found, "gunshot")
        assert (counts.found, counts.false, counts.missed, wrong) == (0, 0, 0, [])


def test_a_volley_is_one_sound():
    volley = heard(SHOT, told("gunshot", 8.6), told("gunshot", 9.1))
    assert hits(volley, [SHOT], "gunshot")[0].missed == 0


def test_false_alarms_are_put_down_to_what_sounded_then():
    firework = SoundEvent("firework", 12.0, 13.0)
    found = [told("gunshot", 12.2), told("gunshot", 16.0)]
    assert hits(heard(SHOT, firework), found, "gunshot")[1] == ["firework", "nothing"]


class Sure(OracleEar):
    """Is surer of what is there than of the shot that it hears in a firework."""

    def score(self, window, start_s, truth):
        wrong = [
            SoundEvent("gunshot", one.onset_s, one.offset_s)
            for one in truth
            if one.sound == "firework"
        ]
        right = super().score(window, start_s, truth)
        return np.maximum(0.8 * right, 0.4 * super().score(window, start_s, wrong))


def test_the_point_lies_above_what_is_mistaken_and_below_what_is_there():
    firework, scream = SoundEvent("firework", 12.0, 13.0), SoundEvent("scream", 15.0, 16.0)
    chosen = choose(Sure(), [heard(SHOT, firework, scream)])
    assert set(chosen) == set(SOUND_CLASSES)
    assert 0.4 < chosen["gunshot"].point <= 0.8
    assert (chosen["gunshot"].hits.found, chosen["gunshot"].hits.false) == (1, 0)
    assert chosen["scream"].hits.f1 == 1


def test_confusion_says_as_what_each_sound_is_heard(chosen_by):
    right = np.asarray(chosen_by.targets == 1, np.float32)
    table = confusion(chosen_by, right)
    there = table.sum(axis=1) > 0
    assert there.sum() > 3
    assert (np.diag(table.to_numpy()) == there).all()
    nothing = confusion(chosen_by, np.zeros_like(right))
    assert (nothing.loc[there, NOTHING] == 1).all()


def test_pictures_are_drawn(chosen_by, tmp_path):
    scores = np.asarray(chosen_by.targets == 1, np.float32)
    for number, figure in enumerate(
        [
            confusion_figure(confusion(chosen_by, scores)),
            example_figure(chosen_by, scores, [0, 5]),
        ]
    ):
        path = tmp_path / f"{number}.png"
        figure.savefig(path)
        assert path.stat().st_size > 10_000
    assert len(CLASSES) == scores.shape[2]
