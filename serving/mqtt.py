"""Alerts of a foreign detector that come over MQTT: a thread that never ends by itself.

NOTHING IS LOST BETWEEN BROKER AND SPOOL. We subscribe with QoS 1 in a session that the broker keeps
under a stable name (MQTT 3.1.1, section 3.1.2.4): what is published while we are away waits there.
And a message is acknowledged only when its event is in the spool. paho-mqtt acknowledges when its
callback returns, aiomqtt puts messages in a queue inside that callback; so our queue
(`_inbox_of`) keeps nothing but hands each message over at once. A process that dies before the
acknowledgement gets the message again, and the journal knows the event's id.

What others must do: the detector publishes with QoS 1, and the broker keeps its sessions on disk
(Mosquitto: `persistence true`), or they end with it. A Mosquitto that is restarted in good order
loses nothing; one that is killed forgets what it has acknowledged but not yet handed on.
"""

import asyncio
import logging
import os
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from hlaska.detectors import ForeignDetector
from hlaska.errors import EventError, SourceError
from hlaska.sites import Site
from hlaska.tracks import StreamState, StreamStatus
from serving.alert_desk import MOST_ALERTS, AlertDesk
from serving.backoff import Backoff
from serving.connection import Connection, Patience
from serving.foreign import START_OF_UNIX_TIME
from serving.health import HEALTH_KINDS
from serving.messages import items_in
from serving.outbox import Outbox

_LOG = logging.getLogger(__name__)

STATUS_EVERY_S = 0.5
HEALTHY_SPELL_S = 10.0
"""After so long with a broker the next reconnect is quick again."""
KEEPALIVE_S = 10
"""A broker that is silent for so long is asked; one that does not answer is lost."""
ANSWER_WITHIN_S = 5.0
MOST_BYTES = 1_000_000
"""Of one message."""
CATCH_UP_S = 30.0
"""So long after a connection messages may come that had waited for us in the broker."""
LONGEST_WAIT = timedelta(days=7)
"""A message that waits longer while we are not even running is not believed its time."""


