"""The strip on top: site, local time, and whether what is shown is true."""

from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards.part import Part
from dashboards.world import Link
from hlaska.sites import Site
from hlaska.tracks import SILENT_S, StreamState, StreamStatus


def link_fact(link: Link, now: datetime) -> dict[str, Any]:
    """The connection to the gateway: `connected`, `since_age_s` in seconds, `reason`."""
    return {
        "connected": link.connected,
        "since_age_s": max(0.0, (now - link.since).total_seconds()),
        "reason": link.reason,
    }


def camera_fact(site: Site, statuses: dict[str, StreamStatus], now: datetime) -> dict[str, str]:
    """How many cameras can be trusted now: `kind` (good, warning, bad) and `words`."""
    healthy = sum(
        camera.id in statuses
        and statuses[camera.id].state is StreamState.HEALTHY
        and (now - statuses[camera.id].at).total_seconds() <= SILENT_S
        for camera in site.cameras
    )
    total = len(site.cameras)
    kind = "good" if healthy == total else "bad" if healthy == 0 else "warning"
    return {"kind": kind, "words": f"{healthy} of {total} cameras healthy"}


class Masthead(Part):
    """Site, clock, cameras and the state of the connection; a red banner when it is lost."""

    site = param.String(default="", doc="Id of the site that is shown.")
    sites = param.Dict(default={}, doc="Names of the sites that can be shown, by id.")
    time_zone = param.String(default="", doc="IANA time zone of the site.")
    link_state = param.Dict(
        default={"connected": True, "since_age_s": 0.0, "reason": ""}, doc="See `link_fact`."
    )
    sources = param.Dict(default={"kind": "good", "words": ""}, doc="See `camera_fact`.")
    now_ms = param.Number(default=0.0, doc="The server's time, ms since 1970: its sign of life.")

    _esm = "browser/masthead.js"
    _look: ClassVar[str] = "masthead.css"
