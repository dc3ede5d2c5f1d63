"""What `hlaska exercise` shows: its tables, and what should be seen in words."""

import math
from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from catalogs.exercise.score import DayScore
from catalogs.exercise.script import FROM_H
from catalogs.exercise.truth import Activity, Tell
from serving.exercise.systems import HLASKA, Judged

TELL = {
    Tell.ONCE: "one alert",
    Tell.MAYBE: "an alert at most",
    Tell.NEVER: "no alert",
}


_FIGURES = (
    "in time",
    "too low",
    "too high",
    "alerts an activity",
    "missed",
    "split",
    "merged",
    "false alerts",
    "false escalations",
    "alerts",
    "told",
)
"""As `_row` gives them."""


def tables(days: Sequence[Judged]) -> Iterator[Table]:
    """How each sense was played, how soon levels rose, and all the other figures."""
    yield _media(days)
    yield _rises(days)
    yield _figures(days)


def expected(activity: Activity) -> str:
    """What a dispatcher should see of an activity, in a few words."""
    demand = activity.demand
    if demand is not None:
        level = (
            f"level {demand.lowest} to {demand.highest} in {demand.zone} within "
            f"{demand.within_s:.0f} s"
        )
    else:
        highest = max((one.highest for one in activity.ranges), default=1)
        level = f"no level above {highest}"
    return f"{level}; {TELL[activity.tell]}"


def clock(at_s: float) -> str:
    """The time of day at the site, such as 15:42, of a second of the script."""
    minutes = int(at_s // 60 + 60 * FROM_H)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _media(days: Sequence[Judged]) -> Table:
    table = Table(title="Where the events came from")
    for name in ("day", "sense", "cues", "events", "", "by"):
        table.add_column(name, justify="right" if name in {"cues", "events"} else "left")
    for day in days:
        for medium in day.performance.media:
            table.add_row(
                f"seed {day.performance.script.seed}",
                medium.name,
                str(medium.cues),
                str(medium.events),
                "scored" if medium.scored else Text("scripted", "yellow"),
                Text(medium.by),
            )
    return table


def _rises(days: Sequence[Judged]) -> Table:
    table = Table(title="Time to the right level")
    for name in ("day", "at", "activity", "zone", "level", "within", "after"):
        table.add_column(name, justify="right" if name in {"within", "after"} else "left")
    for day in days:
        script = day.performance.script
        for rise in day.scores[HLASKA].rises:
            activity = script.activity(rise.activity)
            after = "never" if math.isinf(rise.after_s) else f"{rise.after_s:.1f} s"
            begin_s = activity.begin_s if activity.demand is None else activity.demand.begin_s
            table.add_row(
                f"seed {script.seed}",
                clock(begin_s),
                Text(activity.title),
                rise.zone,
                f"{rise.wanted[0]}-{rise.wanted[1]}",
                f"{rise.within_s:.0f} s",
                Text(after, "green" if rise.in_time else "bold red"),
            )
    return table


def _figures(days: Sequence[Judged]) -> Table:
    table = Table(
        title="Levels and alerts of the day",
        caption="Level errors: share of time and zones. In time: levels that rose when they "
        "should. Missed, split, merged: activities without an alert, with two or more, and "
        "alerts of two. False: alerts of nothing; spells of level 2 or more where 1 was right.",
    )
    # Figures downwards: so six systems fit on a terminal of 80 letters.
    systems = [(day, name, one) for day in days for name, one in day.scores.items()]
    table.add_column("")
    for day, name, _ in systems:
        table.add_column(f"{name}\nseed {day.performance.script.seed}", justify="right")
    for figures in zip(_FIGURES, *(_row(one) for _, _, one in systems), strict=True):
        table.add_row(*figures)
    return table


def _row(one: DayScore) -> Iterator[str]:
    yield f"{sum(rise.in_time for rise in one.rises)} of {len(one.rises)}"
    yield f"{one.too_low:.2%}"
    yield f"{one.too_high:.2%}"
    yield f"{one.notices_per_activity:.2f}"
    for count in (one.missed, one.split, one.merged, one.false_notices, one.false_escalations):
        yield str(count)
    yield str(one.notices)
    yield str(one.told)
