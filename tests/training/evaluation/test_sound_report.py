import io

import cv2
import numpy as np
import pytest
import soundfile

from hlaska.errors import ModelError
from hlaska.results import INTERVALS, OPERATING, THRESHOLDS
from hlaska.sound.scores import RATE_HZ, SoundEvent
from training.evaluation.listening import OracleEar
from training.evaluation.sound import FalseAlarms, judge_scenes
from training.evaluation.sound_data import Scene
from training.evaluation.sound_report import exhibits_of, models_of, sound_points, worst
from training.evaluation.sound_tables import SystemScores

THRESHOLDS_TRIED = (0.9, 0.1)


class FaintEar(OracleEar):
    """Hears what is there, and is sure enough of screams alone."""

    name = "faint"

    def score(self, window, start_s, truth):
        scores = super().score(window, start_s, truth)
        return scores * np.array([0.2, 0.2, 1.0, 0.2], np.float32)


def scene(*events, band_db=(0.0, 10.0)) -> Scene:
    rng = np.random.default_rng(2)
    samples = (0.01 * rng.standard_normal(14 * RATE_HZ)).astype(np.float32)
    return Scene("a street", samples, tuple(SoundEvent(*one) for one in events), band_db)


@pytest.fixture(scope="module")
def outcomes():
    ear = FaintEar()
    scenes = [
        scene(("gunshot", 5.0, 5.3), ("scream", 9.0, 10.0)),
        scene(("gunshot", 6.0, 6.3), band_db=(20.0, 30.0)),
    ]
    scores = SystemScores(
        scenes=judge_scenes(ear, scenes, thresholds=THRESHOLDS_TRIED),
        quiet=FalseAlarms(2.0, {"scream": 1}, {}, ({}, {"scream": 3, "gunshot": 4})),
        card=ear.card,
    )
    return {"faint": scores, "gone": ModelError("no weights")}


def rows(outcomes, name, **wanted):
    found = sound_points(outcomes, THRESHOLDS_TRIED)[name]
    return [row for row in found if wanted.items() <= row.items()]


def test_each_figure_has_its_interval(outcomes):
    [recall] = rows(outcomes, INTERVALS, metric="gunshot: recall")
    assert (recall["what"], recall["value"], recall["better"]) == ("faint", 0.0, "more")
    assert recall["low"] == 0 < recall["high"] < 0.7
    [alarms] = rows(outcomes, INTERVALS, metric="false alarms per hour")
    assert (alarms["value"], alarms["better"]) == (0.5, "less")
    assert alarms["low"] < 0.5 < alarms["high"]
    assert not rows(outcomes, INTERVALS, metric="gunshot: precision"), "nothing was told"
    assert not rows(outcomes, INTERVALS, metric="explosion: recall"), "there was none"


def test_curves_have_recall_and_false_alarms_at_each_threshold(outcomes):
    high, low = rows(outcomes, THRESHOLDS, **{"class": "gunshot"})
    assert (high["threshold"], high["recall"], high["rate"]) == (0.9, 0, 0)
    assert (low["threshold"], low["recall"], low["rate"]) == (0.1, 1, 2)
    [card] = rows(outcomes, OPERATING, **{"class": "scream"})
    assert (card["threshold"], card["recall"], card["rate"]) == (0.5, 1, 0.5)


def test_without_hours_of_confusers_there_is_no_rate(outcomes):
    deaf = {"faint": SystemScores(scenes=outcomes["faint"].scenes, card=outcomes["faint"].card)}
    assert {row["rate"] for row in rows(deaf, THRESHOLDS)} == {None}
    assert {row["rate"] for row in rows(deaf, OPERATING)} == {None}


def test_only_models_that_were_had_are_named(outcomes):
    assert [(one.name, one.version) for one in models_of(outcomes)] == [("faint", "1")]


def test_the_loudest_that_was_missed_comes_first_and_can_be_seen_and_heard(outcomes):
    mistakes = worst(outcomes["faint"])
    assert [one.scene.band_db for one in mistakes] == [(20, 30), (0, 10)]
    picture, sound = exhibits_of(FaintEar(), mistakes[:1])
    assert picture.caption == sound.caption
    assert picture.caption == "gunshot missed (best score 0.20, counts from 0.50); a street"
    image = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (540, 960, 3)
    samples, rate = soundfile.read(io.BytesIO(sound.content))
    assert (rate, len(samples)) == (RATE_HZ, round(6.3 * RATE_HZ))


def test_a_model_without_mistakes_has_no_cases():
    ear = OracleEar()
    scores = SystemScores(scenes=judge_scenes(ear, [scene(("scream", 5.0, 6.0))], thresholds=()))
    assert worst(scores) == []
    assert worst(SystemScores()) == []
