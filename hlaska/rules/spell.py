"""How long something holds although it flickers, and when an activity begins and ends.

Detectors miss people, trackers change their minds, boxes tremble at the edge of a zone. Every
rule therefore asks the same two questions of a condition that comes and goes, and asks them here.
Time is that of the scenes; a scene must not be older than the one before.
"""

from dataclasses import dataclass
from datetime import datetime

GAP_S = 2.0
"""Longest lapse that does not interrupt a condition before an activity has begun. It spans a missed
detection, and two pictures of a camera that is looked at every other second."""


@dataclass(slots=True)
class Spell:
    """A stretch of time in which something holds, but for gaps of at most `gap_s` seconds."""

    gap_s: float
    since: datetime | None = None
    last: datetime | None = None

    def update(self, now: datetime, holds: bool) -> float | None:
        """Seconds from the spell's first to its last moment so far; None when there is no spell."""
        if self.last is not None and (now - self.last).total_seconds() > self.gap_s:
            self.since = self.last = None
        if holds:
            self.since = self.since or now
            self.last = now
        if self.since is None or self.last is None:
            return None
        return (self.last - self.since).total_seconds()


class Activity:
    """Begins once, when a condition has held for `confirm_s`; ends when it is gone for `quiet_s`.

    Hysteresis: what keeps an activity alive may be weaker than what begins it.
    """

    def __init__(self, *, confirm_s: float, quiet_s: float) -> None:
        self._confirm_s = confirm_s
        # Gaps no longer than the quiet time: no activity begins with the onset of the one before.
        self._onset = Spell(gap_s=min(GAP_S, quiet_s))
        self._life = Spell(gap_s=quiet_s)
        self._on = False

    @property
    def on(self) -> bool:
        """Whether it has begun and not ended."""
        return self._on

    def update(self, now: datetime, *, strong: bool, weak: bool) -> datetime | None:
        """Show it the condition of this moment.

        Args:
            now: Time of the scene.
            strong: What it takes to begin an activity.
            weak: What it takes to keep it alive; implied by `strong`.

        Returns:
            When the activity began, if this is the moment in which it is sure of it; else None.
        """
        if self._on:
            # Asked before it is told, so that a long silence ends it even if nobody was shown it.
            self._on = self._life.update(now, False) is not None
            if self._on:
                self._life.update(now, strong or weak)
                return None
        held_s = self._onset.update(now, strong)
        if not strong or held_s is None or held_s < self._confirm_s:
            return None
        self._on = True
        self._life.update(now, True)
        return self._onset.since
