"""How sounds are said to a dispatcher: shots, microphones, distances, and what is not real."""

import math

import numpy as np

from dashboards.alarms import (
    Known,
    heard_by,
    is_sound,
    microphones_of,
    part_events,
    parts_of,
)
from dashboards.language import translate, written
from dashboards.wording import attribute, place_of, sensors_of, source_name
from hlaska.events import Ellipse, Event, Location
from hlaska.microphones import Microphone
from hlaska.sites import Site

_MANY = {
    "audio.gunshot": "{count} shots",
    "audio.explosion": "{count} blasts",
    "audio.scream": "{count} screams",
    "audio.glass-break": "{count} breaks",
}
_AXES = ("north–south", "north-east–south-west", "east–west", "south-east–north-west")
"""Of an axis with a bearing of 0, 45, 90 and 135 degrees."""
_TOLD = {
    "count",
    "heard_by",
    "microphones",
    "onsets_s",
    "redacted_s",
    "windows_agreed",
    "windows_asked",
}
"""Attributes that are said in sentences here."""


def count_words(event: Event, language: str = "en") -> str:
    """How often it sounded, such as "3 shots"; nothing for once."""
    count = event.attributes.get("count", 1)
    if not is_sound(event) or not isinstance(count, int) or count < 2:
        return ""
    return translate(_MANY.get(event.kind, "{count} times"), language, count=count)


def heard_words(event: Event, language: str = "en") -> str:
    """How many microphones heard it; nothing for what is no sound."""
    if not is_sound(event):
        return ""
    microphones = microphones_of(event)
    if microphones == 1:
        return translate("one microphone", language)
    return translate("heard by {number} microphones", language, number=microphones)


def where_words(event: Event, site: Site, language: str = "en") -> str:
    """Where it was: of a located sound, near which microphone; else zone or line, and sensor."""
    if not heard_by(event) or event.location is None or not site.microphones:
        return place_of(event, site)
    name, away_m = nearest(event.location, site)
    said = "at {name}" if away_m < 10 else "{metres} m from {name}"
    near = translate(said, language, name=name, metres=f"{away_m:.0f}")
    zone = next((zone.name for zone in site.zones if zone.id == event.zone), event.zone)
    return f"{zone} · {near}" if zone else near


def nearest(place: Location, site: Site) -> tuple[str, float]:
    """Name of the microphone nearest to a place, and how far away it is, metres."""
    spot = site.plane.to_metres((place.lon, place.lat))

    def away_m(microphone: Microphone) -> float:
        position = (microphone.position.lon, microphone.position.lat)
        return float(np.linalg.norm(site.plane.to_metres(position) - spot))

    best = min(site.microphones, key=away_m)
    return best.name, away_m(best)


def note_of(event: Event, site: Site, known: Known, language: str = "en") -> str:
    """What must be known of an event's sources, such as that they play a recording.

    An alarm has the notes of those that its parts came from. Where a part is not known any more, it
    has those of all that it may have come from: what is played must never pass for real.
    """
    notes = {sensor.id: translate(sensor.note, language) for sensor in sensors_of(site)}
    parts = part_events(event, known)
    sources = {event.source, *(one.source for one in parts)}
    if len(parts) < len(parts_of(event)):
        seen = {c.id for c in site.cameras} | {feed.id for feed in site.network.feeds}
        sources |= {one.id for one in site.microphones} if is_sound(event) else seen
    return " · ".join(sorted({notes[source] for source in sources if notes.get(source)}))


def position_words(place: Location, language: str = "en") -> str:
    """A position and how far off it may be."""
    spot = f"{place.lat:.5f}° N {place.lon:.5f}° E"
    if place.ellipse is None:
        return f"{spot} ± {place.uncertainty_m:g} m"
    return f"{spot}, {ellipse_words(place.ellipse, language)}"


def ellipse_words(ellipse: Ellipse, language: str = "en") -> str:
    """How far off a place may be along the longer axis and across it."""
    along, across = (_metres(one) for one in (ellipse.semi_major_m, ellipse.semi_minor_m))
    if along == across:
        return f"± {along} m"
    axis = translate(_AXES[round(ellipse.bearing_deg / 45) % len(_AXES)], language)
    said = "± {along} m along ({axis}), ± {across} m across"
    return translate(said, language, along=along, axis=axis, across=across)


def redacted_words(event: Event, language: str = "en") -> str:
    """How much speech was taken out of the sound that was kept; nothing when none was."""
    redacted_s = event.attributes.get("redacted_s", 0.0)
    if not is_sound(event) or not isinstance(redacted_s, int | float) or redacted_s <= 0:
        return ""
    seconds = written(f"{redacted_s:.1f}", language)
    return translate("speech removed: {seconds} s", language, seconds=seconds)


def sound_lines(
    event: Event, site: Site, heard: tuple[Event, ...], language: str = "en"
) -> list[tuple[str, str]]:
    """Label and text of all that a sound's attributes say.

    Args:
        event: The sound.
        site: Its site.
        heard: The microphones' events that it was found from; the best one's figures stand for
            those that the event has not itself.
        language: What it is said in.
    """

    def say(text: str, **values: object) -> str:
        return translate(text, language, **values)

    best = heard[0].attributes if heard else {}
    told = {**best, **event.attributes}
    lines = []
    if heard:
        names = dict.fromkeys(source_name(one.source, site) for one in heard)
        lines.append((say("heard at"), ", ".join(names)))
        agree = microphones_of(event)
        if agree < len(names):
            words = say("{agree} of these {all} that agree", agree=agree, all=len(names))
            lines.append((say("placed by"), words))
    if count_words(event):
        onsets = str(told.get("onsets_s", ""))
        lines.append((say("sounds"), _times(count_words(event, language), onsets, language)))
    if "windows_agreed" in told and "windows_asked" in told:
        agreed, asked = told["windows_agreed"], told["windows_asked"]
        words = say("{agreed} of {asked} windows agree", agreed=agreed, asked=asked)
        if heard:
            at = source_name(heard[0].source, site)
            words = say("{words} at {name}", words=words, name=at)
        lines.append((say("confirmed"), words))
    own = event.attributes.items()
    lines += [attribute(name, value, language) for name, value in own if name not in _TOLD]
    return lines


def _times(count: str, onsets_s: str, language: str) -> str:
    """The count, and when each sounded; without that when it is no list of numbers."""
    try:
        onsets = [float(one) for one in onsets_s.split()]
    except ValueError:
        return count
    if len(onsets) < 2 or not all(map(math.isfinite, onsets)):
        return count
    # A comma inside a number asks for another between numbers.
    times = (", " if language == "en" else "; ").join(
        written(f"{one - onsets[0]:.1f}", language) for one in onsets
    )
    return translate("{count}, at {times} s", language, count=count, times=times)


def _metres(length_m: float) -> str:
    """Whole metres, as a place in a street is not known better; never less than 1."""
    return f"{max(1.0, length_m):.0f}"
