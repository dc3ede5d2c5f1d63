"""BriefCam: alerts of RESPOND, or counts of RESEARCH.

RESTS ON the user manual of v5.6.1 (June 2020, documentcloud.org 7218897), which tells the parts of
the product: REVIEW finds objects in recordings, RESPOND raises alerts by rules as they happen,
RESEARCH shows counts. Columns of an exported file were seen nowhere.

ASSUMED: a CSV with a head. With a column of counts it is read as counts of intervals; else a row is
an alert: its time, and where known its end, the camera, the rule, the class of the object, and a
score from 0 to 1 or in percent. Times are local. The rule says what kind of alert it is (`alerts:`
in the mapping); where there is no rule, the class does. Names of columns are guesses, in English: a
real export says which is which with `columns:`.

Files that were written after this text are `constructed: true`.
"""

from pathlib import Path

import pandas as pd

from training.vendors.alerts import Alerts
from training.vendors.columns import Sheet
from training.vendors.export import Export
from training.vendors.interval_counts import counts_of, names
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading
from training.vendors.text import Numbers
from training.vendors.times import Clock

NAMES = {
    **names(
        date=("date",),
        starts_at=("start", "start time", "time", "alert time", "timestamp", "date time"),
        ends_at=("end", "end time"),
        line=("line", "path", "area"),
        direction=("direction",),
        kind=("class", "object class", "object type"),
        count=("count", "objects", "object count"),
    ),
    "camera": ("camera", "camera name", "source"),
    "rule": ("rule", "rule name", "alert", "alert name"),
    "score": ("score", "confidence", "similarity"),
    "text": ("description", "details", "comment"),
}


def read(path: Path, mapping: Mapping) -> Export:
    """Alerts; or counts, where there is a column of them.

    Raises:
        DataError: the file is wrong, or holds what the mapping does not explain.
    """
    reading = Reading(path, mapping)
    sheet = Sheet(reading, NAMES)
    if "count" in sheet.places:
        return reading.done(counts=counts_of(reading, sheet))
    return reading.done(alerts=_alerts(reading, sheet))


def _alerts(reading: Reading, sheet: Sheet) -> pd.DataFrame:
    sheet.need("starts_at")
    if "kind" not in sheet.places:
        sheet.need("rule")
    alerts, clock, numbers = Alerts(reading), Clock(reading), Numbers(reading)
    for line, cells in sheet:
        day = sheet.cell(cells, "date")
        at, end = (f"{day} {sheet.cell(cells, name)}".strip() for name in ("starts_at", "ends_at"))
        begins, ends = clock.utc(at, line), None
        if sheet.cell(cells, "ends_at"):
            ends = begins if at == end else clock.span(at, end, line)[1]
        written = sheet.cell(cells, "score").removesuffix("%").strip()
        score = numbers.optional(written, line, "score")
        alerts.add(
            line,
            word=sheet.cell(cells, "rule") or sheet.cell(cells, "kind"),
            at=begins,
            ended_at=ends,
            camera=sheet.cell(cells, "camera"),
            score=score / 100 if sheet.cell(cells, "score").endswith("%") else score,
            text=sheet.cell(cells, "text"),
        )
    return alerts.table()
