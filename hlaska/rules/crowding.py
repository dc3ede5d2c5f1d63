"""Crowding: more people stand on an area than can move there freely."""

from collections.abc import Sequence
from statistics import median
from typing import ClassVar, Literal

from pydantic import Field

from hlaska.errors import SiteError
from hlaska.records import Record
from hlaska.rules.finding import Finding, Rule
from hlaska.rules.spell import Activity
from hlaska.rules.zone import Ground, QuietS, Score
from hlaska.tracks import PERSON, Scene

RELIEF = 0.8
"""An activity lives while the density is above this share of the one that begins it, so that one
person coming and going at the limit does not make a crowd each time."""


class CrowdingArgs(Record):
    """Options of the rule.

    The default density is just below the 2.15 people per m² (5 square feet each) at which walkways
    reach level of service F, where walking turns into shuffling (J. J. Fruin, Pedestrian Planning
    and Design, 1971). Detectors miss people in a dense crowd, so the true density is rather higher.
    """

    needs_ground: ClassVar[bool] = True

    rule: Literal["crowding"]
    people_per_m2: float = Field(
        default=2.0, gt=0, le=10, description="Density that begins an activity."
    )
    min_score: Score = 0.3
    hold_s: float = Field(default=5.0, ge=0, le=600, description="How long it must be so dense.")
    quiet_s: QuietS = 5.0

    def build(
        self, *, zone: str, polygon_px: Sequence[tuple[float, float]], area_m2: float | None
    ) -> Rule:
        """The rule for one zone of `area_m2` square metres.

        Raises:
            SiteError: the polygon is not a simple one, or its area is not known.
        """
        if area_m2 is None or not area_m2 > 0:
            raise SiteError(
                f"zone {zone}: crowding needs the zone's area on the ground, came {area_m2} m²; "
                "give the camera a homography"
            )
        ground = Ground(zone=zone, polygon_px=polygon_px)
        return _Crowding(self, zone=zone, ground=ground, area_m2=area_m2)


class _Crowding:
    def __init__(self, args: CrowdingArgs, *, zone: str, ground: Ground, area_m2: float) -> None:
        self._args = args
        self._zone = zone
        self._ground = ground
        self._area_m2 = area_m2
        self._activity = Activity(confirm_s=args.hold_s, quiet_s=args.quiet_s)

    def update(self, scene: Scene) -> list[Finding]:
        args = self._args
        people = self._ground.inside(scene.tracks, classes=[PERSON], min_score=args.min_score)
        density = len(people) / self._area_m2
        started_at = self._activity.update(
            scene.captured_at,
            strong=density >= args.people_per_m2,
            weak=density >= RELIEF * args.people_per_m2,
        )
        if started_at is None:
            return []
        return [
            Finding(
                kind="video.crowding",
                started_at=started_at,
                observed_at=scene.captured_at,
                confidence=median(track.score for track in people),
                zone=self._zone,
                object_class=PERSON,
                track_ids=tuple(sorted(track.id for track in people)),
                attributes={"people_per_m2": round(density, 2), "people": len(people)},
            )
        ]
