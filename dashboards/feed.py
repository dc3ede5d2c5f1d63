"""The one subscription of a process, from which every session of every dashboard reads."""

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

import httpx
from pydantic import SecretStr

from dashboards.counts import Counts
from dashboards.world import ALERTS_KEPT, CLOSED_KEPT, EVENTS_KEPT, HISTORY, World
from hlaska.alerts.actions import Order
from hlaska.alerts.alert import Alert
from hlaska.alerts.silences import Silence, SilenceAction
from hlaska.errors import GatewayError
from hlaska.events import StoredEvent
from hlaska.kinds import KINDS
from serving.backoff import Backoff
from serving.client import Gateway
from serving.messages import Hello, Lost, Message, Orders, SilenceOrder

log = logging.getLogger(__name__)

T = TypeVar("T")

BIN_S = 60
"""Interval in which crossings are shown."""
STILLS_KEPT = 64
"""Pieces of evidence remembered; several dispatchers open the same one."""


class Feed:
    """Listens to one gateway for as long as the process lives.

    A broken connection is made again for ever; meanwhile `world.link` says since when and why, and
    what was known stays. Listeners are called in the feed's thread: they must only note that
    something is new (see `Pump`).

    Args:
        gateway: Where to listen.
        clock: Tells the time, UTC.
    """

    _shared: ClassVar[dict[str, "Feed"]] = {}
    _sharing: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self, gateway: Gateway, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.gateway = gateway
        self.clock = clock
        self.world = World.unknown(clock())
        self._listeners: set[Callable[[], None]] = set()
        self._lock = threading.Lock()
        self._changing = threading.RLock()
        self._stopped = threading.Event()
        self._asking = threading.Lock()
        self._stills: OrderedDict[str, bytes] = OrderedDict()
        self._fetchers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="evidence")
        # Of their own: an order must never wait for a picture.
        self._clerks = ThreadPoolExecutor(max_workers=4, thread_name_prefix="orders")
        self._thread: threading.Thread | None = None

    @classmethod
    def shared(cls, url: str, token: SecretStr | None = None) -> "Feed":
        """The feed of this process for that gateway, begun when it is first asked for."""
        with cls._sharing:
            if url not in cls._shared:
                cls._shared[url] = cls(Gateway(url, token)).start()
            return cls._shared[url]

    def start(self) -> "Feed":
        """Begin to listen, in a thread that ends with the process."""
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening: no listener is called any more."""
        self._stopped.set()
        with self._lock:
            self._listeners.clear()
        # A connection that is in use while the client is closed would stay open for ever.
        self._fetchers.shutdown(wait=True, cancel_futures=True)
        self._clerks.shutdown(wait=True, cancel_futures=True)
        with self._asking:
            self.gateway.close()

    @property
    def listeners(self) -> int:
        """How many sessions listen."""
        return len(self._listeners)

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back, in the feed's thread, whenever the world changed; returns how to end that."""
        with self._lock:
            self._listeners.add(callback)

        def end() -> None:
            with self._lock:
                self._listeners.discard(callback)

        return end

    def take(self, message: Message) -> None:
        """Take one message in and tell the listeners."""
        with self._changing:
            self.world = self.world.after(message, self.clock())
        self._tell()

    def evidence(self, sha256: str) -> bytes:
        """Some evidence.

        Raises:
            GatewayError: it cannot be had, or is not what its digest says.
        """
        with self._lock:
            if sha256 in self._stills:
                self._stills.move_to_end(sha256)
                return self._stills[sha256]
        content = self.gateway.evidence(sha256)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise GatewayError("the still is not the one that the event names: its SHA-256 differs")
        with self._lock:
            self._stills[sha256] = content
            while len(self._stills) > STILLS_KEPT:
                self._stills.popitem(last=False)
        return content

    def evidence_later(self, sha256: str) -> "Future[bytes]":
        """The same, fetched in another thread; the result raises what `evidence` raises."""
        return self._fetchers.submit(self.evidence, sha256)

    def order(self, by: str, orders: Sequence[Order]) -> list[Alert]:
        """Order something about alerts; what they have become is known here at once.

        Raises:
            GatewayError: it cannot be done, or nobody can be asked; nothing of it has happened,
                unless the answer was lost on its way.
        """
        changed = self.gateway.order_alerts(Orders(by=by, orders=tuple(orders)))
        self.know(changed)
        return changed

    def know(self, alerts: Sequence[Alert]) -> None:
        """Take in alerts that somebody asked the gateway for."""
        with self._changing:
            self.world = self.world.with_alerts(alerts, self.clock())
        self._tell()

    def order_silence(self, site: str, by: str, action: SilenceAction) -> Silence:
        """Order something about a silence of a site; raises as `order`."""
        return self.gateway.order_silence(site, SilenceOrder(by=by, action=action))

    def later(self, what: Callable[[], T]) -> "Future[T]":
        """Do something that asks the gateway, in another thread."""
        return self._clerks.submit(what)

    def _tell(self) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for callback in listeners:
            callback()

    def _run(self) -> None:
        backoff = Backoff()
        try:
            while not self._stopped.is_set():
                try:
                    self._listen(backoff)
                except (GatewayError, httpx.HTTPError, ValueError, KeyError) as error:
                    # ValueError and KeyError: a gateway of another version speaks otherwise.
                    log.warning("the live stream broke: %s", error)
                    self._lost(str(error) or type(error).__name__)
                    backoff.wait(self._stopped.wait)
        except RuntimeError:
            # So httpx complains of a client that is closed while it listens: that is `stop`.
            if not self._stopped.is_set():
                raise
        finally:
            self._lost("the dashboard stopped listening; restart `hlaska dashboards`")

    def _listen(self, backoff: Backoff) -> None:
        for message in self.gateway.subscribe(pictures=True):
            if self._stopped.is_set():
                return
            if isinstance(message, Hello):
                with self._asking:
                    if self._stopped.is_set():
                        return
                    self._learn()
                backoff.reset()
            self.take(message)

    def _lost(self, reason: str) -> None:
        if not self._stopped.is_set():
            self.take(Lost(reason=reason))

    def _learn(self) -> None:
        """Ask for what was before: it is not part of a live stream."""
        sites = self.gateway.sites()
        families = sorted({name.split(".")[0] + "." for name in KINDS})
        past = [
            stored
            for family in families
            for stored in self.gateway.events(kind=family, limit=EVENTS_KEPT)
        ]
        counts = {site.id: self._counts(site.id) for site in sites}
        lately = self.clock() - CLOSED_KEPT
        alerts = [
            *self.gateway.alerts(since=lately, limit=ALERTS_KEPT),
            *self.gateway.alerts(open_only=True, limit=ALERTS_KEPT),
        ]
        threats = self.gateway.threats()
        silences = {site.id: tuple(self.gateway.silences(site.id)) for site in sites}
        playbooks = {site.id: self.gateway.playbooks(site.id) for site in sites}
        with self._changing:
            self.world = self.world.learnt(
                sites=sites,
                past=_unique(past),
                counts=counts,
                threats=threats,
                alerts=alerts,
                silences=silences,
                playbooks=playbooks,
            )
        self._tell()

    def _counts(self, site: str) -> Counts:
        now = self.clock()
        table = self.gateway.counts(site=site, since=now - HISTORY, until=now, bin_s=BIN_S)
        return Counts.of(table.bins, bin_s=BIN_S, up_to_seq=table.up_to_seq)


def _unique(events: list[StoredEvent]) -> list[StoredEvent]:
    return list({stored.seq: stored for stored in events}.values())
