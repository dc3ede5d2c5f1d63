"""Why an event fired: its still, its figures, and the model that said so."""

from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards.event_feed import look_of
from dashboards.part import Part
from dashboards.wording import attribute, local_time, percent, place_of, source_name, title_of
from hlaska.events import Event, Evidence
from hlaska.sites import Site

NO_STILL = "This event has no still"
LOADING = "The still is being fetched …"


def still_of(event: Event) -> Evidence | None:
    """The first piece of evidence that can be looked at; None when there is none."""
    return next((one for one in event.evidence if one.media_type.startswith("image/")), None)


def event_facts(event: Event, site: Site, now: datetime) -> dict[str, Any]:
    """Title, look and `lines` (label, text) of an event, as the script wants them."""
    model = f"{event.model.name}, version {event.model.version}" if event.model else "none: a rule"
    lines = [
        ("when", local_time(event.observed_at, site.time_zone, now=now)),
        ("where", place_of(event, site)),
        ("source", f"{source_name(event.source, site)} ({event.source})"),
        ("confidence", percent(event.confidence)),
        ("model", model),
        *(attribute(name, value) for name, value in event.attributes.items()),
    ]
    if event.track_id is not None:
        lines.append(("track", event.track_id))
    if event.location is not None:
        spot = event.location
        lines.append(
            ("position", f"{spot.lat:.5f}° N {spot.lon:.5f}° E ± {spot.uncertainty_m:g} m")
        )
    lines += [("kind", event.kind), ("event", event.id)]
    return {"title": title_of(event), "lines": [list(line) for line in lines], **look_of(event)}


class EventDetail(Part):
    """The chosen event, with the still that explains it; Enter or a click enlarges the still."""

    facts = param.Dict(default={}, doc="See `event_facts`; empty when no event is chosen.")
    still = param.Bytes(default=None, allow_None=True, doc="The still, JPEG.")
    still_words = param.String(default=NO_STILL, doc="What stands there instead of a still.")

    _esm = "browser/event_detail.js"
    _look: ClassVar[str] = "event_detail.css"
