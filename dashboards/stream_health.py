"""How every source of a site does, in one table that turns stale by itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import param

from dashboards.language import translate, written
from dashboards.part import Part
from dashboards.wording import source_name
from hlaska.detectors import ForeignDetector
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


def state_fact(status: StreamStatus | None, language: str = "en") -> tuple[str, str]:
    """Kind (good, warning, bad) and words for a stream's state; None: nothing was heard yet."""
    kind, words = ("warning", "no word yet") if status is None else _STATES[status.state]
    if status is not None and status.state is StreamState.HEALTHY and status.overloaded:
        kind, words = "warning", "overloaded"
    return kind, translate(words, language)


def detector_fact(
    detector: ForeignDetector, status: StreamStatus | None, language: str = "en"
) -> tuple[str, str]:
    """The same for a foreign detector; of one that sends to the gateway, nothing is known."""
    if status is None and detector.mqtt is None:
        return "off", translate("sends alerts", language)
    return state_fact(status, language)


def with_reason(words: str, status: StreamStatus | None, language: str = "en") -> str:
    """How a source does and why, where it says why."""
    if status is None or not status.reason:
        return words
    return f"{words}: {translate(status.reason, language)}"


def age_s(then: datetime | None, now: datetime) -> float | None:
    """Seconds since then, never less than 0; None when it never was."""
    return None if then is None else max(0.0, (now - then).total_seconds())


def silent(status: StreamStatus, now: datetime) -> bool:
    """Whether a source has stopped reporting."""
    return (now - status.at).total_seconds() > SILENT_S


def health_rows(
    site: Site, statuses: Mapping[str, StreamStatus], now: datetime, language: str = "en"
) -> list[dict[str, Any]]:
    """One row a camera and foreign detector, then one for any other source that reports.

    Microphones, and all that report sound, have a table of their own: `microphone_table`. So have
    flow feeds: `feed_rows`.
    """
    detectors = {detector.id: detector for detector in site.detectors}
    listed = [*(camera.id for camera in site.cameras), *detectors]
    known = {*listed, *(one.id for one in site.microphones)}
    known |= {feed.id for feed in site.network.feeds}
    others = sorted(
        source
        for source, status in statuses.items()
        if source not in known and not status.sound and not status.network
    )
    rows = []
    for source in (*listed, *others):
        status = statuses.get(source)
        detector = detectors.get(source)
        kind, words = (
            state_fact(status, language)
            if detector is None
            else detector_fact(detector, status, language)
        )
        note = translate(detector.note, language) if detector else ""
        about = {"alerts_only": detector is not None, "own_note": note}
        fact = kind, with_reason(words, status, language)
        rows.append(_row(source, site, status, fact, now, language) | about)
    return rows


def _row(
    source: str,
    site: Site,
    status: StreamStatus | None,
    fact: tuple[str, str],
    now: datetime,
    language: str,
) -> dict[str, Any]:
    kind, words = fact
    row = {"source": source, "name": source_name(source, site), "kind": kind, "words": words}
    if status is None:
        unknown = dict.fromkeys(("fps_in", "fps_processed", "dropped"), "–")
        return row | unknown | {"waiting": 0, "frame_age_s": None, "said_age_s": None}
    return row | {
        "fps_in": written(f"{status.fps_in:.1f}", language),
        "fps_processed": written(f"{status.fps_processed:.1f}", language),
        "dropped": str(status.dropped),
        "waiting": status.waiting,
        "frame_age_s": age_s(status.last_frame_at, now),
        "said_age_s": age_s(status.at, now),
    }


class StreamHealth(Part):
    """How every source does; what microphones hear, and what goes on in the network.

    Tables with columns of their own, in one part: whatever is blind, deaf or attacked is found in
    one place. Its head says the worst of each, and leads there.
    """

    rows = param.List(default=[], item_type=dict, doc="One a source; see `health_rows`.")
    microphones = param.Dict(
        default={"rows": [], "needs": "", "note": ""}, doc="See `microphone_table`."
    )
    feeds = param.List(default=[], item_type=dict, doc="One a flow feed; see `feed_rows`.")
    hosts = param.Dict(
        default={"rows": [], "more": 0, "kind": "off", "words": ""}, doc="See `host_table`."
    )
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
