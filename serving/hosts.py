"""Stream hosts, Ray actors that each carry many streams, and the supervisor that keeps them up."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import cv2
import ray
from pydantic import Field
from ray import serve
from ray.actor import ActorHandle
from ray.exceptions import ActorDiedError, ActorUnavailableError, RayError, RayTaskError
from ray.serve.handle import DeploymentHandle

from catalogs import datasets
from hlaska.errors import DataError
from hlaska.records import Record
from hlaska.settings import Settings
from hlaska.sites import Site
from serving.audio.deployment import SoundArgs
from serving.audio.deployment import inside as sound_inside
from serving.audio.deployment import shared as sound_shared
from serving.audio.ears import Ears
from serving.audio.locator import Locator
from serving.client import Gateway
from serving.cyber.deployment import FlowArgs
from serving.cyber.deployment import pairs as flow_models
from serving.cyber.feeds import connect
from serving.cyber.picture_guard import PictureGuard
from serving.cyber.stream import FlowStream
from serving.handover import HandOver
from serving.mqtt import ForeignFeed
from serving.outbox import Outbox
from serving.spool import Spool
from serving.video.deployment import DetectorArgs, inside, served, shared
from serving.video.shadow_deployment import shown
from serving.video.stream import Stream
from serving.video.usual import known

_LOG = logging.getLogger(__name__)

PING_S = 5.0
MOST_MISSED = 30
"""Pings that a host may miss before it is taken for hung. A host that starts misses some, too: its
detector may have to be fetched first."""


class HostArgs(Record):
    """The stream hosts' options."""

    streams_per_host: int = Field(default=16, ge=1, le=200, description="Cameras in one process.")
    microphones_per_host: int = Field(
        default=200, ge=1, le=2000, description="Microphones in one process."
    )
    cpus: float = Field(
        default=0.25, gt=0, le=64, description="CPUs that Ray sets aside for a host."
    )
    picture_fps: float = Field(
        default=5.0, gt=0, le=30, description="Annotated pictures per second and camera, at most."
    )
    flows_live_s: float = Field(
        default=900.0,
        ge=0,
        le=86_400,
        description="How much of the end of recorded flows is played second by second; what is "
        "before comes at once, to learn from.",
    )
    loop: bool = Field(default=True, description="Whether a recording starts again at its end.")


@dataclass(frozen=True)
class Models:
    """Where streams find their models: a deployment, or options to load one inside the host."""

    detector: DeploymentHandle | DetectorArgs | None
    """None when there are no cameras."""
    sound: DeploymentHandle | SoundArgs | None
    """None when there are no microphones."""
    flows: DeploymentHandle | FlowArgs | None
    """None when there are no flow feeds."""
    shadow: DeploymentHandle | None = None
    """Who watches a challenger of the detector; None where none can be."""


@dataclass(frozen=True)
class Duty:
    """What one host carries."""

    cameras: Sequence[tuple[Site, str]] = ()
    microphones: Sequence[tuple[Site, str]] = ()
    located: Sequence[Site] = ()
    """Sites whose shots it finds the places of."""
    feeds: Sequence[tuple[Site, str]] = ()
    """Foreign detectors whose alerts it fetches."""
    networks: Sequence[tuple[Site, str]] = ()
    """Flow feeds."""
    guarded: Sequence[Site] = ()
    """Sites whose pictures it ties to what goes on on the network."""


class Part(Protocol):
    """Something with threads of its own."""

    def start(self) -> None:
        """Begin."""
        ...

    @property
    def alive(self) -> bool:
        """Whether its threads run, or are rightly over."""
        ...


