"""Results of training, evaluation and comparison, as tables that the gateway keeps and serves.

Whoever measures writes a `Report`; dashboards show it without importing what made it.
"""

import math
from collections.abc import Mapping
from enum import StrEnum

from pydantic import AwareDatetime, ConfigDict, Field
from pydantic.dataclasses import dataclass

from hlaska.events import Evidence, ModelRef
from hlaska.records import Name, Record

Value = str | float | int | None

INTERVALS = "intervals"
"""Points of a report: a row a figure that has an interval, with `what` (the system), `metric`,
`value`, `low`, `high`, `better` (more or less); of a difference also `than`, the other system."""
THRESHOLDS = "thresholds"
"""Points: a row a system, `class` and `threshold`, with `precision`, `recall` and `rate`, in the
unit that the report's `about["rate"]` names."""
OPERATING = "operating"
"""Points: the same at the `threshold` that each system's card says."""


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Column:
    """One figure of every system."""

    key: str
    heading: str
    digits: int = 0


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class ResultTable:
    """Some figures of some systems.

    A row is a system: `what` it is, and a value for each column; or `what`, and the `reason` why
    there are none.
    """

    name: str
    title: str
    note: str
    """On what it was measured, and what it does not say."""
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Value], ...]


class ReportKind(StrEnum):
    """What a report is about."""

    EVALUATION = "evaluation"
    """How good some models are."""
    GATE = "gate"
    """Whether a candidate may take the champion's place."""
    PROMOTION = "promotion"
    """That a model took a place, or gave it back: who, when and why."""
    SHADOW = "shadow"
    """Where a challenger that watched live disagreed with the champion."""
    DRIFT = "drift"
    """How far a sensor's inputs and scores are from what its model was made on."""
    PROPOSAL = "proposal"
    """What dispatchers' verdicts would change, with its expected effect."""
    COMPARISON = "comparison"
    """Systems of several makers on the same truth."""


class Shown(Record):
    """A picture or sound of a report: a worst case, a disagreement."""

    evidence: Evidence
    caption: str = Field(max_length=500)


class Report(Record):
    """What somebody measured, with all that is needed to read it."""

    id: Name = Field(description="Sending it again with the same id replaces it.")
    kind: ReportKind
    made_at: AwareDatetime
    title: str = Field(min_length=1, max_length=200)
    summary: str = Field(default="", max_length=2000, description="The answer in a sentence.")
    site: Name | None = None
    source: Name | None = Field(default=None, description="The one sensor that it is about.")
    model: Name | None = Field(default=None, description="Name in the registry.")
    models: tuple[ModelRef, ...] = Field(default=(), max_length=50)
    passed: bool | None = Field(default=None, description="Of a gate; none: it decides nothing.")
    link: str = Field(default="", max_length=500, description="Page of the MLflow run.")
    about: dict[str, Value] = Field(default_factory=dict, description="Data, seeds, who, why.")
    tables: tuple[ResultTable, ...] = Field(default=(), max_length=50)
    points: dict[str, tuple[dict[str, Value], ...]] = Field(
        default_factory=dict, description="Of curves, by name: too long for a table."
    )
    shown: tuple[Shown, ...] = Field(default=(), max_length=100)


def written(value: Value, digits: int) -> str:
    """A value as it is shown; nothing, and what is not a number, is a dash."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return value if isinstance(value, str) else f"{value:,.{digits}f}"
