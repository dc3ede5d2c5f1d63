"""Microphones behind a network: HTTP from a server of the test, RTSP from GStreamer's."""

import random
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from hlaska.errors import SourceError
from hlaska.sound.scores import RATE_HZ, Chunk
from serving.audio.decode import SourceOrder
from serving.audio.source import Microphones

SYSTEM_PYTHON = "/usr/bin/python3"
RTSP_PARTS = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,bad}"
PATIENCE_S = 25
BLOCK_S = 0.05


def wav_head():
    size = 0xFFFF_FFFF
    form = struct.pack("<IHHIIHH", 16, 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
    return (
        b"RIFF" + struct.pack("<I", size) + b"WAVEfmt " + form + b"data" + struct.pack("<I", size)
    )


class Station(ThreadingHTTPServer):
    """Sends a WAV that never ends: silence, and a click at every whole second of Unix time."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Listener)
        self.jitter_s = 0.0
        self.backlog_s = 0.0
        self.ends_after_s = 1e9
        self.paced = True
        self.asked = 0
        self.uri = f"http://127.0.0.1:{self.server_port}/sound.wav"

    def handle_error(self, request, client_address):
        """A listener has gone: that is no error."""


class Listener(BaseHTTPRequestHandler):
    def do_GET(self):
        station, rng = self.server, random.Random(1)
        station.asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "audio/wav")
        self.end_headers()
        self.wfile.write(wav_head())
        began = time.time() - station.backlog_s
        sent = 0
        size = round(BLOCK_S * RATE_HZ)
        while sent < station.ends_after_s * RATE_HZ:
            times = began + (sent + np.arange(size)) / RATE_HZ
            clicks = np.diff(np.floor(times), prepend=np.floor(times[0] - 1 / RATE_HZ)) > 0
            sent += size
            if station.paced:
                due = began + sent / RATE_HZ + rng.random() * station.jitter_s
                time.sleep(max(0.0, due - time.time()))
            self.wfile.write((clicks * 30_000).astype("<i2").tobytes())

    def log_message(self, *_):
        pass


@pytest.fixture
def station() -> Iterator[Station]:
    server = Station()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def hear(microphones, enough):
    said = []
    deadline = time.monotonic() + PATIENCE_S
    while not enough(said):
        assert time.monotonic() < deadline, f"not enough: {said[:3]} … {len(said)}"
        if (got := microphones.read(timeout_s=1)) is not None:
            said.append(got[1])
    return said


def chunks(said):
    return [each for each in said if isinstance(each, Chunk)]


def errors(said):
    return [str(each) for each in said if isinstance(each, SourceError)]


def click_times(found):
    """Unix times at which clicks were heard, by the times of the chunks."""
    return [
        chunk.started_at.timestamp() + place / RATE_HZ
        for chunk in found
        for place in np.flatnonzero(chunk.samples > 0.5)
    ]


@pytest.mark.parametrize(
    ("jitter_s", "backlog_s"),
    [
        pytest.param(0.0, 0.0, id="steady"),
        pytest.param(0.2, 0.0, id="jitter"),
        pytest.param(0.0, 4.0, id="a server that begins with what it has buffered"),
    ],
)
def test_chunks_of_a_live_source_carry_the_time_at_which_they_were_taken(
    station, jitter_s, backlog_s
):
    station.jitter_s, station.backlog_s = jitter_s, backlog_s
    with Microphones([SourceOrder("gate", station.uri)]) as microphones:
        said = hear(microphones, lambda said: len(chunks(said)) >= 40)
    found = chunks(said)
    assert not errors(said)
    clicks = click_times(found)
    assert len(clicks) >= 3
    # Clicks are at whole seconds; the way here takes some hundredths on a busy machine.
    assert all(-0.01 < (click + 0.5) % 1 - 0.5 < 0.15 for click in clicks)
    starts = [chunk.started_at.timestamp() for chunk in found]
    assert np.diff(starts) == pytest.approx(np.full(len(starts) - 1, 0.1), abs=0.0012)


def test_a_station_that_ends_its_stream_is_opened_again(station):
    station.ends_after_s = 5.0
    with Microphones([SourceOrder("gate", station.uri)]) as microphones:
        said = hear(
            microphones,
            lambda said: errors(said) and isinstance(said[-1], Chunk) and station.asked > 1,
        )
    assert f"{station.uri} breaks off after" in errors(said)[0]


def test_a_recording_behind_an_address_is_told_from_a_live_source(station):
    station.paced = False
    with Microphones([SourceOrder("gate", station.uri)]) as microphones:
        said = hear(microphones, errors)
    assert "it is a recording, not live; fetch the file" in errors(said)[0]


def test_nobody_at_the_address_is_said_again_and_again_with_growing_waits():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Microphones([SourceOrder("gate", f"http://127.0.0.1:{port}/")]) as microphones:
        said = hear(microphones, lambda said: len(errors(said)) >= 3)
    assert all(
        "cannot be heard: Connection refused; check the address" in words for words in errors(said)
    )


@pytest.fixture(scope="module")
def rtsp() -> Iterator[str]:
    """Address of a running RTSP server with microphones."""
    probe = "import gi; gi.require_version('GstRtspServer', '1.0')"
    if (
        not shutil.which(SYSTEM_PYTHON)
        or subprocess.run([SYSTEM_PYTHON, "-c", probe], capture_output=True, check=False).returncode
    ):
        pytest.skip(f"no RTSP server; apt-get install {RTSP_PARTS}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = Path(__file__).with_name("rtsp_sound_server.py")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([SYSTEM_PYTHON, str(script), str(port)], **quiet)
    deadline = time.monotonic() + 20
    while True:
        with socket.socket() as knock:
            if not knock.connect_ex(("127.0.0.1", port)):
                break
        assert time.monotonic() < deadline, "the RTSP server does not listen"
        time.sleep(0.1)
    yield f"rtsp://127.0.0.1:{port}"
    server.kill()
    server.wait()


@pytest.mark.parametrize("mount", ["sound", "camera"])
def test_an_rtsp_microphone_and_the_sound_of_an_rtsp_camera_are_heard(rtsp, mount):
    with Microphones([SourceOrder("gate", f"{rtsp}/{mount}")]) as microphones:
        said = hear(microphones, lambda said: len(chunks(said)) >= 20)
    assert not errors(said)
    sound = np.concatenate([chunk.samples for chunk in chunks(said)])[-RATE_HZ:]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(RATE_HZ)))
    assert np.argmax(spectrum) == 440
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.25 / 2**0.5, rel=0.1)
    late_s = time.time() - chunks(said)[-1].started_at.timestamp()
    assert -0.1 < late_s < PATIENCE_S


def test_a_camera_without_a_microphone_says_so(rtsp):
    with Microphones([SourceOrder("gate", f"{rtsp}/mute")]) as microphones:
        said = hear(microphones, errors)
    assert "cannot be heard" in errors(said)[0]
    assert "check the address, its password, and that it has sound at all" in errors(said)[0]
