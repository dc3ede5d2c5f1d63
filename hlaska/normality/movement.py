"""How somebody moves: one look a second, the same for learning and for watching."""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hlaska.tracks import Scene, Track

EVERY = timedelta(seconds=1)
"""How often a track is looked at: a step takes half a second, a box trembles faster."""
BASE = timedelta(seconds=2)
"""Over so long a velocity is measured: with boxes that are off by .2 m it is off by .15 m/s."""
FORGOTTEN = timedelta(seconds=5)
"""A track that was not seen for so long is forgotten."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Where a track is, and whither it goes."""

    at: datetime
    track: Track
    east_m: float
    north_m: float
    east_mps: float
    north_mps: float

    @property
    def speed_mps(self) -> float:
        """How fast."""
        return math.hypot(self.east_mps, self.north_mps)

    @property
    def row(self) -> tuple[float, float, float, float]:
        """What the mixture is of: metres east and north, metres per second east and north."""
        return self.east_m, self.north_m, self.east_mps, self.north_mps


@dataclass(slots=True)
class _Path:
    last_look: datetime
    seen_at: datetime
    places: deque[tuple[datetime, float, float]] = field(default_factory=deque)


class Movements:
    """The movements of one camera's tracks. Tracks without a ground position have none."""

    def __init__(self) -> None:
        self._paths: dict[int, _Path] = {}

    def update(self, scene: Scene) -> list[Movement]:
        """Take in a scene, none older than the one before; the looks that are due with it."""
        now = scene.captured_at
        self._paths = {
            number: path
            for number, path in self._paths.items()
            if timedelta(0) <= now - path.seen_at <= FORGOTTEN
        }
        found = [self._look(track, now) for track in scene.tracks if track.ground_m is not None]
        return [movement for movement in found if movement is not None]

    def _look(self, track: Track, now: datetime) -> Movement | None:
        assert track.ground_m is not None
        path = self._paths.setdefault(track.id, _Path(last_look=now, seen_at=now))
        path.seen_at = now
        path.places.append((now, *track.ground_m))
        while now - path.places[0][0] > BASE:
            path.places.popleft()
        then, east_m, north_m = path.places[0]
        # Of a track that has just appeared it is not known yet whither it goes.
        if now - path.last_look < EVERY or now - then < EVERY:
            return None
        path.last_look = now
        seconds = (now - then).total_seconds()
        return Movement(
            at=now,
            track=track,
            east_m=track.ground_m[0],
            north_m=track.ground_m[1],
            east_mps=(track.ground_m[0] - east_m) / seconds,
            north_mps=(track.ground_m[1] - north_m) / seconds,
        )
