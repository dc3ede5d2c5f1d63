"""GoodVision Video Insights: counts of intervals, line by line and movement by movement.

RESTS ON nothing exported: no file of it, and no list of its columns, was found in public. Its help
(help.goodvisionlive.com, articles 3332363 and 4057134) tells what is counted: lines and zones drawn
on the scene, and movements through several of them in order; article 3304729 tells that classes are
renamed and merged in each project. So a mapping always names classes and movements.

ASSUMED: a CSV with a row an interval and a movement or line, in which each class has a column; or a
row a class, with a column of counts. Times are local. Names of columns are guesses, in English: a
real export says which is which with `columns:` in the mapping.

Files that were written after this text are `constructed: true`.
"""

from pathlib import Path

from training.vendors.columns import Sheet
from training.vendors.export import Export
from training.vendors.interval_counts import counts_of, names
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading

NAMES = names(
    date=("date",),
    starts_at=("start", "start time", "from", "interval start", "time"),
    ends_at=("end", "end time", "to", "interval end"),
    line=("line", "zone", "filter"),
    direction=("direction",),
    movement=("movement", "traffic movement"),
    kind=("class", "object class", "category"),
    count=("count", "volume"),
)


def read(path: Path, mapping: Mapping) -> Export:
    """Counts; a movement of `movements:` is a turning movement, any other one a line.

    Raises:
        DataError: the file is wrong, or holds what the mapping does not explain.
    """
    reading = Reading(path, mapping)
    return reading.done(counts=counts_of(reading, Sheet(reading, NAMES)))
