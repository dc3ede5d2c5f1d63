"""What a listener has scored, and what it gives back."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A stretch of sound to be scored."""

    started_at: datetime
    """When its first sample was taken, UTC."""
    start_s: float
    """Seconds since the first sample that the listener heard."""
    samples: NDArray[np.float32]
    """Mono, -1..1, `RATE_HZ` a second."""


@dataclass(frozen=True, slots=True, eq=False)
class SoundFinding:
    """A sound that enough windows agree on: one bang or a volley of them, one scream."""

    sound: str
    """One of `SOUND_CLASSES`."""
    observed_at: datetime
    """When its first onset arrived, UTC."""
    onset_s: float
    """The same, in seconds since the first sample that the listener heard."""
    offset_s: float
    """When it was over, or was told because it went on for long."""
    onsets_s: tuple[float, ...]
    """When each shot arrived, seconds after `observed_at`; the first is 0."""
    confidence: float
    windows_agreed: int
    windows_asked: int
    peak_dbfs: float
    scores: NDArray[np.float32]
    """Average scores around it, n x 4, in the order of `SOUND_CLASSES`."""
    scores_start_s: float
    """When the first of them begins, seconds after `observed_at` (so it is negative)."""
    scores_step_s: float
    """From one of them to the next."""
