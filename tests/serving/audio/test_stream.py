from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from hlaska.errors import SourceError
from hlaska.events import ModelRef
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES, Chunk
from hlaska.tracks import StreamState
from serving.audio.listener import LEAD_S, TAIL_S, ListenerArgs
from serving.audio.stream import TAIL_PATIENCE_S, MicrophoneStream, SoundModel
from serving.champion import Reply
from serving.connection import Patience

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Desk:
    """An outbox and a clerk that keep what they are given."""

    waiting = 7

    def __init__(self):
        self.events, self.statuses, self.cases, self.models = [], [], [], []

    def event(self, event, _evidence):
        self.events.append(event)

    def status(self, status):
        self.statuses.append(status)

    def take(self, reporter, finding, samples, start_s):
        self.cases.append((finding, samples, start_s))
        self.models.append(reporter.event(finding).model.version)


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def begin(heard_site, sound_card, loudness, desk):
    """`begin(**options)`: a stream whose clock stands at 0."""

    def start(**options):
        model = SoundModel(
            loudness, sound_card, ModelRef(name="loudness", version="1"), 2 * RATE_HZ, 0.04
        )
        fields = {"args": ListenerArgs(), "patience": Patience(), "company": 1, "now_s": 0.0}
        return MicrophoneStream(
            heard_site,
            heard_site.microphones[0],
            model=model,
            outbox=desk,
            clerk=desk,
            **(fields | options),
        )

    return start


