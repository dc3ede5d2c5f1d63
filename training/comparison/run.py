"""The run file of a comparison: YAML in, a checked `Run` out, or an error with every mistake."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from catalogs import datasets, documents
from hlaska.errors import DataError
from hlaska.places import wrong
from hlaska.records import Name, Record
from hlaska.settings import Settings
from training.comparison.conditions import Condition
from training.comparison.scene import Scene
from training.vendors.mapping import Mapping

ORACLE, CONSTANT = "oracle", "constant"
DATASET = "dataset:"
Price = Annotated[float, Field(ge=0, le=1e6)]
Where = Annotated[str, Field(min_length=1, max_length=500)]


class Truth(Record):
    """What really happened. Paths are relative to the run file, or dataset:NAME."""

    tracks: Where | None = Field(
        default=None,
        description="Boxes: MOT Challenge text (.txt), CVML (.xml), or CSV with frame, track, "
        "kind, x0, y0, x1, y1 and, where known, x_m, y_m, speed_ms.",
    )
    kind: Name = Field(
        default="person", description="Class of all boxes of a file that names no classes."
    )
    classes: dict[str, Name] = Field(
        default_factory=dict,
        description="What the numbers of MOT Challenge's eighth field mean, such as 1: person; "
        "others are left out.",
    )
    every: int = Field(
        default=1, ge=1, le=10_000, description="Only frames 0, n, 2n … are annotated, and judged."
    )
    crossings: Where | None = Field(
        default=None,
        description="CSV with frame or at, line, direction, kind and, where known, track. Default: "
        "what the tracks cross.",
    )
    counts: Where | None = Field(
        default=None,
        description="CSV with line, direction, kind, starts_at, ends_at, count and, of a turning "
        "movement, to_line. Default: the crossings, counted.",
    )
    alerts: Where | None = Field(
        default=None, description="CSV with at, kind and, where known, ended_at and camera."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any((self.tracks, self.crossings, self.counts, self.alerts)):
            raise ValueError("is empty; give tracks, crossings, counts or alerts")
        return self


class Cost(Record):
    """What a system costs, and where that is from."""

    per_camera_hour: Price | None = Field(
        default=None, description="Price of an hour of one camera."
    )
    machine_per_hour: Price | None = Field(
        default=None,
        description="Price of an hour of the machine; of a detector that is run here, over how "
        "many times faster than the camera it was.",
    )
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    hardware: str = Field(default="", max_length=200)
    source: str = Field(default="", max_length=300, description="Price list, offer, date.")


class Ours(Record):
    """A detector that is run on the clip, by the code that serves it."""

    detector: str = Field(
        min_length=1, max_length=500, description="seed:NAME, models:/NAME@ALIAS or a folder."
    )
    tracker: Literal["hlaska", "ultralytics"] = Field(
        default="hlaska", description="Our pipeline, or plain `model.track()` of Ultralytics."
    )
    gated: bool = Field(default=True, description="Whether a still picture is spared the detector.")


class System(Record):
    """One that is compared: an export, or a detector that is run."""

    name: str | None = Field(default=None, min_length=1, max_length=80)
    export: Mapping | None = None
    ours: Ours | None = None
    cost: Cost = Cost()

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.export is None) == (self.ours is None):
            raise ValueError("is one thing: give either `export:` or `ours:`")
        return self

    @property
    def constructed(self) -> bool:
        """Whether its export was written from documentation, by nobody's machine."""
        return self.export is not None and self.export.constructed

    @property
    def shown(self) -> str:
        """Its name in every table; what was constructed says so and is nobody's result."""
        if self.ours is not None:
            plain = self.name or self.ours.detector
            return plain if self.name or self.ours.tracker == "hlaska" else f"track() {plain}"
        assert self.export is not None
        plain = self.name or self.export.system
        return f"{plain} (constructed)" if self.constructed else plain


class Run(Record):
    """A comparison."""

    name: Name
    title: str = Field(min_length=1, max_length=150)
    about: str = Field(default="", max_length=2000, description="What it was measured on.")
    site: Name | None = None
    truth: Truth
    scene: Scene
    conditions: tuple[Condition, ...] = Field(default=(), max_length=50)
    systems: tuple[System, ...] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = [system.shown for system in self.systems]
        for name in names:
            if name in (ORACLE, CONSTANT):
                raise wrong("name", name, f"{name} is always compared; give another name")
            if names.count(name) > 1:
                raise ValueError(f"two systems are {name!r}; give one of them a `name:`")
        parts = [(one.by, one.name) for one in self.conditions]
        for by, name in parts:
            if parts.count((by, name)) > 1:
                raise wrong("name", name, f"two conditions by {by} have this name")
        return self


def load_run(path: Path) -> Run:
    """Read a run file.

    Raises:
        DataError: it cannot be read or is wrong. Every mistake is one line of the message: file,
            line, key, and what to do.
    """
    form = documents.Form(
        record=Run,
        error=DataError,
        whole="run",
        starts="name: our-junction",
        seek="give the path of a run file",
        learn="see `hlaska compare --help` for a run",
    )
    return documents.load(path, form)


def located(where: str | Path, base: Path, settings: Settings) -> Path:
    """The file that a run file names: of the catalog, or relative to the run file's folder.

    Raises:
        DataError: the catalog has no such entry, or it cannot be had.
    """
    text = str(where)
    if text.startswith(DATASET):
        return datasets.fetch(text.removeprefix(DATASET), settings)
    return base / text
