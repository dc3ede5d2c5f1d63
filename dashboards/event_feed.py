"""The list of events, newest first."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards import theme
from dashboards.alarms import Known, is_network, parts_of
from dashboards.network_wording import finding_words, network_place
from dashboards.part import Part
from dashboards.sound_wording import count_words, heard_words, note_of, where_words
from dashboards.wording import local_time, percent, title_of
from hlaska.events import Event, StoredEvent
from hlaska.kinds import KINDS
from hlaska.sites import Site

NOTHING_YET = "No events yet. They appear here as soon as something happens."


def look_of(event: Event) -> dict[str, str]:
    """Word, shape (SVG path) and colour of an event's severity."""
    severity = theme.SEVERITIES[KINDS[event.kind].severity]
    return {"severity": severity.word, "shape": severity.shape, "colour": severity.colour}


def place_words(event: Event, site: Site) -> str:
    """Where it was: of a finding on the network, at which device."""
    return network_place(event, site) if is_network(event) else where_words(event, site)


def event_rows(
    events: Iterable[StoredEvent], site: Site, now: datetime, known: Known
) -> list[dict[str, Any]]:
    """One row an event of that site, in the order given, as the script wants them.

    Args:
        events: What is listed.
        site: Whose events are shown.
        now: The time.
        known: All events that are known, by id: the parts of an alarm are not listed.
    """
    return [
        _row(stored.event, site, now, known) for stored in events if stored.event.site == site.id
    ]


def _row(event: Event, site: Site, now: datetime, known: Known) -> dict[str, Any]:
    return {
        "id": event.id,
        "title": title_of(event),
        "count": count_words(event),
        "place": place_words(event, site),
        "time": local_time(event.observed_at, site.time_zone, now=now),
        # The confidence of a statement about a source itself tells a dispatcher nothing.
        "confidence": "" if event.kind.startswith("health.") else percent(event.confidence),
        "told": heard_words(event) or finding_words(event),
        "note": note_of(event, site, known),
        "replaces": list(parts_of(event)),
        **look_of(event),
    }


class EventFeed(Part):
    """Events as rows that the keyboard can reach and choose."""

    rows = param.List(default=[], item_type=dict, doc="See `event_rows`.")
    selected = param.String(default="", doc="Id of the chosen event; empty when none is.")
    show_crossings = param.Boolean(default=False, doc="Whether counted crossings are listed too.")
    empty = param.String(default=NOTHING_YET, doc="What stands there when there are no events.")

    _esm = "browser/event_feed.js"
    _look: ClassVar[str] = "event_feed.css"
