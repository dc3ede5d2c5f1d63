"""The bar that plays an incident: a slider over its time, a button, and how fast."""

from typing import Any, ClassVar

import param

from dashboards import theme
from dashboards.part import Part
from dashboards.replay import Replay
from dashboards.wording import kind_title
from hlaska.kinds import KINDS
from hlaska.sites import Site

SPEEDS = (1, 2, 5, 10, 30, 60)
"""Seconds of the incident that pass in a second."""
MOST_MARKS = 300


def span_of(replay: Replay, site: Site) -> dict[str, Any]:
    """The time that is played: `start_ms`, `end_ms`, `began_ms` (its first event), `time_zone`."""
    return {
        "alert": replay.alert.id,
        "start_ms": replay.period.since.timestamp() * 1000,
        "end_ms": replay.period.until.timestamp() * 1000,
        "began_ms": replay.alert.first_at.timestamp() * 1000,
        "time_zone": site.time_zone,
    }


def marks_of(replay: Replay, language: str) -> list[dict[str, Any]]:
    """The events on the slider: `ms`, `title`, `colour`, `own` (of the alert); the worst stay."""
    own = frozenset(replay.alert.events)
    told = [event for event in replay.events if not event.kind.startswith("mobility.")]
    worst = sorted(told, key=lambda one: (one.id not in own, -KINDS[one.kind].severity))
    return [
        {
            "ms": event.observed_at.timestamp() * 1000,
            "title": kind_title(event.kind, language),
            "colour": theme.SEVERITIES[KINDS[event.kind].severity].colour,
            "own": event.id in own,
        }
        for event in worst[:MOST_MARKS]
    ]


class Player(Part):
    """Plays in the browser, and tells the moment a few times a second."""

    span = param.Dict(default={}, doc="See `span_of`; empty: there is nothing to play.")
    marks = param.List(default=[], item_type=dict, doc="See `marks_of`.")
    moment_ms = param.Number(default=0.0, doc="The moment that is shown, ms since 1970.")
    speeds = param.List(default=list(SPEEDS), item_type=int, doc="How fast it can be played.")
    instead = param.String(default="", doc="What stands there while there is nothing to play.")
    note = param.String(default="", doc="What is missing in it, if anything.")

    _esm = "browser/player.js"
    _look: ClassVar[str] = "player.css"
