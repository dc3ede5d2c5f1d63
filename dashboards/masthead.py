"""The strip on top: site, local time, and whether what is shown is true."""

from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards.microphone_health import expected, healthy
from dashboards.network_health import guards
from dashboards.part import Part
from dashboards.world import Link
from hlaska.sites import Site
from hlaska.tracks import StreamStatus


def link_fact(link: Link, now: datetime) -> dict[str, Any]:
    """The connection to the gateway: `connected`, `since_age_s` in seconds, `reason`."""
    return {
        "connected": link.connected,
        "since_age_s": max(0.0, (now - link.since).total_seconds()),
        "reason": link.reason,
    }


def sources_fact(site: Site, statuses: dict[str, StreamStatus], now: datetime) -> dict[str, str]:
    """How many sensors can be trusted now: `kind` (good, warning, bad) and `words`.

    Microphones that nobody has connected are not counted, nor detectors that only ever send.
    """
    groups = {
        "cameras": [camera.id for camera in site.cameras],
        "microphones": [one.id for one in site.microphones if expected(one, statuses)],
        "detectors": [one.id for one in site.detectors if one.mqtt or one.id in statuses],
    }
    counts = {
        name: (sum(healthy(statuses.get(source), now) for source in sources), len(sources))
        for name, sources in groups.items()
        if sources
    }
    feeds = [feed.id for feed in site.network.feeds]
    if feeds:
        good = sum(guards(statuses.get(source), now) for source in feeds)
        counts["network feeds"] = (good, len(feeds))
    if not counts:
        return {"kind": "warning", "words": "no sensors"}
    words = ", ".join(f"{good} of {total} {name}" for name, (good, total) in counts.items())
    if all(good == total for good, total in counts.values()):
        kind = "good"
    else:
        kind = "bad" if any(good == 0 for good, _ in counts.values()) else "warning"
    return {"kind": kind, "words": f"{words} healthy"}


class Masthead(Part):
    """Site, clock, sensors and the state of the connection; a red banner when it is lost."""

    site = param.String(default="", doc="Id of the site that is shown.")
    sites = param.Dict(default={}, doc="Names of the sites that can be shown, by id.")
    time_zone = param.String(default="", doc="IANA time zone of the site.")
    link_state = param.Dict(
        default={"connected": True, "since_age_s": 0.0, "reason": ""}, doc="See `link_fact`."
    )
    sources = param.Dict(default={"kind": "good", "words": ""}, doc="See `sources_fact`.")
    now_ms = param.Number(default=0.0, doc="The server's time, ms since 1970: its sign of life.")

    _esm = "browser/masthead.js"
    _look: ClassVar[str] = "masthead.css"
