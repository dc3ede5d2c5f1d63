"""The challenger that watches live, on Ray Serve: a process of its own, of the lowest priority."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable

from pydantic import Field
from ray import serve
from ray.exceptions import RayError
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle

from hlaska.errors import GatewayError, ModelError
from hlaska.records import Record
from hlaska.results import Report
from hlaska.settings import Settings
from serving.champion import Served
from serving.client import Gateway
from serving.models import LoadedModel
from serving.shadow_report import ALIAS
from serving.video.deployment import tried
from serving.video.scorer import DetectorScorer
from serving.video.shadow import Shadow
from serving.video.sighting import Sighting

_LOG = logging.getLogger(__name__)

SEEN_S = 30.0
"""A host waits no longer for a frame to be looked at before it offers another; its own threads wait
for nothing of this."""


class ShadowArgs(Record):
    """The watching challenger's options."""

    threads: int = Field(default=1, ge=1, le=64, description="Threads of the model.")
    cpus: float = Field(
        default=0.0,
        ge=0,
        le=64,
        description="CPUs that Ray sets aside for it; 0: it takes what is left.",
    )
    nice: int = Field(default=19, ge=0, le=19, description="Its priority; 19 is the lowest.")
    most_fps: float = Field(
        default=5.0, gt=0, le=100, description="Frames per second of one host, at most."
    )
    report_s: float = Field(
        default=60.0, ge=1, le=3600, description="How often its report is sent anew."
    )


@serve.deployment(
    num_replicas=1,
    max_ongoing_requests=16,
    max_queued_requests=16,
    health_check_period_s=10,
    health_check_timeout_s=60,
)
class ShadowDeployment:
    """Waits for a challenger, and watches with it."""

    def __init__(self, name: str, args: ShadowArgs) -> None:
        # Of this thread and all that it starts.
        os.nice(args.nice)
        settings = Settings.load()

        def load(model: LoadedModel) -> DetectorScorer:
            return tried(DetectorScorer.load(model, threads=args.threads))

        service = Served(f"models:/{name}@{ALIAS}", settings, load, required=False)
        gateway = Gateway(settings.gateway_url, settings.token)
        self._shadow = Shadow(service, sending(gateway), pause_s=1 / args.most_fps)
        self._closed = threading.Event()
        threading.Thread(
            target=self._tell, args=(args.report_s,), daemon=True, name="reports"
        ).start()

    async def see(self, sighting: Sighting) -> float | None:
        """See `serving.video.shadow.Shadow.see`."""
        return await asyncio.to_thread(self._shadow.see, sighting)

    def _tell(self, every_s: float) -> None:
        while not self._closed.wait(every_s):
            try:
                self._shadow.report()
            except GatewayError as error:
                _LOG.warning("the report waits: %s", error)


def sending(gateway: Gateway) -> Callable[[Report, dict[str, bytes]], None]:
    """Sends reports with their pictures, each of which only once."""
    sent: set[str] = set()

    def send(report: Report, pictures: dict[str, bytes]) -> None:
        for digest in pictures.keys() - sent:
            gateway.send_evidence(digest, "image/jpeg", pictures[digest])
        gateway.send_report(report)
        sent.clear()
        sent.update(pictures)

    return send


def shown(shadow: DeploymentHandle) -> Callable[[Sighting], float | None]:
    """What a host hands its frames to; see `serving.handover.HandOver`."""

    def show(sighting: Sighting) -> float | None:
        try:
            pause_s: float | None = shadow.see.remote(sighting).result(timeout_s=SEEN_S)
        except (RayError, RayServeException, TimeoutError) as error:
            raise ModelError(f"the shadow does not answer: {type(error).__name__}") from error
        return pause_s

    return show
