"""Whose picture of a day is scored: Hlaska's, and two that need no sensor."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from catalogs.exercise import baselines
from catalogs.exercise.score import DayScore, Notice, Steps, score
from hlaska.kinds import kind_of
from hlaska.sites import Site
from serving.exercise.performed import Performance
from serving.exercise.simulate import Seen

HLASKA, ORACLE, CONSTANT = "hlaska", "oracle", "constant"
SEVERE = 2
"""Events from this severity on are told one by one at the constant desk."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One day, and how each system saw it."""

    performance: Performance
    seen: Seen
    scores: Mapping[str, DayScore]
    """By system."""


def judged(performance: Performance, seen: Seen, site: Site) -> Judged:
    """Scores all systems on one day."""
    script = performance.script
    zones = [zone.id for zone in site.zones]
    severe = [
        item.activity for item in performance.items if kind_of(item.event.kind).severity >= SEVERE
    ]
    systems: dict[str, tuple[Steps, Sequence[Notice]]] = {
        HLASKA: (seen.steps, seen.notices),
        ORACLE: baselines.oracle(script.activities, zones),
        CONSTANT: baselines.constant(severe, zones),
    }
    return Judged(
        performance,
        seen,
        {
            name: score(script.activities, zones, script.lasts_s, steps, notices)
            for name, (steps, notices) in systems.items()
        },
    )


def as_json(days: Sequence[Judged]) -> dict[str, Any]:
    """All figures, ready for JSON; a level that never came has no time."""
    return {
        "days": [
            {
                "seed": day.performance.script.seed,
                "media": [asdict(medium) for medium in day.performance.media],
                "looks": day.seen.looks,
                "systems": {name: _figures(one) for name, one in day.scores.items()},
            }
            for day in days
        ]
    }


def _figures(one: DayScore) -> dict[str, Any]:
    figures = asdict(one) | {"level_errors": one.level_errors}
    for rise in figures["rises"]:
        rise["after_s"] = None if rise["after_s"] == float("inf") else rise["after_s"]
    return figures
