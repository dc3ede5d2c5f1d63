"""Listens to what the microphones of a site report, and says where it was.

The gateway's live stream brings the reports; when no more can be under way, they are matched and
placed (`located`), and what comes of it goes into the outbox like any other event.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hlaska.events import Event
from hlaska.sites import SOUND_LOCATOR, Site
from serving.audio.located import KINDS, Finder
from serving.client import Gateway
from serving.outbox import Outbox
from serving.subscription import Subscription

_LOG = logging.getLogger(__name__)

MARGIN_S = 1.5
"""After the sound itself has come to all, so much for windows to be scored and sent."""
LONGEST_WAIT_S = 15.0
"""After the first report: a site that never falls silent must not wait for ever."""
LOOKED_BACK_S = 60.0
"""What was reported so long before the start may not yet have been placed."""
KEPT = 10_000
"""Reports remembered so that none is used twice."""


class Locator:
    """The places of one site's shots, explosions and breaking windows.

    Args:
        site: The site.
        connect: Opens a client of the gateway.
        outbox: Where located events go.
        margin_s: How long to wait for a report after its sound could have come.
        clock: Tells the time, UTC.
    """

    def __init__(
        self,
        site: Site,
        connect: Callable[[], Gateway],
        outbox: Outbox,
        *,
        margin_s: float = MARGIN_S,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._site = site
        self._finder = Finder(site)
        self._reports = Subscription(
            f"locator of {site.id}",
            connect,
            look_back=self._look_back,
            take=self._take,
            kinds=KINDS,
        )
        self._outbox = outbox
        self._wait_s = self._finder.way_s + margin_s
        self._clock = clock
        self._closed = threading.Event()
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._waiting: dict[str, tuple[float, Event]] = {}
        self._used: dict[str, None] = {}
        self._thread = threading.Thread(target=self._place, daemon=True, name=f"locator {site.id}")

    def start(self) -> None:
        """Begin."""
        self._reports.start()
        self._thread.start()

    def close(self) -> None:
        """End; nothing is sent any more. What waits is found again by the next start."""
        self._closed.set()
        self._news.set()
        self._reports.close()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    @property
    def alive(self) -> bool:
        """Whether its threads run; when they do not, something is broken."""
        return self._thread.is_alive() and self._reports.alive

    def _look_back(self, gateway: Gateway) -> None:
        """Take in what came just before the start, but for what has already been placed."""
        since = self._clock() - timedelta(seconds=LOOKED_BACK_S)
        past = [
            stored
            for kind in KINDS
            for stored in gateway.events(site=self._site.id, kind=kind, since=since, limit=1000)
        ]
        with self._lock:
            for stored in past:
                if stored.event.source == SOUND_LOCATOR:
                    self._use(
                        [each.event.id for each in past if self._finder.was_used(each, stored)]
                    )
        for stored in past:
            self._take(stored.event)

    def _take(self, event: Event) -> None:
        if not self._finder.uses(event):
            return
        with self._lock:
            if event.id not in self._used:
                self._waiting.setdefault(event.id, (time.monotonic(), event))
        self._news.set()

    def _use(self, ids: list[str]) -> None:
        self._used |= dict.fromkeys(ids)
        while len(self._used) > KEPT:
            del self._used[next(iter(self._used))]

    def _place(self) -> None:
        while not self._closed.is_set():
            # Cleared before looking: a report that comes in between sets it again.
            self._news.clear()
            due, pause_s = self._due(time.monotonic())
            for events in due:
                for event in self._finder.located(events):
                    if not self._closed.is_set():
                        self._outbox.event(event, {})
            self._news.wait(pause_s)

    def _due(self, now_s: float) -> tuple[list[list[Event]], float | None]:
        """Reports for which no more are to come, and how long to wait for the next; None: long."""
        due = []
        pauses_s = []
        with self._lock:
            self._waiting = {k: v for k, v in self._waiting.items() if k not in self._used}
            for group in self._finder.together(event for _, event in self._waiting.values()):
                times_s = [self._waiting[event.id][0] for event in group]
                ready_s = min(max(times_s) + self._wait_s, min(times_s) + LONGEST_WAIT_S)
                if ready_s > now_s:
                    pauses_s.append(ready_s - now_s)
                    continue
                due.append(group)
                self._use([event.id for event in group])
                for event in group:
                    del self._waiting[event.id]
        return due, min(pauses_s, default=None)
