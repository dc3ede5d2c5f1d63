"""The base of every record: frozen, and forbidding what it does not know."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

_PATTERN = r"^[a-z0-9]+([._-][a-z0-9]+)*$"
_LONGEST = 64

Name = Annotated[str, StringConstraints(pattern=_PATTERN, min_length=1, max_length=_LONGEST)]
"""Names a site, sensor, zone, line or model: lower case, digits, and `-` `_` `.` inside."""


def is_name(text: str) -> bool:
    """Whether a text could be a `Name`."""
    return len(text) <= _LONGEST and re.fullmatch(_PATTERN, text) is not None


class Record(BaseModel):
    """A value: it cannot change, and an unknown key is an error rather than ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
