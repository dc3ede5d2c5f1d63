"""Places as a site file gives them: on Earth and in a picture; and what is wrong with one."""

import re
from typing import Annotated

from pydantic import Field
from pydantic_core import PydanticCustomError
from shapely import Polygon
from shapely.validation import explain_validity

from hlaska.records import Record

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
LonLat = tuple[Longitude, Latitude]
Pixel = tuple[
    Annotated[float, Field(ge=-10_000, le=20_000)], Annotated[float, Field(ge=-10_000, le=20_000)]
]


def without_password(text: str) -> str:
    """A text in which no address shows its user and password."""
    return re.sub(r"//[^/@\s]*@", "//", text)


class Point(Record):
    """A place on Earth (WGS 84)."""

    lon: Longitude
    lat: Latitude


def simple(ring: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """The ring, if it encloses an area and does not cross itself; ValueError if not."""
    polygon = Polygon(ring)
    if not polygon.is_valid:
        raise ValueError(f"not a simple polygon: {explain_validity(polygon)}")
    if polygon.area == 0:
        raise ValueError("the polygon has no area")
    return ring


def wrong(key: str, value: str, message: str) -> PydanticCustomError:
    """An error that is found in a whole record, but is about one `key: value` inside it."""
    about = {"message": message, "key": key, "value": value}
    return PydanticCustomError("site", "{message}", about)


def unique(kind: str, names: list[str]) -> None:
    """Raise when a name comes twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise wrong("id", twice[0], f"{kind} named twice: {', '.join(twice)}")
