"""What one session asks the gateway: in threads of their own, answered in its own thread."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from hlaska.errors import HlaskaError

T = TypeVar("T")
THREADS = 2
"""So many questions of one session are asked at once; the others wait."""


@dataclass(frozen=True)
class _Asked:
    answer: "Future[Any]"
    tell: Callable[[Any], object]
    fail: Callable[[str], object]


class Questions:
    """Asks without keeping the session waiting. Of each matter only the newest question counts.

    Args:
        notify: Called, in another thread, when an answer has come; then call `show`.
    """

    def __init__(self, notify: Callable[[], None]) -> None:
        self._notify = notify
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="question")
        self._lock = threading.Lock()
        self._asked: dict[str, _Asked] = {}
        self._closed = False

    def ask(
        self,
        matter: str,
        question: Callable[[], T],
        tell: Callable[[T], object],
        fail: Callable[[str], object],
    ) -> None:
        """Ask; an earlier question of the same matter is forgotten, whatever comes of it.

        Args:
            matter: What it is about.
            question: Runs in another thread.
            tell: Called by `show` with the answer.
            fail: Called by `show` with the words of an error.
        """
        with self._lock:
            if self._closed:
                return
            before = self._asked.pop(matter, None)
            if before is not None:
                before.answer.cancel()
            answer = self._threads.submit(question)
            self._asked[matter] = _Asked(answer, tell, fail)
        answer.add_done_callback(lambda done: None if done.cancelled() else self._notify())

    def forget(self, matter: str) -> None:
        """Want no answer any more."""
        with self._lock:
            before = self._asked.pop(matter, None)
        if before is not None:
            before.answer.cancel()

    def waits_for(self, matter: str) -> bool:
        """Whether an answer is still to come, or to be shown."""
        return matter in self._asked

    def show(self) -> None:
        """Tell the answers that have come."""
        with self._lock:
            come = {name: one for name, one in self._asked.items() if one.answer.done()}
            for name in come:
                del self._asked[name]
        for asked in come.values():
            try:
                found = asked.answer.result()
            # ValueError: a gateway of another version answers otherwise.
            except (HlaskaError, ValueError) as error:
                asked.fail(str(error) or type(error).__name__)
            else:
                asked.tell(found)

    def close(self) -> None:
        """Ask no more, and tell no more."""
        with self._lock:
            self._closed = True
            self._asked.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)
