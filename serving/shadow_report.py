"""What a challenger that watches reports, whatever it watches: who, since when, how fast.

A watch is what was seen while two versions stood side by side; a report of it goes to the gateway
now and then, each in the place of the one before.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

import numpy as np

from hlaska.events import ModelRef
from hlaska.results import Column, Report, ReportKind, ResultTable, Shown, Value
from serving.evidence import digest_of

ALIAS = "shadow"
"""Of the version that watches."""
MOST_PAIRS = 3
"""Of champion and shadow that are remembered: those before are told."""
REMEMBERED = 2000
"""Latencies of which medians are taken."""


def _few() -> deque[float]:
    return deque(maxlen=REMEMBERED)


@dataclass(slots=True)
class Watch(ABC):
    """What was seen while two versions stood side by side."""

    champion: ModelRef
    shadow: ModelRef
    began_at: datetime
    passed_over: int = 0
    """What was offered and not looked at."""
    champion_s: deque[float] = field(default_factory=_few)
    shadow_s: deque[float] = field(default_factory=_few)
    told: int = 0
    """How much of `looked_at` a report was sent of."""

    @property
    @abstractmethod
    def looked_at(self) -> int:
        """How much was seen: frames, windows, conversations."""


W = TypeVar("W", bound=Watch)


class Watches(Generic[W]):
    """The newest pairs. Some, as while replicas switch answers of two champions come in turn.

    Args:
        begin: Makes the watch of a pair: champion, shadow, since when.
    """

    def __init__(self, begin: Callable[[ModelRef, ModelRef, datetime], W]) -> None:
        self._begin = begin
        self._watches: dict[tuple[ModelRef, ModelRef], W] = {}

    def of(self, champion: ModelRef, shadow: ModelRef) -> W:
        """The watch of a pair, which begins now where there is none."""
        pair = champion, shadow
        if pair not in self._watches:
            self._watches[pair] = self._begin(*pair, datetime.now(UTC))
            while len(self._watches) > MOST_PAIRS:
                del self._watches[next(iter(self._watches))]
        return self._watches[pair]

    def fresh(self) -> list[W]:
        """Those of which there is anything new to tell."""
        return [each for each in self._watches.values() if each.told != each.looked_at]


@dataclass(frozen=True, slots=True)
class Told:
    """What one kind of sensor has to say, beside what all say."""

    unit: str
    """Of what `looked_at` counts."""
    summary: str
    tables: tuple[ResultTable, ...]
    site: str | None = None
    shown: tuple[Shown, ...] = ()
    mark: str = ""
    """Parts the reports of several processes that watch with the same two versions."""


def shadow_report(watch: Watch, told: Told) -> Report:
    """The report of a watch so far; the next has the same id and replaces it."""
    champion, shadow = watch.champion, watch.shadow
    about: dict[str, Value] = {
        "champion": champion.version,
        "shadow": shadow.version,
        "since": watch.began_at.isoformat(),
        told.unit: watch.looked_at,
        "passed_over": watch.passed_over,
    }
    return Report(
        id=_id(watch, told.mark),
        kind=ReportKind.SHADOW,
        made_at=datetime.now(UTC),
        title=f"{shadow.name}: version {shadow.version} watches beside {champion.version}",
        summary=told.summary,
        site=told.site,
        model=shadow.name,
        models=(champion, shadow),
        about=about,
        tables=told.tables,
        shown=told.shown,
    )


def latency_table(watch: Watch, unit: str, note: str) -> ResultTable:
    """How long both took; `unit` is what each of the times is of."""
    rows: list[dict[str, Value]] = []
    for what, took_s in (("champion", watch.champion_s), ("shadow", watch.shadow_s)):
        row: dict[str, Value] = {"what": what, unit: len(took_s)}
        if took_s:
            row["median_ms"] = 1000 * float(np.median(took_s))
            row["p95_ms"] = 1000 * float(np.quantile(took_s, 0.95))
        rows.append(row)
    columns = (
        Column(unit, unit),
        Column("median_ms", "median ms", 1),
        Column("p95_ms", "p95 ms", 1),
    )
    return ResultTable("latency", "From asking to the answer", note, columns, tuple(rows))


def _id(watch: Watch, mark: str) -> str:
    name = digest_of(watch.shadow.name.encode())[:8]
    versions = f"{watch.champion.version[:12]}-{watch.shadow.version[:12]}"
    begun = f"{watch.began_at:%Y%m%dt%H%M%S}"
    return "-".join(filter(None, ("shadow", name, versions, begun, mark))).lower()
