"""Where two models agree class by class, and where they differ most: sounds, attacks, anomalies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from hlaska.results import Column, ResultTable, Value

MOST_KEPT = 10
"""Differences of a report."""
CONSIDERED = 50
"""Of one look and class, the largest: their neighbours show the same."""

Where = Callable[[int], tuple[str, datetime]]
"""What a row is about (empty where nobody knows), and when it was."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What a model said of some rows, and from where on that counts."""

    values: NDArray[np.float32]
    """n x classes, 0..1."""
    classes: Sequence[str]
    points: Mapping[str, float]
    """The lowest score that counts, of each class that counts at all."""

    def of(self, name: str) -> NDArray[np.float32]:
        """The scores of a class; 0 where the model does not know it."""
        if name not in self.classes:
            return np.zeros(len(self.values), np.float32)
        return self.values[:, self.classes.index(name)]

    def counts(self, name: str) -> NDArray[np.bool_]:
        """Of each row, whether it reaches the operating point of a class."""
        if name not in self.classes or name not in self.points:
            return np.zeros(len(self.values), bool)
        return self.of(name) >= self.points[name]


@dataclass(slots=True)
class ClassTally:
    """How often two models agreed about one class."""

    both: int = 0
    only_champion: int = 0
    only_shadow: int = 0

    def add(self, champion: NDArray[np.bool_], shadow: NDArray[np.bool_]) -> None:
        """Count rows: of each, whether it reaches the operating point of either."""
        self.both += int((champion & shadow).sum())
        self.only_champion += int((champion & ~shadow).sum())
        self.only_shadow += int((~champion & shadow).sum())

    @property
    def share(self) -> float | None:
        """Rows that count for both, of all that count for either; None when there are none."""
        either = self.both + self.only_champion + self.only_shadow
        return self.both / either if either else None


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that counts for one of the two only."""

    what: str
    who: str
    champion: float
    shadow: float
    at: datetime

    @property
    def size(self) -> float:
        """How far the scores are from each other."""
        return abs(self.champion - self.shadow)


class ClassAgreement:
    """How often two models agreed so far.

    Args:
        apart: Differences of one class about the same are so far from each other.
    """

    def __init__(self, apart: timedelta) -> None:
        self._apart = apart
        self.rows = 0
        self.tallies: dict[str, ClassTally] = {}
        self.differences: list[Difference] = []
        """The largest first."""

    def add(self, champion: Scores, shadow: Scores, where: Where) -> None:
        """Count what both said of the same rows."""
        self.rows += len(champion.values)
        for name in sorted({*champion.points, *shadow.points}):
            ours, theirs = champion.counts(name), shadow.counts(name)
            self.tallies.setdefault(name, ClassTally()).add(ours, theirs)
            one, other = champion.of(name), shadow.of(name)
            rows = np.flatnonzero(ours != theirs)
            rows = rows[np.argsort(-np.abs(one[rows] - other[rows]), kind="stable")]
            for row in rows[:CONSIDERED]:
                who, at = where(int(row))
                self._keep(Difference(name, who, float(one[row]), float(other[row]), at))

    @property
    def whole(self) -> ClassTally:
        """All classes together."""
        every = self.tallies.values()
        return ClassTally(
            sum(each.both for each in every),
            sum(each.only_champion for each in every),
            sum(each.only_shadow for each in every),
        )

    def table(self, unit: str) -> ResultTable:
        """A row a class; `unit` is what rows are."""
        rows: list[dict[str, Value]] = [
            {
                "what": name,
                "share": tally.share,
                "both": tally.both,
                "only_champion": tally.only_champion,
                "only_shadow": tally.only_shadow,
                unit: self.rows,
            }
            for name, tally in self.tallies.items()
        ]
        columns = (
            Column("share", "alarms of both, of all", 3),
            Column("both", "alarms of both"),
            Column("only_champion", "only champion"),
            Column("only_shadow", "only shadow"),
            Column(unit, unit),
        )
        note = (
            f"{unit.capitalize()} that reach the operating point of their class, each model's own. "
            "Who of the two is right, nobody has said."
        )
        return ResultTable("agreement", "Champion and shadow", note, columns, tuple(rows))

    def differences_table(self, who: str, note: str) -> ResultTable:
        """A row a difference; `who` is the heading of what it is about, empty: nobody knows."""
        rows: list[dict[str, Value]] = []
        for each in self.differences:
            row: dict[str, Value] = {"what": each.what}
            if who:
                row["who"] = each.who
            row |= {"champion": each.champion, "shadow": each.shadow}
            rows.append(row | {"at": each.at.isoformat(timespec="seconds")})
        columns = (
            *((Column("who", who),) if who else ()),
            Column("champion", "champion", 2),
            Column("shadow", "shadow", 2),
            Column("at", "when"),
        )
        return ResultTable("differences", "Largest differences", note, columns, tuple(rows))

    def _keep(self, found: Difference) -> None:
        near = next((each for each in self.differences if self._are_alike(each, found)), None)
        if near is not None:
            if near.size >= found.size:
                return
            self.differences.remove(near)
        self.differences.append(found)
        self.differences.sort(key=lambda each: each.size, reverse=True)
        del self.differences[MOST_KEPT:]

    def _are_alike(self, one: Difference, other: Difference) -> bool:
        same = (one.what, one.who) == (other.what, other.who)
        return same and abs(one.at - other.at) < self._apart
