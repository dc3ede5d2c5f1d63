import errno
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from hlaska.errors import SourceError
from hlaska.sound.scores import RATE_HZ, Chunk
from serving.audio.decode import SourceOrder, to_json
from serving.audio.source import Ended, Microphones

CHUNK = RATE_HZ // 10
START = datetime(2026, 5, 1, 12, tzinfo=UTC)
PATIENCE_S = 20


def write(path, samples):
    bits = np.round(np.clip(np.asarray(samples), -1, 1) * 32767).astype(np.int16)
    soundfile.write(path, bits, RATE_HZ)
    return str(path)


def noise(seconds, seed=1):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, round(seconds * RATE_HZ))


def unknown_codec(path):
    """A WAV that says it is in a format that nobody knows."""
    content = bytearray(Path(write(path, noise(1))).read_bytes())
    content[20:22] = b"\x34\x12"
    path.write_bytes(content)
    return str(path)


@pytest.fixture
def street(tmp_path):
    """Three seconds of noise."""
    return write(tmp_path / "street.wav", noise(3))


def once(uri, name="gate", **options):
    options = {"paced": False, "base": START.timestamp()} | options
    return SourceOrder(name=name, uri=uri, **options)


def hear(microphones, enough):
    """All that is heard until `enough` of it holds, by name."""
    heard = {}
    deadline = time.monotonic() + PATIENCE_S
    while not enough(heard):
        assert time.monotonic() < deadline, f"not enough: { {k: len(v) for k, v in heard.items()} }"
        if (got := microphones.read(timeout_s=1)) is not None:
            heard.setdefault(got[0], []).append(got[1])
    return heard


def ended(*names):
    return lambda heard: all(isinstance(heard.get(n, [None])[-1], Ended) for n in names)


def chunks(said):
    return [each for each in said if isinstance(each, Chunk)]


def errors(said):
    return [str(each) for each in said if isinstance(each, SourceError)]


def has_chunks(count, *names):
    return lambda heard: all(len(chunks(heard.get(name, []))) >= count for name in names)


def decoders():
    """Decoder children of this process, which may have others: earlier tests started them."""
    found = []
    for child in psutil.Process().children():
        try:
            if "serving.audio.decode" in child.cmdline():
                found.append(child)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def seconds(chunk):
    return chunk.started_at.timestamp()


def test_a_recording_brings_every_sample_with_its_time(street):
    with Microphones([once(street)]) as microphones:
        said = hear(microphones, ended("gate"))["gate"]
    found = chunks(said)
    times = [(chunk.started_at - START).total_seconds() for chunk in found]
    assert times == pytest.approx(np.arange(30) / 10, abs=1e-6)
    sound = np.concatenate([chunk.samples for chunk in found])
    np.testing.assert_allclose(sound, noise(3), atol=1e-4)
    assert not errors(said)


