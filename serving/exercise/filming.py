"""A piece of film as what a camera sees: through detector, tracker and the camera's rules."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from catalogs import datasets
from catalogs.exercise.cues import FilmCue
from hlaska.errors import DataError
from hlaska.settings import Settings
from hlaska.sites import Site
from hlaska.tracks import Detections
from serving.exercise.performed import SCORED, Performed, marked, moment, seconds
from serving.models import BEST_DETECTORS, LoadedModel, resolve
from serving.video.events import Reporter
from serving.video.pipeline import Pipeline
from serving.video.scorer import DetectorScorer
from serving.video.source import EndOfClip, VideoSource, order_for

DELAY_S = 0.5
"""From a frame to the event; an estimate."""


class Projector:
    """Shows film to the cameras of an exercise.

    Nothing is fetched for it: a clip that does not lie on this machine is missing.

    Args:
        site: Whose cameras they are.
        begins: When the day begins, UTC.
        settings: Where clips and models are.

    Raises:
        ModelError: no detector can be had.
    """

    def __init__(self, site: Site, begins: datetime, settings: Settings) -> None:
        self._site, self._begins, self._settings = site, begins, settings
        self._model = _detector(settings)
        self._scorer = DetectorScorer.load(self._model, threads=1)

    @property
    def model(self) -> str:
        """Which detector looks."""
        return self._model.ref.name

    def show(self, cue: FilmCue) -> list[Performed]:
        """What is found in a piece of film.

        Raises:
            DataError: the camera plays no clip of the catalog, or the clip is not here.
            SourceError: it cannot be decoded.
        """
        camera = self._site.camera(cue.camera)
        name = camera.uri.removeprefix("dataset:")
        if name == camera.uri:
            raise DataError(f"{camera.id} plays {camera.uri}; the exercise needs a dataset: there")
        clip = datasets.available(name, self._settings)
        if clip is None:
            raise DataError(f"{name} is not on this machine; `hlaska data get {name}` fetches it")
        base = moment(self._begins, cue.at_s - cue.begin_s)
        order = order_for(str(clip), size_px=camera.size_px, fps=camera.fps, base=base, paced=False)
        pipeline = Pipeline(camera, self._scorer.card, fps=camera.fps)
        reporter = Reporter(self._site, camera, self._begins, self._model.ref)
        until = base + timedelta(seconds=cue.end_s)
        items: list[Performed] = []
        with VideoSource(order, newest_only=False) as source:
            while True:
                try:
                    frame = source.read()
                except EndOfClip:
                    return items
                if frame is None or frame.captured_at < moment(self._begins, cue.at_s):
                    continue
                if frame.captured_at >= until:
                    return items
                outcome = pipeline.process(frame, self._detect)
                at_s = seconds(self._begins, frame.captured_at) + DELAY_S
                items += [
                    Performed(
                        marked(reporter.event(finding, outcome.scene, None), SCORED),
                        at_s,
                        cue.activity,
                    )
                    for finding in outcome.findings
                ]

    def _detect(self, image: NDArray[np.uint8], regions_px: NDArray[np.float32]) -> Detections:
        return self._scorer.score([image], [regions_px])[0]


def _detector(settings: Settings) -> LoadedModel:
    """The best detector whose weights are here; the last one needs none."""
    for name in BEST_DETECTORS[:-1]:
        if datasets.available(name, settings) is not None:
            return resolve(f"seed:{name}", settings)
    return resolve(f"seed:{BEST_DETECTORS[-1]}", settings)
