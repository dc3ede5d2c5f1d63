"""The rule of the gate: from what was measured to passed, failed or refused, each with its reason.

A candidate passes when it is shown to be no worse: the lower bound of its difference to the
champion is not below minus the margin (a test of non-inferiority: Piaggio et al., JAMA 308, 2012).
Not shown is not passed; but where the data could not have shown it of an equal candidate either,
the gate refuses instead of failing, and says how much is missing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from pydantic import AwareDatetime, Field

from hlaska.bootstrap import RESAMPLES, Counts, Interval, Measure, paired_difference
from hlaska.events import ModelRef
from hlaska.records import Name, Record
from hlaska.results import Column, Report, ReportKind, ResultTable, Value

LEAST_UNITS = 10
"""Of fewer, resampling says little."""
RULE_OF_THREE = 3
"""Of n things of which none went wrong, up to 3/n may yet go wrong (95 %; Hanley, Lippman-Hand, If
nothing goes wrong, is everything all right?, JAMA 249, 1983). Resampling does not know that: where
two models differ in nothing its interval is a point. So there must be three things to find for each
margin, or a worse model passes on the few that it did find (see the benchmark of the gate)."""


class Outcome(StrEnum):
    """What became of a check, or of all of them."""

    PASSED = "passed"
    FAILED = "failed"
    REFUSED = "refused"
    """The data cannot decide."""
    NOT_TRIED = "not tried"
    """What it needs is not here; counts neither way, and is said."""


class Check(Record):
    """One thing that was asked of a candidate."""

    what: str
    outcome: Outcome
    why: str
    candidate: float | None = None
    champion: float | None = None
    low: float | None = Field(default=None, description="Of the difference, 95 %.")
    high: float | None = None
    units: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One measure of candidate and champion on the same units."""

    what: str
    unit: str
    """What is drawn: a stretch of a clip, a scene, a day."""
    candidate: Counts
    """n units x k counts."""
    champion: Counts
    measure: Measure
    margin: float
    """By so much the candidate may be worse."""
    asked: float
    """How many things were to be found in all units; of a guard, whatever it counts in."""
    better: Literal["higher", "lower"] = "higher"
    main: bool = False
    """Whether it decides by its interval; else it guards by its value."""


class Verdict(Record):
    """What the gate says of a version, with all reasons. It never changes."""

    id: Name
    name: Name
    candidate: ModelRef
    champion: ModelRef | None = Field(description="None: there is none yet.")
    outcome: Outcome
    checks: tuple[Check, ...]
    at: AwareDatetime
    by: str
    data: str
    data_sha256: str
    about: dict[str, Value] = Field(default_factory=dict, description="How much was judged.")

    @property
    def why(self) -> str:
        """The reasons of the outcome, in a line or two."""
        telling = [one for one in self.checks if one.outcome == self.outcome]
        if self.outcome == Outcome.PASSED:
            telling = [one for one in self.checks if one.low is not None] or telling
        against = "the constant baseline, as there is no champion yet"
        if self.champion is not None:
            against = f"champion {self.champion.version}"
        return f"Against {against}. " + " ".join(f"{one.what}: {one.why}." for one in telling)

    def report(self, link: str = "") -> Report:
        """The same for people and dashboards."""
        untried = sum(one.outcome == Outcome.NOT_TRIED for one in self.checks)
        about: dict[str, Value] = {
            "outcome": self.outcome.value,
            "data": self.data,
            "data_sha256": self.data_sha256,
            "by": self.by,
            "not_tried": untried,
            **self.about,
        }
        decided = {Outcome.PASSED: True, Outcome.FAILED: False}
        return Report(
            id=self.id,
            kind=ReportKind.GATE,
            made_at=self.at,
            title=f"{self.name}: version {self.candidate.version} {self.outcome} the gate"
            if self.outcome != Outcome.REFUSED
            else f"{self.name}: the gate could not decide about version {self.candidate.version}",
            summary=self.why[:2000],
            model=self.name,
            models=(self.candidate,) + ((self.champion,) if self.champion else ()),
            passed=decided.get(self.outcome),
            link=link,
            about=about,
            tables=(self._table(),),
        )

    def _table(self) -> ResultTable:
        against = "constant" if self.champion is None else "champion"
        return ResultTable(
            name="gate",
            title=f"Gate of {self.name}, version {self.candidate.version}",
            note=f"{self.data}. Differences are those of candidate and {against} on the same "
            "units, drawn again with replacement; bounds hold 95 %.",
            columns=(
                Column("candidate", "candidate", 3),
                Column("champion", against, 3),
                Column("low", "difference, from", 3),
                Column("high", "to", 3),
                Column("units", "units"),
                Column("outcome", "outcome"),
                Column("why", "why"),
            ),
            rows=tuple(
                {"what": one.what, **one.model_dump(exclude={"what"}, mode="json")}
                for one in self.checks
            ),
        )


