from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from hlaska.events import ModelRef
from hlaska.sound.scores import SOUND_CLASSES
from hlaska.tracks import StreamState
from serving.audio.events import HEARD_M, Reporter
from serving.audio.finding import SoundFinding
from serving.evidence import digest_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MODEL = ModelRef(name="loudness", version="1")


def shots(**changes) -> SoundFinding:
    fields = {
        "sound": "gunshot",
        "observed_at": NOW,
        "onset_s": 6.0,
        "offset_s": 6.5,
        "onsets_s": (0.0, 0.1),
        "confidence": 0.91,
        "windows_agreed": 4,
        "windows_asked": 5,
        "peak_dbfs": -12.345,
        "scores": np.zeros((10, 4), np.float32),
        "scores_start_s": -3.0,
        "scores_step_s": 0.04,
    }
    return SoundFinding(**(fields | changes))


@pytest.fixture
def reporter(heard_site):
    return Reporter(heard_site, heard_site.microphones[0], NOW, MODEL)


def test_the_same_sound_has_one_id_and_another_class_moment_or_epoch_another(heard_site, reporter):
    one = reporter.event(shots()).id
    assert one == reporter.event(shots(confidence=0.5), [("audio/flac", b"sound")]).id
    replayed = Reporter(heard_site, heard_site.microphones[0], NOW + timedelta(days=1), MODEL)
    others = [
        reporter.event(shots(sound="scream")).id,
        reporter.event(shots(observed_at=NOW + timedelta(milliseconds=1))).id,
        Reporter(heard_site, heard_site.microphones[1], NOW, MODEL).event(shots()).id,
        replayed.event(shots()).id,
    ]
    assert len({one, *others}) == 5


def test_it_says_how_many_shots_came_when_and_how_sure_the_windows_were(reporter):
    event = reporter.event(shots(), redacted_s=1.234)
    assert (event.kind, event.observed_at, event.confidence) == ("audio.gunshot", NOW, 0.91)
    assert event.model == MODEL
    assert event.attributes == {
        "count": 2,
        "onsets_s": "0.0000 0.1000",
        "windows_agreed": 4,
        "windows_asked": 5,
        "peak_dbfs": -12.3,
        "redacted_s": 1.23,
    }


def test_more_shots_than_can_be_written_are_still_counted(reporter):
    attributes = reporter.event(shots(onsets_s=tuple(np.arange(100) / 20))).attributes
    assert attributes["count"] == 100
    written = attributes["onsets_s"].split()
    assert 60 < len(written) < 100
    assert float(written[-1]) == pytest.approx((len(written) - 1) / 20)


@pytest.mark.parametrize("sound", SOUND_CLASSES)
def test_one_microphone_alone_knows_only_that_it_was_near(heard_site, reporter, sound):
    place = reporter.event(shots(sound=sound)).location
    position = heard_site.microphones[0].position
    assert (place.lon, place.lat) == (position.lon, position.lat)
    assert place.uncertainty_m == HEARD_M[sound]


def test_evidence_is_named_by_what_it_holds(reporter):
    drawing, sound = reporter.event(
        shots(), [("image/jpeg", b"drawing"), ("audio/flac", b"sound")]
    ).evidence
    assert (drawing.media_type, drawing.sha256) == ("image/jpeg", digest_of(b"drawing"))
    assert (sound.uri, sound.media_type) == (f"/evidence/{digest_of(b'sound')}", "audio/flac")


def test_an_event_without_evidence_says_why(reporter):
    event = reporter.event(shots(), reason="x" * 600)
    assert not event.evidence
    assert event.attributes["reason"] == "x" * 500


def test_what_is_wrong_with_the_sound_is_told_beside_the_state(reporter):
    event = reporter.health(
        StreamState.STALLED, "half a second at full scale", NOW, what="clipping"
    )
    assert event.kind == "health.degraded"
    assert event.attributes == {
        "state": "stalled",
        "reason": "half a second at full scale",
        "what": "clipping",
    }
    assert event.id != reporter.health(StreamState.STALLED, "", NOW, what="windy").id
