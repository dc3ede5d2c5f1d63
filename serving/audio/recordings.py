"""Sound out of anything that FFmpeg reads: mono, float32, at the rate that is wished.

Part of the decoder child and as lean: PyAV and numpy only. Analysis reads files with the same code,
so that what a model is judged on is what it hears.
"""

import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

LOUDEST = 16.0
"""Full scale is 1. A mixdown may exceed it a little; integers that were written as floats by
mistake exceed it a thousand times."""
BROKEN_PACKETS = 100
"""So many unreadable packets in a row are no disturbance any more."""
LOWEST_RATE_HZ = 4_000
"""Sound of fewer samples a second is none of what is listened for, and a header that says so lies:
what follows would be spread over hours."""
SHORT_S = 0.05
"""How much less than its header promises a file may hold."""
EXACT = frozenset({"aiff", "au", "flac", "w64", "wav"})
"""Formats whose header says how much there is; others guess from the bit rate, or trim and pad."""
RIFF = struct.Struct("<4sI4s")
UNFINISHED_BYTES = 0x7FFF_0000
"""Recorders that cannot go back to the header write a size from here on, or 0."""
LONGEST_LOOP_S = 3600.0
"""A loop is kept in memory: an hour at 16 kHz is 230 MB."""
TIMEOUT_S = 10.0


class BadSource(Exception):  # noqa: N818 - becomes SourceError in the parent, which knows hlaska
    """The source cannot be decoded; the message is for people."""


def blocks(uri: str, rate_hz: int, *, live: bool = False) -> Iterator[Samples]:
    """The sound of one pass through the source, in blocks of whatever size the codec has.

    Several channels become their mean.

    Raises:
        BadSource: it cannot be opened, holds no sound, breaks off, or holds samples that are not
            numbers or not between -1 and 1.
    """
    uri = uri.removeprefix("file://")
    if not live:
        _check(Path(uri))
    done = 0
    try:
        with _open(uri, live) as container:
            if not container.streams.audio:
                raise BadSource(
                    f"{uri} has no sound, only {_content(container)}; give a file or stream with "
                    "an audio track"
                )
            stream = container.streams.audio[0]
            if stream.codec_context is None:
                raise BadSource(
                    f"{uri} holds sound in a format that FFmpeg has no decoder for; give WAV, FLAC "
                    "or another format that it reads"
                )
            if stream.rate < LOWEST_RATE_HZ:
                raise BadSource(
                    f"{uri} has {stream.rate} samples a second; at least {LOWEST_RATE_HZ} are "
                    "needed: correct its header or give another file"
                )
            promised_s = 0.0 if live else _promised_s(Path(uri), container, stream)
            for block in _resampled(container, stream, rate_hz):
                _check_samples(uri, block, done, rate_hz)
                done += len(block)
                yield block
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise BadSource(_failure(uri, live, done / rate_hz, error)) from error
    if live:
        return
    if not done:
        raise BadSource(f"{uri} holds no sound (0 samples); it may be cut off: copy it again")
    if promised_s - done / rate_hz > SHORT_S:
        raise BadSource(
            f"{uri} breaks off after {done / rate_hz:.1f} s of {promised_s:.1f} s; copy it again"
        )


def _failure(uri: str, live: bool, done_s: float, error: Exception) -> str:
    """What happened, where, and what to do."""
    cause = getattr(error, "strerror", None) or str(error)
    where = f"after {done_s:.1f} s" if done_s else "before the first sample"
    if live and done_s:
        return f"{uri} breaks off {where}: {cause}; it is opened again"
    if live:
        return (
            f"{uri} cannot be heard: {cause}; check the address, its password, and that it has "
            "sound at all"
        )
    return (
        f"{uri} cannot be decoded {where}: {cause}; give WAV, FLAC or another format that FFmpeg "
        "reads"
    )


def _check(path: Path) -> None:
    if path.is_dir():
        raise BadSource(f"{path} is a folder; a microphone's uri names one file")
    if not path.exists():
        raise BadSource(f"no file {path}; check the microphone's uri")
    if path.stat().st_size == 0:
        raise BadSource(f"{path} is empty (0 bytes); fetch or copy it again")


