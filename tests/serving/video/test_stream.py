"""The stream's thread with a real decoder child and a real spool; the gateway is away."""

import os
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from hlaska.errors import DetectorBusyError, ModelError
from hlaska.events import ModelRef
from hlaska.tracks import Detections, StreamState
from serving.champion import Reply
from serving.client import Gateway
from serving.connection import Patience
from serving.handover import HandOver
from serving.outbox import Outbox
from serving.spool import Spool
from serving.video.stream import Stream, StreamDetector

QUICK = Patience(stalled_s=0.5, reconnecting_s=1, lost_s=2)
PATIENT = Patience(stalled_s=60, reconnecting_s=60, lost_s=90)
"""On a busy machine the decoder may stand still for seconds."""


class Walker:
    """A detector that sees one person walk to the right; it can be told to fail."""

    def __init__(self) -> None:
        self.fails_with: Exception | None = None
        self.looks = 0

    def __call__(self, image, regions_px) -> Detections:
        if self.fails_with:
            raise self.fails_with
        self.looks += 1
        x = 20 + 4 * self.looks
        return Detections(
            np.array([[x - 5, 20, x + 5, 50]], np.float32),
            np.array([0.9], np.float32),
            np.array(["person"]),
        )


@pytest.fixture
def detector():
    return Walker()


@pytest.fixture
def outbox(tmp_path):
    spool = Spool(tmp_path / "spool.sqlite")
    outbox = Outbox(lambda: Gateway("http://127.0.0.1:9"), spool)
    yield outbox
    outbox.close(drain_s=0)


@pytest.fixture
def start(site, card, detector, outbox):
    streams = []

    def begin(camera=site.cameras[0], **options):
        model = StreamDetector(detector, card, ModelRef(name="walker", version="1"))
        options = {"open_uri": str, "model": model, "outbox": outbox, "patience": QUICK} | options
        stream = Stream(site, camera, **options)
        streams.append(stream)
        stream.start()
        return stream

    yield begin
    for stream in streams:
        stream.close()


@pytest.fixture
def events(tmp_path):
    """The events in the spool, read by another connection."""

    def read(kind=""):
        spool = Spool(tmp_path / "spool.sqlite")
        found = [item.event for item in spool.head(1000) if item.event.kind.startswith(kind)]
        spool.close()
        return found

    return read


def until(condition, timeout_s=30):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_a_clip_played_once_becomes_events_and_ends(start, events):
    stream = start(loop=False)
    until(lambda: stream.status().state is StreamState.ENDED)
    (crossing,) = events("mobility.count")
    assert crossing.model.name == "walker"
    (end,) = events("health.")
    assert (end.kind, end.attributes["state"]) == ("health.down", "ended")
    status = stream.status()
    assert timedelta(0) < status.last_frame_at - status.epoch < timedelta(seconds=20)
    assert stream.alive


def test_a_killed_decoder_is_replaced_within_the_same_stream(start, events):
    stream = start(loop=True)
    until(lambda: stream.status().state is StreamState.HEALTHY)
    killed, epoch = stream.decoder_pid, stream.epoch
    os.kill(killed, signal.SIGKILL)
    until(lambda: stream.decoder_pid != killed)
    until(lambda: stream.status().state is StreamState.HEALTHY)
    assert stream.epoch == epoch
    assert [event.kind for event in events("health.")] == ["health.degraded", "health.restored"]
    assert "signal 9" in events("health.")[0].attributes["reason"]


def test_a_missing_file_is_lost_with_the_reason_and_found_when_it_appears(start, events, site):
    camera = site.cameras[0]
    path = Path(camera.uri.removeprefix("file://"))
    away = path.rename(path.with_suffix(".away"))
    stream = start()
    until(lambda: stream.status().state is StreamState.LOST)
    assert f"no file {path}" in stream.status().reason
    away.rename(path)
    until(lambda: stream.status().state is StreamState.HEALTHY)
    assert [event.kind for event in events("health.")][-2:] == ["health.down", "health.restored"]


def test_a_detector_that_is_gone_is_said_once_and_so_is_its_return(start, events, detector):
    stream = start()
    until(lambda: detector.looks > 3)
    detector.fails_with = ModelError("the detector does not answer")
    until(lambda: "does not answer" in stream.status().reason)
    time.sleep(0.5)
    dropped = stream.status().dropped
    detector.fails_with = None
    until(lambda: not stream.status().reason)
    assert dropped > 1
    kinds = [event.kind for event in events("health.")]
    assert kinds == ["health.degraded", "health.restored"]
    assert stream.status().state is StreamState.HEALTHY


