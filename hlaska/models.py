"""The model card: what a served model takes and gives, and how far it can be trusted.

After Mitchell et al., Model Cards for Model Reporting (FAT* 2019), cut down to what the running
system needs to load a model rightly and a person needs to judge it.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, model_validator

from hlaska.records import Name, Record

Probability = Annotated[float, Field(ge=0, le=1)]


class ModelInput(Record):
    """The tensor a model takes."""

    shape: tuple[int, ...] = Field(description="Batch first; -1 where the size is free.")
    dtype: Literal["uint8", "float32"] = "float32"
    colour_order: Literal["rgb", "bgr"] | None = Field(default=None, description="For pictures.")
    scale: float = Field(default=1.0, gt=0, description="Pixel values are multiplied by it.")
    letterbox: Literal["centre", "top-left"] | None = Field(
        default=None, description="Where the resized picture lies on the grey canvas (114)."
    )
    sample_rate_hz: int | None = Field(default=None, gt=0, description="For sound.")
    window_s: float | None = Field(
        default=None, gt=0, description="For flows: length of what a row sums up."
    )
    features: tuple[str, ...] = Field(default=(), description="For flows: what the columns are.")


class Measured(Record):
    """One figure and what it was measured on."""

    metric: str
    value: NonNegativeFloat
    data: str = Field(description="Data set, and which part of it.")
    how: str = Field(default="", description="Command or source of the figure.")


class ModelCard(Record):
    """What a model is, next to its weights as `card.json`."""

    name: Name
    version: str = Field(min_length=1, max_length=100)
    summary: str = Field(description="What it does and where it fails, in a sentence or two.")
    task: Literal["detect", "sound-events", "flow-attacks", "flow-anomaly"]
    classes: tuple[str, ...] = Field(min_length=1, description="In the order of its outputs.")
    input: ModelInput
    output: Literal["yolo", "yolo-end2end", "yolox", "regions", "scores", "frame-scores"] = Field(
        description="yolo: 1x(4+classes)xn, no suppression inside; yolo-end2end: 1xnx6, "
        "suppressed; yolox: raw grid; regions: found in the regions that move; scores: one per "
        "column; frame-scores: frames x columns."
    )
    columns: dict[str, tuple[int, ...]] | None = Field(
        default=None,
        description="Of scores: the columns of the output that mean a class, of which the greatest "
        "counts; none: one column a class, in order.",
    )
    runtime: Literal["openvino", "onnxruntime", "opencv", "skops"]
    weights: str | None = Field(
        description="File beside the card, or `dataset:NAME`; none when built into the runtime."
    )
    sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="Of the weights file; for OpenVINO, of the `.xml` followed by its `.bin`.",
    )
    operating_point: dict[str, Probability] = Field(
        min_length=1, description="Lowest score that counts, per class that is used."
    )
    licence: str
    training_data: str
    made_by: str = Field(description="The command or publication the weights come from.")
    measured: tuple[Measured, ...] = ()

    @model_validator(mode="after")
    def _operates_on_its_classes(self) -> Self:
        strangers = set(self.operating_point) - set(self.classes)
        if strangers:
            raise ValueError(f"operating point for {sorted(strangers)}, which are not its classes")
        if self.columns is not None and set(self.columns) != set(self.classes):
            raise ValueError(f"columns for {sorted(self.columns)}; give them for each class")
        return self