def _open(uri: str, live: bool) -> "av.container.InputContainer":
    if not live:
        # A playlist that calls itself .wav must not make us fetch what it names.
        return av.open(uri, options={"protocol_whitelist": "file"})
    # Live sound must not wait until FFmpeg has studied five seconds of it.
    options = {"fflags": "nobuffer", "analyzeduration": "500000", "probesize": "65536"}
    if uri.startswith("rtsp"):
        # Of a camera the sound alone; and over UDP a city's networks lose packets.
        options |= {"rtsp_transport": "tcp", "allowed_media_types": "audio"}
    return av.open(uri, options=options, timeout=TIMEOUT_S)


def _content(container: "av.container.InputContainer") -> str:
    return ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"


def _promised_s(
    path: Path, container: "av.container.InputContainer", stream: "av.audio.stream.AudioStream"
) -> float:
    """Seconds that the header promises; 0 when it doesn't."""
    if container.format.name not in EXACT or not stream.duration or not stream.time_base:
        return 0.0
    promised_s = float(stream.duration * stream.time_base)
    with path.open("rb") as file:
        head = file.read(RIFF.size)
    if len(head) == RIFF.size:
        name, size, kind = RIFF.unpack(head)
        # FFmpeg believes the file rather than the header, and says nothing of what is missing.
        if (name, kind) == (b"RIFF", b"WAVE") and 0 < size < UNFINISHED_BYTES:
            promised_s *= max(1.0, (size + 8) / path.stat().st_size)
    return promised_s


def _resampled(
    container: "av.container.InputContainer",
    stream: "av.audio.stream.AudioStream",
    rate_hz: int,
) -> Iterator[Samples]:
    # The channels are mixed here: FFmpeg's own mixdown to float adds 3 dB to what all of them hear.
    resampler = av.AudioResampler(format="fltp", rate=rate_hz)
    broken = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            # One joins a broadcast in the middle of a frame, and a network tears some.
            broken += 1
            if broken > BROKEN_PACKETS:
                raise
            continue
        broken = 0
        for frame in frames:
            for part in resampler.resample(frame):
                yield _mono(part)
    for part in resampler.resample(None):
        yield _mono(part)


def _mono(frame: "av.AudioFrame") -> Samples:
    return np.asarray(frame.to_ndarray().mean(axis=0, dtype=np.float32), np.float32)


def _check_samples(uri: str, block: Samples, done: int, rate_hz: int) -> None:
    # Written so that what is not a number is not right either.
    wrong = ~(np.abs(block) <= LOUDEST)
    if not wrong.any():
        return
    first = int(np.argmax(wrong))
    value = float(block[first])
    found = f"the value {value:.0f}" if np.isfinite(value) else "samples that are not numbers"
    raise BadSource(
        f"{uri} holds {found} at {(done + first) / rate_hz:.1f} s; samples are between -1 and 1: "
        "write it again as PCM"
    )


def recording(uri: str, rate_hz: int) -> Samples:
    """A whole file.

    Raises:
        BadSource: as `blocks` says.
    """
    return np.concatenate(list(blocks(uri, rate_hz)))


class Recordings:
    """The files that this process plays in a loop, each decoded and kept once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Samples] = {}
        self._lock = threading.Lock()

    def loop(self, uri: str, rate_hz: int, chunk: int) -> Samples:
        """The recording, cut or filled up with silence to the nearest whole number of chunks.

        So recordings of one street whose lengths differ by a few samples stay in step.

        Raises:
            BadSource: as `blocks` says, or it is too long.
        """
        with self._lock:
            if (uri, rate_hz) not in self._kept:
                self._kept[uri, rate_hz] = self._read(uri, rate_hz, chunk)
            return self._kept[uri, rate_hz]

    def _read(self, uri: str, rate_hz: int, chunk: int) -> Samples:
        parts: list[Samples] = []
        length = 0
        for block in blocks(uri, rate_hz):
            parts.append(block)
            length += len(block)
            if length > LONGEST_LOOP_S * rate_hz:
                raise BadSource(
                    f"{uri} is longer than {LONGEST_LOOP_S / 60:.0f} minutes; a loop is kept in "
                    "memory: cut it, or play it once"
                )
        whole = max(1, round(length / chunk)) * chunk
        loop = np.zeros(whole, np.float32)
        sound = np.concatenate(parts)[:whole]
        loop[: len(sound)] = sound
        return loop
