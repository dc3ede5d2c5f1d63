"""What happens in an exercise: for real scorers where there are recordings, scripted where not.

All times are seconds from the day's beginning.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from hlaska.events import Scalar


@dataclass(frozen=True, slots=True)
class Place:
    """A place on Earth (WGS 84 degrees) and how well it is known."""

    lon: float
    lat: float
    within_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Telling:
    """What a sensor tells, word for word: there is no recording of it."""

    at_s: float
    """When it happened."""
    delay_s: float
    """From then until the event arrives."""
    activity: str
    """What it belongs to, by id."""
    source: str
    kind: str
    confidence: float
    zone: str | None = None
    place: Place | None = None
    device: str = ""
    """Of a foreign detector: the telling is an alert in that maker's JSON."""
    line: str | None = None
    attributes: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SoundCue:
    """A sound that microphones hear, for the sound model."""

    at_s: float
    """When it begins where it is made."""
    activity: str
    sound: str
    """A name of `catalogs.sounds.SOUNDS`."""
    place: Place
    ears: str
    """Id of the foreign detector whose devices hear it, or the beginning of the microphones'."""
    noise_db: float
    """RMS level of the place without it, dB above 20 µPa."""
    seed: int
    shots: int = 0
    """How many, of gunshots; 0 for all else."""
    otherwise: tuple[Telling, ...] = ()
    """What is told where the model is missing."""


@dataclass(frozen=True, slots=True)
class AttackCue:
    """Somebody attacks a camera over the network, for rules and models of flows.

    From `at_s` on an unknown device looks around, guesses the camera's password, and at
    `taken_at_s` takes its stream.
    """

    at_s: float
    taken_at_s: float
    end_s: float
    activity: str
    camera: str
    seed: int
    otherwise: tuple[Telling, ...] = ()


@dataclass(frozen=True, slots=True)
class FilmCue:
    """A piece of a clip of the catalog as what a camera sees, for the detector and the rules."""

    at_s: float
    activity: str
    camera: str
    begin_s: float
    """Within the clip."""
    end_s: float
    otherwise: tuple[Telling, ...] = ()


Cue: TypeAlias = Telling | SoundCue | AttackCue | FilmCue
