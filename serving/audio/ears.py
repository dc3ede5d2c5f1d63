"""All microphones of a stream host: who listens, who scores, who writes down.

A few threads for as many microphones as there are. One takes chunks, gathers the windows that are
due, hands them to the scorer in batches, and tells how each microphone does. It waits for no model
and no drawing: the scorer is asked in a second thread, evidence (finding speech, drawing) is made
in a third, and `Microphones` reads the decoder child in a fourth.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from hlaska.errors import DetectorBusyError, HlaskaError, ModelError, SourceError
from hlaska.microphones import Microphone
from hlaska.sites import Site
from hlaska.sound.scores import RATE_HZ, Chunk
from serving.audio.clerk import Clerk
from serving.audio.decode import SourceOrder
from serving.audio.finding import Window
from serving.audio.listener import ListenerArgs
from serving.audio.source import Ended, Microphones
from serving.audio.stream import MicrophoneStream, SoundModel
from serving.connection import Patience
from serving.outbox import Outbox

_LOG = logging.getLogger(__name__)

BATCH = 64
"""Windows that are scored in one call, at most: 4 MB."""
SCORE_EVERY_S = 0.2
"""A batch that is not full waits so long for the windows of other microphones."""
WAITING_S = 4.0
"""Windows of so much sound may wait for the scorer; older ones are shed."""
LOOK_EVERY_S = 0.1
PROBE_S = 5.0
"""How often the scorer is asked when nothing more is to be scored: whether it works, and which
version of the model it is."""

Due = tuple[MicrophoneStream, Window]
Scores = NDArray[np.float32]


class Ears:
    """Listens to many microphones until it is closed.

    Args:
        microphones: Which, each with its site.
        open_uri: Turns a microphone's uri into one that can be decoded (fetches `dataset:` files).
        model: The sound model.
        outbox: Where events and statuses go.
        loop: Whether a recording starts again at its end.
        args: How sure the listeners want to be.
        patience: How long a source may be quiet.
    """

    def __init__(
        self,
        microphones: Sequence[tuple[Site, Microphone]],
        *,
        open_uri: Callable[[str], str],
        model: SoundModel,
        outbox: Outbox,
        loop: bool = True,
        args: ListenerArgs | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._model, self._known = model, model.ref
        self._open_uri = open_uri
        self._loop = loop
        self._clerk = Clerk(outbox, model.card.operating_point)
        self._streams = {
            f"{site.id}/{microphone.id}": MicrophoneStream(
                site,
                microphone,
                model=model,
                outbox=outbox,
                clerk=self._clerk,
                args=args or ListenerArgs(),
                patience=patience or Patience(),
                company=len(microphones),
                now_s=time.monotonic(),
            )
            for site, microphone in microphones
        }
        self._due: deque[Due] = deque()
        windows_per_s = RATE_HZ * (args or ListenerArgs()).of / model.window_samples
        self._most_due = max(BATCH, round(WAITING_S * windows_per_s * len(microphones)))
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sound scorer")
        self._asked: tuple[Future[Scores], list[Due]] | None = None
        self._next_ask_s, self._answered_s = 0.0, math.inf
        self._trouble = ""
        self._closed = threading.Event()
        self.decoder_pid: int | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="ears")

    def start(self) -> None:
        """Begin."""
        self._clerk.start()
        self._thread.start()

    def close(self) -> None:
        """End: what was going on is told, and the decoder child is gone."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._clerk.close()

    @property
    def alive(self) -> bool:
        """Whether its threads run; otherwise something is broken."""
        return self._thread.is_alive() and self._clerk.alive

    def _run(self) -> None:
        orders = [self._order(name, stream) for name, stream in self._streams.items()]
        with Microphones(orders) as source:
            next_look_s = 0.0
            while not self._closed.is_set():
                self.decoder_pid = source.pid
                heard = source.read(timeout_s=LOOK_EVERY_S / 2)
                if heard is not None:
                    self._take(*heard)
                now_s = time.monotonic()
                self._score(now_s)
                if now_s >= next_look_s:
                    next_look_s = now_s + LOOK_EVERY_S
                    for name, stream in self._streams.items():
                        stream.look(now_s, unread=source.dropped[name])
            for stream in self._streams.values():
                stream.close(time.monotonic())

    def _order(self, name: str, stream: MicrophoneStream) -> SourceOrder:
        uri = stream.microphone.uri
        try:
            uri = self._open_uri(uri)
        except HlaskaError as error:
            # The child will not find it either, and say so again and again.
            _LOG.error("%s: %s", name, error)
        return SourceOrder(name, uri, loop=self._loop)

    def _take(self, name: str, heard: Chunk | SourceError | Ended) -> None:
        stream = self._streams[name]
        now_s = time.monotonic()
        if isinstance(heard, Chunk):
            self._due += ((stream, window) for window in stream.hear(heard, now_s))
        elif isinstance(heard, SourceError):
            stream.fail(heard, now_s)
        else:
            stream.end(now_s)

    def _score(self, now_s: float) -> None:
        """Take the scorer's answer when there is one, and ask it the next."""
        if self._asked is not None:
            answer, batch = self._asked
            if not answer.done():
                self._shed_surplus(now_s)
                return
            self._asked = None
            self._answered(answer, batch, now_s)
        if not self._due and now_s >= max(self._next_ask_s, self._answered_s + PROBE_S):
            self._ask([], now_s)
        elif len(self._due) >= BATCH or (self._due and now_s >= self._next_ask_s):
            batch = [self._due.popleft() for _ in range(min(BATCH, len(self._due)))]
            self._ask(batch, now_s + (0.0 if len(self._due) >= BATCH else SCORE_EVERY_S))

    def _ask(self, batch: list[Due], next_ask_s: float) -> None:
        self._next_ask_s = next_ask_s
        silence = np.zeros(self._model.window_samples, np.float32)
        windows = np.stack([window.samples for _, window in batch] or [silence])
        self._asked = self._pool.submit(self._model.score, windows), batch

    def _answered(self, answer: "Future[Scores]", batch: list[Due], now_s: float) -> None:
        self._answered_s = now_s
        try:
            scores: Scores | list[None] = answer.result()
        except DetectorBusyError as error:
            for stream, window in batch:
                stream.shed(window, now_s, busy=str(error))
            return
        except (ModelError, SourceError) as error:
            self._set_trouble(str(error))
            for stream, window in batch:
                stream.shed(window, now_s)
            return
        self._set_trouble("")
        self._follow()
        for (stream, window), its in zip(batch, scores, strict=False):
            stream.judge(window, its, now_s)

    def _follow(self) -> None:
        """What was just scored may be the first that a new version did."""
        if self._model.ref == self._known:
            return
        _LOG.info("sound model: %s -> %s", self._known, self._model.ref)
        self._known = self._model.ref
        self._clerk.use(self._model.card.operating_point)
        for stream in self._streams.values():
            stream.use()

    def _shed_surplus(self, now_s: float) -> None:
        while len(self._due) > self._most_due:
            stream, window = self._due.popleft()
            stream.shed(window, now_s, busy="the sound model is too slow; windows are shed")

    def _set_trouble(self, reason: str) -> None:
        self._trouble = reason
        for stream in self._streams.values():
            stream.set_trouble(reason)
