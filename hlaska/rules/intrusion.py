"""Intrusion: something of a named class is in a closed area."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from hlaska.records import Record
from hlaska.rules.finding import Finding, Rule
from hlaska.rules.spell import GAP_S, Activity, Spell
from hlaska.rules.zone import Classes, Ground, QuietS, Score
from hlaska.tracks import PERSON, Scene, Track


class IntrusionArgs(Record):
    """Options of the rule: nobody may be in the zone."""

    needs_ground: ClassVar[bool] = False

    rule: Literal["intrusion"]
    classes: Classes = (PERSON,)
    min_score: Score = 0.5
    confirm_s: float = Field(
        default=0.5, ge=0, le=60, description="A track counts once it is in the zone for so long."
    )
    quiet_s: QuietS = 5.0

    def build(
        self, *, zone: str, polygon_px: Sequence[tuple[float, float]], area_m2: float | None
    ) -> Rule:
        """The rule for one zone; `area_m2` is not used.

        Raises:
            SiteError: the polygon is not a simple one.
        """
        return _Intrusion(self, zone=zone, ground=Ground(zone=zone, polygon_px=polygon_px))


@dataclass(slots=True)
class _Stay:
    object_class: str
    spell: Spell


class _Intrusion:
    """One activity per class: whoever else comes while it lasts belongs to it."""

    def __init__(self, args: IntrusionArgs, *, zone: str, ground: Ground) -> None:
        self._args = args
        self._zone = zone
        self._ground = ground
        # Forgetting a stay no later than its activity keeps the next start after the last end.
        self._gap_s = min(GAP_S, args.quiet_s)
        self._stays: dict[int, _Stay] = {}
        self._activities = {
            object_class: Activity(confirm_s=0, quiet_s=args.quiet_s)
            for object_class in args.classes
        }

    def update(self, scene: Scene) -> list[Finding]:
        now, args = scene.captured_at, self._args
        inside = self._ground.inside(scene.tracks, classes=args.classes, min_score=args.min_score)
        confirmed: dict[str, list[tuple[datetime, Track]]] = {}
        present: set[str] = set()
        for track in inside:
            # A track keeps the class it came with: a van that is now a car, now a truck is one.
            stay = self._stays.setdefault(
                track.id, _Stay(track.object_class, Spell(gap_s=self._gap_s))
            )
            present.add(stay.object_class)
            held_s = stay.spell.update(now, True)
            if held_s is not None and held_s >= args.confirm_s and stay.spell.since:
                confirmed.setdefault(stay.object_class, []).append((stay.spell.since, track))
        self._forget(now)
        return [
            self._finding(now, object_class, confirmed[object_class])
            for object_class, activity in self._activities.items()
            if activity.update(now, strong=object_class in confirmed, weak=object_class in present)
        ]

    def _forget(self, now: datetime) -> None:
        self._stays = {
            track_id: stay
            for track_id, stay in self._stays.items()
            if stay.spell.last and (now - stay.spell.last).total_seconds() <= self._gap_s
        }

    def _finding(
        self, now: datetime, object_class: str, stays: list[tuple[datetime, Track]]
    ) -> Finding:
        return Finding(
            kind="video.intrusion",
            started_at=min(since for since, _ in stays),
            observed_at=now,
            confidence=max(track.score for _, track in stays),
            zone=self._zone,
            object_class=object_class,
            track_ids=tuple(sorted(track.id for _, track in stays)),
            attributes={"object_class": object_class},
        )
