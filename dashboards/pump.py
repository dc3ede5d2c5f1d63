"""Brings news from the feed's thread to one session: the newest, at a bounded pace."""

import threading
from collections.abc import Callable
from enum import Enum
from functools import partial

import panel as pn
from bokeh.document import Document

BEAT_MS = 1000
"""How often a session looks at the clock, so that silence shows without news."""


class _State(Enum):
    LOADING = "loading"
    IDLE = "idle"
    DUE = "due"
    RESTING = "resting"


class Pump:
    """Calls `refresh` in the session's thread soon after `notify`, at most `per_s` times a second.

    However often `notify` is called, one call of `refresh` waits at most: a slow session gets the
    newest world, never a backlog. Nothing is called before the page has told that it is there
    (`begin`): what is changed between giving it the document and that word is in neither, as Panel
    1.9 takes the page for one that will still ask (`panel.io.document.hold`). Without a document
    (a notebook in Jupyter, a test) `refresh` is called at once, in the thread of the caller.

    Args:
        refresh: Shows the newest.
        document: The session's document.
        per_s: Most calls a second.
    """

    def __init__(
        self, refresh: Callable[[], None], *, document: Document | None, per_s: float
    ) -> None:
        self._refresh = refresh
        self._document = document
        self.per_s = per_s
        self._lock = threading.RLock()
        self._state = _State.IDLE if document is None else _State.LOADING
        self._news = False
        self._closed = False

    def attend(self, beat: Callable[[], None]) -> None:
        """Begin when the page is there; from then on call `beat` as well, once a second."""
        document = self._document
        if document is None:
            return

        def begin() -> None:
            self.begin()
            document.add_periodic_callback(beat, BEAT_MS)

        pn.state.onload(begin)

    def begin(self) -> None:
        """The page is there: show what is new since its document was made."""
        with self._lock:
            if self._closed or self._document is None or self._state is not _State.LOADING:
                return
            self._state = _State.DUE if self._news else _State.IDLE
            due = self._news
        if due:
            self._document.add_next_tick_callback(partial(self._run, self._document))

    def notify(self) -> None:
        """Something is new. Safe in any thread."""
        if self._document is None:
            self._directly()
            return
        with self._lock:
            self._news = True
            if self._closed or self._state is not _State.IDLE:
                return
            self._state = _State.DUE
        self._document.add_next_tick_callback(partial(self._run, self._document))

    def catch_up(self) -> None:
        """Show news that waits for its wake-up. Call it in the session's thread, at each beat.

        A wake-up can be lost: Panel empties a document's held events while another thread adds to
        them (`panel.io.document.unlocked`, 1.9), and what was added in between never runs.
        """
        with self._lock:
            waits = self._state is _State.DUE
        if waits and self._document is not None:
            self._run(self._document)

    def close(self) -> None:
        """Call `refresh` no more."""
        with self._lock:
            self._closed = True

    def _run(self, document: Document) -> None:
        with self._lock:
            if self._closed or not self._news:
                return
            self._news = False
            self._state = _State.RESTING
        document.add_timeout_callback(partial(self._rested, document), round(1000 / self.per_s))
        self._refresh()

    def _rested(self, document: Document) -> None:
        with self._lock:
            self._state = _State.DUE if self._news else _State.IDLE
            due = self._news
        if due:
            self._run(document)

    def _directly(self) -> None:
        with self._lock:
            self._news = True
            # What a refresh itself sets off must not run inside it, but after it.
            if self._closed or self._state is not _State.IDLE:
                return
            self._state = _State.DUE
            try:
                while self._news and not self._closed:
                    self._news = False
                    self._refresh()
            finally:
                self._state = _State.IDLE
