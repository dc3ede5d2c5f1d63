"""The still, the sound and the conversations of the chosen event, fetched in the background."""

from collections.abc import Callable, Sequence

from dashboards.alarms import is_sound
from dashboards.event_detail import NO_SOUND, NO_STILL, EventDetail
from dashboards.feed import Feed
from dashboards.fetched import Fetched
from dashboards.flow_evidence import NO_TALKS
from dashboards.language import translate
from hlaska.events import Event
from hlaska.network.evidence import MEDIA_TYPE

Tell = Callable[[bytes | None, str], object]
"""Called with what has come, or with None and what to say instead."""


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
        self._still, self._sound, self._talks = (
            Fetched(feed, notify, family) for family in ("image/", "audio/", MEDIA_TYPE)
        )
        self._detail, self._tell = detail, talks
        self._events: tuple[Event, ...] = ()
        self._told: tuple[bytes | None, str] | None = None

    def want(self, events: Sequence[Event], language: str = "en") -> None:
        """Show the evidence of those events as soon as it has come: of each kind the first."""
        self._events = tuple(events)
        for piece in (self._still, self._sound, self._talks):
            piece.want(events)
        self.show(language)

    def show(self, language: str = "en") -> None:
        """Show what has come, and of the rest why it has not."""
        still, still_words = self._got(self._still, NO_STILL, language)
        sound, sound_words = self._got(self._sound, NO_SOUND, language)
        self._detail.param.update(
            still=still, still_words=still_words, sound=sound, sound_words=sound_words
        )
        told = self._got(self._talks, NO_TALKS, language)
        if told != self._told:
            self._told = told
            self._tell(*told)

    def forget(self) -> None:
        """Tell of the conversations anew, whatever was told of them."""
        self._told = None

    def _got(self, piece: Fetched, nothing: str, language: str) -> tuple[bytes | None, str]:
        content, words = piece.got(language)
        if content is not None or words:
            return content, words
        return None, _missing(nothing, self._events, language)


def _missing(nothing: str, events: Sequence[Event], language: str) -> str:
    """What to say of evidence that an event does not have: why, where the event says so.

    Another maker's detector sends none, and its events' reason is that of their place.
    """
    event = next(iter(events), None)
    ours = event is not None and is_sound(event) and "vendor" not in event.attributes
    reason = event.attributes.get("reason") if event is not None and ours else None
    words = translate(nothing, language)
    return f"{words}: {translate(str(reason), language)}" if reason else words
