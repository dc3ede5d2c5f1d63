"""From a finding of a rule to the event that leaves the house."""

from datetime import datetime

import numpy as np

from hlaska.cameras import Camera
from hlaska.events import Event, Evidence, Location, ModelRef, event_id
from hlaska.rules.finding import Finding
from hlaska.sites import Site
from hlaska.tracks import LiveTrack, Scene, StreamState, Track
from serving.evidence import digest_of
from serving.health import health_event

GROUND_UNCERTAINTY_M = 1.0
"""Stated radius of a position taken from a foot point; the benchmarks measure the error."""


class Reporter:
    """Writes the events of one camera.

    Args:
        site: The site.
        camera: The camera.
        epoch: When its stream was opened: the same clip played again gives new events.
        model: The detector whose scores the events rest on.
    """

    def __init__(self, site: Site, camera: Camera, epoch: datetime, model: ModelRef) -> None:
        self._site = site
        self._camera = camera
        self._epoch = epoch
        self._model = model
        self._zones = {zone.id: zone.zone or zone.id for zone in camera.zones}

    def use(self, model: ModelRef) -> None:
        """From now on events rest on the scores of this model."""
        self._model = model

    def event(
        self, finding: Finding, scene: Scene, still: bytes | None, bare: bytes | None = None
    ) -> Event:
        """The event of a finding; stills become its evidence, the one to be looked at first."""
        digests = [digest_of(one) for one in (still, bare) if one is not None]
        evidence = tuple(
            Evidence(uri=f"/evidence/{digest}", media_type="image/jpeg", sha256=digest)
            for digest in digests
        )
        return Event(
            id=event_id(
                site=self._site.id,
                source=self._camera.id,
                kind=finding.kind,
                place=finding.zone or finding.line or "",
                object_class=finding.object_class,
                direction=finding.direction,
                started_at=finding.started_at,
                epoch=self._epoch,
            ),
            site=self._site.id,
            source=self._camera.id,
            kind=finding.kind,
            observed_at=finding.observed_at,
            confidence=finding.confidence,
            location=self._location(finding, scene),
            zone=None if finding.zone is None else self._zones[finding.zone],
            line=finding.line,
            track_id=" ".join(map(str, finding.track_ids))[:100] or None,
            model=self._model,
            evidence=evidence,
            attributes=finding.attributes,
        )

    def health(self, state: StreamState, reason: str, at: datetime) -> Event:
        """The event of a change in the stream's health."""
        return health_event(
            self._site.id, self._camera, epoch=self._epoch, state=state, reason=reason, at=at
        )

    def live_track(self, track: Track) -> LiveTrack:
        """A track as the dashboards get it."""
        left, top, right, bottom = (round(edge, 1) for edge in track.box_px)
        place = None if track.ground_m is None else self._site.plane.to_degrees(track.ground_m)
        return LiveTrack(
            id=track.id,
            object_class=track.object_class,
            box_px=(left, top, right, bottom),
            lon=None if place is None else round(float(place[0]), 7),
            lat=None if place is None else round(float(place[1]), 7),
        )

    def _location(self, finding: Finding, scene: Scene) -> Location | None:
        places = [
            track.ground_m
            for track in scene.tracks
            if track.id in finding.track_ids and track.ground_m is not None
        ]
        if not places:
            return None
        metres = np.asarray(places)
        centre = metres.mean(axis=0)
        spread_m = float(np.linalg.norm(metres - centre, axis=1).max())
        lon, lat = self._site.plane.to_degrees(centre)
        return Location(lon=lon, lat=lat, uncertainty_m=spread_m + GROUND_UNCERTAINTY_M)
