"""Who stands in a zone of the picture, and the options that all rules of zones share."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

import numpy as np
import shapely
from pydantic import Field
from shapely.validation import explain_validity

from hlaska.errors import SiteError
from hlaska.tracks import OBJECT_CLASSES, Track

Classes = Annotated[
    tuple[Literal[OBJECT_CLASSES], ...],  # type: ignore[valid-type]
    Field(min_length=1, description="Object classes that the rule is about."),
]
Score = Annotated[
    float, Field(ge=0, le=1, description="Lowest median score of a track that counts.")
]
QuietS = Annotated[
    float,
    Field(
        gt=0,
        le=3600,
        description="An activity ends after so long without anybody; longer than the time between "
        "two pictures.",
    ),
]


class Ground:
    """A polygon in the picture. Somebody is in it when the foot point is, edge included.

    Raises:
        SiteError: the polygon is not a simple one, or has no area.
    """

    def __init__(self, *, zone: str, polygon_px: Sequence[tuple[float, float]]) -> None:
        if len(polygon_px) < 3:
            raise SiteError(f"zone {zone}: {len(polygon_px)} points; a polygon has at least 3")
        polygon = shapely.Polygon(polygon_px)
        if not polygon.is_valid or polygon.area == 0:
            why = explain_validity(polygon) if not polygon.is_valid else "it has no area"
            raise SiteError(f"zone {zone}: not a simple polygon: {why}; give its corners in order")
        shapely.prepare(polygon)
        self._polygon = polygon

    def inside(
        self, tracks: Iterable[Track], *, classes: Sequence[str], min_score: float
    ) -> list[Track]:
        """The tracks of these classes and at least this median score whose foot is inside."""
        asked = [t for t in tracks if t.object_class in classes and t.score >= min_score]
        if not asked:
            return []
        feet = np.array([track.foot_px for track in asked])
        hits = shapely.intersects_xy(self._polygon, feet[:, 0], feet[:, 1])
        return [track for track, hit in zip(asked, hits, strict=True) if hit]
