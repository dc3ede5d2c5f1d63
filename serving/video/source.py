"""A camera as the rest of Hlaska sees it: frames in order, the newest first when time is short.

`VideoSource` runs the decoder child and reads its frames in a thread. A live source keeps only the
newest frame and counts what it dropped; an analysis of a clip keeps all and makes the child wait.
"""

import queue
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import numpy as np

from hlaska.errors import SourceError
from hlaska.places import without_password
from hlaska.tracks import Frame
from serving.video.decode import END, ERROR, FRAME, HEADER, Order

BEGINNING = datetime.min.replace(tzinfo=UTC)


class EndOfClip(Exception):  # noqa: N818 - not an error: the clip is over
    """The clip has been played to its end."""


class VideoSource:
    """One run of a decoder child; open a new one to reconnect.

    Args:
        order: What to decode.
        name: Of the camera; the child shows it in its command line.
        newest_only: Drop older frames that nobody has read yet (a camera), or keep all (a clip).
        first_index: Number of the first frame, so that numbers go on after a reconnect.
        after: Every frame's time is later than this, so that times go on after a reconnect.
    """

    def __init__(
        self,
        order: Order,
        *,
        name: str = "clip",
        newest_only: bool = True,
        first_index: int = 0,
        after: datetime = BEGINNING,
    ) -> None:
        self.order = order
        self.dropped = 0
        self.decoded = 0
        self.position_s = order.after_s
        self._newest_only = newest_only
        self._first_index = first_index
        self._after = after
        self._frames: queue.Queue[Frame | Exception] = queue.Queue(maxsize=1 if newest_only else 4)
        self._closed = threading.Event()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "serving.video.decode", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._child.stdin is not None
        # Not as an argument: everybody on the machine can read those, and there may be a password.
        self._child.stdin.write(order.to_json().encode() + b"\n")
        self._child.stdin.flush()
        self._reader = threading.Thread(target=self._read, daemon=True, name="frames")
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Process number of the decoder child."""
        return self._child.pid

    def read(self, timeout_s: float | None = None) -> Frame | None:
        """The next frame, or None when there was none for `timeout_s`.

        Raises:
            SourceError: the source cannot be read, or its decoder died.
            EndOfClip: the clip is over.
        """
        try:
            got = self._frames.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(got, Exception):
            # Ask again, get the same answer.
            self._frames.put(got)
            raise got
        return got

    def close(self) -> None:
        """Kill the child. Nothing of it remains."""
        self._closed.set()
        self._child.kill()
        self._child.wait()
        while self._reader.is_alive():
            self._drain()
            self._reader.join(timeout=0.05)
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        assert self._child.stdout is not None
        last = self._after
        while True:
            header = self._child.stdout.read(HEADER.size)
            if len(header) < HEADER.size:
                self._put(
                    SourceError(f"the decoder died ({self._obituary()}); it is started again")
                )
                return
            kind, index, captured, position_s, width, height = HEADER.unpack(header)
            if kind == END:
                self._put(EndOfClip())
                return
            if kind == ERROR:
                words = self._child.stdout.read(width).decode(errors="replace")
                self._put(SourceError(without_password(words)))
                return
            assert kind == FRAME
            body = self._child.stdout.read(width * height * 3)
            if len(body) < width * height * 3:
                continue
            self.decoded += 1
            self.position_s = position_s
            image = np.frombuffer(body, dtype=np.uint8).reshape(height, width, 3)
            # A clock that was set back must not give two frames one time: events are named by it.
            at = max(datetime.fromtimestamp(captured, UTC), last + timedelta(microseconds=1))
            last = at
            self._put(Frame(index=self._first_index + index, captured_at=at, image=image))

    def _put(self, item: Frame | Exception) -> None:
        # What is said last (an end, an error) must not throw away an unread frame of a clip.
        while not self._closed.is_set():
            if self._newest_only and isinstance(item, Frame):
                self._drain()
            try:
                self._frames.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def _drain(self) -> None:
        try:
            while True:
                self._frames.get_nowait()
                self.dropped += 1
        except queue.Empty:
            return

    def _obituary(self) -> str:
        code = self._child.wait()
        return f"signal {-code}" if code < 0 else f"exit code {code}"


def order_for(
    uri: str,
    *,
    size_px: tuple[int, int],
    fps: float,
    base: datetime,
    speed: float = 1.0,
    paced: bool = True,
    loop: bool = False,
) -> Order:
    """What to tell the decoder child about a camera whose `uri` needs no catalog any more."""
    return Order(
        uri=uri.removeprefix("file://").removeprefix("file:"),
        width=size_px[0],
        height=size_px[1],
        fps=fps,
        base=base.timestamp(),
        speed=speed,
        paced=paced,
        loop=loop,
    )


def resumed(order: Order, *, position_s: float) -> Order:
    """The order that goes on where an earlier child stopped.

    A looping clip starts again, as a camera would not mind; a clip played once goes on after the
    last frame that was seen, so that nothing is counted twice.
    """
    return replace(order, after_s=-1.0 if order.live or order.loop else position_s)
