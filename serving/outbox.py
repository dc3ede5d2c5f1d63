"""Everything a stream host sends to the gateway, in threads of its own: a slow hub slows no camera.

Events go through the spool and are sent until the gateway has them. Pictures and statuses are only
of interest while they are new: an unsent one is replaced.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from hlaska.errors import GatewayError, HlaskaError, JournalError, RefusedError
from hlaska.events import Event
from hlaska.tracks import StreamStatus
from serving.backoff import Backoff
from serving.client import Gateway
from serving.spool import BOUND, Spool, Spooled

_LOG = logging.getLogger(__name__)

CLOSE_S = 12.0
"""Longest wait for a request that hangs: the client gives up after ten seconds."""


class Outbox:
    """Sends events, statuses and pictures of many streams.

    Args:
        connect: Opens a client of the gateway; called once per thread.
        spool: Where events wait.
    """

    def __init__(self, connect: Callable[[], Gateway], spool: Spool) -> None:
        self._connect = connect
        self._spool = spool
        self._closed = threading.Event()
        self._unspooled: deque[tuple[Event, dict[str, bytes]]] = deque(maxlen=BOUND)
        self._spooling = threading.Lock()
        self._events = threading.Event()
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._statuses: dict[tuple[str, str], StreamStatus] = {}
        self._pictures: dict[tuple[str, str], tuple[datetime, bytes]] = {}
        self._threads = [
            threading.Thread(target=work, daemon=True, name=work.__name__)
            for work in (self._send_events, self._send_news)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Events not yet sent."""
        return len(self._spool)

    @property
    def alive(self) -> bool:
        """Whether its threads run; when they do not, something is broken."""
        return all(thread.is_alive() for thread in self._threads)

    def event(self, event: Event, evidence: dict[str, bytes]) -> None:
        """Send an event, whenever the gateway is there.

        Where the spool cannot be written (a full disk) it waits in memory, and its camera goes on.
        """
        self._unspooled.append((event, evidence))
        try:
            self._spool_all()
        except JournalError as error:
            _LOG.error("%d events wait in memory: %s", len(self._unspooled), error)
        self._events.set()

    def status(self, status: StreamStatus) -> None:
        """Send a status, if the gateway is there now."""
        with self._lock:
            self._statuses[status.site, status.source] = status
        self._news.set()

    def picture(self, site: str, source: str, captured_at: datetime, jpeg: bytes) -> None:
        """Send a picture, if the gateway is there now."""
        with self._lock:
            self._pictures[site, source] = (captured_at, jpeg)
        self._news.set()

    def close(self, *, drain_s: float = 2.0) -> None:
        """Stop. What has not been sent within `drain_s` stays in the spool for the next start."""
        deadline_s = time.monotonic() + drain_s
        while self.waiting and time.monotonic() < deadline_s:
            time.sleep(0.05)
        self._closed.set()
        self._events.set()
        self._news.set()
        for thread in self._threads:
            thread.join(timeout=CLOSE_S)
        # A request that still hangs ends with its thread; it needs the spool for that.
        if not self._threads[0].is_alive():
            self._spool.close()

    def _spool_all(self) -> None:
        with self._spooling:
            while self._unspooled:
                lost = self._spool.put(*self._unspooled[0])
                self._unspooled.popleft()
                if lost:
                    _LOG.error("spool is full: the oldest %d events are gone", lost)

    def _send_events(self) -> None:
        backoff = Backoff(longest_s=5.0)
        with self._connect() as gateway:
            while not self._closed.is_set():
                # Cleared before looking: an event put in between sets it again.
                self._events.clear()
                try:
                    self._spool_all()
                    head = self._spool.head()
                    if head:
                        self._deliver(gateway, head)
                    else:
                        self._events.wait()
                    backoff.reset()
                except HlaskaError as error:
                    _LOG.warning("events wait: %s", error)
                    backoff.wait(self._closed.wait)

    def _deliver(self, gateway: Gateway, head: Sequence[Spooled]) -> None:
        try:
            for item in head:
                for evidence in item.event.evidence:
                    if evidence.sha256 in item.evidence:
                        content = item.evidence[evidence.sha256]
                        gateway.send_evidence(evidence.sha256, evidence.media_type, content)
            gateway.send_events([item.event for item in head])
        except RefusedError as error:
            if len(head) > 1:
                # One bad event must not hold back the others: find it.
                for item in head:
                    self._deliver(gateway, [item])
                return
            _LOG.error("refused for good: %s: %s", error, head[0].event.model_dump_json())
        self._spool.drop(head)

    def _send_news(self) -> None:
        backoff = Backoff(longest_s=5.0)
        with self._connect() as gateway:
            while not self._closed.is_set():
                self._news.wait()
                self._news.clear()
                with self._lock:
                    statuses, self._statuses = self._statuses, {}
                    pictures, self._pictures = self._pictures, {}
                # Each apart: what is refused of one camera must not silence the others.
                sends = [partial(gateway.send_status, status) for status in statuses.values()]
                sends += [partial(gateway.send_picture, *k, *v) for k, v in pictures.items()]
                for send in sends:
                    try:
                        send()
                        backoff.reset()
                    except RefusedError as error:
                        _LOG.warning("a picture or status is refused: %s", error)
                    except GatewayError as error:
                        _LOG.info("the gateway misses pictures and statuses: %s", error)
                        backoff.wait(self._closed.wait)
                        break
