import io
from datetime import UTC, datetime

import numpy as np
import pytest
import soundfile

from hlaska.events import ModelRef
from hlaska.sound.scores import RATE_HZ
from serving.audio import clerk as clerks
from serving.audio import privacy
from serving.audio.clerk import MOST_CASES, PATIENCE_S, Clerk
from serving.audio.events import AUDIO, PICTURE, Reporter
from serving.audio.finding import SoundFinding
from serving.evidence import digest_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Tray:
    """An outbox that keeps what is put into it."""

    def __init__(self):
        self.sent = []

    def event(self, event, evidence):
        self.sent.append((event, evidence))


def shot(number=0) -> SoundFinding:
    return SoundFinding(
        sound="gunshot",
        observed_at=NOW.replace(microsecond=number),
        onset_s=6.0,
        offset_s=6.5,
        onsets_s=(0.0,),
        confidence=0.9,
        windows_agreed=5,
        windows_asked=5,
        peak_dbfs=-10.0,
        scores=np.zeros((100, 4), np.float32),
        scores_start_s=-3.0,
        scores_step_s=0.04,
    )


@pytest.fixture
def reporter(heard_site):
    return Reporter(heard_site, heard_site.microphones[0], NOW, ModelRef(name="m", version="1"))


@pytest.fixture
def tray():
    return Tray()


@pytest.fixture
def clerk(tray):
    clerk = Clerk(tray, {"gunshot": 0.5})
    yield clerk
    clerk.close()


@pytest.fixture
def around(street):
    """Three seconds before a shot, and one after."""
    return street(4.5, bangs=(3.0,))


def test_an_event_goes_out_with_a_picture_and_a_sound_of_which_it_holds_the_digests(
    clerk, tray, reporter, around
):
    clerk.start()
    clerk.take(reporter, shot(), around, -3.0)
    clerk.close()
    ((event, evidence),) = tray.sent
    assert [piece.media_type for piece in event.evidence] == [PICTURE, AUDIO]
    assert [piece.sha256 for piece in event.evidence] == list(evidence)
    drawing, sound = evidence.values()
    assert drawing.startswith(b"\xff\xd8")
    assert sound.startswith(b"fLaC")
    assert digest_of(sound) == event.evidence[1].sha256
    assert "reason" not in event.attributes


def test_evidence_that_cannot_be_made_never_costs_the_event(
    clerk, tray, reporter, around, monkeypatch
):
    def torn(*_args, **_options):
        raise OSError("the voice model is gone")

    monkeypatch.setattr(clerks, "redact", torn)
    clerk.start()
    clerk.take(reporter, shot(), around, -3.0)
    clerk.close()
    ((event, evidence),) = tray.sent
    assert (event.kind, event.evidence, evidence) == ("audio.gunshot", (), {})
    assert "OSError: the voice model is gone" in event.attributes["reason"]


def test_speech_that_cannot_be_found_is_not_stored_unredacted(
    clerk, tray, reporter, around, monkeypatch
):
    def torn(_samples):
        raise ImportError("the voice model is gone")

    monkeypatch.setattr(privacy, "speech_scores", torn)
    clerk.start()
    clerk.take(reporter, shot(), around, -3.0)
    clerk.close()
    ((_, evidence),) = tray.sent
    stored, rate_hz = soundfile.read(io.BytesIO(list(evidence.values())[1]))
    assert np.abs(around[: 2 * RATE_HZ]).max() > 0
    assert not stored[: round(2.9 * rate_hz)].any()
    assert np.abs(stored[3 * rate_hz :]).max() > 0.1


def test_where_more_alarms_come_than_can_be_written_they_go_without_evidence_and_none_is_lost(
    clerk, tray, reporter, around
):
    # Not started: as if it were busy.
    for number in range(MOST_CASES + 10):
        clerk.take(reporter, shot(number), around, -3.0)
    assert len(tray.sent) == 10
    clerk.start()
    clerk.close()
    assert len({event.id for event, _ in tray.sent}) == MOST_CASES + 10
    bare = [event for event, evidence in tray.sent if not evidence]
    assert len(bare) >= 10
    assert all("late" in event.attributes["reason"] for event in bare)


def test_an_alarm_that_has_waited_too_long_goes_without_evidence(
    clerk, tray, reporter, around, monkeypatch
):
    clerk.take(reporter, shot(), around, -3.0)
    later = clerks.time.monotonic() + PATIENCE_S + 1
    monkeypatch.setattr(clerks.time, "monotonic", lambda: later)
    clerk.start()
    clerk.close()
    assert "late" in tray.sent[0][0].attributes["reason"]


def test_a_finding_without_sound_around_it_is_told_too(clerk, tray, reporter):
    clerk.start()
    clerk.take(reporter, shot(), np.zeros(0, np.float32), 0.0)
    clerk.close()
    ((event, _),) = tray.sent
    assert event.kind == "audio.gunshot"


def test_what_is_handed_in_before_the_end_is_still_written(clerk, tray, reporter, around):
    clerk.start()
    for number in range(5):
        clerk.take(reporter, shot(number), around[: RATE_HZ * 4], -3.0)
    clerk.close()
    assert len(tray.sent) == 5
    assert not clerk.alive
