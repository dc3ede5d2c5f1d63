"""What happens now: the last word of each stream, the levels of each site, and those who listen.

A listener that cannot keep up gets the newest status and picture of each stream, never a backlog.
Events and alerts are not handed over here: a listener is only told that there are new ones and
reads them from the journal, so that none can be missed.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hlaska.alerts.silences import Silence
from hlaska.threat.levels import Threats
from hlaska.tracks import SILENT_S, StreamStatus
from serving.messages import NewPicture, NewSilences, NewStatus, NewThreats

LATE_S = 10.0
"""A picture of threats that was not reported for so long is late: it comes every two seconds."""

Key = tuple[str, str]


class News(NamedTuple):
    """What there is for a listener."""

    events: bool
    """Whether the journal has new events."""
    alerts: bool
    """Whether alerts have changed."""
    messages: list[str]
    """The newest word about all else that has changed."""


class Listener:
    """One open live stream.

    Args:
        pictures: Whether it is told of pictures.
        events_alone: Whether it is told of events only.
    """

    def __init__(self, *, pictures: bool, events_alone: bool = False) -> None:
        self._pictures, self._events_alone = pictures, events_alone
        self._news = asyncio.Event()
        self._messages: dict[tuple[str, Key], str] = {}
        self._events = self._alerts = False

    def tell(self, what: str, key: Key, message: str) -> None:
        """Replace the waiting message about one stream or site."""
        if self._events_alone or (what == "picture" and not self._pictures):
            return
        self._messages[what, key] = message
        self._news.set()

    def tell_of_events(self) -> None:
        """Say that the journal has grown."""
        self._events = True
        self._news.set()

    def tell_of_alerts(self) -> None:
        """Say that alerts have changed."""
        if not self._events_alone:
            self._alerts = True
            self._news.set()

    def take(self) -> News:
        """What is new since the last time."""
        news = News(self._events, self._alerts, list(self._messages.values()))
        self._events = self._alerts = False
        self._messages.clear()
        self._news.clear()
        return news

    async def wait(self, timeout_s: float) -> bool:
        """Wait for news; False when there were none."""
        try:
            await asyncio.wait_for(self._news.wait(), timeout_s)
        except TimeoutError:
            return False
        return True


class Live:
    """The last word of every stream and picture. All of it belongs to one event loop.

    Args:
        pictured: Sites whose threats are expected to be reported from now on; of others they are
            from the first report on.
    """

    def __init__(self, pictured: Iterable[str] = ()) -> None:
        now = datetime.now(UTC)
        self._threats: dict[str, Threats] = {}
        self._silences: dict[str, tuple[Silence, ...]] = {}
        self._pictured = dict.fromkeys(pictured, now)
        self._statuses: dict[Key, StreamStatus] = {}
        self._pictures: dict[Key, NewPicture] = {}
        self._messages: dict[tuple[str, Key], str] = {}
        self._listeners: set[Listener] = set()

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def statuses(self) -> list[StreamStatus]:
        """The last status of every stream."""
        return [self._statuses[key] for key in sorted(self._statuses)]

    def reporting(self, now: datetime | None = None) -> list[StreamStatus]:
        """The streams that have reported lately."""
        oldest = (now or datetime.now(UTC)) - timedelta(seconds=SILENT_S)
        return [status for status in self.statuses() if status.at >= oldest]

    def picture(self, key: Key) -> NewPicture | None:
        """The newest picture of a camera."""
        return self._pictures.get(key)

    def set_status(self, status: StreamStatus) -> None:
        """Take in the status of a stream."""
        key = (status.site, status.source)
        self._statuses[key] = status
        self._tell("status", key, NewStatus(status=status).model_dump_json())

    def set_picture(self, picture: NewPicture) -> None:
        """Take in the picture of a camera."""
        key = (picture.site, picture.source)
        self._pictures[key] = picture
        self._tell("picture", key, picture.model_dump_json())

    def threats(self) -> list[Threats]:
        """The last picture of every site that has one."""
        return [self._threats[site] for site in sorted(self._threats)]

    def late(self, now: datetime | None = None) -> list[str]:
        """The sites whose threats should have been reported lately, but were not."""
        oldest = (now or datetime.now(UTC)) - timedelta(seconds=LATE_S)
        return [site for site, heard_at in sorted(self._pictured.items()) if heard_at < oldest]

    def set_threats(self, threats: Threats, now: datetime | None = None) -> None:
        """Take in how threatened a site is.

        Args:
            threats: Its picture.
            now: When it came, aware; by this gateway's clock, as others may be off.
        """
        self._pictured[threats.site] = now or datetime.now(UTC)
        self._threats[threats.site] = threats
        self._tell("threats", (threats.site, ""), NewThreats(threats=threats).model_dump_json())

    def set_silences(self, site: str, silences: Sequence[Silence]) -> None:
        """Take in all that is silenced at a site; told on when it differs from the last time."""
        if self._silences.get(site) != tuple(silences):
            self._silences[site] = tuple(silences)
            message = NewSilences(site=site, silences=tuple(silences))
            self._tell("silences", (site, ""), message.model_dump_json())

    def tell_of_events(self) -> None:
        """Say that the journal has grown."""
        for listener in self._listeners:
            listener.tell_of_events()

    def tell_of_alerts(self) -> None:
        """Say that alerts have changed."""
        for listener in self._listeners:
            listener.tell_of_alerts()

    @contextmanager
    def listen(self, *, pictures: bool, events_alone: bool = False) -> Iterator[Listener]:
        """A listener, who is first told the last word of every stream and site."""
        listener = Listener(pictures=pictures, events_alone=events_alone)
        for (what, key), message in self._messages.items():
            listener.tell(what, key, message)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def _tell(self, what: str, key: Key, message: str) -> None:
        self._messages[what, key] = message
        for listener in self._listeners:
            listener.tell(what, key, message)
