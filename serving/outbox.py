"""Everything a stream host sends to the gateway, in threads of its own: a slow hub slows no camera.

Events go through the spool and are sent until the gateway has them. Pictures and statuses are only
of interest while they are new: an unsent one is replaced.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from hlaska.errors import GatewayError, RefusedError
from hlaska.events import Event
from hlaska.tracks import StreamStatus
from serving.backoff import Backoff
from serving.client import Gateway
from serving.spool import Spool, Spooled

_LOG = logging.getLogger(__name__)


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

    def event(self, event: Event, evidence: dict[str, bytes]) -> None:
        """Send an event, whenever the gateway is there."""
        lost = self._spool.put(event, evidence)
        if lost:
            _LOG.error("spool is full: the oldest %d events are gone", lost)
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
        """Stop; what has not been sent after `drain_s` stays in the spool for the next start."""
        self._closed.set()
        self._events.set()
        self._news.set()
        for thread in self._threads:
            thread.join(timeout=drain_s)
        self._spool.close()

    def _send_events(self) -> None:
        backoff = Backoff(longest_s=5.0)
        with self._connect() as gateway:
            while not self._closed.is_set():
                # Cleared before looking: an event put in between sets it again.
                self._events.clear()
                head = self._spool.head()
                if not head:
                    self._events.wait()
                    continue
                try:
                    self._deliver(gateway, head)
                    backoff.reset()
                except GatewayError as error:
                    _LOG.warning("%d events wait: %s", len(self._spool), error)
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
                try:
                    for (site, source), (captured_at, jpeg) in pictures.items():
                        gateway.send_picture(site, source, captured_at, jpeg)
                    for status in statuses.values():
                        gateway.send_status(status)
                    backoff.reset()
                except GatewayError as error:
                    _LOG.info("gateway misses pictures and statuses: %s", error)
                    backoff.wait(self._closed.wait)
