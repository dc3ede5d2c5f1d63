import numpy as np
import pytest

from hlaska.sound.scores import RATE_HZ, SoundEvent
from training.evaluation.listening import ConstantEar, OracleEar
from training.evaluation.sound import (
    Clip,
    FalseAlarms,
    judge_clips,
    judge_quiet,
    judge_scenes,
    median_s,
)
from training.evaluation.sound_data import Scene, within_silence

BAND = (0.0, 10.0)


class DeafEar(ConstantEar):
    """Hears nothing."""

    def score(self, window, start_s, truth):
        return self._zeros()


class HalfSureEar(OracleEar):
    """Knows what is there, and says so with 0.3."""

    def score(self, window, start_s, truth):
        return 0.3 * super().score(window, start_s, truth)


class MistakenEar(OracleEar):
    """Takes every gunshot for a scream, at the right time."""

    def score(self, window, start_s, truth):
        return super().score(window, start_s, truth)[:, [2, 1, 0, 3]]


def noise(length_s, seed=0):
    rng = np.random.default_rng(seed)
    return (0.05 * rng.standard_normal(round(length_s * RATE_HZ))).astype(np.float32)


def scene(*events, band=BAND):
    samples = noise(16)
    for _, onset_s, offset_s in events:
        samples[round(onset_s * RATE_HZ) : round(offset_s * RATE_HZ)] *= 6
    return Scene("made", samples, tuple(SoundEvent(*event) for event in events), band)


TWO = (("gunshot", 5.0, 5.3), ("scream", 10.0, 11.0))


def test_the_oracle_makes_no_mistakes():
    scores = judge_scenes(OracleEar(), [scene(*TWO)])
    assert scores.errors.error_rate == 0
    assert scores.errors.hits.f1 == 1
    assert scores.curves["gunshot", None].average_precision == 1
    assert scores.curves["scream", BAND].hits.found == 1
    assert max(scores.onsets_off_s) < 0.5
    assert len(scores.told_after_s) == 2


def test_who_hears_nothing_finds_nothing_and_makes_nothing_up():
    scores = judge_scenes(DeafEar(), [scene(*TWO)])
    assert (scores.errors.deleted, scores.errors.told) == (2, 0)
    assert scores.curves["gunshot", None].average_precision == 0
    assert np.isnan(median_s(scores.onsets_off_s))


def test_a_threshold_that_is_too_high_costs_recall_and_no_average_precision():
    scores = judge_scenes(HalfSureEar(), [scene(*TWO)])
    assert scores.errors.found == 0
    assert scores.curves["gunshot", None].average_precision == 1


def test_the_right_time_and_the_wrong_class_is_a_substitution():
    scores = judge_scenes(MistakenEar(), [scene(("gunshot", 6.0, 6.3))])
    assert (scores.errors.substituted, scores.errors.true) == (1, 1)
    assert scores.errors.error_rate == 1
    assert scores.curves["scream", None].hits.false == 1


def test_figures_of_a_band_are_of_its_scenes_alone():
    other = (10.0, 20.0)
    scores = judge_scenes(
        OracleEar(), [scene(TWO[0]), scene(TWO[0], band=other), scene(TWO[0], band=other)]
    )
    found = {band: scores.curves["gunshot", band].hits.found for band in (None, BAND, other)}
    assert found == {None: 3, BAND: 1, other: 2}


def test_what_happens_at_the_edge_of_a_scene_is_not_counted():
    scores = judge_scenes(OracleEar(), [scene(("gunshot", 1.0, 1.3), TWO[1])])
    assert scores.errors.true == 1


def clip(sound, data="mine", length_s=3.0):
    rng = np.random.default_rng(1)
    return Clip(data, sound, within_silence(noise(length_s, 1), rng))


def test_a_recording_counts_as_a_whole():
    clips = [clip("gunshot"), clip("gunshot"), clip("scream"), clip("siren")]
    curves, alarms = judge_clips(OracleEar(), clips)
    gunshot = curves["mine", "gunshot"]
    assert (gunshot.hits.found, gunshot.hits.false, gunshot.hits.missed) == (2, 0, 0)
    assert (gunshot.average_precision, gunshot.others) == (1, 2)
    assert alarms["mine"].count == 0
    assert alarms["mine"].hours == pytest.approx(3 / 3600)


def test_who_always_hears_everything_is_as_right_as_there_are_recordings():
    clips = [clip("gunshot"), clip("scream"), clip("siren"), clip("other", data="yours")]
    curves, alarms = judge_clips(ConstantEar(), clips)
    assert curves["mine", "gunshot"].hits.precision == pytest.approx(1 / 3)
    assert curves["mine", "gunshot"].average_precision == pytest.approx(1 / 3)
    assert alarms["yours"].by_cause == {"other": alarms["yours"].count}
    assert alarms["yours"].count >= 4


def test_false_alarms_are_counted_by_the_hour_and_by_their_cause():
    events = (SoundEvent("dog", 5.0, 6.0),)
    piece = Scene("made", scene(("dog", 5.0, 6.0)).samples, events)

    class BarkingEar(OracleEar):
        def score(self, window, start_s, truth):
            return super().score(window, start_s, [SoundEvent("scream", 5.0, 6.0)])

    alarms = judge_quiet(BarkingEar(), [piece, piece])
    assert (alarms.by_sound, alarms.by_cause) == ({"scream": 2}, {"dog": 2})
    assert alarms.hours == pytest.approx(2 * 12 / 3600)
    assert alarms.per_hour == pytest.approx(2 / alarms.hours)
    low, high = alarms.interval
    assert low < alarms.per_hour < high
    assert judge_quiet(DeafEar(), [piece]).count == 0


def test_false_alarms_are_counted_at_each_threshold_too():
    class UnsureEar(OracleEar):
        def score(self, window, start_s, truth):
            return 0.3 * super().score(window, start_s, [SoundEvent("scream", 5.0, 6.0)])

    piece = Scene("made", noise(16), ())
    alarms = judge_quiet(UnsureEar(), [piece, piece], thresholds=(0.9, 0.2))
    assert alarms.count == 0
    assert alarms.at_thresholds == ({}, {"scream": 2})


def test_what_went_wrong_at_the_operating_point_is_kept():
    """Of a gunshot that is not heard, and a scream that is heard and is none."""

    class Screaming(OracleEar):
        def score(self, window, start_s, truth):
            return super().score(window, start_s, [SoundEvent("scream", 9.0, 10.0)])

    here = scene(("gunshot", 5.0, 5.3))
    missed, false = judge_scenes(Screaming(), [here], thresholds=()).mistakes
    assert (missed.event.sound, missed.told, missed.true) == ("gunshot", None, True)
    assert (false.event.sound, false.told, false.true) == ("scream", "scream", False)
    assert missed.scene is false.scene is here
    assert judge_scenes(OracleEar(), [here], thresholds=()).mistakes == ()


def test_an_alarm_about_nothing_says_so():
    piece = Scene("made", noise(16), ())
    alarms = judge_quiet(ConstantEar(), [piece])
    assert set(alarms.by_cause) == {"nothing"}


def test_without_an_hour_there_is_no_rate():
    nothing = FalseAlarms(0, {})
    assert np.isnan(nothing.per_hour)
    assert nothing.interval == (0, float("inf"))