@pytest.fixture
def play(loudness):
    """`play(stream, samples, begin_s=0)`: a stream hears it, as time goes by."""

    def run(stream, samples, *, begin_s=0.0):
        for at in range(0, len(samples), RATE_HZ // 10):
            now_s = begin_s + at / RATE_HZ
            chunk = Chunk(NOW + timedelta(seconds=now_s), samples[at : at + RATE_HZ // 10])
            for window in stream.hear(chunk, now_s):
                stream.judge(window, loudness(window.samples[None])[0], now_s)
            stream.look(now_s, unread=0)

    return run


def states(desk):
    return [event.attributes["state"] for event in desk.events]


def test_a_shot_is_written_down_with_the_sound_from_three_seconds_before_to_one_after(
    begin, play, street, desk
):
    play(begin(), street(12, bangs=(6.0,)))
    ((finding, samples, start_s),) = desk.cases
    assert start_s == pytest.approx(-LEAD_S, abs=1 / RATE_HZ)
    lasted_s = finding.offset_s - finding.onset_s
    assert len(samples) / RATE_HZ == pytest.approx(LEAD_S + lasted_s + TAIL_S, abs=0.001)
    loud = np.flatnonzero(np.abs(samples) > 0.1)
    assert loud[0] / RATE_HZ == pytest.approx(LEAD_S, abs=0.001)


def test_where_the_sound_stops_behind_a_shot_its_evidence_ends_there(begin, play, street, desk):
    stream = begin()
    play(stream, street(6.9, bangs=(5.0,)))
    stream.fail(SourceError("the camera hung up"), 6.9)
    play_until_s = 6.9 + TAIL_PATIENCE_S
    stream.look(play_until_s, unread=0)
    ((finding, samples, start_s),) = desk.cases
    assert finding.sound == "gunshot"
    assert start_s + len(samples) / RATE_HZ <= 1.9 + 0.001


def test_the_first_sound_is_nothing_to_report(begin, play, street, desk):
    play(begin(), street(3))
    assert desk.events == []
    assert desk.statuses[0].state is StreamState.HEALTHY


def test_a_source_that_is_silent_for_ever_is_called_worse_and_worse(begin, play, street, desk):
    stream = begin()
    play(stream, street(3))
    for second in range(3, 60):
        stream.look(float(second), unread=0)
    assert states(desk) == ["stalled", "reconnecting", "lost"]
    assert {event.attributes["reason"] for event in desk.events} == {"no sound"}
    play(stream, street(1), begin_s=60)
    assert states(desk)[-1] == "healthy"


def test_an_error_of_the_source_is_told_with_its_words(begin, play, street, desk):
    stream = begin()
    play(stream, street(3))
    stream.fail(SourceError("10.0.0.7 refuses"), 3.0)
    (event,) = desk.events
    assert (event.kind, event.attributes["reason"]) == ("health.degraded", "10.0.0.7 refuses")
    assert desk.statuses[-1].state is StreamState.RECONNECTING


def test_a_model_that_is_gone_is_told_once_and_once_that_it_is_back(begin, desk):
    stream = begin()
    for reason in ("it is gone", "it is still gone", "", ""):
        stream.set_trouble(reason)
    assert states(desk) == ["stalled", "healthy"]
    assert desk.events[0].attributes["reason"] == "it is gone"


def test_the_end_of_a_recording_is_the_end_and_no_silence(begin, play, street, desk):
    stream = begin()
    play(stream, street(3))
    stream.end(3.0)
    stream.look(100.0, unread=0)
    assert stream.status(100.0).state is StreamState.ENDED
    assert states(desk) == ["ended"]


def test_the_status_tells_how_it_does(begin, play, street):
    stream = begin(args=ListenerArgs(gate=False))
    play(stream, street(12, bangs=(6.0,)))
    stream.look(12.0, unread=3)
    status = stream.status(12.0)
    assert status.detector == "loudness 1"
    assert status.waiting == 7
    assert status.dropped == 3
    assert status.last_frame_at == NOW + timedelta(seconds=12)
    assert 2 <= status.fps_in <= 3
    assert (status.sound.needs, status.sound.of) == (3, 5)
    assert (status.sound.kept, status.sound.candidates) == (1, 1)
    assert status.sound.level_dbfs == pytest.approx(-54, abs=0.5)
    assert set(status.sound.scores) == {"gunshot", "explosion", "scream", "glass-break"}


def test_a_window_that_is_shed_is_counted_and_said(begin, street):
    stream = begin()
    (window, *_) = stream.hear(Chunk(NOW, street(2.1)), 0.0)
    stream.shed(window, 0.0, busy="too much to do")
    status = stream.status(0.0)
    assert (status.dropped, status.overloaded, status.reason) == (1, True, "too much to do")


def test_statuses_come_twice_a_second_and_less_often_among_many(begin, play, street, desk):
    play(begin(), street(10))
    alone = len(desk.statuses)
    desk.statuses.clear()
    play(begin(company=200), street(10))
    assert alone == pytest.approx(20, abs=2)
    assert len(desk.statuses) == pytest.approx(4, abs=1)


def test_a_microphone_that_goes_dead_is_told_of_once_and_once_that_it_lives(
    begin, play, street, desk
):
    stream = begin()
    play(stream, street(3))
    play(stream, np.zeros(15 * RATE_HZ, np.float32), begin_s=3)
    (event,) = desk.events
    assert (event.kind, event.attributes["what"]) == ("health.degraded", "dead")
    assert event.attributes["reason"].startswith("dead: digital silence for 10 s")
    assert stream.status(18.0).sound.condition == "dead"
    assert stream.status(18.0).state is StreamState.HEALTHY
    play(stream, street(10), begin_s=18)
    (_, event) = desk.events
    assert (event.kind, event.attributes["what"]) == ("health.restored", "dead")
    assert stream.status(28.0).sound.condition == ""


def test_what_was_heard_before_a_new_version_rests_on_the_old_one(begin, play, street, desk):
    stream = begin()
    play(stream, street(6.9, bangs=(5.0,)))
    card = stream._model.card.model_copy(
        update={"operating_point": dict.fromkeys(SOUND_CLASSES, 0.95)}
    )
    Reply(None, (card, ModelRef(name="loudness", version="2"))).told(stream._model)
    stream.use()
    # A second bang, of which the new version is not sure enough.
    play(stream, street(12, bangs=(3.0,)), begin_s=6.9)
    assert desk.models == ["1"]
    Reply(None, (stream._model.card, ModelRef(name="loudness", version="3"))).told(stream._model)
    stream._model.card = card.model_copy(
        update={"operating_point": dict.fromkeys(SOUND_CLASSES, 0.5)}
    )
    stream.use()
    play(stream, street(12, bangs=(6.0,)), begin_s=18.9)
    assert desk.models == ["1", "3"]
    assert desk.statuses[-1].models == (ModelRef(name="loudness", version="3"),)