def compare(
    one: Compared, *, baseline: bool, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Check:
    """What a measure says of the candidate.

    Args:
        one: The measure on all units; figures where less is better are turned round inside.
        baseline: The champion's place is taken by the constant baseline, than which the candidate
            must be better for certain; guards are not compared with it.
        rng: All chance.
        resamples: How often units are drawn.
    """
    sign = 1.0 if one.better == "higher" else -1.0
    between = paired_difference(
        one.candidate, one.champion, lambda sums: sign * one.measure(sums),
        rng=rng, resamples=resamples,
    ) if len(one.candidate) else None  # fmt: skip
    figures = [_known(one.measure(each.sum(axis=0))) for each in (one.candidate, one.champion)]
    n = len(one.candidate)
    low = high = None
    if between is not None and math.isfinite(between.value):
        low, high = sorted((sign * between.low, sign * between.high))
    outcome, why = _decision(one, between, n, baseline)
    return Check(
        what=one.what, outcome=outcome, why=why, candidate=figures[0], champion=figures[1],
        low=low, high=high, units=n,
    )  # fmt: skip


def _decision(
    one: Compared, between: Interval | None, n: int, baseline: bool
) -> tuple[Outcome, str]:
    """Of differences turned so that more is better."""
    least = LEAST_UNITS if one.main else 1
    if n < least or between is None or not math.isfinite(between.value):
        missing = max(least - n, 1)
        return Outcome.REFUSED, f"{n} of {one.unit}, {missing} more are needed to say anything"
    low, value, high = between.low, between.value, between.high
    if not one.main:
        if baseline:
            return Outcome.NOT_TRIED, "no champion to compare with"
        worse = max(0.0, -value)
        told = f"worse by {worse:.3g}, allowed is {one.margin:.3g}"
        return (Outcome.FAILED if worse > one.margin else Outcome.PASSED), told
    if baseline:
        if low > 0:
            return Outcome.PASSED, f"better than the constant by {low:.3g} at least"
        if high <= 0:
            return Outcome.FAILED, "no better than the constant"
        return _refusal(one, n, value - low, value)
    if high < -one.margin:
        return Outcome.FAILED, f"worse by {-high:.3g} at least, allowed is {one.margin:.3g}"
    enough = math.ceil(RULE_OF_THREE / one.margin)
    if one.asked < enough:
        return Outcome.REFUSED, (
            f"{one.asked:.0f} things were to be found in {n} of {one.unit}; to show a difference "
            f"of {one.margin:.3g}, {enough} are needed"
        )
    if low >= -one.margin:
        return Outcome.PASSED, f"at most {max(0.0, -low):.3g} worse, allowed is {one.margin:.3g}"
    if value - low > one.margin:
        return _refusal(one, n, value - low, one.margin)
    return Outcome.FAILED, f"may be {-low:.3g} worse, allowed is {one.margin:.3g}"


def _refusal(one: Compared, n: int, reach: float, wanted: float) -> tuple[Outcome, str]:
    """The data are too few: an interval shrinks with the root of the number of units."""
    enough = math.ceil(n * (reach / wanted) ** 2) if wanted > 0 else 2 * n
    more = max(1, enough - n)
    return (
        Outcome.REFUSED,
        f"its interval reaches {reach:.3g} down, {max(wanted, 0):.3g} would be needed: with {n} of "
        f"{one.unit} even an equal model could not be shown to be one; about {more} more are "
        "needed",
    )


def overall(checks: Sequence[Check]) -> Outcome:
    """Failed when something failed; else refused when the data could not decide; else passed."""
    outcomes = {one.outcome for one in checks}
    for outcome in (Outcome.FAILED, Outcome.REFUSED):
        if outcome in outcomes:
            return outcome
    return Outcome.PASSED if Outcome.PASSED in outcomes else Outcome.REFUSED


def _known(value: object) -> float | None:
    number = float(np.asarray(value))
    return number if math.isfinite(number) else None
