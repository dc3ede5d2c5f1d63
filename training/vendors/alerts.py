"""Alerts of an export, row by row."""

from datetime import datetime

import pandas as pd

from hlaska.columns import AT, KIND
from training.vendors.export import ALERT_TYPES, CAMERA, ENDED_AT, SCORE, TEXT, typed
from training.vendors.reading import Place, Reading

LONGEST_TEXT = 500


class Alerts:
    """The alerts of an export while it is read.

    Args:
        reading: To which they belong.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._rows: dict[tuple[object, ...], None] = {}

    def add(
        self,
        place: Place,
        *,
        word: str,
        at: datetime,
        ended_at: datetime | None = None,
        camera: str = "",
        score: float = float("nan"),
        text: str = "",
    ) -> None:
        """One alert; the same one again is taken once.

        Args:
            place: Where it stands in the file.
            word: What it is called there.
            at: When it began.
            ended_at: When it ended, where that is told.
            camera: As the file calls it.
            score: 0..1, NaN unknown.
            text: What it says.

        Raises:
            DataError: it ends before it begins.
        """
        if ended_at is not None and ended_at < at:
            raise self._reading.wrong(place, f"ended at {ended_at}, before it began at {at}")
        kind = self._reading.alert(word, place)
        ours = self._reading.camera(camera, place)
        if kind is None or ours is None:
            return
        # As text, since NaN is not equal to itself.
        row = at, ended_at, ours, kind, f"{score:.9g}", text[:LONGEST_TEXT]
        if row in self._rows:
            self._reading.repair("an alert that stands there twice is taken once", place)
        self._rows[row] = None

    def __len__(self) -> int:
        return len(self._rows)

    def table(self) -> pd.DataFrame:
        """All of them, in the order of time."""
        columns = zip(*self._rows, strict=True) if self._rows else [()] * len(ALERT_TYPES)
        named = dict(zip((AT, ENDED_AT, CAMERA, KIND, SCORE, TEXT), columns, strict=True))
        named[SCORE] = tuple(map(float, named[SCORE]))
        return typed(named, ALERT_TYPES).sort_values(AT, kind="stable", ignore_index=True)
