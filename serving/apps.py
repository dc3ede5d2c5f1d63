"""The running system as one Ray Serve application.

`serve deploy serving/cluster.yaml` and `hlaska up` build the same thing from the same options.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field
from ray.serve import Application

from catalogs import sites
from hlaska.errors import SettingsError
from hlaska.records import Name, Record
from hlaska.sites import Site
from serving.deployments import GatewayDeployment
from serving.hosts import HostArgs, Supervisor
from serving.video.deployment import DetectorArgs, DetectorDeployment


class AppArgs(Record):
    """What runs, and how."""

    sites: tuple[str, ...] = Field(
        default=("pilsen",),
        min_length=1,
        description="Names of committed sites, or paths of files.",
    )
    cameras: tuple[Name, ...] = Field(
        default=(), description="Cameras to start; none named means all of the sites."
    )
    placement: Literal["shared", "inside"] = Field(
        default="shared",
        description="One detector for all cameras on Ray Serve, or one inside each stream host.",
    )
    detector: DetectorArgs = Field(default=DetectorArgs(), description="The detector deployment.")
    hosts: HostArgs = Field(default=HostArgs(), description="The stream hosts.")

    def guarded(self) -> list[Site]:
        """The sites, with the cameras that are to start only.

        Raises:
            SiteError: a site file is wrong.
            SettingsError: a camera to start does not exist.
        """
        whole = [
            sites.load(Path(name)) if name.endswith((".yaml", ".yml")) else sites.named(name)
            for name in self.sites
        ]
        names = [camera.id for site in whole for camera in site.cameras]
        strangers = sorted(set(self.cameras) - set(names))
        if strangers:
            known = ", ".join(names) or "none"
            raise SettingsError(f"no camera {', '.join(strangers)} at these sites. Known: {known}")
        return [site.only(self.cameras or names) for site in whole]


def build(args: AppArgs) -> Application:
    """The application: gateway in front, supervisor and detector behind it.

    Raises:
        SiteError: a site file is wrong.
        SettingsError: a camera to start does not exist.
    """
    # mypy does not look at class decorators: `serve.deployment` makes a Deployment of each class.
    guarded = args.guarded()
    if args.placement == "shared":
        detector: Application | DetectorArgs = DetectorDeployment.options(  # type: ignore[attr-defined]
            num_replicas=args.detector.replicas,
            ray_actor_options={"num_cpus": args.detector.cpus},
            max_ongoing_requests=8,
            max_queued_requests=args.detector.most_queued,
        ).bind(args.detector)
    else:
        detector = args.detector
    supervisor = Supervisor.bind(guarded, args.hosts, detector)  # type: ignore[attr-defined]
    application: Application = GatewayDeployment.bind(  # type: ignore[attr-defined]
        guarded, supervisor
    )
    return application
