"""Recommended actions: what to do, who does it, in which order, who confirms it.

`serving.picture.playbooks` reads them from YAML and turns what is wrong into an error that names
file, key and line.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Self

from pydantic import Field, model_validator

from hlaska.places import unique, wrong
from hlaska.records import Name, Record


class Translated(Record):
    """The same words in the languages of the dashboards."""

    en: str = Field(min_length=1, max_length=400)
    cs: str = Field(min_length=1, max_length=400)


class Step(Record):
    """One thing to do."""

    id: Name
    do: Translated = Field(description="What, in one sentence.")
    who: Translated = Field(description="Who does it.")
    confirmed_by: Translated = Field(description="Who tells that it is done.")
    within_s: int = Field(gt=0, le=86_400, description="After the alert was first told.")
    after: tuple[Name, ...] = Field(default=(), description="Steps that come first.")
    key: str = Field(default="", description="What a dispatcher needs for it: a number, a switch.")


class Playbook(Record):
    """The steps for one kind of alert at one site."""

    name: Name
    title: Translated
    source: str = Field(min_length=1, description="Which published plan or drill it follows.")
    steps: tuple[Step, ...] = Field(min_length=1, max_length=30)

    @model_validator(mode="after")
    def _can_be_followed(self) -> Self:
        unique("step", [step.id for step in self.steps])
        earlier: dict[str, Step] = {}
        for step in self.steps:
            for first in step.after:
                if first not in earlier:
                    known = ", ".join(earlier) or "none"
                    message = (
                        f"step {step.id!r} comes after {first!r}, which is no earlier step; "
                        f"earlier: {known}"
                    )
                    raise wrong("id", step.id, message)
                if earlier[first].within_s > step.within_s:
                    message = (
                        f"step {step.id!r} is due within {step.within_s} s, but {first!r}, which "
                        f"comes first, only within {earlier[first].within_s} s"
                    )
                    raise wrong("id", step.id, message)
            earlier[step.id] = step
        return self


Playbooks = Mapping[str, Playbook]
"""By name, for one site."""


def ready(playbook: Playbook, confirmed: Collection[str]) -> tuple[str, ...]:
    """The ids of the steps that can be done now, in the playbook's order.

    Args:
        playbook: What is followed.
        confirmed: Ids of the steps that are done; what is no step of it is passed over.
    """
    return tuple(
        step.id
        for step in playbook.steps
        if step.id not in confirmed and all(first in confirmed for first in step.after)
    )


def overdue(
    playbook: Playbook, told_at: datetime, confirmed: Collection[str], now: datetime
) -> tuple[str, ...]:
    """The ids of the steps that should be done by now and are not, in the playbook's order.

    A step is late whether or not those before it are done.

    Args:
        playbook: What is followed.
        told_at: When the alert was first told.
        confirmed: Ids of the steps that are done; what is no step of it is passed over.
        now: The time asked about; at the end of a step's time it is not late yet.
    """
    return tuple(
        step.id
        for step in playbook.steps
        if step.id not in confirmed and now > told_at + timedelta(seconds=step.within_s)
    )
