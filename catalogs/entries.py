"""What the catalog says about one data set: its files, where they come from, whose they are.

`datasets.yaml` is read into these records. A source is a folder of some kind that holds the entry's
files by name; sources are tried in the order in which they stand. A new kind of source is one more
record here and one more branch in `catalogs.fetching`. The files of an entry that has hundreds
stand in a table of their own (`files: esc50-glass.csv`, under `listings/`).
"""

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    Field,
    HttpUrl,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from hlaska.errors import DataError
from hlaska.records import Name, Record

CATALOG = Path(__file__).with_name("datasets.yaml")
LISTINGS = "listings"
"""Folder beside the catalog: a CSV (name, size_bytes, sha256) for each entry of many files."""

_RELATIVE = r"^([A-Za-z0-9][A-Za-z0-9._+-]*/)*[A-Za-z0-9][A-Za-z0-9._+-]*$"
"""A relative path that cannot climb out of where it is put."""
FileName = Annotated[str, StringConstraints(pattern=_RELATIVE, max_length=100)]
"""A file, perhaps in folders of its data set."""
Folder = Annotated[str, StringConstraints(pattern=_RELATIVE)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class File(Record):
    """One file of a data set."""

    size_bytes: int = Field(gt=0, description="For the reader of a list; the checksum decides.")
    sha256: Sha256 | None = Field(
        default=None, description="None: pinned at the first fetch, and said so."
    )


class _Source(Record):
    sha256: dict[FileName, Sha256] = Field(
        default_factory=dict, description="Of files that differ at this source from the others."
    )


class DataSource(_Source):
    """A folder under `$HLASKA_DATA`."""

    kind: Literal["data"]
    folder: Folder

    def __str__(self) -> str:
        return f"$HLASKA_DATA/{self.folder}"


class WebSource(_Source):
    """A folder on the open web: the file's name is appended to its address."""

    kind: Literal["web"]
    folder: HttpUrl

    def url(self, name: str) -> str:
        """Address of one file."""
        return f"{str(self.folder).rstrip('/')}/{name}"

    def __str__(self) -> str:
        return str(self.folder.host)


class DebianSource(_Source):
    """A folder inside a Debian package, which is fetched and opened but not installed."""

    kind: Literal["debian"]
    package: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
    folder: Folder

    def __str__(self) -> str:
        return f"Debian package {self.package}"


class MadeSource(_Source):
    """Made on this machine by a recipe of `catalogs.recipes`, from nothing but its seed.

    No checksum is known beforehand: the last digits of its numbers differ from machine to machine.
    """

    kind: Literal["made"]
    recipe: Name

    def __str__(self) -> str:
        return f"recipe {self.recipe}"


Source = Annotated[DataSource | WebSource | DebianSource | MadeSource, Field(discriminator="kind")]


class Entry(Record):
    """One data set."""

    name: Name
    description: Text
    origin: Text = Field(description="Where it was made, and where more is said about it.")
    licence: Text
    owner: Text
    citation: Text
    retention: Text = Field(description="How long a copy may be kept.")
    reads_as: Literal["path", "boxes", "calibration", "recordings"] = Field(
        default="path", description="What `read()` gives: see `catalogs.readers`."
    )
    files: dict[FileName, File] = Field(min_length=1)
    sources: tuple[Source, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _promises_what_it_can_check(self) -> Self:
        for source in self.sources:
            strangers = set(source.sha256) - set(self.files)
            if strangers:
                raise ValueError(f"{source}: sha256 of {sorted(strangers)}, which it does not list")
            if isinstance(source, DataSource) and not all(self.expected(source).values()):
                raise ValueError(f"{source}: a file that lies on disk needs its sha256")
        return self

    def expected(self, source: Source) -> dict[str, str | None]:
        """The checksum of each file when it comes from that source; None where none is known."""
        return {name: source.sha256.get(name, file.sha256) for name, file in self.files.items()}

    def few(self, names: Iterable[str] | None = None) -> str:
        """Some of its files, or of those named, for a message: never hundreds."""
        given = list(self.files if names is None else names)
        rest = len(given) - 3
        return ", ".join(given[:3]) + (f" and {rest} more" if rest > 0 else "")

    @property
    def size_bytes(self) -> int:
        """All its files together."""
        return sum(file.size_bytes for file in self.files.values())


@cache
def load_entries(path: Path = CATALOG) -> dict[str, Entry]:
    """All entries of a catalog file, by name, in the order in which they stand.

    Raises:
        DataError: the file cannot be read, or an entry is wrong; names file, entry and key.
    """
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(written, dict):
        raise DataError(f"{path}: holds {type(written).__name__}; write `entry name: its fields`")
    named = {k: _whole(k, v, path) if isinstance(v, dict) else v for k, v in written.items()}
    try:
        return TypeAdapter(dict[str, Entry]).validate_python(named)
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise DataError("\n".join(lines)) from error


def _whole(name: str, fields: dict[str, Any], catalog: Path) -> dict[str, Any]:
    """An entry's fields with its name, and with the files that its listing names."""
    listed = fields.get("files")
    if not isinstance(listed, str):
        return {"name": name, **fields}
    path = catalog.parent / LISTINGS / listed
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        files = {
            row["name"]: {"size_bytes": row["size_bytes"], "sha256": row["sha256"] or None}
            for row in rows
        }
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as error:
        raise DataError(
            f"{catalog}: {name}.files: {path} cannot be read ({error}); it needs the columns name, "
            "size_bytes, sha256"
        ) from error
    return {"name": name, **fields, "files": files}
