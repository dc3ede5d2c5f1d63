"""How much is measured in one run."""

from dataclasses import dataclass

from hlaska.settings import Settings
from training.evaluation.progress import Announce


@dataclass(frozen=True)
class Plan:
    """Of one run; the quick one only shows that everything works."""

    settings: Settings
    announce: Announce
    quick: bool

    @property
    def frames(self) -> int | None:
        """Of the clip that accuracy is measured on; None for all."""
        return 60 if self.quick else None

    @property
    def timed_frames(self) -> int:
        """Of the clip, in one timed pass."""
        return 20 if self.quick else 300

    @property
    def repeats(self) -> int:
        """Of each timed pass."""
        return 2 if self.quick else 5

    @property
    def watched_s(self) -> int:
        """How long a browser watches the running system."""
        return 10 if self.quick else 90

    @property
    def looked_s(self) -> int:
        """How long many sessions look on, so that what fills up at first is full at the half."""
        return 15 if self.quick else 1200
