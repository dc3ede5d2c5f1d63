"""Real network cameras: GStreamer's RTSP server and FFmpeg's MJPEG over HTTP."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from hlaska.errors import SourceError
from serving.video.source import VideoSource, order_for

SIZE_PX = (128, 96)
SYSTEM_PYTHON = "/usr/bin/python3"
RTSP_PARTS = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,bad}"


@pytest.fixture(scope="module")
def h264(tmp_path_factory) -> Path:
    """Ten seconds of a brightening picture."""
    path = tmp_path_factory.mktemp("camera") / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"g": "5", "bf": "0"})
        stream.width, stream.height = SIZE_PX
        stream.pix_fmt = "yuv420p"
        for number in range(100):
            image = np.full((SIZE_PX[1], SIZE_PX[0], 3), 40 + 2 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


@contextmanager
def rtsp_camera(clip: Path, port: int) -> Iterator[str]:
    probe = "import gi; gi.require_version('GstRtspServer', '1.0')"
    has_it = (
        shutil.which(SYSTEM_PYTHON)
        and not subprocess.run(
            [SYSTEM_PYTHON, "-c", probe], capture_output=True, check=False
        ).returncode
    )
    if not has_it:
        pytest.skip(f"no RTSP server; apt-get install {RTSP_PARTS}")
    script = Path(__file__).with_name("rtsp_server.py")
    with running([SYSTEM_PYTHON, str(script), str(clip), str(port)]):
        deadline = time.monotonic() + 20
        while True:
            with socket.socket() as probe_socket:
                if not probe_socket.connect_ex(("127.0.0.1", port)):
                    break
            assert time.monotonic() < deadline, "the RTSP server does not listen"
            time.sleep(0.1)
        yield f"rtsp://127.0.0.1:{port}/camera"


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def watch(uri: str, frames: int) -> list:
    order = order_for(uri, size_px=SIZE_PX, fps=30, base=datetime.now(UTC))
    with VideoSource(order) as source:
        seen = [source.read(timeout_s=15) for _ in range(frames)]
    assert None not in seen, "the camera stopped"
    return seen


def assert_live(frames: list) -> None:
    brightness = [frame.image.mean() for frame in frames]
    assert brightness[-1] > brightness[0]
    # Taken as they arrive: their times are now, and rising.
    assert datetime.now(UTC) - frames[-1].captured_at < timedelta(seconds=5)
    times = [frame.captured_at for frame in frames]
    assert times == sorted(set(times))


def test_an_rtsp_camera_is_watched(h264, free_port):
    with rtsp_camera(h264, free_port()) as uri:
        assert_live(watch(uri, 20))


def test_an_mjpeg_camera_is_watched(h264, free_port):
    if not shutil.which("ffmpeg"):
        pytest.skip("no ffmpeg; apt-get install ffmpeg")
    uri = f"http://127.0.0.1:{free_port()}/camera.mjpg"
    command = ["ffmpeg", "-loglevel", "error", "-re", "-i", str(h264), "-f", "mpjpeg"]
    with running([*command, "-listen", "1", uri]):
        # FFmpeg serves one client only: a connection to see whether it listens would use it up.
        deadline = time.monotonic() + 20
        while True:
            try:
                frames = watch(uri, 20)
                break
            except SourceError:
                assert time.monotonic() < deadline, "the MJPEG server does not listen"
                time.sleep(0.2)
    assert_live(frames)


def test_an_rtsp_camera_that_goes_away_is_an_error_with_its_address_and_comes_back(h264, free_port):
    port = free_port()
    with rtsp_camera(h264, port) as uri:
        order = order_for(uri, size_px=SIZE_PX, fps=30, base=datetime.now(UTC))
        source = VideoSource(order)
        assert source.read(timeout_s=15) is not None
    with source, pytest.raises(SourceError):
        while source.read(timeout_s=15) is not None:
            pass
    with pytest.raises(SourceError, match=f"127.0.0.1:{port}"):
        watch(uri, 1)
    with rtsp_camera(h264, port) as uri:
        assert_live(watch(uri, 5))
