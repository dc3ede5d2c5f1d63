"""The still and the sound of the chosen event, fetched in the background."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future

from dashboards.alarms import is_sound
from dashboards.event_detail import NO_SOUND, NO_STILL, EventDetail, evidence_of
from dashboards.feed import Feed
from hlaska.errors import GatewayError
from hlaska.events import Event


class _Piece:
    """One kind of evidence: what is wanted, and what of it has come."""

    def __init__(self, name: str, family: str, *, nothing: str, loading: str, failed: str) -> None:
        self.name, self.family = name, family
        self.nothing, self.loading, self.failed = nothing, loading, failed
        self.digest: str | None = None
        self.fetching: Future[bytes] | None = None


def _missing(piece: _Piece, event: Event | None) -> str:
    """What to say of evidence that an event does not have: why, where the event says so.

    Another maker's detector sends none, and its events' reason is that of their place.
    """
    ours = event is not None and is_sound(event) and "vendor" not in event.attributes
    reason = event.attributes.get("reason") if event is not None and ours else None
    return f"{piece.nothing}: {reason}" if reason else piece.nothing


class ChosenEvidence:
    """Brings an event's evidence to the part that shows it.

    Evidence that is shown already stays, so that nothing flickers and a sound plays on when a
    located event takes the place of its microphone's.

    Args:
        feed: Where to get it.
        detail: The part.
        notify: Called, in another thread, when something has come; then call `show`.
    """

    def __init__(self, feed: Feed, detail: EventDetail, notify: Callable[[], None]) -> None:
        self._feed, self._detail, self._notify = feed, detail, notify
        self._pieces = (
            _Piece("still", "image/", nothing=NO_STILL, loading="The still is being fetched …",
                   failed="The still cannot be shown"),
            _Piece("sound", "audio/", nothing=NO_SOUND, loading="The sound is being fetched …",
                   failed="The sound cannot be played"),
        )  # fmt: skip

    def want(self, event: Event | None) -> None:
        """Show the evidence of that event as soon as it has come; None: there is none."""
        for piece in self._pieces:
            evidence = None if event is None else evidence_of(event, piece.family)
            digest = None if evidence is None else evidence.sha256
            if digest is not None and digest == piece.digest:
                continue
            piece.digest, piece.fetching = digest, None
            if digest is None:
                self._tell(piece, None, _missing(piece, event))
            else:
                self._tell(piece, None, piece.loading)
                piece.fetching = self._feed.evidence_later(digest)
                piece.fetching.add_done_callback(lambda _: self._notify())

    def show(self) -> None:
        """Show what has come."""
        for piece in self._pieces:
            if piece.fetching is None or not piece.fetching.done():
                continue
            fetched, piece.fetching = piece.fetching, None
            try:
                self._tell(piece, fetched.result(), "")
            except GatewayError as error:
                self._tell(piece, None, f"{piece.failed}: {error}")

    def _tell(self, piece: _Piece, content: bytes | None, words: str) -> None:
        told: Mapping[str, object] = {piece.name: content, f"{piece.name}_words": words}
        self._detail.param.update(**told)
