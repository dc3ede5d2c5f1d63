"""Stream hosts, Ray actors that each carry many streams, and the supervisor that keeps them up."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import cv2
import ray
from pydantic import Field
from ray import serve
from ray.actor import ActorHandle
from ray.exceptions import ActorDiedError, ActorUnavailableError, RayError, RayTaskError
from ray.serve.handle import DeploymentHandle

from catalogs import datasets
from hlaska.records import Record
from hlaska.settings import Settings
from hlaska.sites import Site
from serving.client import Gateway
from serving.outbox import Outbox
from serving.spool import Spool
from serving.video.deployment import DetectorArgs, inside, shared
from serving.video.stream import Stream

_LOG = logging.getLogger(__name__)

PING_S = 5.0
MOST_MISSED = 30
"""Pings that a host may miss before it is taken for hung. A host that starts misses some, too: its
detector may have to be fetched first."""


class HostArgs(Record):
    """The stream hosts' options."""

    streams_per_host: int = Field(default=16, ge=1, le=200, description="Cameras in one process.")
    cpus: float = Field(
        default=0.25, gt=0, le=64, description="CPUs that Ray sets aside for a host."
    )
    picture_fps: float = Field(
        default=5.0, gt=0, le=30, description="Annotated pictures per second and camera, at most."
    )
    loop: bool = Field(default=True, description="Whether a clip starts again at its end.")


class StreamHost:
    """Many streams in one process. Knows Ray only through the detector handle it may be given."""

    def __init__(
        self,
        name: str,
        cameras: Sequence[tuple[Site, str]],
        args: HostArgs,
        detector: DeploymentHandle | DetectorArgs,
    ) -> None:
        settings = Settings.load()
        # Frames come from many threads already; OpenCV's own would only fight over the cores.
        cv2.setNumThreads(1)
        model = inside(detector) if isinstance(detector, DetectorArgs) else shared(detector)
        spool = Spool(settings.home / "spool" / f"{name}.sqlite")
        self._outbox = Outbox(lambda: Gateway(settings.gateway_url, settings.token), spool)
        self._streams = [
            Stream(
                site,
                site.camera(camera),
                open_uri=lambda uri: open_uri(uri, settings),
                model=model,
                outbox=self._outbox,
                loop=args.loop,
                picture_fps=args.picture_fps,
            )
            for site, camera in cameras
        ]
        for stream in self._streams:
            stream.start()

    def check(self) -> None:
        """The sign of life that the supervisor asks for.

        Raises:
            RuntimeError: a thread has died, which only a bug can do.
        """
        dead = [stream.camera.id for stream in self._streams if not stream.alive]
        if dead or not self._outbox.alive:
            raise RuntimeError(f"threads have died: {', '.join(dead) or 'outbox'}")


def open_uri(uri: str, settings: Settings) -> str:
    """An address that can be decoded: `dataset:NAME` becomes the file, fetched if need be."""
    if not uri.startswith("dataset:"):
        return uri
    return str(Path(datasets.fetch(uri.removeprefix("dataset:"), settings)))


@serve.deployment(
    num_replicas=1,
    ray_actor_options={"num_cpus": 0.05},
    health_check_period_s=PING_S,
    health_check_timeout_s=4 * PING_S,
)
class Supervisor:
    """Starts the stream hosts and restarts those that die or hang. They end when it does."""

    def __init__(
        self,
        sites: Sequence[Site],
        args: HostArgs,
        detector: DeploymentHandle | DetectorArgs,
    ) -> None:
        cameras = [(site, camera.id) for site in sites for camera in site.cameras]
        groups = [
            cameras[start : start + args.streams_per_host]
            for start in range(0, len(cameras), args.streams_per_host)
        ]
        self._args = args
        self._detector = detector
        self._groups = groups
        self._missed = [0] * len(groups)
        self._hosts = [self._start(number) for number in range(len(groups))]

    def _start(self, number: int) -> ActorHandle:
        host: ActorHandle = (
            ray.remote(StreamHost)  # type: ignore[assignment] # Ray's stub knows no `options`
            .options(num_cpus=self._args.cpus, max_restarts=-1, max_concurrency=4)
            .remote(f"host-{number}", self._groups[number], self._args, self._detector)
        )
        return host

    async def check_health(self) -> None:
        """Ask every host for a sign of life; the one that stays silent is killed and restarted."""
        await asyncio.gather(*(self._check(number) for number in range(len(self._hosts))))

    async def _check(self, number: int) -> None:
        host = self._hosts[number]
        try:
            await asyncio.wait_for(host.check.remote(), PING_S)
            self._missed[number] = 0
        except ActorDiedError as error:
            # Ray restarts a process that died, but not an actor whose constructor failed.
            _LOG.error("host %d is started anew: %s", number, error)
            self._hosts[number] = self._start(number)
        except ActorUnavailableError as error:
            _LOG.warning("host %d is being restarted: %s", number, error)
        except RayTaskError as error:
            _LOG.error("host %d is broken and restarted: %s", number, error)
            ray.kill(host, no_restart=False)
        except (TimeoutError, RayError) as error:
            self._missed[number] += 1
            _LOG.warning("host %d missed %d pings: %s", number, self._missed[number], error)
            if self._missed[number] > MOST_MISSED:
                self._missed[number] = 0
                ray.kill(host, no_restart=False)
