"""The decoder child: reads one clip, folder or camera and writes raw frames to its standard output.

It runs as `python -m serving.video.decode NAME`, takes its order as one line of JSON, imports
nothing but PyAV and numpy, and may be killed at any time: a codec that hangs or crashes on a
broken stream takes nothing else with it. When its parent is gone (its standard input closes) it
leaves too.

The wire is a sequence of messages: a header (`HEADER`: kind, frame index, capture time, position in
the clip, width, height) and a body. Kind `F` is a frame (height x width x 3 bytes, blue-green-
red), `E` an error in words (width bytes of UTF-8), `X` the end of a clip.
"""

import json
import os
import struct
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

HEADER = struct.Struct("!cQddII")
FRAME, ERROR, END = b"F", b"E", b"X"
PICTURES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
FOLDER_FPS = 10.0
"""Frames per second of a folder of pictures, which carries no times."""
ASPECT_TOLERANCE = 0.02
"""How far a picture's shape may be from the site file's before lines and zones no longer fit."""


@dataclass(frozen=True)
class Order:
    """What the child is to decode, and how."""

    uri: str
    """A path, or an rtsp:// or http:// address."""
    width: int
    height: int
    """Size that frames are scaled to."""
    fps: float
    """Frames per second kept, at most."""
    base: float
    """Unix time of the first frame of a clip that is not paced. A paced one begins when the child
    does, and a live camera's frames carry the time of their arrival."""
    speed: float = 1.0
    """How much faster than recorded a clip is played."""
    paced: bool = True
    """Whether a clip waits for the time of each frame, as a camera would."""
    loop: bool = False
    """Whether a clip starts again at its end."""
    after_s: float = -1.0
    """Leave out the clip's frames up to this position: where an earlier child stopped."""

    @property
    def live(self) -> bool:
        """Whether it comes over a network."""
        return "://" in self.uri

    def to_json(self) -> str:
        """The line that the child reads first."""
        return json.dumps(asdict(self))


class BadSource(Exception):  # noqa: N818 - becomes SourceError in the parent, which knows hlaska
    """The source cannot be decoded; the message is for people."""


def frames(order: Order) -> Iterator[tuple[float, VideoFrame]]:
    """Seconds since the start, and the decoded picture, of one pass through the source.

    Raises:
        BadSource: it cannot be opened, holds no video, or breaks off.
    """
    path = Path(order.uri)
    if not order.live and path.is_dir():
        yield from _folder(path)
        return
    if not order.live:
        if not path.exists():
            raise BadSource(f"no file {path}; check the camera's uri")
        if path.stat().st_size == 0:
            raise BadSource(f"{path} is empty (0 bytes); fetch or copy it again")
    decoded = 0
    try:
        with _open(order.uri) as container:
            if not container.streams.video:
                raise BadSource(f"{order.uri} has no video, only {_content(container)}")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            rate = float(stream.average_rate or 25)
            first: float | None = None
            for picture in container.decode(stream):
                moment = picture.time if picture.time is not None else decoded / rate
                first = moment if first is None else first
                decoded += 1
                yield moment - first, picture
    except (av.error.FFmpegError, OSError) as error:
        where = f"after {decoded} frames" if decoded else "before the first frame"
        raise BadSource(f"{order.uri} cannot be decoded {where}: {error}") from error
    if not decoded:
        raise BadSource(f"{order.uri} holds no readable frame; it may be cut off")


def _open(uri: str) -> "av.container.InputContainer":
    if "://" not in uri:
        return av.open(uri)
    # A live picture must not wait until FFmpeg has studied five seconds of it, or fill a buffer.
    options = {"fflags": "nobuffer", "analyzeduration": "1000000", "probesize": "500000"}
    if uri.startswith("rtsp"):
        # Over UDP a city's networks lose packets, and half a picture looks like tampering.
        options["rtsp_transport"] = "tcp"
    return av.open(uri, options=options, timeout=10.0)


