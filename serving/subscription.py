"""Listens to what is reported to the gateway, for those who make more of it."""

import logging
import threading
from collections.abc import Callable, Sequence

import httpx

from hlaska.errors import GatewayError
from hlaska.events import Event
from serving.backoff import Backoff
from serving.client import Gateway
from serving.messages import Hello, NewEvent

_LOG = logging.getLogger(__name__)


class Subscription:
    """Hands on events of the gateway, in a thread of its own, for ever.

    Args:
        name: Whose it is, for the log.
        connect: Opens a client of the gateway.
        look_back: Called once, when the connection is made: what was before may matter.
        take: Called with each event after that.
        kinds: Of these kinds alone.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Gateway],
        *,
        look_back: Callable[[Gateway], None],
        take: Callable[[Event], None],
        kinds: Sequence[str],
    ) -> None:
        self._name, self._look_back, self._take = name, look_back, take
        self._kinds = kinds
        self._gateway = connect()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"events for {name}")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End. The thread ends with the stream's next word, and does nothing until then."""
        self._closed.set()
        self._gateway.close()

    @property
    def alive(self) -> bool:
        """Whether its thread runs; when it does not, something is broken."""
        return self._thread.is_alive()

    def _run(self) -> None:
        backoff = Backoff()
        try:
            while not self._closed.is_set():
                try:
                    self._follow(backoff)
                except (GatewayError, httpx.HTTPError, ValueError, KeyError) as error:
                    # ValueError and KeyError: a gateway of another version speaks otherwise.
                    _LOG.warning("%s: the live stream broke: %s", self._name, error)
                    backoff.wait(self._closed.wait)
        except RuntimeError:
            # So httpx complains of a client that is closed while it listens: that is `close`.
            if not self._closed.is_set():
                raise

    def _follow(self, backoff: Backoff) -> None:
        looked_back = False
        for message in self._gateway.subscribe(kinds=self._kinds):
            if self._closed.is_set():
                return
            # Once a subscription: it makes up for what it loses itself.
            if isinstance(message, Hello) and not looked_back:
                self._look_back(self._gateway)
                looked_back = True
                backoff.reset()
            elif isinstance(message, NewEvent):
                self._take(message.event)
