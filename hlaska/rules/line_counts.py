"""Line counts: who crosses a line, by class and direction.

A track is on a side once its foot point is clearly there: further from the line than 5 % of its
box height, about what a box trembles. It is counted when it is clearly on the other side than
before and the path in between went through the drawn segment more often this way than back. So a
foot that trembles on the line counts at most once, walking back counts once in the other direction,
and walking around the end of the line does not count.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from hlaska.errors import SiteError
from hlaska.rules.finding import Finding
from hlaska.tracks import Scene, Track

MARGIN = 0.05
"""Share of the box height within which a foot is on neither side."""
FORGET_S = 60.0
"""A track that was not seen for so long does not come back: trackers give up after seconds."""

Point = tuple[float, float]


@dataclass(slots=True)
class _Walk:
    foot: Point
    offset_px: float
    seen_at: datetime
    side: int = 0
    """+1 right, -1 left, 0 not yet clearly anywhere."""
    net: int = 0
    """Passages through the segment since it was last clearly on a side: to the right less back."""


class LineCounts:
    """The rule of one line. Right is to the right hand of who looks from `start` to `end`."""

    def __init__(
        self,
        *,
        line: str,
        start: Point,
        end: Point,
        forward: str,
        backward: str,
        min_score: float = 0.3,
    ) -> None:
        """Draw the line.

        Args:
            line: Its name.
            start: First point, in pixels (x to the right, y down).
            end: Second point.
            forward: What crossing from left to right is called.
            backward: What the other way is called.
            min_score: Lowest median score of a track that counts, 0..1.

        Raises:
            SiteError: the two points are the same, or both directions have one name.
        """
        self._line = line
        self._start = start
        self._along = (end[0] - start[0], end[1] - start[1])
        self._length_px = math.hypot(*self._along)
        if not self._length_px > 0:
            raise SiteError(f"line {line}: both points are {start}; a line has two different ones")
        if forward == backward:
            raise SiteError(f"line {line}: both directions are called {forward!r}; name them apart")
        self._names = {1: forward, -1: backward}
        self._min_score = min_score
        self._walks: dict[int, _Walk] = {}

    def update(self, scene: Scene) -> list[Finding]:
        """The crossings of this scene: one finding for each class and direction."""
        now = scene.captured_at
        self._walks = {
            track_id: walk
            for track_id, walk in self._walks.items()
            if (now - walk.seen_at).total_seconds() <= FORGET_S
        }
        crossed: dict[tuple[str, int], list[Track]] = defaultdict(list)
        for track in scene.tracks:
            side = self._follow(track, now)
            if side and track.score >= self._min_score:
                crossed[track.object_class, side].append(track)
        return [self._finding(now, *key, crossed[key]) for key in sorted(crossed)]

    def _follow(self, track: Track, now: datetime) -> int:
        """Take a track's next step; the side to which it has crossed with it, or 0."""
        foot = track.foot_px
        offset_px = self._offset_px(foot)
        walk = self._walks.setdefault(track.id, _Walk(foot, offset_px, now))
        walk.net += self._passage(walk.foot, walk.offset_px, foot, offset_px)
        walk.foot, walk.offset_px, walk.seen_at = foot, offset_px, now
        if abs(offset_px) <= MARGIN * track.height_px:
            return 0
        side = 1 if offset_px > 0 else -1
        crossed = walk.side == -side and walk.net * side > 0
        walk.side, walk.net = side, 0
        return side if crossed else 0

    def _offset_px(self, point: Point) -> float:
        """Distance from the endless line, positive to the right (the cross product; y is down)."""
        across = (point[0] - self._start[0], point[1] - self._start[1])
        return (self._along[0] * across[1] - self._along[1] * across[0]) / self._length_px

    def _passage(self, before: Point, before_px: float, after: Point, after_px: float) -> int:
        """+1 where a step goes through the segment to the right, -1 to the left, else 0.

        A foot exactly on the line counts as left of it, so that no step is lost or counted twice.
        """
        if (before_px > 0) == (after_px > 0):
            return 0
        share = before_px / (before_px - after_px)
        hit = tuple(b + share * (a - b) for a, b in zip(after, before, strict=True))
        along = sum((h - s) * d for h, s, d in zip(hit, self._start, self._along, strict=True))
        if not 0 <= along <= self._length_px**2:
            return 0
        return 1 if after_px > 0 else -1

    def _finding(self, now: datetime, object_class: str, side: int, tracks: list[Track]) -> Finding:
        return Finding(
            kind="mobility.count",
            started_at=now,
            observed_at=now,
            confidence=median(track.score for track in tracks),
            line=self._line,
            object_class=object_class,
            direction=self._names[side],
            track_ids=tuple(sorted(track.id for track in tracks)),
            attributes={
                "object_class": object_class,
                "direction": self._names[side],
                "count": len(tracks),
            },
        )
