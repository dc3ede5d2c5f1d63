"""A piece of evidence that is brought in the background, and what stands in its place meanwhile."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from dashboards.event_detail import evidence_of
from dashboards.feed import Feed
from dashboards.language import translate
from hlaska.errors import GatewayError
from hlaska.events import Event

FETCHING = "is being fetched …"
FAILED = "It cannot be shown: {why}"


class Fetched:
    """What is wanted of one kind, and what of it has come; the same is never fetched again.

    Args:
        feed: Where to get it.
        notify: Called, in another thread, when it has come.
        family: Of media types, such as `image/`.
    """

    def __init__(self, feed: Feed, notify: Callable[[], None], family: str) -> None:
        self._feed, self._notify, self._family = feed, notify, family
        self._digest: str | None = None
        self._future: Future[bytes] | None = None

    def want(self, events: Sequence[Event]) -> None:
        """Fetch the first piece that those events have; none are wanted any more without one."""
        evidence = evidence_of(events, self._family)
        digest = None if evidence is None else evidence.sha256
        if digest == self._digest:
            return
        self._digest, self._future = digest, None
        if digest is not None:
            self._future = self._feed.evidence_later(digest)
            self._future.add_done_callback(lambda _: self._notify())

    def got(self, language: str = "en") -> tuple[bytes | None, str]:
        """What has come, or what to say instead; no words where nothing is wanted."""
        if self._future is None:
            return None, ""
        if not self._future.done():
            return None, translate(FETCHING, language)
        try:
            return self._future.result(), ""
        except GatewayError as error:
            return None, translate(FAILED, language, why=error)
