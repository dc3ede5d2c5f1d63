"""What a task gives the gate, and how much of it: the one form in which all tasks are judged."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hlaska.records import Record
from training.registry.cost import Work
from training.registry.verdict import Compared

QUICK_MARGIN = 0.2
"""What a quick look can decide at best."""


class GateArgs(Record):
    """How much is judged, and how strictly."""

    margin: float = Field(
        default=0.03, gt=0, le=0.5, description="Of the main measure: how much worse may pass."
    )
    most_slower: float = Field(
        default=1.25, gt=0, description="Times the champion's median a unit of work may take."
    )
    seed: int = Field(default=40, ge=0, description="Of made data and of all draws.")
    resamples: int = Field(
        default=2000, ge=100, le=100_000, description="Draws behind an interval."
    )
    quick: bool = Field(default=False, description="Whether it is the quick form.")
    first_frame: int = Field(
        default=200, ge=0, description="Of a clip, from which frames count: earlier were learnt."
    )
    frames: int = Field(default=10_000, ge=1, description="Of a clip, at most so many count.")
    stretch: int = Field(default=25, ge=1, description="Frames of a clip that are one unit.")
    scenes_each: int = Field(default=12, ge=1, description="Made scenes a sound and loudness.")
    quiet_hours: float = Field(default=0.3, gt=0, description="Of made confusers.")
    days: int = Field(default=16, ge=1, description="Made days of flows.")
    day_hours: float = Field(default=4.0, ge=1, le=24, description="Length of each.")
    attacks: int = Field(default=8, ge=1, description="In each.")

    def smaller(self) -> "GateArgs":
        """The quick form: so little data that only a wide margin can be decided with them."""
        return self.model_copy(
            update={
                "quick": True,
                "margin": max(self.margin, QUICK_MARGIN),
                "frames": 100,
                "stretch": 10,
                "scenes_each": 2,
                "quiet_hours": 0.05,
                "days": 10,
                "day_hours": 1.0,
                "attacks": 4,
            }
        )

    def larger(self, times: int) -> "GateArgs":
        """So many times the made data; of a clip there is no more than there is."""
        return self.model_copy(
            update={"scenes_each": times * self.scenes_each, "days": times * self.days}
        )


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Candidate and champion on the same data."""

    data: str
    data_sha256: str
    compared: tuple[Compared, ...]
    work: Work


def digest_of(parts: Iterable[bytes | str | NDArray[np.generic]]) -> str:
    """The digest of data that were made, or read: of the very values that were judged."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            digest.update(part.encode() + b"\0")
        elif isinstance(part, bytes):
            digest.update(part)
        else:
            digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
