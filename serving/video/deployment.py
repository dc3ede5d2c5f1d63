"""The detector on Ray Serve: one stateless deployment that all cameras share, in batches."""

import asyncio

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from ray import serve
from ray.serve.handle import DeploymentHandle

from hlaska.events import ModelRef
from hlaska.models import ModelCard
from hlaska.records import Record
from hlaska.settings import Settings
from hlaska.tracks import Detections
from serving.asking import ask, introduced
from serving.champion import Reply, Served
from serving.models import LoadedModel
from serving.video.scorer import DetectorScorer
from serving.video.stream import StreamDetector

BATCH = 4
BATCH_WAIT_S = 0.005


class DetectorArgs(Record):
    """The detector deployment's options."""

    model: str = Field(
        default="best",
        description="models:/name@alias, seed:NAME, a folder with card.json, or `best`: the best "
        "that can be had.",
    )
    replicas: int = Field(default=1, ge=1, le=64, description="Copies of the model.")
    threads: int = Field(default=2, ge=1, le=64, description="Threads of one copy.")
    cpus: float = Field(
        default=0.5, gt=0, le=64, description="CPUs that Ray sets aside for a copy."
    )
    most_queued: int = Field(
        default=16, ge=1, le=1000, description="Frames that may wait; one more is shed."
    )


@serve.deployment(health_check_period_s=5, health_check_timeout_s=20)
class DetectorDeployment:
    """A detector that Ray Serve copies, batches and watches."""

    def __init__(self, args: DetectorArgs) -> None:
        self._served = served(args)

    # Ray's stub of `batch` knows functions of one argument only.
    @serve.batch(  # type: ignore[arg-type]
        max_batch_size=BATCH, batch_wait_timeout_s=BATCH_WAIT_S
    )
    async def detect(  # type: ignore[misc]
        self,
        images: list[NDArray[np.uint8]],
        regions_px: list[NDArray[np.float32]],
        known: list[ModelRef],
    ) -> list[Reply[Detections]]:
        """What is in each picture; see `DetectorScorer.score`.

        `known` is the model whose answer each asker had before.
        """
        by = self._served.now
        found = await asyncio.to_thread(by.scorer.score, images, regions_px)
        return [self._served.reply(by, *pair) for pair in zip(found, known, strict=True)]

    async def model(self) -> tuple[ModelCard, ModelRef]:
        """What it runs now."""
        return self._served.now.model.card, self._served.now.model.ref

    async def check_health(self) -> None:
        """Score a small picture: a replica that cannot is replaced."""
        await asyncio.to_thread(tried, self._served.now.scorer)


def tried(scorer: DetectorScorer) -> DetectorScorer:
    """A scorer that has been shown a small blank picture.

    Raises:
        ModelError: the network and its card disagree.
    """
    blank = np.zeros((64, 64, 3), np.uint8)
    scorer.score([blank], [np.array([[0, 0, 64, 64]], np.float32)])
    return scorer


def served(args: DetectorArgs) -> Served[DetectorScorer]:
    """The detector in service, for as long as the process lives.

    Raises:
        ModelError: it cannot be had.
    """

    def load(model: LoadedModel) -> DetectorScorer:
        return tried(DetectorScorer.load(model, threads=args.threads))

    return Served(args.model, Settings.load(), load)


def shared(detector: DeploymentHandle, *, patience_s: float = 120.0) -> StreamDetector:
    """The deployed detector as one stream uses it.

    Raises:
        ModelError: it does not come up within `patience_s`.
    """
    card, ref = introduced(detector.model.remote, who="the detector", patience_s=patience_s)

    def detect(image: NDArray[np.uint8], regions_px: NDArray[np.float32]) -> Detections:
        reply: Reply[Detections] = ask(
            lambda: detector.detect.remote(image, regions_px, model.ref),
            who="the detector",
            shed="frames",
        )
        return reply.told(model)

    model = StreamDetector(detect, card, ref)
    return model


def inside(service: Served[DetectorScorer]) -> StreamDetector:
    """A detector in this very process as one stream uses it, for a small box."""

    def detect(image: NDArray[np.uint8], regions_px: NDArray[np.float32]) -> Detections:
        by = service.now
        found = by.scorer.score([image], [regions_px])[0]
        return service.reply(by, found, model.ref).told(model)

    model = StreamDetector(detect, service.now.model.card, service.now.model.ref)
    return model
