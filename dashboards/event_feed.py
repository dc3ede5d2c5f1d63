"""The list of events, newest first."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards.alarms import Known, is_network, parts_of
from dashboards.alert_words import severity_look
from dashboards.network_wording import finding_words, network_place
from dashboards.part import Part
from dashboards.sound_wording import count_words, heard_words, note_of, where_words
from dashboards.wording import local_time, percent, title_of
from hlaska.events import Event, StoredEvent
from hlaska.kinds import KINDS
from hlaska.sites import Site

NOTHING_YET = "No events yet. They appear here as soon as something happens."


def place_words(event: Event, site: Site, language: str = "en") -> str:
    """Where it was: of a finding on the network, at which device."""
    words = network_place if is_network(event) else where_words
    return words(event, site, language)


def event_rows(
    events: Iterable[StoredEvent], site: Site, now: datetime, known: Known, language: str = "en"
) -> list[dict[str, Any]]:
    """One row an event of that site, in the order given, as the script wants them.

    Args:
        events: What is listed.
        site: Whose events are shown.
        now: The time.
        known: All events that are known, by id: the parts of an alarm are not listed.
        language: What it is said in.
    """
    return [
        _row(stored.event, site, now, known, language)
        for stored in events
        if stored.event.site == site.id
    ]


def _row(event: Event, site: Site, now: datetime, known: Known, language: str) -> dict[str, Any]:
    return {
        "id": event.id,
        "title": title_of(event, language),
        "count": count_words(event, language),
        "place": place_words(event, site, language),
        "time": local_time(event.observed_at, site.time_zone, now=now, language=language),
        # The confidence of a statement about a source itself tells a dispatcher nothing.
        "confidence": "" if event.kind.startswith("health.") else percent(event.confidence),
        "told": heard_words(event, language) or finding_words(event, site, language),
        "note": note_of(event, site, known, language),
        "replaces": list(parts_of(event)),
        **severity_look(KINDS[event.kind].severity, language),
    }


class EventFeed(Part):
    """Events as rows that the keyboard can reach and choose."""

    rows = param.List(default=[], item_type=dict, doc="See `event_rows`.")
    selected = param.String(default="", doc="Id of the chosen event; empty when none is.")
    show_crossings = param.Boolean(default=False, doc="Whether counted crossings are listed too.")
    empty = param.String(default=NOTHING_YET, doc="What stands there when there are no events.")

    _esm = "browser/event_feed.js"
    _look: ClassVar[str] = "event_feed.css"
