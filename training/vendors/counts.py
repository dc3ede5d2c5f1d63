"""Counts of an export, row by row; what stands there twice, or says two things, is found."""

from datetime import datetime
from typing import NamedTuple

import pandas as pd

from hlaska.columns import COUNT, DIRECTION, KIND, LINE
from training.vendors.export import COUNT_TYPES, ENDS_AT, STARTS_AT, TO_LINE, typed
from training.vendors.reading import Place, Reading, shown

MOST = 10_000_000
"""More cannot pass in one interval."""


class Words(NamedTuple):
    """What is counted, in the file's words."""

    line: str
    direction: str
    kind: str
    movement: str = ""
    """Instead of a line and a direction."""
    to_line: str = ""
    """Of a turning movement that names both its lines."""


class Counts:
    """The counts of an export while it is read.

    Args:
        reading: To which they belong.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._rows: list[tuple[object, ...]] = []
        self._spans: dict[Words, list[tuple[datetime, datetime, int, Place]]] = {}
        self._events: set[tuple[Words, datetime, str]] = set()

    def add(self, place: Place, words: Words, starts: datetime, ends: datetime, count: int) -> None:
        """How many there were in an interval.

        Raises:
            DataError: the count is below 0 or beyond any street.
        """
        if not 0 <= count <= MOST:
            raise self._reading.wrong(
                place, f"a count of {count} in one interval; from 0 to {MOST:,} are possible"
            )
        self._spans.setdefault(words, []).append((starts, ends, count, place))

    def event(self, place: Place, words: Words, at: datetime, who: str = "") -> None:
        """A single crossing whose moment is known.

        Args:
            place: Where it stands.
            words: What crossed.
            at: When.
            who: Id of the object; the same one is counted there and then once.
        """
        if who:
            key = words, at, who
            if key in self._events:
                self._reading.repair("a crossing that stands there twice is taken once", place)
                return
            self._events.add(key)
        self._append(place, words, at, at, 1)

    def table(self) -> pd.DataFrame:
        """All of them in our words.

        Raises:
            DataError: two rows count the same at the same time and do not agree; names both.
        """
        for words, spans in self._spans.items():
            spans.sort(key=lambda span: (span[0], span[1]))
            last: tuple[datetime, datetime, int, Place] | None = None
            for span in spans:
                if last is not None and span[0] < last[1]:
                    if span[:3] != last[:3]:
                        raise self._overlap(words, last, span)
                    self._reading.repair("a count that stands there twice is taken once", span[3])
                    continue
                starts, ends, count, place = last = span
                self._append(place, words, starts, ends, count)
        columns = zip(*self._rows, strict=True) if self._rows else [()] * len(COUNT_TYPES)
        names = (LINE, DIRECTION, KIND, STARTS_AT, ENDS_AT, COUNT, TO_LINE)
        return typed(dict(zip(names, columns, strict=True)), COUNT_TYPES)

    def _append(
        self, place: Place, words: Words, starts: datetime, ends: datetime, count: int
    ) -> None:
        reading = self._reading
        kind = reading.kind(words.kind, place)
        ours = self._where(words, place)
        if kind is not None and ours is not None:
            line, direction, to_line = ours
            self._rows.append((line, direction, kind, starts, ends, count, to_line))

    def _where(self, words: Words, place: Place) -> tuple[str, str, str] | None:
        reading = self._reading
        moved = reading.mapping.movements.get(words.movement)
        if moved is not None:
            return moved[0], "", moved[1]
        # A movement that the mapping does not know is a line of that name.
        line = reading.line(words.line or words.movement, place)
        if line is None:
            return None
        if words.to_line:
            to_line = reading.line(words.to_line, place)
            return None if to_line is None else (line, "", to_line)
        direction = reading.direction(words.direction, place)
        return None if direction is None else (line, direction, "")

    def _overlap(
        self,
        words: Words,
        one: tuple[datetime, datetime, int, Place],
        other: tuple[datetime, datetime, int, Place],
    ) -> Exception:
        what = ", ".join(word for word in words if word)
        return self._reading.wrong(
            other[3],
            f"{what}: {other[2]} from {other[0]:%Y-%m-%d %H:%M:%S} to {other[1]:%H:%M:%S} UTC, "
            f"but {one[2]} from {one[0]:%Y-%m-%d %H:%M:%S} to {one[1]:%H:%M:%S} in "
            f"{shown(one[3])}; the exports overlap: delete one of them, or export the time anew",
        )
