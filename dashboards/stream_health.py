"""How every source of a site does, in one table that turns stale by itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards.part import Part
from dashboards.wording import source_name
from hlaska.sites import Site
from hlaska.tracks import SILENT_S, StreamState, StreamStatus

STALE_AFTER_S = 3.0
"""A picture older than this is old: at 5 frames/s, fifteen frames are missing."""

_STATES = {
    StreamState.CONNECTING: ("warning", "connecting"),
    StreamState.HEALTHY: ("good", "healthy"),
    StreamState.STALLED: ("warning", "stalled"),
    StreamState.RECONNECTING: ("warning", "reconnecting"),
    StreamState.LOST: ("bad", "lost"),
    StreamState.ENDED: ("warning", "clip is over"),
}


def state_fact(status: StreamStatus | None) -> tuple[str, str]:
    """Kind (good, warning, bad) and words for a stream's state; None: nothing was heard yet."""
    if status is None:
        return "warning", "no word yet"
    if status.state is StreamState.HEALTHY and status.overloaded:
        return "warning", "overloaded"
    return _STATES[status.state]


def age_s(then: datetime | None, now: datetime) -> float | None:
    """Seconds since then, never less than 0; None when it never was."""
    return None if then is None else max(0.0, (now - then).total_seconds())


def health_rows(
    site: Site, statuses: Mapping[str, StreamStatus], now: datetime
) -> list[dict[str, Any]]:
    """One row a camera, then one for every other source that reports, as the script wants them."""
    cameras = [camera.id for camera in site.cameras]
    others = sorted(source for source in statuses if source not in cameras)
    return [_row(source, site, statuses.get(source), now) for source in (*cameras, *others)]


def _row(source: str, site: Site, status: StreamStatus | None, now: datetime) -> dict[str, Any]:
    kind, words = state_fact(status)
    row = {
        "source": source,
        "name": source_name(source, site),
        "kind": kind,
        "words": f"{words}: {status.reason}" if status and status.reason else words,
    }
    if status is None:
        unknown = dict.fromkeys(("fps_in", "fps_processed", "dropped"), "–")
        return row | unknown | {"waiting": 0, "frame_age_s": None, "said_age_s": None}
    return row | {
        "fps_in": f"{status.fps_in:.1f}",
        "fps_processed": f"{status.fps_processed:.1f}",
        "dropped": str(status.dropped),
        "waiting": status.waiting,
        "frame_age_s": age_s(status.last_frame_at, now),
        "said_age_s": age_s(status.at, now),
    }


class StreamHealth(Part):
    """Frames in, processed and dropped, events that wait, and the age of the last frame."""

    rows = param.List(default=[], item_type=dict, doc="One a source; see `health_rows`.")
    empty = param.String(default="", doc="What stands there when there is no source.")
    stale_after_s = param.Number(
        default=STALE_AFTER_S, bounds=(0.5, 600), doc="Age of an old frame, seconds."
    )
    silent_after_s = param.Number(
        default=SILENT_S,
        bounds=(1, 600),
        doc="Age of the last report, seconds, that is silence.",
    )

    _esm = "browser/stream_health.js"
    _look: ClassVar[str] = "stream_health.css"
