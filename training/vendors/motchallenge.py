"""MOT Challenge: a line a box, as text.

RESTS ON https://motchallenge.net/instructions: `frame, id, left, top, width, height, confidence, …`
with frames from 1 and -1 for what is not told. Of results, the fields behind are -1; in truths of
2016 and later, the eighth is the number of a class.

ASSUMED: without `classes:` in the mapping, everything is a person, as in that challenge, or what
`kind:` says; with `classes:`, the eighth field is the class (`"1": person`). Pixels are taken as
they are written, as the truth's are.
"""

from pathlib import Path

from hlaska.tracks import PERSON
from training.vendors.export import Export
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading
from training.vendors.text import Numbers, content, decoded, rows
from training.vendors.tracks import NO_SCORE, Tracks

_FIELDS = ("frame", "id", "left", "top", "width", "height", "confidence", "class")
_CLASS = 7
_UNTOLD = -1


def read(path: Path, mapping: Mapping) -> Export:
    """Tracks; an id of -1 is a box that is not followed.

    Raises:
        DataError: a line is not a box, or is of a class that the mapping does not explain.
    """
    reading = Reading(path, mapping)
    numbers, tracks = Numbers(reading), Tracks(reading, first=1)
    for line, cells in rows(decoded(content(reading), reading), reading):
        wanted = _CLASS + 1 if mapping.classes else 6
        if len(cells) < wanted:
            raise reading.wrong(
                line,
                f"{len(cells)} fields, where {', '.join(_FIELDS[:wanted])} are wanted; is the file "
                "cut off here?",
            )
        frame, track = (numbers.whole(cells[i], line, _FIELDS[i]) for i in (0, 1))
        left, top, width, height = (numbers.number(cells[i], line, _FIELDS[i]) for i in range(2, 6))
        score = numbers.number(cells[6], line, _FIELDS[6]) if len(cells) > 6 else _UNTOLD
        if mapping.classes:
            kind = reading.kind(cells[_CLASS].removesuffix(".0"), line)
        else:
            kind = mapping.kind or PERSON
        if kind is not None:
            tracks.add(
                line,
                track="" if track == _UNTOLD else str(track),
                kind=kind,
                frame=frame,
                box=(left, top, left + width, top + height),
                score=NO_SCORE if score == _UNTOLD else score,
            )
    return reading.done(tracks=tracks.table())
