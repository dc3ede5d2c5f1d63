import io
import os
import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import soundfile

from hlaska.errors import DetectorBusyError, ModelError
from hlaska.events import ModelRef
from hlaska.sites import Site
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from hlaska.tracks import StreamState
from serving.audio.ears import Ears
from serving.audio.events import AUDIO, PICTURE
from serving.audio.listener import ListenerArgs
from serving.audio.stream import SoundModel
from serving.champion import Reply
from serving.client import Gateway
from serving.connection import Patience
from serving.outbox import Outbox
from serving.spool import Spool

MICROPHONES = ("north", "middle", "south")
SHOT_S, LAP_S = 4.0, 8.0
FOREVER = Patience(stalled_s=60, reconnecting_s=60, lost_s=90)
"""Of who counts health events: on a busy machine the decoder may stand still for seconds."""


class Scorer:
    """The loudness model, which can be told to be busy or gone."""

    def __init__(self, score):
        self._score = score
        self.trouble: Exception | None = None
        self.batches: list[int] = []

    def __call__(self, windows):
        self.batches.append(len(windows))
        if self.trouble is not None:
            raise self.trouble
        return self._score(windows)


@pytest.fixture
def scorer(loudness):
    return Scorer(loudness)


@pytest.fixture
def playing(heard_site, street, tmp_path) -> Site:
    """The site's microphones, each with a recording of one shot; the last has no file."""
    path = tmp_path / "street.flac"
    soundfile.write(path, street(LAP_S, bangs=(SHOT_S,)), RATE_HZ)
    uris = [f"file://{path}", f"file://{path}", f"file://{tmp_path}/no-such.flac"]
    return heard_site.model_copy(
        update={
            "microphones": tuple(
                microphone.model_copy(update={"uri": uri})
                for microphone, uri in zip(heard_site.microphones, uris, strict=True)
            )
        }
    )


@pytest.fixture
def gateway(playing, new_server):
    server = new_server(playing)
    server.start()
    with Gateway(server.url) as gateway:
        yield gateway


@pytest.fixture
def begin(playing, gateway, scorer, sound_card, tmp_path):
    """`begin(**options)`: ears that listen to the site; closed at the end."""
    opened = []

    def start(*, only=MICROPHONES, **options) -> Ears:
        outbox = Outbox(lambda: Gateway(gateway.url), Spool(tmp_path / f"spool-{len(opened)}"))
        ears = Ears(
            [(playing, each) for each in playing.microphones if each.id in only],
            open_uri=str,
            model=SoundModel(
                scorer, sound_card, ModelRef(name="loudness", version="1"), 2 * RATE_HZ, 0.04
            ),
            outbox=outbox,
            **options,
        )
        opened.append((ears, outbox))
        ears.start()
        return ears

    yield start
    for ears, outbox in opened:
        ears.close()
        outbox.close()


def shots(gateway):
    found = gateway.events(kind="audio.gunshot", newest_first=False, limit=1000)
    return [stored.event for stored in found]


def health(gateway, source):
    told = gateway.events(source=source, kind="health.", newest_first=False)
    return [stored.event for stored in told]


def status(gateway, source):
    return next((s for s in gateway.streams() if s.source == source), None)


def test_a_shot_becomes_one_event_of_each_microphone_with_its_evidence(
    begin, gateway, until, monkeypatch
):
    monkeypatch.setattr("serving.audio.clerk.PATIENCE_S", 60)
    begin(only=("north", "middle"), loop=False)
    until(lambda: len(shots(gateway)) == 2, 30)
    assert {event.source for event in shots(gateway)} == {"north", "middle"}
    for event in shots(gateway):
        media = {piece.media_type: gateway.evidence(piece.sha256) for piece in event.evidence}
        assert set(media) == {PICTURE, AUDIO}
        sound, rate_hz = soundfile.read(io.BytesIO(media[AUDIO]))
        loud = np.flatnonzero(np.abs(sound) > 0.1)
        assert loud[0] / rate_hz == pytest.approx(3, abs=0.01)
        assert event.attributes["windows_agreed"] == 5
    until(lambda: status(gateway, "north").state is StreamState.ENDED)
    assert status(gateway, "north").sound.kept == 1


def test_windows_of_several_microphones_are_scored_together(begin, gateway, scorer, until):
    begin(only=("north", "middle"))
    until(lambda: len(scorer.batches) > 5)
    assert max(scorer.batches) >= 2


def test_a_microphone_that_cannot_be_read_is_lost_with_the_reason_and_the_others_go_on(
    begin, gateway, until
):
    begin(patience=Patience(stalled_s=0.5, reconnecting_s=1, lost_s=2))
    until(lambda: (s := status(gateway, "south")) and s.state is StreamState.LOST)
    assert "no file" in status(gateway, "south").reason
    until(lambda: status(gateway, "north").state is StreamState.HEALTHY)
    (down,) = [event for event in health(gateway, "south") if event.kind == "health.down"]
    assert "no file" in down.attributes["reason"]


