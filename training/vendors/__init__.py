"""Exports of many makers, each turned at the door into the same three tables.

ARCHITECTURE. One small file a format: its docstring says on what it rests and what is assumed, its
`read` takes a file and what the run file says of it (`mapping`) to an `export`. Nothing past that
file knows a maker's words. A new format is one file, one line in `FORMATS` and one in `Format`.

- `reading` is an export while it is read: words become ours, and repairs are kept; `text`,
  `columns` and `jsons` open files, `times` turns times into UTC. Errors name file, place, remedy.
- `tracks`, `counts` and `alerts` gather rows and mend the whole; `interval_counts` reads tables of
  counts, which several makers have.
"""

from collections.abc import Callable
from collections.abc import Mapping as Registry
from pathlib import Path
from types import MappingProxyType

from training.vendors import (
    briefcam,
    certicon,
    coco,
    datafromsky,
    frigate,
    goodvision,
    gridsmart,
    motchallenge,
    opendatacam,
    otvision,
)
from training.vendors.export import Export
from training.vendors.mapping import Mapping

Reader = Callable[[Path, Mapping], Export]

FORMATS: Registry[str, Reader] = MappingProxyType(
    {
        "briefcam": briefcam.read,
        "certicon": certicon.read,
        "coco": coco.read,
        "datafromsky": datafromsky.read,
        "frigate": frigate.read,
        "goodvision": goodvision.read,
        "gridsmart": gridsmart.read,
        "motchallenge": motchallenge.read,
        "opendatacam": opendatacam.read,
        "otvision": otvision.read,
    }
)


def read_export(path: Path, mapping: Mapping) -> Export:
    """What a file holds, in our words, units and time.

    Args:
        path: The file, wherever `path` of the mapping led.
        mapping: What the run file says of it.

    Raises:
        DataError: the file cannot be read, is wrong, or holds what the mapping does not explain;
            names file, place and what to do.
    """
    return FORMATS[mapping.format](path, mapping)
