"""Loitering: somebody stays in an area unusually long.

A *dweller* is somebody in the zone, whatever ids the tracker gives: a track that appears near
where another one vanished a moment ago continues that one's dwell. Dwellers who have stayed long
enough and stand near each other are one activity: a group is one event, with whoever joins it. A
dweller who belongs to an activity stays with it until gone.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import ClassVar, Literal

from pydantic import Field

from hlaska.records import Record
from hlaska.rules.finding import Finding, Rule
from hlaska.rules.zone import Classes, Ground, QuietS, Score
from hlaska.tracks import PERSON, Scene, Track

HANDOVER_S = 3.0
"""How long somebody may be out of sight before a new track is somebody else; in an activity that
has begun it is the rule's `quiet_s`."""
HANDOVER_HEIGHTS = 0.5
"""The same as `handover_m` where there is no ground position, in box heights: a person's box is
about 1.7 m high, so this is 0.85 m across the picture and more along the view."""


class LoiteringArgs(Record):
    """Options of the rule."""

    needs_ground: ClassVar[bool] = False

    rule: Literal["loitering"]
    classes: Classes = (PERSON,)
    min_score: Score = 0.5
    dwell_s: float = Field(
        default=30.0, gt=0, le=86_400, description="How long somebody stays before it counts."
    )
    handover_m: float = Field(
        default=1.5,
        gt=0,
        le=50,
        description="How far apart two tracks may be and still be one object, or one group.",
    )
    quiet_s: QuietS = 5.0

    def build(
        self, *, zone: str, polygon_px: Sequence[tuple[float, float]], area_m2: float | None
    ) -> Rule:
        """The rule for one zone; `area_m2` is not used.

        Raises:
            SiteError: the polygon is not a simple one.
        """
        return _Loitering(self, zone=zone, ground=Ground(zone=zone, polygon_px=polygon_px))


@dataclass(slots=True, eq=False)
class _Dweller:
    track: Track
    """As it was last seen in the zone."""
    object_class: str
    since: datetime
    last: datetime
    activity: int | None = None


class _Loitering:
    def __init__(self, args: LoiteringArgs, *, zone: str, ground: Ground) -> None:
        self._args = args
        self._zone = zone
        self._ground = ground
        self._dwellers: list[_Dweller] = []
        self._activities = count()
        self._starts: set[datetime] = set()

    def update(self, scene: Scene) -> list[Finding]:
        now, args = scene.captured_at, self._args
        self._dwellers = [
            dweller
            for dweller in self._dwellers
            if (now - dweller.last).total_seconds() <= args.quiet_s
        ]
        inside = self._ground.inside(scene.tracks, classes=args.classes, min_score=args.min_score)
        self._follow(inside, seen={track.id for track in scene.tracks}, now=now)
        return [self._finding(group, now) for group in self._new_groups(now)]

    def _follow(self, inside: list[Track], *, seen: set[int], now: datetime) -> None:
        """Let each track in the zone continue a dweller, or become one."""
        known = {dweller.track.id: dweller for dweller in self._dwellers}
        strangers = [track for track in inside if track.id not in known]
        for track in inside:
            if track.id in known:
                known[track.id].track, known[track.id].last = track, now
        vanished = [d for d in self._dwellers if d.track.id not in seen and self._waits(d, now)]
        for dweller, track in self._pairs(vanished, strangers):
            dweller.track, dweller.last = track, now
            strangers.remove(track)
        self._dwellers += [_Dweller(track, track.object_class, now, now) for track in strangers]

    def _waits(self, dweller: _Dweller, now: datetime) -> bool:
        """Whether a vanished dweller may still come back under another id."""
        away_s = (now - dweller.last).total_seconds()
        return dweller.activity is not None or away_s <= HANDOVER_S

    def _pairs(
        self, vanished: list[_Dweller], strangers: list[Track]
    ) -> Iterator[tuple[_Dweller, Track]]:
        """Who continues whom: the nearest pair first, each once."""
        candidates = [
            (distance, dweller.since, stranger.box_px, dweller, stranger)
            for dweller in vanished
            for stranger in strangers
            if dweller.object_class == stranger.object_class
            and (distance := self._distance(dweller.track, stranger)) <= 1
        ]
        candidates.sort(key=lambda candidate: candidate[:3])
        taken: set[int] = set()
        for _, _, _, dweller, stranger in candidates:
            if taken.isdisjoint({id(dweller), id(stranger)}):
                taken |= {id(dweller), id(stranger)}
                yield dweller, stranger

    def _distance(self, one: Track, other: Track) -> float:
        """How far apart two tracks are; up to 1 is near enough to be one object or group."""
        if one.ground_m is not None and other.ground_m is not None:
            return math.dist(one.ground_m, other.ground_m) / self._args.handover_m
        reach_px = HANDOVER_HEIGHTS * max(one.height_px, other.height_px)
        apart_px = math.dist(one.foot_px, other.foot_px)
        return apart_px / reach_px if reach_px > 0 else math.inf

    def _new_groups(self, now: datetime) -> list[list[_Dweller]]:
        """Put everybody who has stayed long enough into an activity; those that are new with it."""
        due = [
            dweller
            for dweller in self._dwellers
            if dweller.activity is None
            and dweller.last == now
            and (now - dweller.since).total_seconds() >= self._args.dwell_s
        ]
        due.sort(key=lambda dweller: (dweller.since, dweller.track.box_px))
        groups: list[list[_Dweller]] = []
        for dweller in due:
            if dweller.activity is not None:
                continue
            group = self._reached_from(dweller, due)
            joined = {
                near.activity
                for near in self._dwellers
                for member in group
                if near.activity is not None and self._together(near, member)
            }
            number = min(joined) if joined else next(self._activities)
            for member in group:
                member.activity = number
            if not joined:
                groups.append(group)
        return groups

    def _reached_from(self, first: _Dweller, due: list[_Dweller]) -> list[_Dweller]:
        """Everybody who is linked to the first one through people standing together."""
        group, rest = [first], [d for d in due if d is not first and d.activity is None]
        for member in group:
            near = [other for other in rest if self._together(member, other)]
            group += near
            rest = [other for other in rest if other not in near]
        return group

    def _together(self, one: _Dweller, other: _Dweller) -> bool:
        same_class = one.object_class == other.object_class
        return same_class and self._distance(one.track, other.track) <= 1

    def _finding(self, group: list[_Dweller], now: datetime) -> Finding:
        first = min(dweller.since for dweller in group)
        return Finding(
            kind="video.loitering",
            started_at=self._own_start(first),
            observed_at=now,
            confidence=max(dweller.track.score for dweller in group),
            zone=self._zone,
            object_class=group[0].object_class,
            track_ids=tuple(sorted(dweller.track.id for dweller in group)),
            attributes={
                "object_class": group[0].object_class,
                "dwell_s": round((now - first).total_seconds(), 1),
                "members": len(group),
            },
        )

    def _own_start(self, start: datetime) -> datetime:
        """The start, moved on by microseconds until no other activity has it.

        An activity is known by its start; two people far apart may well appear in one frame.
        """
        oldest = min(dweller.since for dweller in self._dwellers)
        self._starts = {moment for moment in self._starts if moment >= oldest}
        while start in self._starts:
            start += timedelta(microseconds=1)
        self._starts.add(start)
        return start
