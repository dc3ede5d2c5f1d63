"""The unusual: somebody moves as nobody does there, or more people than the hour usually sees.

It needs to know what is usual (`hlaska.normality`); a camera whose usual nobody has learnt has no
such rule. A surprise must last: trackers change their minds for a moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hlaska.normality.explanation import Explanation, Respect, explain
from hlaska.normality.movement import Movement, Movements
from hlaska.normality.usual import Usual
from hlaska.rules.finding import Finding
from hlaska.rules.spell import Activity
from hlaska.tracks import PERSON, Scene

CONFIRM_S = 3.0
"""So long a movement must stay unusual."""
CROWD_CONFIRM_S = 10.0
QUIET_S = 10.0
CONFIDENCE = 0.5
"""Of all such findings: how often they are right at a camera is for its dispatchers' verdicts to
say."""
KEPT = timedelta(minutes=1)
LATELY = timedelta(seconds=2)
"""Who moved within that is here: each is looked at once a second."""


@dataclass(slots=True)
class _Watched:
    movement: Movement
    activity: Activity = field(
        default_factory=lambda: Activity(confirm_s=CONFIRM_S, quiet_s=QUIET_S)
    )


class Unusual:
    """The rule of one camera."""

    def __init__(self, usual: Usual) -> None:
        self._usual = usual
        self._movements = Movements()
        self._tracks: dict[int, _Watched] = {}
        self._crowd = Activity(confirm_s=CROWD_CONFIRM_S, quiet_s=QUIET_S)

    def update(self, scene: Scene) -> list[Finding]:
        """What begins with this scene."""
        now = scene.captured_at
        self._tracks = {
            number: watched
            for number, watched in self._tracks.items()
            if now - watched.movement.at <= KEPT
        }
        due = self._movements.update(scene)
        surprises = self._usual.surprises(due) if due else ()
        findings = []
        for movement, surprise in zip(due, surprises, strict=True):
            finding = self._moved(movement, float(surprise))
            if finding is not None:
                findings.append(finding)
        many = self._many(now)
        return findings if many is None else [*findings, many]

    def _moved(self, movement: Movement, surprise: float) -> Finding | None:
        number = movement.track.id
        watched = self._tracks.setdefault(number, _Watched(movement))
        watched.movement = movement
        strong = surprise > self._usual.limit
        since = watched.activity.update(movement.at, strong=strong, weak=strong)
        if since is None:
            return None
        # Two who begin at once are two activities: their tracks began apart, or nearly so.
        since += timedelta(microseconds=number % 1000)
        return _finding(
            explain(self._usual, movement, surprise),
            since=since,
            now=movement.at,
            object_class=movement.track.object_class,
            tracks=(number,),
        )

    def _many(self, now: datetime) -> Finding | None:
        people = sorted(
            number
            for number, watched in self._tracks.items()
            if watched.movement.track.object_class == PERSON and now - watched.movement.at <= LATELY
        )
        most = self._usual.most(now.hour)
        strong = most is not None and len(people) > most
        since = self._crowd.update(now, strong=strong, weak=strong)
        if since is None or most is None:
            return None
        return _finding(
            Explanation(Respect.MANY, float(len(people)), most),
            since=since,
            now=now,
            object_class=PERSON,
            tracks=people,
        )


def _finding(
    why: Explanation,
    *,
    since: datetime,
    now: datetime,
    object_class: str,
    tracks: Sequence[int],
) -> Finding:
    return Finding(
        kind="video.unusual",
        started_at=since,
        observed_at=now,
        confidence=CONFIDENCE,
        object_class=object_class,
        track_ids=tuple(tracks),
        attributes={
            "object_class": object_class,
            "what": str(why.respect),
            "measured": round(why.measured, 3),
            "usual": round(why.usual, 3),
        },
    )
