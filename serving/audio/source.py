"""Microphones as the rest of Hlaska hears them: chunks in order, and words when something is wrong.

`Microphones` runs the decoder child, which carries all of them, and reads its chunks in a thread.
Whoever reads too slowly loses the oldest chunks, counted for each microphone.
"""

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray

from hlaska.errors import SourceError
from hlaska.places import without_password
from hlaska.sound.scores import RATE_HZ, Chunk
from serving.audio.decode import CHUNK, CHUNK_S, END, ERROR, HEADER, SourceOrder, to_json
from serving.audio.recordings import BadSource, recording
from serving.backoff import Backoff

WAITING_S = 5.0
"""So much sound of every microphone may wait to be read."""
HEALTHY_MESSAGES = 100
"""A child that has said so much was healthy: if it dies, the next is started at once."""
SHOWN_NAMES = 200
"""Characters of names in the child's command line."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The recording has been played to its end; nothing more comes of it."""


Heard = tuple[str, Chunk | SourceError | Ended]
"""Name of a microphone, and what came of it."""


class Microphones:
    """One decoder child and what it hears; a child that dies is started again.

    A loop then goes on in step, a recording played once after the last chunk that was read, and a
    live source is opened again.

    Args:
        sources: Whom to listen to; no name twice.

    Raises:
        SourceError: a name comes twice.
    """

    def __init__(self, sources: Sequence[SourceOrder]) -> None:
        names = [order.name for order in sources]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise SourceError(f"microphones named twice: {', '.join(twice)}; give each its own")
        self.dropped = dict.fromkeys(names, 0)
        """Chunks that nobody read in time, by name."""
        self._orders = {order.name: order for order in sources}
        self._played = {order.name: round(order.after_s * order.rate_hz) for order in sources}
        self._most = max(1, round(WAITING_S / CHUNK_S) * len(names))
        self._heard: deque[Heard] = deque()
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._start()
        self._reader = threading.Thread(target=self._read, daemon=True, name="microphones")
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
    def pid(self) -> int | None:
        """Process number of the decoder child; None when every recording has ended."""
        child = self._child
        return None if child is None else child.pid

    def read(self, timeout_s: float | None = None) -> Heard | None:
        """What comes next of any microphone, or None when nothing came for `timeout_s`."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._heard, timeout_s):
                return None
            return self._heard.popleft()

    def close(self) -> None:
        """Kill the child. Nothing of it remains."""
        with self._starting:
            self._closed.set()
            if self._child is not None:
                self._child.kill()
        with self._changed:
            self._changed.notify_all()
        self._reader.join()

    def _start(self) -> None:
        """A child for all that has not ended; none when that is nothing, or all is over."""
        with self._starting:
            self._child = None
            if self._closed.is_set() or not self._orders:
                return
            shown = ",".join(self._orders)[:SHOWN_NAMES]
            child = subprocess.Popen(
                [sys.executable, "-m", "serving.audio.decode", shown],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            self._child = child
        assert child.stdin is not None
        orders = [self._resumed(order) for order in self._orders.values()]
        try:
            # Not as an argument: everybody on the machine can read those, with the passwords.
            child.stdin.write(to_json(orders).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            # It died at once; whoever reads from it will notice.
            return

    def _resumed(self, order: SourceOrder) -> SourceOrder:
        return replace(order, after_s=self._played[order.name] / order.rate_hz)

    def _read(self) -> None:
        backoff = Backoff()
        while self._child is not None:
            child, names = self._child, list(self._orders)
            messages = self._listen(child, names)
            code = child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    _close(pipe)
            if self._orders and not self._closed.is_set():
                how = f"signal {-code}" if code < 0 else f"exit code {code}"
                for name in self._orders:
                    self._put(name, SourceError(f"the decoder died ({how}); it is started again"))
                if messages > HEALTHY_MESSAGES:
                    backoff.reset()
                backoff.wait(self._closed.wait)
            self._start_again(backoff)

    def _start_again(self, backoff: Backoff) -> None:
        while True:
            try:
                return self._start()
            except OSError as error:
                # No memory or no file is left: it may be tomorrow, and nobody else would try again.
                for name in self._orders:
                    words = f"the decoder cannot be started ({error.strerror}); it is tried again"
                    self._put(name, SourceError(words))
                backoff.wait(self._closed.wait)

    def _listen(self, child: "subprocess.Popen[bytes]", names: list[str]) -> int:
        """Pass on what a child says until it is silent for ever; how many messages there were."""
        assert child.stdout is not None
        messages = 0
        while len(header := child.stdout.read(HEADER.size)) == HEADER.size:
            kind, number, started, count = HEADER.unpack(header)
            name = names[number]
            size = count * 4 if kind == CHUNK else count
            body = child.stdout.read(size)
            if len(body) < size:
                break
            messages += 1
            if kind == CHUNK:
                self._played[name] += count
                samples = np.frombuffer(body, np.float32)
                self._put(name, Chunk(datetime.fromtimestamp(started, UTC), samples))
            elif kind == ERROR:
                self._put(name, SourceError(without_password(body.decode(errors="replace"))))
            else:
                assert kind == END
                del self._orders[name]
                self._put(name, Ended())
        return messages

    def _put(self, name: str, what: Chunk | SourceError | Ended) -> None:
        with self._changed:
            if len(self._heard) >= self._most:
                self._drop()
            self._heard.append((name, what))
            self._changed.notify_all()

    def _drop(self) -> None:
        """Lose the oldest chunk; what is said in words stays."""
        for place, (name, what) in enumerate(self._heard):
            if isinstance(what, Chunk):
                del self._heard[place]
                self.dropped[name] += 1
                return
        # Nothing but words for as long as this: the oldest of them are no news any more.
        self._heard.popleft()


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        # What the child never read is written on closing, to nobody.
        return


def read_recording(path: Path | str) -> NDArray[np.float32]:
    """A whole recording: mono, -1..1, `RATE_HZ` a second, exactly as a microphone would bring it.

    Raises:
        SourceError: there is no such file, it holds no sound, breaks off, or holds samples that are
            no sound; the message names the file and says what to do.
    """
    try:
        return recording(str(path), RATE_HZ)
    except BadSource as error:
        raise SourceError(str(error)) from error
