"""The sounds that are listened for, chunks of sound, and what is put down about a recording."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
"""Samples per second in which sound travels through Hlaska; 62.5 µs are 2 cm of its way."""
SOUND_CLASSES = ("gunshot", "explosion", "scream", "glass-break")
"""What microphones listen for, in the order of all scores; event kinds without `audio.`."""
IMPULSES = ("gunshot", "explosion", "glass-break")
"""Those that begin so sharply that arrival times can be told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """A stretch of a microphone's sound."""

    started_at: datetime
    """When its first sample was taken (as near as the source can tell), UTC."""
    samples: NDArray[np.float32]
    """Mono, -1..1, `RATE_HZ` a second."""


@dataclass(frozen=True, slots=True)
class SoundEvent:
    """A sound in a recording, as an annotator or a listener puts it down."""

    sound: str
    """One of `SOUND_CLASSES`, or the name of what it must not be taken for."""
    onset_s: float
    """Seconds from the beginning of the recording."""
    offset_s: float
    score: float = 1.0
    """0..1; an annotator is sure."""
