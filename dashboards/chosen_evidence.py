"""The still, the sound and the conversations of the chosen event, fetched in the background."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from dashboards.alarms import is_sound
from dashboards.event_detail import NO_SOUND, NO_STILL, EventDetail, evidence_of
from dashboards.feed import Feed
from dashboards.flow_evidence import NO_TALKS
from hlaska.errors import GatewayError
from hlaska.events import Event
from hlaska.network.evidence import MEDIA_TYPE

Tell = Callable[[bytes | None, str], object]
"""Called with what has come, or with None and what to say instead."""


class _Piece:
    """One kind of evidence: what is wanted, and what of it has come."""

    def __init__(self, family: str, tell: Tell, *, nothing: str, loading: str, failed: str) -> None:
        self.family, self.tell = family, tell
        self.nothing, self.loading, self.failed = nothing, loading, failed
        self.digest: str | None = None
        self.fetching: Future[bytes] | None = None


def _missing(piece: _Piece, events: Sequence[Event]) -> str:
    """What to say of evidence that an event does not have: why, where the event says so.

    Another maker's detector sends none, and its events' reason is that of their place.
    """
    event = next(iter(events), None)
    ours = event is not None and is_sound(event) and "vendor" not in event.attributes
    reason = event.attributes.get("reason") if event is not None and ours else None
    return f"{piece.nothing}: {reason}" if reason else piece.nothing


class ChosenEvidence:
    """Brings an event's evidence to those that show it.

    Evidence that is shown already stays, so that nothing flickers and a sound plays on when a
    located event takes the place of its microphone's.

    Args:
        feed: Where to get it.
        detail: Shows still and sound.
        talks: Shows conversations.
        notify: Called, in another thread, when something has come; then call `show`.
    """

    def __init__(
        self, feed: Feed, detail: EventDetail, talks: Tell, notify: Callable[[], None]
    ) -> None:
        self._feed, self._notify = feed, notify

        def still(content: bytes | None, words: str) -> None:
            detail.param.update(still=content, still_words=words)

        def sound(content: bytes | None, words: str) -> None:
            detail.param.update(sound=content, sound_words=words)

        self._pieces = (
            _Piece("image/", still, nothing=NO_STILL, loading="The still is being fetched …",
                   failed="The still cannot be shown"),
            _Piece("audio/", sound, nothing=NO_SOUND, loading="The sound is being fetched …",
                   failed="The sound cannot be played"),
            _Piece(MEDIA_TYPE, talks, nothing=NO_TALKS,
                   loading="The conversations are being fetched …",
                   failed="The conversations cannot be shown"),
        )  # fmt: skip

    def want(self, events: Sequence[Event]) -> None:
        """Show the evidence of those events as soon as it has come: of each kind the first."""
        for piece in self._pieces:
            evidence = evidence_of(events, piece.family)
            digest = None if evidence is None else evidence.sha256
            if digest is not None and digest == piece.digest:
                continue
            piece.digest, piece.fetching = digest, None
            if digest is None:
                piece.tell(None, _missing(piece, events))
            else:
                piece.tell(None, piece.loading)
                piece.fetching = self._feed.evidence_later(digest)
                piece.fetching.add_done_callback(lambda _: self._notify())

    def show(self) -> None:
        """Show what has come."""
        for piece in self._pieces:
            if piece.fetching is None or not piece.fetching.done():
                continue
            fetched, piece.fetching = piece.fetching, None
            try:
                piece.tell(fetched.result(), "")
            except GatewayError as error:
                piece.tell(None, f"{piece.failed}: {error}")
