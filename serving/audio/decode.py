"""The decoder child of many microphones: it writes their sound to its standard output in chunks.

It runs as `python -m serving.audio.decode NAME`, takes its order as one line of JSON, imports
nothing but PyAV and numpy, and may be killed at any time. One child carries all microphones of a
host, each in a thread of its own: sound is light, and a process for each would cost 50 MB. (400
loops took 107 MB and a fifth of a core, and what they brought was 20 ms late; Xeon, 2.5 GHz.) When
its parent is gone (its standard input closes) it leaves too.

The wire is a sequence of messages: a header (`HEADER`: kind, number of the source in the order,
Unix time of the first sample, samples, running number) and a body. Kind `C` is a chunk (so many
float32 samples in the machine's byte order), `E` an error in words (so many bytes of UTF-8), `X`
the end of a recording that is played once.
"""

import json
import os
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from serving.audio.clock import LiveClock
from serving.audio.recordings import BadSource, Recordings, blocks
from serving.backoff import Backoff

HEADER = struct.Struct("!cIdI")
CHUNK, ERROR, END = b"C", b"E", b"X"
CHUNK_S = 0.1
"""Length of a chunk: short against the 0.4 s between two windows, long against its overhead."""
SETTLE_S = 1.5
"""A live source is listened to so long before its first chunk is sent: servers and FFmpeg begin
with what they have buffered, and until that is through, nobody knows when it was taken."""
BURST_S = 30.0
"""More sound than this within `SETTLE_S` is no buffer: it is a recording behind an address."""
LATE_S = 1.0
"""A loop that is so far behind the clock (the machine slept, the clock was set) goes on at it."""
HEALTHY_SPELL_S = 10.0
"""After so long with sound the next attempt is quick again."""


@dataclass(frozen=True)
class SourceOrder:
    """One microphone: what the child is to decode, and how."""

    name: str
    uri: str
    """A path, file:// and a path, or an address (rtsp://, http:// …)."""
    rate_hz: int = 16_000
    loop: bool = False
    """Whether a recording starts again at its end. A loop is in step with the clock: at Unix time
    t it is at t modulo its length, in every process and after every restart."""
    paced: bool = True
    """Whether a recording played once waits for the time of each chunk, as a microphone would."""
    base: float = 0.0
    """Unix time of the first sample of a recording played once and not paced."""
    after_s: float = 0.0
    """Leave out so much of a recording that is played once: where an earlier child stopped."""

    @property
    def live(self) -> bool:
        """Whether it comes over a network."""
        return "://" in self.uri.removeprefix("file://")


@dataclass(frozen=True)
class Piece:
    """What one source has to say: samples, and when the first was taken."""

    started: float
    samples: NDArray[np.float32]


def to_json(orders: list[SourceOrder]) -> str:
    """The line that the child reads first."""
    return json.dumps([asdict(order) for order in orders])


class Wire:
    """The way to the parent, shared by all threads."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def send(
        self,
        kind: bytes,
        number: int,
        body: bytes = b"",
        *,
        piece: Piece | None = None,
    ) -> None:
        """Write one message; the parent's absence ends the child."""
        started, count = (piece.started, len(piece.samples)) if piece else (0.0, len(body))
        if piece:
            body = piece.samples.tobytes()
        try:
            with self._lock:
                self._out.write(HEADER.pack(kind, number, started, count) + body)
                self._out.flush()
        except (BrokenPipeError, ValueError):
            os._exit(0)


def pieces(order: SourceOrder, recordings: Recordings) -> Iterator[Piece]:
    """The chunks of one source until its end, each when its time has come.

    Raises:
        BadSource: it cannot be opened, holds no sound, breaks off, or is no live source.
    """
    if order.live:
        yield from _live(order)
    elif order.loop:
        yield from _looping(order, recordings)
    else:
        yield from _once(order)


def _looping(order: SourceOrder, recordings: Recordings) -> Iterator[Piece]:
    size = round(order.rate_hz * CHUNK_S)
    loop = recordings.loop(order.uri, order.rate_hz, size)
    turns = len(loop) // size
    number = int(time.time() / CHUNK_S)
    while True:
        due = (number + 1) * CHUNK_S
        now = time.time()
        if not -CHUNK_S - LATE_S < due - now < CHUNK_S + LATE_S:
            number = int(now / CHUNK_S)
            continue
        time.sleep(max(0.0, due - now))
        first = number % turns * size
        # By a division: CHUNK_S has no exact binary form, and a million of them would not add up.
        yield Piece(number * size / order.rate_hz, loop[first : first + size])
        number += 1


