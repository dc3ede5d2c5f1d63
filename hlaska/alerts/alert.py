"""What an alert is, and what was done about it."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from hlaska.events import Evidence, Location
from hlaska.kinds import Family
from hlaska.records import Name, Record

MOST_TEXT = 1000
"""Letters of what somebody writes."""
MOST_EVENTS = 200
"""Ids of events that an alert lists; more are counted only. The store knows all of them."""
MOST_EVIDENCE = 10
MOST_ENTRIES = 200
"""Of an alert's own history; the audit log has all."""
MOST_CONFIRMED = 50

SYSTEM = "hlaska"
"""Who does what nobody ordered."""

Person = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\n\r]+$"),
]
"""Who gave an order, as they call themselves."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MOST_TEXT)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_TEXT)]
"""Text that may not be empty."""


class State(StrEnum):
    """Where an alert stands."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


OPEN = frozenset({State.NEW, State.ACKNOWLEDGED, State.ASSIGNED})


class Verdict(StrEnum):
    """What it turned out to be."""

    TRUE = "true"
    FALSE = "false"
    DRILL = "drill"
    UNSURE = "unsure"


class Judgement(Record):
    """A verdict: the label of the alert's events, for training."""

    verdict: Verdict
    note: Text = ""
    by: Person
    at: AwareDatetime


class Confirmed(Record):
    """A step of the playbook that was done."""

    step: Name
    by: Person
    at: AwareDatetime
    note: Text = ""


class Entry(Record):
    """One line of an alert's history."""

    at: AwareDatetime
    by: Person
    did: Name = Field(
        description="Name of the action (`acknowledge`), or `open`, `tell`, `escalate`."
    )
    words: str = Field(default="", max_length=MOST_TEXT, description="What was said with it.")


class Alert(Record):
    """One activity that a dispatcher deals with."""

    id: Name = Field(description="Follows from site, family and its first event.")
    site: Name
    family: Family
    state: State = State.NEW
    version: int = Field(default=1, ge=1, description="One more with every change.")
    matter: str = Field(
        default="",
        max_length=500,
        description="Of an alert about a source: what is wrong with it; empty: the connection.",
    )
    zone: Name | None = Field(default=None, description="Of the site; None: not in any.")
    location: Location | None = Field(
        default=None,
        description="Of its worst event that has one; of equally bad ones, the least uncertain.",
    )
    placed: int = Field(
        default=0, ge=0, le=4, description="The severity of the event that `location` is from."
    )
    severity: int = Field(ge=0, le=4, description="Of its worst kind.")
    confidence: float = Field(ge=0, le=1, description="The greatest among its worst kind.")
    worst: str = Field(description="Id of the event that both are from.")
    kinds: tuple[str, ...] = Field(description="In the order in which they came.")
    sources: tuple[Name, ...] = Field(
        description="Who told it, and sensors behind devices that it is about, as they came."
    )
    events: tuple[str, ...] = Field(max_length=MOST_EVENTS, description="Ids, in that order.")
    count: int = Field(ge=1, description="All of its events, listed or not.")
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=MOST_EVIDENCE)
    first_at: AwareDatetime = Field(description="When its earliest event was observed.")
    last_at: AwareDatetime = Field(description="When its latest event was observed.")
    opened_at: AwareDatetime = Field(description="When it was first told.")
    told_at: AwareDatetime = Field(description="When it was last told: a sound in the room.")
    told: int = Field(default=1, ge=1, description="How often it was told.")
    told_why: str = Field(default="new", max_length=200, description="Why the last time.")
    untold: str = Field(
        default="", max_length=200, description="Why it would have been told, but for a silence."
    )
    escalated: int = Field(default=0, ge=0, description="How often, since it was last told.")
    closed_at: AwareDatetime | None = None
    assignee: Person | None = None
    reason: Text = Field(default="", description="Why it was dismissed.")
    judgement: Judgement | None = None
    handover: Text = Field(default="", description="What the next shift should know.")
    playbook: str = Field(default="", description="Name of the recommended actions.")
    confirmed: tuple[Confirmed, ...] = Field(default=(), max_length=MOST_CONFIRMED)
    silence: str | None = Field(default=None, description="Id of the silence that hides it.")
    history: tuple[Entry, ...] = Field(default=(), max_length=MOST_ENTRIES)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to deal with it."""
        return self.state in OPEN

    @property
    def modalities(self) -> tuple[str, ...]:
        """The senses that noticed it, in the order in which they did."""
        return tuple(dict.fromkeys(kind.split(".")[0] for kind in self.kinds))

    @property
    def refuted(self) -> bool:
        """Whether somebody found that nothing happened: its events are no evidence any more."""
        if self.judgement is not None:
            return self.judgement.verdict in {Verdict.FALSE, Verdict.DRILL}
        return self.state is State.DISMISSED
