"""The base of every record: frozen, and forbidding what it does not know."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$", min_length=1, max_length=64)
]
"""Names a site, sensor, zone, line or model: lower case, digits, and `-` `_` `.` inside."""


class Record(BaseModel):
    """A value: it cannot change, and an unknown key is an error rather than ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