def _once(order: SourceOrder) -> Iterator[Piece]:
    skipped = round(order.after_s * order.rate_hz)
    done = skipped
    base = time.time() - skipped / order.rate_hz if order.paced else order.base
    for samples in chunked(_beyond(skipped, blocks(order.uri, order.rate_hz)), order.rate_hz):
        started = base + done / order.rate_hz
        done += len(samples)
        if order.paced:
            time.sleep(max(0.0, base + done / order.rate_hz - time.time()))
        yield Piece(started, samples)


def _beyond(skipped: int, sound: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    for block in sound:
        if skipped < len(block):
            yield block[skipped:]
        skipped = max(0, skipped - len(block))


def _live(order: SourceOrder) -> Iterator[Piece]:
    clock = LiveClock(order.rate_hz)
    settled_at: float | None = None
    waiting: list[NDArray[np.float32]] = []

    def heard() -> Iterator[NDArray[np.float32]]:
        for block in blocks(order.uri, order.rate_hz, live=True):
            clock.arrived(len(block), time.time())
            yield block

    for samples in chunked(heard(), order.rate_hz):
        waiting.append(samples)
        settled_at = settled_at or time.monotonic() + SETTLE_S
        if time.monotonic() < settled_at:
            if len(waiting) * CHUNK_S > BURST_S:
                raise BadSource(
                    f"{order.uri} sends more than {BURST_S:.0f} s of sound at once: it is a "
                    "recording, not live; fetch the file and give its path"
                )
            continue
        for each in waiting:
            yield Piece(clock.next(len(each)), each)
        waiting.clear()
    raise BadSource(f"{order.uri} has ended the stream")


def chunked(sound: Iterator[NDArray[np.float32]], rate_hz: int) -> Iterator[NDArray[np.float32]]:
    """The same samples in chunks of `CHUNK_S`; the last may be shorter."""
    size = round(rate_hz * CHUNK_S)
    rest = np.zeros(0, np.float32)
    for block in sound:
        rest = np.concatenate([rest, block])
        whole = len(rest) // size * size
        yield from rest[:whole].reshape(-1, size)
        rest = rest[whole:]
    if len(rest):
        yield rest


def serve(
    number: int,
    order: SourceOrder,
    wire: Wire,
    recordings: Recordings,
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """One source, opened again whenever it breaks; returns at the end of a recording played once.

    A recording played once that breaks off is over, but one that was not there may yet come.
    """
    sent, backoff = 0, Backoff()
    while True:
        begun, sent_before = time.monotonic(), sent
        try:
            for piece in pieces(order, recordings):
                wire.send(CHUNK, number, piece=piece)
                sent += 1
            break
        except BadSource as error:
            wire.send(ERROR, number, str(error).encode()[:65_535])
        except Exception as error:
            # What nobody foresaw of one source must not silence the others, who share this process.
            words = f"{order.uri} cannot be heard ({type(error).__name__}: {error}); report it"
            wire.send(ERROR, number, words.encode()[:65_535])
        once = not (order.live or order.loop)
        if once and (sent > sent_before or not order.paced):
            break
        if sent > sent_before and time.monotonic() - begun > HEALTHY_SPELL_S:
            backoff.reset()
        backoff.wait(pause)
    wire.send(END, number)


def _leave_with_the_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _die(args: "threading.ExceptHookArgs") -> None:
    # A thread that dies alone would be a microphone that is silent for ever: the parent is to know.
    sys.__excepthook__(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    os._exit(1)


def main() -> None:
    """Run as the child."""
    orders = [SourceOrder(**each) for each in json.loads(sys.stdin.buffer.readline())]
    threading.excepthook = _die
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()
    wire, recordings = Wire(sys.stdout.buffer), Recordings()
    threads = [
        threading.Thread(target=serve, args=(number, order, wire, recordings), daemon=True)
        for number, order in enumerate(orders)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Not the interpreter's own farewell: the thread above is still reading.
    os._exit(0)


if __name__ == "__main__":
    main()
