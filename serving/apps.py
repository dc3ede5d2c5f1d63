"""The running system as one Ray Serve application.

`serve deploy serving/cluster.yaml` and `hlaska up` build the same thing from the same options.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from ray.serve import Application

from catalogs import sites
from hlaska.errors import SettingsError
from hlaska.records import Name, Record
from hlaska.sites import Site
from serving.aliases import alias_of
from serving.audio.deployment import SoundArgs, SoundDeployment
from serving.cyber.deployment import FlowArgs, FlowDeployment
from serving.deployments import GatewayDeployment
from serving.hosts import HostArgs, Supervisor
from serving.picture.deployment import PictureArgs, PictureDeployment
from serving.video.deployment import DetectorArgs, DetectorDeployment
from serving.video.shadow_deployment import ShadowArgs, ShadowDeployment


class AppArgs(Record):
    """What runs, and how."""

    sites: tuple[str, ...] = Field(
        default=("pilsen",),
        min_length=1,
        description="Names of committed sites, or paths of files.",
    )
    cameras: tuple[Name, ...] = Field(
        default=(),
        description="Cameras to start; no sensor named means all of the sites.",
    )
    microphones: tuple[Name, ...] = Field(
        default=(),
        description="Microphones to start; no sensor named means all of the sites that have a uri.",
    )
    feeds: tuple[Name, ...] = Field(
        default=(),
        description="Flow feeds to start; no sensor named means all of the sites.",
    )
    placement: Literal["shared", "inside"] = Field(
        default="shared",
        description="One model for all streams on Ray Serve, or one inside each stream host.",
    )
    detector: DetectorArgs = Field(default=DetectorArgs(), description="The detector deployment.")
    sound: SoundArgs = Field(default=SoundArgs(), description="The sound model's deployment.")
    flows: FlowArgs = Field(default=FlowArgs(), description="The flow models' deployment.")
    shadow: ShadowArgs = Field(
        default=ShadowArgs(),
        description="Who watches with the detector that has the alias `shadow`; only where the "
        "detector is models:/NAME@ALIAS and shared. Those of sounds and flows need no options.",
    )
    hosts: HostArgs = Field(default=HostArgs(), description="The stream hosts.")
    picture: PictureArgs = Field(
        default=PictureArgs(), description="Who keeps the picture of threats of each site."
    )

    def guarded(self) -> list[Site]:
        """The sites, with the sensors that are to start only.

        Raises:
            SiteError: a site file is wrong.
            SettingsError: a sensor to start does not exist, or has no address.
        """
        whole = [
            sites.load(Path(name)) if name.endswith((".yaml", ".yml")) else sites.named(name)
            for name in self.sites
        ]
        cameras = [camera.id for site in whole for camera in site.cameras]
        heard = [mic.id for site in whole for mic in site.microphones if mic.uri]
        _refuse_strangers("camera", self.cameras, cameras)
        _refuse_strangers("microphone that is heard", self.microphones, heard)
        _refuse_strangers("flow feed", self.feeds, [f.id for s in whole for f in s.network.feeds])
        if not self.cameras and not self.microphones and not self.feeds:
            return whole
        return [site.only(self.cameras, self.microphones, self.feeds) for site in whole]


def _refuse_strangers(what: str, wanted: Sequence[str], known: Sequence[str]) -> None:
    strangers = sorted(set(wanted) - set(known))
    if strangers:
        raise SettingsError(
            f"no {what} {', '.join(strangers)} at these sites. Known: {', '.join(known) or 'none'}"
        )


def build(args: AppArgs) -> Application:
    """The application: gateway in front; supervisor, models and pictures behind it.

    Raises:
        SiteError: a site file is wrong.
        SettingsError: a sensor to start does not exist.
    """
    # mypy does not look at class decorators: `serve.deployment` makes a Deployment of each class.
    guarded = args.guarded()
    # What nothing would ask is not started.
    detector = _placed(DetectorDeployment, args.detector, args) if seen(guarded) else None
    sound = _placed(SoundDeployment, args.sound, args) if heard(guarded) else None
    flows = _placed(FlowDeployment, args.flows, args) if watched(guarded) else None
    shadow = _shadow(args) if seen(guarded) else None
    supervisor = Supervisor.bind(guarded, args.hosts, detector, sound, flows, shadow)  # type: ignore[attr-defined]
    pictures = [
        PictureDeployment.options(  # type: ignore[attr-defined]
            name=f"Picture-{site.id}", ray_actor_options={"num_cpus": args.picture.cpus}
        ).bind(site)
        for site in guarded
    ]
    application: Application = GatewayDeployment.bind(  # type: ignore[attr-defined]
        guarded, supervisor, *pictures
    )
    return application


def seen(sites: Sequence[Site]) -> list[str]:
    """The addresses of all cameras."""
    return [camera.uri for site in sites for camera in site.cameras]


def heard(sites: Sequence[Site]) -> list[str]:
    """The addresses of all microphones that have one."""
    return [mic.uri for site in sites for mic in site.microphones if mic.uri]


def watched(sites: Sequence[Site]) -> list[str]:
    """The addresses of all flow feeds."""
    return [feed.uri for site in sites for feed in site.network.feeds]


def _shadow(args: AppArgs) -> Any:  # noqa: ANN401 - what `bind` of a deployment gives
    """Who watches a challenger of the registered model that detects; None where none can be."""
    registered = alias_of(args.detector.model)
    if registered is None or args.placement == "inside":
        return None
    return ShadowDeployment.options(  # type: ignore[attr-defined]
        ray_actor_options={"num_cpus": args.shadow.cpus}
    ).bind(registered[0], args.shadow)


def _placed(deployment: Any, model: DetectorArgs | SoundArgs | FlowArgs, args: AppArgs) -> Any:  # noqa: ANN401
    """A model on Ray Serve, or its options for the stream hosts to load it themselves."""
    if args.placement == "inside":
        return model
    return deployment.options(
        num_replicas=model.replicas,
        ray_actor_options={"num_cpus": model.cpus},
        max_ongoing_requests=8,
        max_queued_requests=model.most_queued,
    ).bind(model)
