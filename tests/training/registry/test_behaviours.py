import numpy as np
import pytest

from catalogs import seeds
from hlaska.errors import DataError, ModelError
from hlaska.settings import Settings
from hlaska.sound.scores import SOUND_CLASSES
from serving.audio.scorer import SoundScorer
from serving.cyber.scorer import FlowScorer
from serving.models import from_folder
from serving.video.scorer import DetectorScorer
from training.registry import behaviours_flows, behaviours_sound, behaviours_video
from training.registry.behaviours import Behaviour, Kind, tried
from training.registry.verdict import Outcome

pytestmark = pytest.mark.timeout(900)


def outcomes(checks):
    return {one.what.partition(": ")[2]: one.outcome for one in checks}


def test_what_breaks_down_has_failed_and_what_lacks_data_was_not_tried():
    def broken():
        raise ModelError("no such column")

    def lacking():
        raise DataError("no source answers")

    checks = tried(
        [
            Behaviour(Kind.MINIMUM, "a", lambda: (True, "seen")),
            Behaviour(Kind.MINIMUM, "b", lambda: (False, "not seen")),
            Behaviour(Kind.DIRECTION, "c", broken),
            Behaviour(Kind.INVARIANCE, "d", lacking),
        ]
    )
    assert [one.outcome for one in checks] == ["passed", "failed", "failed", "not tried"]
    assert "no such column" in checks[2].why
    assert checks[3].what == "invariance: d"
    assert "no source answers" in checks[3].why


def flow_seed(name, **points):
    model = from_folder(seeds.folder(name))
    scorer = FlowScorer.load(model)
    card = scorer.card
    changed = card.operating_point | points
    return FlowScorer(card.model_copy(update={"operating_point": changed}), scorer._held)


@pytest.mark.parametrize("seed", ["flow-attacks", "flow-anomaly"])
def test_the_committed_models_of_flows_do_what_they_must(seed):
    checks = tried(behaviours_flows.behaviours(flow_seed(seed)))
    assert {one.outcome for one in checks} == {Outcome.PASSED}, checks
    assert len(checks) == 5


def test_a_model_of_flows_that_tells_everything_or_nothing_is_found_out():
    names = seeds.card("flow-attacks").operating_point
    loud = outcomes(tried(behaviours_flows.behaviours(flow_seed("flow-attacks", scan=0.0))))
    assert loud["a quiet hour gives no more than two alarms"] == Outcome.FAILED
    deaf = dict.fromkeys(names, 1.0)
    still = outcomes(tried(behaviours_flows.behaviours(flow_seed("flow-attacks", **deaf))))
    assert still["a scan of 600 ports is told"] == Outcome.FAILED


class Contrary(FlowScorer):
    """Less suspicious of what is more, and of the last row more than of others."""

    def score(self, rows):
        scores = 1 - super().score(rows)
        scores /= scores.sum(axis=1, keepdims=True)
        if len(scores):
            scores[-1] = np.eye(scores.shape[1])[1]
        return scores


def test_a_contrary_model_of_flows_is_found_out():
    model = flow_seed("flow-attacks")
    found = outcomes(tried(behaviours_flows.behaviours(Contrary(model.card, model._held))))
    assert found["the order of rows does not matter"] == Outcome.FAILED


def test_the_committed_model_of_sounds_does_what_it_must():
    model = from_folder(seeds.folder("street-sounds"))
    checks = tried(behaviours_sound.behaviours(SoundScorer.load(model, threads=1)))
    assert {one.outcome for one in checks} == {Outcome.PASSED}, checks
    assert len(checks) == len(SOUND_CLASSES) + 4


class Nervous(SoundScorer):
    """Hears a shot in everything, but in what is loud."""

    def score(self, windows):
        scores = np.zeros_like(super().score(windows))
        loud = np.sqrt((windows**2).mean(axis=1))[:, None]
        scores[:, :, SOUND_CLASSES.index("gunshot")] = 1 / (1 + 20 * loud)
        return scores


def test_a_nervous_model_of_sounds_is_found_out():
    model = from_folder(seeds.folder("street-sounds"))
    found = outcomes(tried(behaviours_sound.behaviours(Nervous.load(model, threads=1))))
    assert found["silence and plain noise give nothing"] == Outcome.FAILED
    assert found["a loud scream is told"] == Outcome.FAILED


def test_a_detector_that_sees_people_in_blank_pictures_is_found_out(
    tmp_path, write_model, monkeypatch
):
    def away(*_args, **_more):
        raise DataError("no source answers")

    monkeypatch.setattr(behaviours_video.datasets, "fetch", away)
    scorer = DetectorScorer.load(from_folder(write_model(tmp_path / "a")), threads=1)
    checks = tried(behaviours_video.behaviours(scorer, Settings(home=tmp_path)))
    assert [one.outcome for one in checks] == ["failed", "not tried", "not tried", "not tried"]


@pytest.mark.network
def test_the_built_in_detector_does_what_it_must_with_the_real_clip():
    scorer = DetectorScorer.load(from_folder(seeds.folder("hog")), threads=1)
    checks = tried(behaviours_video.behaviours(scorer, Settings.load()))
    assert {one.outcome for one in checks} == {Outcome.PASSED}, checks
