"""What comes out of an assessment: the level of each zone, with all that it rests on."""

from pydantic import AwareDatetime, Field

from hlaska.records import Name, Record
from hlaska.threat.whereabouts import Senses

MOST_LISTED = 20
"""Contributions that are listed of a zone; the rest is summed up in `others`."""


class Contribution(Record):
    """One event as evidence of one zone."""

    event: str = Field(max_length=200, description="Its id.")
    source: Name
    kind: str
    observed_at: AwareDatetime
    confidence: float = Field(ge=0, le=1)
    distance_m: float = Field(ge=0, description="From the zone; 0 inside.")
    alone: float = Field(ge=0, description="Nats that it would add now if there were no other.")
    adds: float = Field(ge=0, description="Nats that it adds to the score now.")


class ZoneThreat(Record):
    """How threatened one zone is, or the whole site, and why."""

    zone: Name | None = Field(description="None: the whole site.")
    level: int = Field(ge=0, le=4, description="As shown: it falls only after a while below.")
    known: bool = Field(description="False: too few sensors work for calm to mean anything.")
    score: float = Field(ge=0, description="Nats of evidence and exposure now.")
    probability: float = Field(ge=0, le=1, description="Of a threat now, from the score.")
    exposure: float = Field(ge=0, description="The part of the score that people at risk add.")
    people: int = Field(ge=0, description="So many are taken to be there.")
    people_why: str = Field(description="How one knows.")
    contributions: tuple[Contribution, ...] = Field(
        default=(), max_length=MOST_LISTED, description="What adds most, the greatest first."
    )
    others: float = Field(default=0.0, ge=0, description="Nats of all that is not listed.")
    falls_at: AwareDatetime | None = Field(
        default=None, description="When the level falls if nothing more happens; None at level 0."
    )
    missing: float | None = Field(
        default=None, description="Nats to the next level; None at level 4."
    )
    would_raise: tuple[str, ...] = Field(
        default=(),
        description="Kinds of which one sure, fresh event from another sensor would raise it.",
    )
    senses: tuple[Senses, ...] = Field(description="Who watches over it.")


class Threats(Record):
    """The picture of one site at one moment. contributions + others + exposure = score."""

    site: Name
    at: AwareDatetime
    up_to_seq: int = Field(ge=0, description="The newest event of the journal that is in it.")
    whole: ZoneThreat = Field(description="Of the site: no lower than that of any zone.")
    zones: tuple[ZoneThreat, ...] = Field(description="In the order of the site file.")


class LevelChange(Record):
    """The level of a zone from one time on."""

    at: AwareDatetime
    zone: Name | None = Field(description="None: the whole site.")
    level: int = Field(ge=0, le=4)
    known: bool