def test_the_last_chunk_may_be_shorter(tmp_path):
    path = write(tmp_path / "short.wav", noise(0.25))
    with Microphones([once(path)]) as microphones:
        said = hear(microphones, ended("gate"))["gate"]
    assert [len(chunk.samples) for chunk in chunks(said)] == [CHUNK, CHUNK, CHUNK // 2]


def test_a_slow_listener_loses_the_oldest_chunks_and_is_told_how_many(tmp_path):
    path = write(tmp_path / "long.wav", noise(20))
    with Microphones([once(path)]) as microphones:
        deadline = time.monotonic() + PATIENCE_S
        while microphones.dropped["gate"] < 150 and time.monotonic() < deadline:
            time.sleep(0.02)
        said = hear(microphones, ended("gate"))["gate"]
    found = chunks(said)
    # The end of the recording stands in the queue too, and it is not dropped.
    assert microphones.dropped["gate"] == 200 - len(found) >= 150
    assert (found[-1].started_at - START).total_seconds() == pytest.approx(19.9)


def test_a_recording_played_once_takes_its_time_and_starts_now(street):
    before = time.time()
    with Microphones([once(street, paced=True)]) as microphones:
        said = hear(microphones, ended("gate"))["gate"]
    found = chunks(said)
    assert before <= seconds(found[0])
    assert time.time() >= seconds(found[0]) + 3
    steps = np.diff([seconds(chunk) for chunk in found])
    assert steps == pytest.approx(np.full(29, 0.1), abs=2e-6)


def test_loops_in_one_child_and_in_another_play_in_step_with_the_clock(tmp_path):
    here = noise(1.5)
    near = write(tmp_path / "near.wav", here)
    # The same sound 100 samples later, as a microphone two metres on would hear it.
    far = write(tmp_path / "far.wav", np.roll(here, 100))
    looping = [SourceOrder("near", near, loop=True), SourceOrder("far", far, loop=True)]
    with Microphones(looping) as both, Microphones([SourceOrder("near", near, loop=True)]) as one:
        heard = hear(both, has_chunks(25, "near", "far"))
        again = hear(one, has_chunks(10, "near"))
    for said, shift in ((heard["near"], 0), (heard["far"], 100), (again["near"], 0)):
        for chunk in chunks(said):
            sample = round(seconds(chunk) * RATE_HZ)
            assert sample % CHUNK == 0
            places = (sample + np.arange(CHUNK) - shift) % len(here)
            np.testing.assert_allclose(chunk.samples, here[places], atol=1e-4)


def test_a_loop_has_rising_times_without_a_gap(street):
    with Microphones([SourceOrder("gate", street, loop=True)]) as microphones:
        found = chunks(hear(microphones, has_chunks(35, "gate"))["gate"])
    steps = np.diff([round(seconds(chunk) * 10) for chunk in found])
    # On a machine that stands still for a second it goes on at the clock, as it should.
    assert (steps >= 1).all()
    assert (steps == 1).mean() > 0.9
    assert abs(seconds(found[-1]) + 0.1 - time.time()) < 5


def test_one_child_carries_many_microphones_and_each_has_its_own_sound(tmp_path):
    orders = [
        once(write(tmp_path / f"{level}.wav", np.full(CHUNK * 5, level / 100)), f"m{level}")
        for level in range(1, 31)
    ]
    with Microphones(orders) as microphones:
        children = decoders()
        heard = hear(microphones, ended(*(order.name for order in orders)))
    assert len(children) == 1
    for level in range(1, 31):
        sound = np.concatenate([chunk.samples for chunk in chunks(heard[f"m{level}"])])
        np.testing.assert_allclose(sound, np.full(CHUNK * 5, level / 100), atol=1e-4)


def test_a_bad_source_says_what_is_wrong_and_leaves_its_neighbours_alone(tmp_path, street):
    text = tmp_path / "text.wav"
    text.write_text("boo " * 99)
    undecodable = unknown_codec(tmp_path / "unknown.wav")
    bad = [
        SourceOrder("text", str(text), loop=True),
        SourceOrder("folder", str(tmp_path)),
        SourceOrder("unknown", undecodable, loop=True),
    ]
    with Microphones([*bad, SourceOrder("gate", street, loop=True)]) as microphones:
        heard = hear(
            microphones,
            lambda heard: (
                has_chunks(5, "gate")(heard)
                and len(errors(heard.get("text", []))) > 1
                and {"folder", "unknown"} <= set(heard)
            ),
        )
    assert "cannot be decoded" in errors(heard["text"])[0]
    assert "is a folder" in errors(heard["folder"])[0]
    assert "no decoder" in errors(heard["unknown"])[0]
    assert not errors(heard["gate"])


def test_a_recording_that_was_not_there_is_played_when_it_comes(tmp_path):
    path = tmp_path / "late.wav"
    with Microphones([SourceOrder("gate", str(path))]) as microphones:
        first = hear(microphones, lambda heard: "gate" in heard)
        write(path, noise(0.3))
        said = hear(microphones, ended("gate"))["gate"]
    assert "no file" in errors(first["gate"])[0]
    assert len(chunks(said)) == 3


def test_a_recording_that_breaks_off_gives_its_whole_chunks_then_says_so_then_ends(
    tmp_path, street
):
    whole = Path(street).read_bytes()
    cut = tmp_path / "cut.wav"
    cut.write_bytes(whole[: len(whole) // 2])
    with Microphones([once(str(cut))]) as microphones:
        said = hear(microphones, ended("gate"))["gate"]
    assert [len(chunk.samples) for chunk in chunks(said)] == [CHUNK] * 14
    assert "breaks off after 1.5 s of 3.0 s" in errors(said)[0]
    assert isinstance(said[-1], Ended)


def test_a_killed_decoder_is_reported_for_each_and_started_again(street):
    names = ("east", "west")
    with Microphones([SourceOrder(name, street, loop=True) for name in names]) as microphones:
        hear(microphones, has_chunks(3, *names))
        first = microphones.pid
        os.kill(first, signal.SIGKILL)
        heard = hear(
            microphones,
            lambda heard: all(errors(heard.get(n, [])) and chunks(heard[n][-1:]) for n in names),
        )
        assert microphones.pid != first
        assert not psutil.pid_exists(first)
    for name in names:
        assert errors(heard[name]) == ["the decoder died (signal 9); it is started again"]
        # In step with the clock, before and after.
        assert all(round(seconds(c) * RATE_HZ) % CHUNK == 0 for c in chunks(heard[name]))


def test_after_a_death_a_recording_played_once_goes_on_where_it_was_and_an_ended_one_does_not(
    tmp_path,
):
    long = write(tmp_path / "long.wav", noise(4))
    short = write(tmp_path / "short.wav", noise(0.2))
    orders = [once(short, "short"), once(long, "long", paced=True)]
    with Microphones(orders) as microphones:
        before = hear(microphones, lambda h: has_chunks(10, "long")(h) and ended("short")(h))
        os.kill(microphones.pid, signal.SIGKILL)
        after = hear(microphones, ended("long"))
    assert "short" not in after
    sound = np.concatenate([c.samples for c in chunks(before["long"]) + chunks(after["long"])])
    np.testing.assert_allclose(sound, noise(4), atol=1e-4)


def test_a_child_that_cannot_be_started_is_tried_again_and_said(street, monkeypatch):
    popen, failures = subprocess.Popen, []

    def out_of_memory(*args, **options):
        if len(failures) < 2:
            failures.append(1)
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return popen(*args, **options)

    with Microphones([SourceOrder("gate", street, loop=True)]) as microphones:
        hear(microphones, has_chunks(1, "gate"))
        monkeypatch.setattr(subprocess, "Popen", out_of_memory)
        os.kill(microphones.pid, signal.SIGKILL)
        said = hear(
            microphones,
            lambda heard: len(errors(heard.get("gate", []))) == 3 and chunks(heard["gate"][-1:]),
        )["gate"]
    assert "cannot be started (Cannot allocate memory)" in errors(said)[-1]


def test_closing_leaves_no_process_and_no_thread(street):
    microphones = Microphones([SourceOrder("gate", street, loop=True)])
    microphones.read(PATIENCE_S)
    pid = microphones.pid
    microphones.close()
    assert not psutil.pid_exists(pid)
    microphones.close()


def test_closing_while_the_child_is_being_started_again_leaves_nothing(street):
    microphones = Microphones([SourceOrder("gate", street, loop=True)])
    microphones.read(PATIENCE_S)
    os.kill(microphones.pid, signal.SIGKILL)
    microphones.close()
    assert not decoders()


def test_when_all_has_ended_the_child_is_gone(street):
    with Microphones([once(street)]) as microphones:
        hear(microphones, ended("gate"))
        deadline = time.monotonic() + PATIENCE_S
        while microphones.pid is not None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert microphones.read(0.01) is None


def test_a_name_given_twice_is_refused(street):
    with pytest.raises(SourceError, match="named twice: gate"):
        Microphones([once(street), once(street)])


def test_the_decoder_leaves_when_its_parent_is_gone(street):
    wish = to_json([SourceOrder("gate", street, loop=True)])
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'serving.audio.decode', 'gate'],"
        " stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)\n"
        "child.stdin.write(sys.argv[1].encode() + b'\\n'); child.stdin.flush()\n"
        "print(child.pid, flush=True)\n"
        "import os; os._exit(1)"
    )
    parent = subprocess.run([sys.executable, "-c", code, wish], capture_output=True, check=False)
    child = int(parent.stdout)
    deadline = time.monotonic() + PATIENCE_S
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the decoder outlives its parent"
        time.sleep(0.05)


def test_the_decoder_child_is_lean():
    code = "import json, sys, serving.audio.decode; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    heavy = {"ray", "cv2", "pandas", "pydantic", "scipy", "soundfile", "soxr", "onnxruntime"}
    assert not heavy & set(json.loads(done.stdout))


def test_a_password_shows_neither_in_errors_nor_in_the_process_list():
    order = SourceOrder("gate", "rtsp://admin:hunter2@127.0.0.1:9/live")
    with Microphones([order]) as microphones:
        shown = " ".join(psutil.Process(microphones.pid).cmdline())
        said = hear(microphones, lambda heard: "gate" in heard)["gate"]
    assert "127.0.0.1:9/live" in errors(said)[0]
    assert "hunter2" not in errors(said)[0] + shown
    assert "gate" in shown


def test_times_are_those_of_the_world(street):
    with Microphones([SourceOrder("gate", street, loop=True)]) as microphones:
        chunk = chunks(hear(microphones, has_chunks(1, "gate"))["gate"])[0]
    assert abs(datetime.now(UTC) - chunk.started_at) < timedelta(seconds=PATIENCE_S)
