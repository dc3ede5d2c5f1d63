import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hlaska.errors import SourceError
from hlaska.tracks import Frame
from serving.video.decode import thinned
from serving.video.source import EndOfClip, VideoSource, order_for, resumed

SIZE_PX = (128, 96)
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def order(uri: object, **options: object):
    return order_for(
        str(uri), **({"size_px": SIZE_PX, "fps": 30, "base": START, "paced": False} | options)
    )


def read_all(source: VideoSource) -> list[Frame]:
    frames = []
    with pytest.raises(EndOfClip):
        while True:
            frame = source.read(timeout_s=10)
            assert frame is not None
            frames.append(frame)
    return frames


def test_an_unpaced_clip_gives_every_frame_with_the_time_it_would_have_had(clip):
    with VideoSource(order(clip), newest_only=False) as source:
        frames = read_all(source)
    assert [frame.index for frame in frames] == list(range(30))
    seconds = [(frame.captured_at - START).total_seconds() for frame in frames]
    assert seconds == pytest.approx(np.arange(30) / 10, abs=1e-3)
    assert frames[0].image.shape == (96, 128, 3)
    brightness = [float(frame.image[:40].mean()) for frame in frames]
    # Compression blurs one step of brightness, not five.
    assert brightness[::5] == sorted(set(brightness[::5]))


def test_frames_come_in_the_size_that_the_site_file_names(clip):
    with VideoSource(order(clip, size_px=(64, 48)), newest_only=False) as source:
        assert source.read(10).image.shape == (48, 64, 3)


def test_a_picture_of_another_shape_is_refused_because_zones_would_not_fit(clip):
    with VideoSource(order(clip, size_px=(128, 128))) as source:
        with pytest.raises(SourceError, match="128x96, the site file says 128x128"):
            source.read(10)


def test_a_slow_reader_of_a_live_source_gets_the_newest_frame_and_a_count_of_the_dropped(clip):
    with VideoSource(order(clip)) as source:
        deadline = time.monotonic() + 20
        while source.decoded < 30 and time.monotonic() < deadline:
            time.sleep(0.02)
        frames = read_all(source)
    assert frames[-1].index == 29
    assert source.dropped == 30 - len(frames) > 0


def test_a_folder_of_pictures_plays_in_the_order_of_its_names(tmp_path):
    for number in (3, 1, 2):
        Image.new("RGB", SIZE_PX, (50 * number,) * 3).save(tmp_path / f"{number}.png")
    with VideoSource(order(tmp_path, fps=60), newest_only=False) as source:
        assert [round(frame.image.mean() / 50) for frame in read_all(source)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        pytest.param(lambda path, _: None, "no file", id="missing"),
        pytest.param(lambda path, _: path.write_bytes(b""), "is empty", id="zero bytes"),
        pytest.param(lambda path, _: path.write_text("hello" * 99), "cannot be decoded", id="text"),
        pytest.param(lambda path, _: path.mkdir(), "holds no pictures", id="empty folder"),
        pytest.param(
            lambda path, write_clip: write_clip(path, 1, audio_only=True),
            "no video, only audio",
            id="sound",
        ),
    ],
)
def test_a_source_that_cannot_be_decoded_says_what_is_wrong(tmp_path, write_clip, make, complaint):
    path = tmp_path / "clip.mp4"
    make(path, write_clip)
    with VideoSource(order(path)) as source:
        with pytest.raises(SourceError, match=complaint) as first:
            source.read(10)
        assert str(path) in str(first.value)
        with pytest.raises(SourceError, match=complaint):
            source.read(10)


def test_a_clip_that_breaks_off_gives_what_it_has_and_then_an_end_or_an_error(tmp_path, write_clip):
    whole = write_clip(tmp_path / "whole.avi", 60)
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    frames = []
    with VideoSource(order(cut), newest_only=False) as source:
        with pytest.raises((SourceError, EndOfClip)):
            while True:
                frames.append(source.read(10))
    assert 10 < len(frames) < 60


def test_a_killed_decoder_is_told_apart_from_the_end_of_a_clip(clip):
    with VideoSource(order(clip, paced=True, loop=True)) as source:
        assert source.read(10) is not None
        os.kill(source.pid, signal.SIGKILL)
        with pytest.raises(SourceError, match=r"the decoder died \(signal 9"):
            while True:
                source.read(10)


def test_closing_leaves_no_process(clip):
    source = VideoSource(order(clip, paced=True, loop=True))
    source.read(10)
    source.close()
    assert not psutil.pid_exists(source.pid)


def test_the_decoder_leaves_when_its_parent_is_gone(clip):
    wish = order(clip, paced=True, loop=True).to_json()
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'serving.video.decode', 'gate'],"
        " stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)\n"
        "child.stdin.write(sys.argv[1].encode() + b'\\n'); child.stdin.flush()\n"
        "print(child.pid, flush=True)\n"
        "import os; os._exit(1)"
    )
    parent = subprocess.run([sys.executable, "-c", code, wish], capture_output=True, check=False)
    child = int(parent.stdout)
    deadline = time.monotonic() + 20
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the decoder outlives its parent"
        time.sleep(0.05)


def test_the_decoder_child_is_lean():
    code = "import json, sys, serving.video.decode; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    heavy = {"ray", "cv2", "mlflow", "pandas", "pydantic", "openvino"} & set(
        json.loads(done.stdout)
    )
    assert not heavy


def test_a_clip_played_once_goes_on_after_the_last_frame_seen(clip):
    with VideoSource(order(clip), newest_only=False) as source:
        for _ in range(10):
            source.read(10)
        after = resumed(source.order, position_s=0.9)
    with VideoSource(after, newest_only=False, first_index=10) as source:
        frames = read_all(source)
    assert [frame.index for frame in frames] == list(range(10, 30))


def test_a_looping_clip_goes_on_for_ever_with_rising_times(clip):
    with VideoSource(order(clip, loop=True), newest_only=False) as source:
        frames = [source.read(10) for _ in range(75)]
    times = [frame.captured_at for frame in frames]
    assert times == sorted(set(times))
    assert (times[-1] - times[0]).total_seconds() == pytest.approx(7.4, abs=0.05)


@given(
    rate=st.floats(1, 120),
    fps=st.floats(0.5, 60),
    jitter=st.lists(st.floats(-0.3, 0.3), min_size=2, max_size=200),
)
def test_thinning_keeps_at_most_the_wished_rate_and_as_many_as_it_can(rate, fps, jitter):
    moments = sorted((number + shift) / rate for number, shift in enumerate(jitter))
    kept = [moment for moment, _ in thinned(((m, None) for m in moments), fps)]
    assert kept[0] == moments[0]
    span = moments[-1] - moments[0]
    assert len(kept) <= span * fps * (1 + 1e-3 * fps) + 2
    assert len(kept) >= min(len(moments), span * min(fps, rate) / 2)


def test_a_password_in_an_address_shows_neither_in_errors_nor_in_the_process_list():
    uri = "rtsp://admin:hunter2@127.0.0.1:9/live"
    with VideoSource(order(uri), name="gate") as source:
        shown = " ".join(psutil.Process(source.pid).cmdline())
        with pytest.raises(SourceError) as error:
            source.read(15)
    assert "127.0.0.1:9/live" in str(error.value)
    assert "hunter2" not in str(error.value) + shown and "gate" in shown
