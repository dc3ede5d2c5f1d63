"""What happens now: the last word of each stream, and those who listen.

A listener that cannot keep up gets the newest status and picture of each stream, never a backlog.
Events are not handed over here: a listener is only told that there are new ones and reads them
from the journal, so that none can be missed.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from hlaska.tracks import SILENT_S, StreamStatus
from serving.messages import NewPicture, NewStatus

Key = tuple[str, str]


class Listener:
    """One open live stream."""

    def __init__(self, *, pictures: bool) -> None:
        self.pictures = pictures
        self._news = asyncio.Event()
        self._messages: dict[tuple[str, Key], str] = {}
        self._events = False

    def tell(self, what: str, key: Key, message: str) -> None:
        """Replace the waiting message about one stream."""
        if what == "picture" and not self.pictures:
            return
        self._messages[what, key] = message
        self._news.set()

    def tell_of_events(self) -> None:
        """Say that the journal has grown."""
        self._events = True
        self._news.set()

    def take(self) -> tuple[bool, list[str]]:
        """Whether there are new events, and the waiting messages."""
        events, messages = self._events, list(self._messages.values())
        self._events = False
        self._messages.clear()
        self._news.clear()
        return events, messages

    async def wait(self, timeout_s: float) -> bool:
        """Wait for news; False when there were none."""
        try:
            await asyncio.wait_for(self._news.wait(), timeout_s)
        except TimeoutError:
            return False
        return True


class Live:
    """The last word of every stream. All of it belongs to one event loop."""

    def __init__(self) -> None:
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

    def tell_of_events(self) -> None:
        """Say that the journal has grown."""
        for listener in self._listeners:
            listener.tell_of_events()

    @contextmanager
    def listen(self, *, pictures: bool) -> Iterator[Listener]:
        """A listener, who is first told the last word of every stream."""
        listener = Listener(pictures=pictures)
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