class ForeignFeed:
    """Fetches the alerts of one foreign detector from its broker.

    Args:
        site: The site.
        detector: The detector; it has `mqtt`.
        outbox: Where events and statuses go.
        patience: How long the broker may be away before the feed is called lost.

    Raises:
        SourceError: the detector has no `mqtt`.
    """

    def __init__(
        self,
        site: Site,
        detector: ForeignDetector,
        outbox: Outbox,
        *,
        patience: Patience | None = None,
    ) -> None:
        if detector.mqtt is None:
            raise SourceError(f"{detector.id} has no mqtt: it sends its alerts to the gateway")
        self.detector = detector
        self.epoch = datetime.now(UTC)
        self._site = site
        self._feed = detector.mqtt
        self._outbox = outbox
        self._desk = AlertDesk(site, detector)
        self._connection = Connection(patience or Patience(), time.monotonic())
        self._connected_at: datetime | None = None
        self._away_since: datetime | None = None
        self._last_message_at: datetime | None = None
        self._unreadable = 0
        self._trouble = ""
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"feed {detector.id}")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End. What is published from now on waits in the broker."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2 * ANSWER_WITHIN_S)

    @property
    def alive(self) -> bool:
        """Whether the thread runs; otherwise something is broken."""
        return self._thread.is_alive()

    def status(self) -> StreamStatus:
        """How it does now. `dropped` counts the alerts that could not be read."""
        return StreamStatus(
            site=self._site.id,
            source=self.detector.id,
            state=self._connection.state,
            reason=(self._connection.reason or self._trouble)[:500],
            epoch=self.epoch,
            at=datetime.now(UTC),
            last_frame_at=self._last_message_at,
            dropped=self._unreadable,
            waiting=self._outbox.waiting,
            detector=f"{self.detector.vendor}, alerts only",
        )

    def _run(self) -> None:
        asyncio.run(self._keep_going())

    async def _keep_going(self) -> None:
        ended = asyncio.Event()
        backoff = Backoff()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._tell(ended))
            while not ended.is_set():
                begun_s = time.monotonic()
                try:
                    await self._listen(ended)
                # A host name that cannot be one is a ValueError, when it is looked up.
                except (aiomqtt.MqttError, SourceError, ValueError) as error:
                    self._lose(self._explained(error))
                if time.monotonic() - begun_s > HEALTHY_SPELL_S:
                    backoff.reset()
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), backoff.next_s())

    async def _tell(self, ended: asyncio.Event) -> None:
        while not self._closed.is_set():
            now_s = time.monotonic()
            if self._connected_at is not None:
                self._change(self._connection.frame(now_s))
            elif self._connection.state is StreamState.RECONNECTING:
                self._change(self._connection.failed(now_s, self._connection.reason))
            self._outbox.status(self.status())
            await asyncio.sleep(STATUS_EVERY_S)
        ended.set()

    async def _listen(self, ended: asyncio.Event) -> None:
        """One connection, from its beginning to its end."""
        async with self._client() as client:
            granted = await client.subscribe(self._feed.topic, qos=1)
            if any(not isinstance(code, int) and code.is_failure for code in granted):
                raise SourceError(
                    f"the broker does not let us read {self._feed.topic} (mqtt.topic)"
                )
            self._connected_at = datetime.now(UTC)
            self._change(self._connection.frame(time.monotonic()))
            # Nothing ever comes out of the queue: waiting for it ends when the connection does.
            lost = asyncio.ensure_future(anext(client.messages))
            over = asyncio.ensure_future(ended.wait())
            try:
                await asyncio.wait({lost, over}, return_when=asyncio.FIRST_COMPLETED)
                if lost.done():
                    lost.result()
            finally:
                lost.cancel()
                over.cancel()

    def _client(self) -> aiomqtt.Client:
        feed = self._feed
        password = None
        if feed.password_variable is not None:
            password = os.environ.get(feed.password_variable)
            if password is None:
                raise SourceError(
                    f"the variable {feed.password_variable} is not set; put the password of "
                    f"{feed.username} at {feed.host} there and start again"
                )
        return aiomqtt.Client(
            feed.host,
            feed.port,
            username=feed.username,
            password=password,
            identifier=feed.client_id or f"hlaska-{self._site.id}-{self.detector.id}",
            clean_session=False,
            protocol=aiomqtt.ProtocolVersion.V311,
            keepalive=KEEPALIVE_S,
            timeout=ANSWER_WITHIN_S,
            tls_context=ssl.create_default_context() if feed.tls else None,
            queue_type=_inbox_of(self._take),
        )

    def _take(self, message: aiomqtt.Message) -> None:
        """Into the spool with a message; when this returns, the broker is told that we have it."""
        if not message.topic.matches(self._feed.topic):
            # The broker keeps our session: what an earlier site file asked for still comes.
            _LOG.debug("%s: %s is none of our topics", self.detector.id, message.topic)
            return
        now = datetime.now(UTC)
        self._last_message_at = now
        try:
            alerts = _alerts(message.payload)
        except EventError as error:
            taken = self._desk.refuse(str(error), now)
        else:
            taken = self._desk.take(alerts, now, waited_since=self._waited_since(message, now))
        for event in (*taken.alerts, *taken.health):
            self._outbox.event(event, {})
        self._desk.remember(taken)
        if taken.refused:
            self._unreadable += len(taken.refused)
            last = taken.refused[-1]
            self._trouble = f"{self._unreadable} alerts could not be read; the last: {last}"
            # What was said already is said more quietly.
            level = logging.WARNING if taken.health else logging.DEBUG
            _LOG.log(level, "%s: %s: %s", self.detector.id, message.topic, last)

    def _waited_since(self, message: aiomqtt.Message, now: datetime) -> datetime | None:
        """Since when a message may have waited in the broker; None: it came at once."""
        if message.retain:  # the last word on its topic, however old
            return START_OF_UNIX_TIME
        caught_up_s = timedelta(seconds=CATCH_UP_S)
        if self._connected_at is not None and now - self._connected_at > caught_up_s:
            return None
        return self._away_since or now - LONGEST_WAIT

    def _lose(self, reason: str) -> None:
        _LOG.warning("%s: %s", self.detector.id, reason)
        if self._connected_at is not None:
            self._connected_at = None
            # It may have been gone for as long as it takes to notice.
            self._away_since = datetime.now(UTC) - timedelta(seconds=2 * KEEPALIVE_S)
        self._change(self._connection.failed(time.monotonic(), reason))

    def _explained(self, error: Exception) -> str:
        """What is wrong with the connection, and what to do."""
        if isinstance(error, SourceError):
            return str(error)
        feed = self._feed
        broker = f"the broker at {feed.host}:{feed.port}"
        if isinstance(error, MqttConnectError):
            secret = f" and the password in {feed.password_variable}" * bool(feed.password_variable)
            return f"{broker} refuses us: {error}; check mqtt.username ({feed.username}){secret}"
        cause = f": {error.__cause__}" if error.__cause__ else ""
        return f"{broker} cannot be reached: {error}{cause}"

    def _change(self, connection: Connection) -> None:
        before, self._connection = self._connection, connection
        # The first connection of a feed is nothing to report.
        first = (before.state, connection.state) == (StreamState.CONNECTING, StreamState.HEALTHY)
        if before.state is connection.state or first:
            return
        reason = connection.reason or "the broker is there again"
        kind = HEALTH_KINDS[connection.state]
        self._outbox.event(self._desk.health(kind, connection.state, reason, datetime.now(UTC)), {})


def _inbox_of(take: Callable[[aiomqtt.Message], None]) -> type[asyncio.Queue[aiomqtt.Message]]:
    """A queue that keeps nothing: it hands over what is put into it."""

    class Inbox(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, message: aiomqtt.Message) -> None:
            take(message)

    return Inbox


def _alerts(payload: bytes) -> list[Any]:
    if len(payload) > MOST_BYTES:
        raise EventError(f"a message of {len(payload):,} bytes; at most {MOST_BYTES:,}")
    alerts = items_in(payload)
    if len(alerts) > MOST_ALERTS:
        raise EventError(f"a message with {len(alerts):,} alerts; at most {MOST_ALERTS} at a time")
    return alerts
