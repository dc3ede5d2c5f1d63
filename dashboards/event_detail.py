"""Why an event fired: its still, sound, conversations and figures, and the model that said so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards.alarms import (
    Known,
    heard_by,
    heard_events,
    is_network,
    is_sound,
    part_events,
)
from dashboards.alert_words import severity_look
from dashboards.event_feed import place_words
from dashboards.flow_evidence import NO_TALKS, talk_table
from dashboards.language import translate
from dashboards.network_wording import (
    camera_of,
    figures,
    finding_words,
    network_lines,
    network_source,
    rests_on,
)
from dashboards.part import Part
from dashboards.sound_wording import (
    count_words,
    heard_words,
    note_of,
    position_words,
    redacted_words,
    sound_lines,
)
from dashboards.wording import attribute, local_time, percent, source_name, title_of
from hlaska.events import Event, Evidence
from hlaska.kinds import KINDS
from hlaska.sites import Site

NO_STILL = "This event has no still"
NO_SOUND = "No sound was kept of this event"


def evidence_of(events: Sequence[Event], family: str) -> Evidence | None:
    """Their first piece of evidence of a family of media types, such as `image/`; None without."""
    pieces = (piece for event in events for piece in event.evidence)
    return next((piece for piece in pieces if piece.media_type.startswith(family)), None)


def witnesses_of(event: Event, known: Known) -> tuple[Event, ...]:
    """The events whose evidence explains this one; none when they are not known any more.

    A located sound has no evidence of its own: its best microphone's event does, picture and sound.
    Of an attack on a video, one part has the picture, the other the conversations.
    """
    if not is_sound(event):
        return event, *part_events(event, known)
    if event.evidence or not heard_by(event):
        return (event,)
    return heard_events(event, known)[:1]


def event_facts(
    event: Event, site: Site, now: datetime, known: Known, language: str = "en"
) -> dict[str, Any]:
    """All that is written about an event, as the script wants it.

    Args:
        event: The event.
        site: Its site.
        now: The time.
        known: All events that are known, by id.
        language: What it is said in.

    Returns:
        `title`, `count`, `note`, the look, `lines` (label, text); whether it `sounds`, and `about`:
        lines on the sound that can be played, such as where it was heard; whether it `talks` (has
        conversations), its `words` and `figures` (label, text); the `camera` it concerns (`id`,
        `name`; empty for none); whether it is `pictured`.
    """

    def say(text: str, **values: object) -> str:
        return translate(text, language, **values)

    heard = heard_events(event, known)
    parts = part_events(event, known)
    camera = camera_of(event, site, parts)
    lines = [
        (say("when"), local_time(event.observed_at, site.time_zone, now=now, language=language)),
        (say("where"), _where(event, site, language)),
    ]
    if event.location is not None:
        lines.append((say("position"), position_words(event.location, language)))
    lines += [
        (say("source"), _source(event, site, language)),
        (say("confidence"), percent(event.confidence)),
    ]
    if is_sound(event):
        lines += sound_lines(event, site, heard, language)
    # A place is found by geometry from what the microphones' model said.
    if not heard_by(event):
        lines.append((say("model"), _model(event, language)))
    if is_network(event):
        lines += rests_on(event, site, parts, now, language)
        lines += network_lines(event, site, language)
    elif not is_sound(event):
        lines += [attribute(name, value, language) for name, value in event.attributes.items()]
    if event.track_id is not None:
        lines.append((say("track"), event.track_id))
    lines += [(say("kind"), event.kind), (say("event"), event.id)]
    return {
        "id": event.id,
        "title": title_of(event, language),
        "count": count_words(event, language),
        "note": note_of(event, site, known, language),
        "sounds": is_sound(event),
        "talks": is_network(event),
        "words": finding_words(event, site, language),
        "figures": figures(event, language),
        "camera": {"id": camera.id, "name": camera.name} if camera else {},
        # A finding on the network has conversations to look at; a place for a still would be empty.
        "pictured": not is_network(event)
        or evidence_of(witnesses_of(event, known), "image/") is not None,
        "about": _about(event, site, known, language),
        "lines": [list(line) for line in lines],
        **severity_look(KINDS[event.kind].severity, language),
    }


def _source(event: Event, site: Site, language: str) -> str:
    if heard_by(event):
        return f"{heard_words(event, language)} ({event.source})"
    return network_source(event, site, language)


def _model(event: Event, language: str) -> str:
    if event.model is None:
        return translate("none: a rule", language)
    name, version = event.model.name, event.model.version
    return translate("{name}, version {version}", language, name=name, version=version)


def _where(event: Event, site: Site, language: str) -> str:
    """The place; one microphone alone cannot tell more than how far away it would still hear."""
    words, place = place_words(event, site, language), event.location
    if not is_sound(event) or heard_by(event) or place is None or place.uncertainty_m == 0:
        return words
    metres = f"{place.uncertainty_m:g}"
    return translate("within {metres} m of {place}", language, metres=metres, place=words)


def _about(event: Event, site: Site, known: Known, language: str) -> list[str]:
    """Whose sound can be seen and heard, and what was taken out of it."""
    if not is_sound(event):
        return []
    witness = next(iter(witnesses_of(event, known)), None)
    if witness is None:
        return [translate("the events of its microphones are not known here any more", language)]
    heard_at = translate("as heard at {name}", language, name=source_name(witness.source, site))
    return [line for line in (heard_at, redacted_words(witness, language)) if line]


class EventDetail(Part):
    """The chosen event, with the still that explains it; Enter or a click enlarges the still.

    Of a sound, the still is its spectrogram, and below it the sound can be played. Of a finding on
    the network, there is a table of conversations.
    """

    facts = param.Dict(default={}, doc="See `event_facts`; empty when no event is chosen.")
    still = param.Bytes(default=None, allow_None=True, doc="The still, JPEG.")
    still_words = param.String(default=NO_STILL, doc="What stands there instead of a still.")
    sound = param.Bytes(default=None, allow_None=True, doc="The sound, FLAC.")
    sound_words = param.String(default=NO_SOUND, doc="What stands there instead of a sound.")
    talks = param.Dict(
        default=talk_table(None, NO_TALKS, "UTC", datetime.min),
        doc="The conversations; see `talk_table`.",
    )
    large = param.String(default="", doc="Id of the camera that is shown large already.")
    wanted = param.Event(doc="Somebody wants to see the camera of the event large.")

    _esm = "browser/event_detail.js"
    _look: ClassVar[str] = "event_detail.css"

    def _handle_msg(self, data: dict[str, Any]) -> None:
        if data.get("wanted"):
            self.wanted = True
