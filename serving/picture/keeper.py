"""Keeps the picture of a site up to date, in a thread of its own, whatever else fails meanwhile."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from catalogs.journal import Journal
from hlaska.errors import GatewayError, HlaskaError
from hlaska.sites import Site
from hlaska.threat.levels import Threats
from hlaska.tracks import SILENT_S, StreamState, StreamStatus
from serving.backoff import Backoff
from serving.client import Gateway
from serving.picture.picture import Picture

_LOG = logging.getLogger(__name__)

LOOKS_S = 0.1
"""How often the journal is asked for its newest event. That costs less than having every event
sent once more, and goes on while the gateway is away."""
STEP_S = 0.5
"""A step is made so often even when there is no event: levels fall, alerts escalate."""
TELLS_S = 2.0
"""The gateway is told so often even when nothing changed."""
ASKS_S = 1.0
"""How often the gateway is asked which sensors work."""
MOST_PAGES = 10
"""Of a long backlog, so many are read before the gateway is told how far one is."""


def works(status: StreamStatus, now: datetime) -> bool:
    """Whether what a sensor says, and does not say, can be trusted now.

    It is heard and healthy, sheds no frames, hears well, and looks at all flows.
    """
    return (
        status.state is StreamState.HEALTHY
        and not status.overloaded
        and (status.sound is None or not status.sound.condition)
        and (status.network is None or status.network.sampled == 1)
        and (now - status.at).total_seconds() <= SILENT_S
    )


def working(statuses: Iterable[StreamStatus], site: str, now: datetime) -> frozenset[str]:
    """The sensors of a site that can be trusted now."""
    return frozenset(one.source for one in statuses if one.site == site and works(one, now))


class Keeper:
    """Makes step after step of a picture, and tells the gateway.

    Args:
        site: The site.
        picture: Its picture; nobody else uses it.
        journal: Where its events are.
        gateway: Who is asked which sensors work, and told the levels. Closed at the end.
        clock: Tells the time, UTC.
    """

    def __init__(
        self,
        site: Site,
        picture: Picture,
        journal: Journal,
        gateway: Gateway,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._site, self._picture, self._journal = site, picture, journal
        self._gateway, self._clock = gateway, clock
        self._closed = threading.Event()
        self._statuses: list[StreamStatus] = []
        self._seen = -1
        self._told: object = None
        self._stepped_s = self._told_s = self._asked_s = float("-inf")
        self._away_until_s = float("-inf")
        self._distance = Backoff(longest_s=5.0)
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"picture of {site.id}")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, after the step that is being made."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        self._gateway.close()

    @property
    def alive(self) -> bool:
        """Whether its thread runs; when it does not, something is broken."""
        return self._thread.is_alive()

    def _run(self) -> None:
        backoff = Backoff(longest_s=5.0)
        while not self._closed.is_set():
            try:
                self._look()
                backoff.reset()
                self._closed.wait(LOOKS_S)
            except HlaskaError as error:
                # The journal is away, locked or damaged: what it holds is not lost. That no levels
                # come meanwhile is told by the gateway.
                _LOG.warning("the picture of %s waits: %s", self._site.id, error)
                backoff.wait(self._closed.wait)

    def _look(self) -> None:
        """Make a step if there is a reason for one."""
        newest = self._journal.last_seq()
        due = time.monotonic() - self._stepped_s >= STEP_S
        if newest == self._seen and not due and not self._picture.behind:
            return
        now = self._clock()
        self._ask()
        threats = self._picture.step(
            now, working(self._statuses, self._site.id, now), most_pages=MOST_PAGES
        )
        self._stepped_s, self._seen = time.monotonic(), newest
        self._tell(threats)

    def _ask(self) -> None:
        """Ask which sensors work; what they last said holds until it is too old."""
        if time.monotonic() - self._asked_s >= ASKS_S:
            self._asked_s = time.monotonic()
            with self._gateway_may_be_away() as is_there:
                if is_there:
                    self._statuses = self._gateway.streams()

    def _tell(self, threats: Threats) -> None:
        """Tell the gateway, when something is new or it has not heard for a while."""
        levels = [(one.level, one.known) for one in (threats.whole, *threats.zones)]
        news = (levels, threats.up_to_seq, self._picture.rev)
        if news == self._told and time.monotonic() - self._told_s < TELLS_S:
            return
        with self._gateway_may_be_away() as is_there:
            if is_there:
                self._gateway.send_threats(threats)
                self._told, self._told_s = news, time.monotonic()

    @contextmanager
    def _gateway_may_be_away(self) -> Iterator[bool]:
        """Whether to ask the gateway now: one that did not answer is left alone for a while."""
        if time.monotonic() < self._away_until_s:
            yield False
            return
        try:
            yield True
            self._distance.reset()
        except (GatewayError, ValueError) as error:
            # ValueError: a gateway of another version answers otherwise.
            self._away_until_s = time.monotonic() + self._distance.next_s()
            _LOG.warning("the picture of %s is kept without the gateway: %s", self._site.id, error)
