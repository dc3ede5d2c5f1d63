"""How a microphone does at this moment, for those who look at it."""

from pydantic import Field

from hlaska.records import Record


class SoundStatus(Record):
    """What belongs to a microphone in its stream's status."""

    level_dbfs: float = Field(ge=-200, le=20, description="Loudness of the last second, RMS.")
    scores: dict[str, float] = Field(
        default_factory=dict, description="Highest score of each sound in the last window; 0..1."
    )
    quiet: bool = Field(
        default=False, description="Too quiet to be worth a look: the model is spared."
    )
    needs: int = Field(ge=1, description="Windows that must agree …")
    of: int = Field(ge=1, description="… out of so many that hold the same moment.")
    kept: int = Field(default=0, ge=0, description="Of the last candidates, so many were confirmed")
    candidates: int = Field(default=0, ge=0, description="… out of so many.")
    condition: str = Field(
        default="",
        description="What is wrong with the sound: dead, clipping, windy, drifting, deaf.",
    )
