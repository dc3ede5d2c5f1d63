"""Passing things on to somebody who looks at them when there is time: whoever offers never waits.

One thing is under way at a time; what is offered meanwhile is passed over and counted.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

from hlaska.errors import HlaskaError

_LOG = logging.getLogger(__name__)

REST_S = 5.0
"""So long nothing is handed over after something more important had too much to do, and where
nobody looks."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Since:
    """What was between this thing and the one before."""

    passed_over: int
    """Things that were offered and not taken."""
    took_s: float | None
    """From handing over the one before until it was looked at; None of the first."""


class HandOver(Generic[T]):
    """Hands one thing after the other to `send`, in a thread of its own.

    Args:
        send: Waits until the thing was looked at; how many seconds to pause, or None when nobody
            looks. Raises HlaskaError when nobody answers.
    """

    def __init__(self, send: Callable[[T], float | None]) -> None:
        self._send = send
        self._box: SimpleQueue[tuple[T] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._busy = False
        self._next_s = 0.0
        self._passed_over = 0
        self._took_s: float | None = None
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, daemon=True, name="hand-over")
        self._thread.start()

    def offer(self, make: Callable[[Since], T]) -> bool:
        """Hand over what `make` makes, if there is time for it now."""
        with self._lock:
            if self._busy or time.monotonic() < self._next_s:
                self._passed_over += 1
                return False
            self._busy = True
            since, self._passed_over = Since(self._passed_over, self._took_s), 0
        self._box.put((make(since),))
        return True

    def rest(self) -> None:
        """There is too much to do: take nothing for a while."""
        self._pause(REST_S)

    def close(self) -> None:
        """End, after what is under way."""
        self._box.put(None)
        self._thread.join(timeout=REST_S)

    def _run(self) -> None:
        while (box := self._box.get()) is not None:
            (thing,), began_s = box, time.monotonic()
            try:
                pause_s = self._send(thing)
                trouble = ""
            except HlaskaError as error:
                pause_s, trouble = None, str(error)
            if trouble and not self._trouble:
                _LOG.warning("nobody looks: %s", trouble)
            self._trouble = trouble
            self._pause(REST_S if pause_s is None else pause_s)
            with self._lock:
                self._took_s = None if pause_s is None else time.monotonic() - began_s
                # What nobody wanted was not passed over.
                self._passed_over = 0 if pause_s is None else self._passed_over
                self._busy = False

    def _pause(self, seconds: float) -> None:
        with self._lock:
            self._next_s = max(self._next_s, time.monotonic() + seconds)