def _content(container: "av.container.InputContainer") -> str:
    return ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"


def _folder(path: Path) -> Iterator[tuple[float, VideoFrame]]:
    pictures = sorted(p for p in path.iterdir() if p.suffix.lower() in PICTURES)
    if not pictures:
        raise BadSource(f"{path} holds no pictures ({', '.join(sorted(PICTURES))})")
    for number, picture in enumerate(pictures):
        try:
            with av.open(str(picture)) as container:
                yield number / FOLDER_FPS, next(container.decode(video=0))
        except (av.error.FFmpegError, OSError, StopIteration, IndexError) as error:
            raise BadSource(
                f"{picture} cannot be decoded: {error or 'no picture in it'}"
            ) from error


def thinned(
    moments: Iterator[tuple[float, VideoFrame]], fps: float
) -> Iterator[tuple[float, VideoFrame]]:
    """Leave out frames so that at most `fps` a second remain, evenly spread."""
    due: float | None = None
    for moment, picture in moments:
        # Half a millisecond of grace: 0.1 s steps in floating point must not lose every other
        # frame.
        if due is None or moment >= due - 5e-4:
            due = max(moment if due is None else due, moment - 1 / fps) + 1 / fps
            yield moment, picture


def passes(order: Order) -> Iterator[tuple[float, float, VideoFrame]]:
    """Unix time, position in the clip, and picture, over all passes; paced if so ordered."""
    if order.live:
        for moment, picture in thinned(frames(order), order.fps):
            yield time.time(), moment, picture
        return
    after_s = order.after_s
    base = time.time() - max(0.0, after_s) / order.speed if order.paced else order.base
    while True:
        last_s = step_s = 0.0
        for moment, picture in thinned(frames(order), order.fps / order.speed):
            if moment <= after_s:
                continue
            captured = base + moment / order.speed
            if order.paced:
                time.sleep(max(0.0, captured - time.time()))
            step_s = moment - last_s
            last_s = moment
            yield captured, moment, picture
        if not order.loop:
            return
        base += (last_s + step_s) / order.speed
        after_s = -1.0


def as_bgr(picture: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
    """The picture in the camera's size.

    Raises:
        BadSource: its shape is another than the site file says.
    """
    shape, wanted = picture.width / picture.height, width / height
    if abs(shape / wanted - 1) > ASPECT_TOLERANCE:
        raise BadSource(
            f"the picture is {picture.width}x{picture.height}, the site file says "
            f"{width}x{height}: lines and zones would not fit; correct size_px, lines and zones"
        )
    scaled = picture.reformat(width=width, height=height, format="bgr24").to_ndarray()
    return np.asarray(scaled, np.uint8)


def write(order: Order, wire: BinaryIO) -> None:
    """Decode to the wire until the end, an error, or a closed wire."""
    try:
        for index, (captured, position_s, picture) in enumerate(passes(order)):
            image = as_bgr(picture, order.width, order.height)
            wire.write(HEADER.pack(FRAME, index, captured, position_s, order.width, order.height))
            wire.write(np.ascontiguousarray(image).data)
            wire.flush()
        if order.live:
            raise BadSource(f"{order.uri} has ended the stream")
        wire.write(HEADER.pack(END, 0, 0.0, 0.0, 0, 0))
    except BadSource as error:
        words = str(error).encode()[:65_535]
        wire.write(HEADER.pack(ERROR, 0, 0.0, 0.0, len(words), 0) + words)
    wire.flush()


def _leave_with_the_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Run as the child."""
    order = Order(**json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()
    av.logging.set_level(av.logging.PANIC)
    try:
        write(order, sys.stdout.buffer)
    except BrokenPipeError:
        os._exit(0)
    # Not the interpreter's own farewell: the thread above is still reading.
    os._exit(0)


if __name__ == "__main__":
    main()