def test_a_killed_decoder_is_replaced_and_no_shot_is_told_twice(begin, gateway, until):
    ears = begin(only=("north",), patience=FOREVER)
    until(lambda: shots(gateway), 30)
    os.kill(ears.decoder_pid, 9)
    until(lambda: [event.kind for event in health(gateway, "north")], 10)
    count = len(shots(gateway))
    until(lambda: len(shots(gateway)) >= count + 1, 40)
    moments = [event.observed_at for event in shots(gateway)]
    gaps_s = np.diff([moment.timestamp() for moment in moments])
    assert gaps_s == pytest.approx(LAP_S * np.round(gaps_s / LAP_S), abs=0.01)
    assert gaps_s.min() > LAP_S / 2
    kinds = [event.kind for event in health(gateway, "north")]
    assert kinds == ["health.degraded", "health.restored"]


def test_a_model_that_is_gone_is_told_once_and_once_that_it_is_back(begin, gateway, scorer, until):
    begin(only=("north",), patience=FOREVER)
    until(lambda: scorer.batches)
    scorer.trouble = ModelError("the sound model does not answer")
    until(lambda: "does not answer" in status(gateway, "north").reason)
    scorer.trouble = None
    until(lambda: len(health(gateway, "north")) == 2, 30)
    gone, back = health(gateway, "north")
    assert (gone.kind, back.kind) == ("health.degraded", "health.restored")
    assert "does not answer" in gone.attributes["reason"]
    assert status(gateway, "north").dropped > 0


def test_a_model_that_is_gone_is_asked_again_even_when_nothing_is_to_be_heard(
    begin, gateway, scorer, playing, until, street
):
    path = playing.microphones[0].uri.removeprefix("file://")
    soundfile.write(path, street(LAP_S), RATE_HZ)
    begin(only=("north",))
    scorer.trouble = ModelError("the sound model does not answer")
    until(lambda: (s := status(gateway, "north")) and s.sound.quiet and s.reason, 30)
    scorer.trouble = None
    until(lambda: not status(gateway, "north").reason, 30)


def test_a_model_with_too_much_to_do_sheds_windows_and_says_so(begin, gateway, scorer, until):
    scorer.trouble = DetectorBusyError("the sound model is overloaded; windows are shed")
    begin(only=("north",), patience=FOREVER)
    until(lambda: (s := status(gateway, "north")) and s.overloaded)
    assert status(gateway, "north").state is StreamState.HEALTHY
    assert status(gateway, "north").dropped > 0
    assert not health(gateway, "north")
    scorer.trouble = None
    until(lambda: not status(gateway, "north").overloaded)


def test_a_slow_model_does_not_keep_anybody_from_listening(begin, gateway, scorer, until):
    slow = threading.Event()
    quick = scorer._score

    def score(windows):
        slow.wait(20)
        return quick(windows)

    scorer._score = score
    begin(only=("north",))
    until(lambda: scorer.batches)
    asked = datetime.now(UTC)
    until(lambda: status(gateway, "north").last_frame_at > asked + timedelta(seconds=2))
    assert status(gateway, "north").fps_processed == 0
    slow.set()
    until(lambda: status(gateway, "north").fps_processed > 0)


def test_ears_that_are_closed_leave_no_thread_and_no_decoder(begin, gateway, until):
    ears = begin(only=("north",))
    until(lambda: status(gateway, "north"))
    pid = ears.decoder_pid
    ears.close()
    assert not ears.alive
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"ears", "clerk", "microphones"}


def test_what_goes_on_when_they_are_closed_is_still_told(begin, gateway, playing, until, street):
    path = playing.microphones[0].uri.removeprefix("file://")
    soundfile.write(path, street(30, bangs=(4.0, 5.0)), RATE_HZ)
    # Told eight seconds after its first shot, unless it is closed before.
    ears = begin(only=("north",), loop=False, args=ListenerArgs(volley_gap_s=10, longest_s=8))
    until(lambda: (s := status(gateway, "north")) and s.sound.kept >= 1, 20)
    assert not shots(gateway)
    ears.close()
    until(lambda: len(shots(gateway)) == 1)
    assert shots(gateway)[0].attributes["count"] >= 1


def test_a_new_version_of_the_model_is_told_of_even_while_nothing_is_to_be_heard(
    begin, gateway, scorer, sound_card, playing, until, street
):
    path = playing.microphones[0].uri.removeprefix("file://")
    soundfile.write(path, street(LAP_S), RATE_HZ)
    ears = begin(only=("north",), patience=FOREVER)
    until(lambda: (s := status(gateway, "north")) and s.sound.quiet)
    assert status(gateway, "north").models[0].version == "1"
    old = scorer._score
    point = dict.fromkeys(SOUND_CLASSES, 0.9)
    new = (
        sound_card.model_copy(update={"operating_point": point}),
        ModelRef(name="loudness", version="2"),
    )
    scorer._score = lambda windows: Reply(old(windows), new, "careful").told(ears._model)
    until(lambda: status(gateway, "north").models[0].version == "2", 30)
    assert status(gateway, "north").detector == "loudness 2"
    until(lambda: status(gateway, "north").note == "careful")
