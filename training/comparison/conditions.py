"""Conditions of a run file: parts of the truth on which systems are judged once more."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from hlaska.records import Record

By = Literal["light", "weather", "density", "distance", "size"]
Bound = Annotated[float, Field(ge=0)] | None
Between = tuple[Bound, Bound]
_RULES = {
    "light": ("times", "frames"),
    "weather": ("times", "frames"),
    "density": ("objects",),
    "distance": ("distance_m",),
    "size": ("height_px",),
}


class Condition(Record):
    """One part: when it was so, or which objects were so. An open end is null."""

    by: By = Field(description="What differs.")
    name: str = Field(min_length=1, max_length=60, description="Such as dusk, rain, crowded, far.")
    times: tuple[AwareDatetime, AwareDatetime] | None = Field(
        default=None, description="From, and until before."
    )
    frames: tuple[int, int] | None = Field(
        default=None, description="From, and until before; numbers of frames."
    )
    objects: Between | None = Field(
        default=None, description="True objects in the frame: from, and to below."
    )
    distance_m: Between | None = Field(
        default=None,
        description="Metres on the ground from the nearest point of the picture's lower edge; "
        "needs the homography.",
    )
    height_px: Between | None = Field(
        default=None, description="Height of the true box: from, and to below."
    )

    @model_validator(mode="after")
    def _has_its_rule(self) -> Self:
        rules = _RULES[self.by]
        given = [name for name in ("times", "frames", "objects", "distance_m", "height_px")
                 if getattr(self, name) is not None]  # fmt: skip
        if len(given) != 1 or given[0] not in rules:
            ways = " or ".join(f"`{name}: [from, to]`" for name in rules)
            raise ValueError(
                f"a condition by {self.by} is laid down by {ways} alone; "
                f"this one has {', '.join(given) or 'nothing'}"
            )
        low, high = getattr(self, given[0])
        if low is not None and high is not None and not low < high:
            raise ValueError(f"{given[0]}: ends at {high}, before it begins")
        return self

    @property
    def of_objects(self) -> bool:
        """Whether it chooses objects, and not moments."""
        return self.by in ("distance", "size")


def within(value: float, between: Between) -> bool:
    """Whether a value lies between two bounds, the upper one excluded; NaN lies nowhere."""
    low, high = between
    return value == value and (low is None or value >= low) and (high is None or value < high)