class StreamHost:
    """Many streams in one process. Knows Ray only through the handles it may be given."""

    def __init__(self, name: str, duty: Duty, args: HostArgs, models: Models) -> None:
        self._settings = settings = Settings.load()
        # Frames come from many threads already; OpenCV's own would only fight over the cores.
        cv2.setNumThreads(1)
        spool = Spool(settings.home / "spool" / f"{name}.sqlite")
        self._outbox = Outbox(self._connect, spool)
        # One in flight for the whole host.
        self._shadow = None if models.shadow is None else HandOver(shown(models.shadow))
        self._parts: dict[str, Part] = {
            **self._streams(duty, args, models),
            **self._ears(duty, args, models),
            **self._networks(duty, args, models),
            **{
                f"picture guard of {site.id}": PictureGuard(site, self._connect, self._outbox)
                for site in duty.guarded
            },
            **{
                f"locator of {site.id}": Locator(site, self._connect, self._outbox)
                for site in duty.located
            },
            **{
                f"{site.id}/{detector}": ForeignFeed(site, site.detector(detector), self._outbox)
                for site, detector in duty.feeds
            },
        }
        for part in self._parts.values():
            part.start()

    def check(self) -> None:
        """The sign of life that the supervisor asks for.

        Raises:
            RuntimeError: a thread has died, which only a bug can do.
        """
        dead = [name for name, part in self._parts.items() if not part.alive]
        if dead or not self._outbox.alive:
            raise RuntimeError(f"threads have died: {', '.join(dead) or 'outbox'}")

    def _connect(self) -> Gateway:
        return Gateway(self._settings.gateway_url, self._settings.token)

    def _open(self, uri: str) -> str:
        return open_uri(uri, self._settings)

    def _streams(self, duty: Duty, args: HostArgs, models: Models) -> dict[str, Stream]:
        if not duty.cameras:
            return {}
        detector = models.detector
        assert detector is not None
        new_model = (
            partial(inside, served(detector))
            if isinstance(detector, DetectorArgs)
            else partial(shared, detector)
        )
        return {
            f"{site.id}/{camera}": Stream(
                site,
                site.camera(camera),
                open_uri=self._open,
                model=new_model(),
                outbox=self._outbox,
                loop=args.loop,
                shadow=self._shadow,
                usual=known(self._settings, site.id, camera),
                picture_fps=args.picture_fps,
            )
            for site, camera in duty.cameras
        }

    def _ears(self, duty: Duty, args: HostArgs, models: Models) -> dict[str, Ears]:
        if not duty.microphones:
            return {}
        sound = models.sound
        assert sound is not None
        model = sound_inside(sound) if isinstance(sound, SoundArgs) else sound_shared(sound)
        microphones = [(site, site.microphone(name)) for site, name in duty.microphones]
        ears = Ears(
            microphones, open_uri=self._open, model=model, outbox=self._outbox, loop=args.loop
        )
        return {"ears": ears}

    def _networks(self, duty: Duty, args: HostArgs, models: Models) -> dict[str, FlowStream]:
        if not duty.networks:
            return {}
        assert models.flows is not None
        new_models = flow_models(models.flows)
        models_of = {(site.id, name): new_models() for site, name in duty.networks}
        return {
            f"{site.id}/{name}": FlowStream(
                site,
                site.feed(name),
                connect=partial(connect, open_uri=self._open, live_s=args.flows_live_s),
                outbox=self._outbox,
                folder=self._settings.home / "network",
                attack_model=models_of[site.id, name][0],
                anomaly_model=models_of[site.id, name][1],
            )
            for site, name in duty.networks
        }


def open_uri(uri: str, settings: Settings) -> str:
    """An address that can be decoded: `dataset:NAME` or `dataset:NAME/FILE` becomes the file.

    Raises:
        DataError: the entry cannot be had, or holds no such file.
    """
    if not uri.startswith("dataset:"):
        return uri
    name, _, inner = uri.removeprefix("dataset:").partition("/")
    entry = datasets.entry(name)
    if inner and inner not in entry.files:
        raise DataError(f"data set {name!r} holds no file {inner!r}. It holds {entry.few()}")
    path = Path(datasets.fetch(name, settings))
    return str(path / inner if path.is_dir() else path)


def duties(sites: Sequence[Site], args: HostArgs) -> list[Duty]:
    """What each host is to carry: cameras and microphones side by side, as few hosts as can be.

    Flow feeds have a host of their own: a burst there must not slow a camera.
    """
    cameras = _parted([(s, each.id) for s in sites for each in s.cameras], args.streams_per_host)
    microphones = _parted(
        [(s, each.id) for s in sites for each in s.microphones if each.uri],
        args.microphones_per_host,
    )
    feeds = [(s, each.id) for s in sites for each in s.detectors if each.mqtt is not None]
    located = [site for site in sites if site.microphones]
    networks = [(s, each.id) for s in sites for each in s.network.feeds]
    guarded = [site for site in sites if site.cameras and site.network.feeds]
    hosts = max(len(cameras), len(microphones), 1 if feeds or located else 0)
    carried = [
        Duty(
            cameras[number] if number < len(cameras) else (),
            microphones[number] if number < len(microphones) else (),
            # One host each: a shot has one place.
            located if number == 0 else (),
            feeds if number == 0 else (),
        )
        for number in range(hosts)
    ]
    return [*carried, Duty(networks=networks, guarded=guarded)] if networks else carried


def _parted(sensors: list[tuple[Site, str]], most: int) -> list[list[tuple[Site, str]]]:
    return [sensors[start : start + most] for start in range(0, len(sensors), most)]


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
        detector: DeploymentHandle | DetectorArgs | None,
        sound: DeploymentHandle | SoundArgs | None,
        flows: DeploymentHandle | FlowArgs | None,
        shadow: DeploymentHandle | None = None,
    ) -> None:
        self._args = args
        # Not as one argument: Serve finds the deployments in what is bound one by one.
        self._models = Models(detector, sound, flows, shadow)
        self._duties = duties(sites, args)
        self._missed = [0] * len(self._duties)
        self._hosts = [self._start(number) for number in range(len(self._duties))]

    def _start(self, number: int) -> ActorHandle:
        host: ActorHandle = (
            ray.remote(StreamHost)  # type: ignore[assignment] # Ray's stub knows no `options`
            .options(num_cpus=self._args.cpus, max_restarts=-1, max_concurrency=4)
            .remote(f"host-{number}", self._duties[number], self._args, self._models)
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