def test_an_overloaded_detector_sheds_frames_and_shows_it(start, events, detector):
    stream = start()
    until(lambda: detector.looks > 3)
    detector.fails_with = DetectorBusyError("overloaded")
    until(lambda: stream.status().overloaded)
    detector.fails_with = None
    until(lambda: not stream.status().overloaded)
    assert stream.status().reason == ""
    assert events("health.") == []


def test_closing_leaves_neither_thread_nor_child(start):
    stream = start()
    until(lambda: stream.status().state is StreamState.HEALTHY)
    stream.close()
    with pytest.raises(ProcessLookupError):
        os.kill(stream.decoder_pid, 0)
    assert not any(thread.name == "stream gate" for thread in threading.enumerate())


class Versions(Walker):
    """A detector whose next version is more particular."""

    def __init__(self, card) -> None:
        super().__init__()
        self.model = StreamDetector(self, card, ModelRef(name="walker", version="1"))

    def switch(self, version, person) -> None:
        point = {"person": person, "car": 0.5}
        self.next = self.model.card.model_copy(update={"operating_point": point})
        self.version = version

    def __call__(self, image, regions_px) -> Detections:
        if hasattr(self, "next"):
            new = self.next, ModelRef(name="walker", version=self.version)
            return Reply(super().__call__(image, regions_px), new).told(self.model)
        return super().__call__(image, regions_px)


def test_a_new_version_of_the_detector_is_told_of_and_its_operating_point_counts(
    start, events, card
):
    detector = Versions(card)
    stream = start(model=detector.model, patience=PATIENT)
    until(lambda: events("mobility.count"))
    before = stream.status()
    assert before.models == (ModelRef(name="walker", version="1"),)
    # What it sees is 0.9 sure: below the new operating point nothing begins.
    detector.switch("2", 0.95)
    until(lambda: stream.status().models[0].version == "2")
    assert stream.status().detector == "walker 2"
    # It jumps back: what was tracked goes on while it is seen at all, but nothing begins.
    detector.looks = 0
    until(lambda: not stream.status().tracks)
    counted = len(events("mobility.count"))
    until(lambda: detector.looks > 30)
    assert len(events("mobility.count")) == counted
    detector.looks = 0
    detector.switch("3", 0.5)
    until(lambda: len(events("mobility.count")) > counted)
    assert events("mobility.count")[-1].model.version == "3"
    assert {event.model.version for event in events("mobility.count")} == {"1", "3"}
    status = stream.status()
    assert (status.epoch, status.state) == (before.epoch, StreamState.HEALTHY)
    assert events("health.") == []


def test_a_shadow_is_shown_what_the_detector_found_and_never_waited_for(start, detector):
    shown, stuck = [], threading.Event()

    def look(sighting):
        shown.append(sighting)
        stuck.wait(30)
        return 0.0

    shadow = HandOver(look)
    stream = start(shadow=shadow, patience=PATIENT)
    until(lambda: shown)
    looks = detector.looks
    until(lambda: detector.looks > looks + 10)
    assert stream.status().state is StreamState.HEALTHY
    assert len(shown) == 1
    sighting = shown[0]
    assert (sighting.site, sighting.camera) == ("testville", "gate")
    assert list(sighting.found.classes) == ["person"] and sighting.champion.version == "1"
    assert sighting.asked.regions_px.shape[1] == 4 and sighting.asked.took_s >= 0
    stuck.set()
    shadow.close()


def test_while_the_detector_has_too_much_to_do_the_shadow_is_shown_nothing(start, detector):
    shown = []

    def look(sighting):
        shown.append(sighting)
        return 0.0

    shadow = HandOver(look)
    stream = start(shadow=shadow)
    until(lambda: len(shown) > 3)
    detector.fails_with = DetectorBusyError("overloaded")
    until(lambda: stream.status().overloaded)
    time.sleep(0.3)
    before, looks = len(shown), detector.looks
    detector.fails_with = None
    until(lambda: detector.looks > looks + 10)
    assert len(shown) == before
    shadow.close()
