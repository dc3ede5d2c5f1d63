"""The gateway on Ray Serve: a thin shell around `serving.gateway.create_app`."""

from collections.abc import Sequence

from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle

from catalogs.journal import Journal
from hlaska.settings import Settings
from hlaska.sites import Site
from serving.evidence import EvidenceStore
from serving.gateway import create_app


@serve.deployment(
    num_replicas=1,
    ray_actor_options={"num_cpus": 0.2},
    # Live streams stay open: each dashboard process holds one of these.
    max_ongoing_requests=500,
    max_queued_requests=200,
    health_check_period_s=5,
    health_check_timeout_s=15,
)
@serve.ingress()
class GatewayDeployment:
    """The gateway's one replica."""

    def __init__(
        self, sites: Sequence[Site], supervisor: DeploymentHandle, *pictures: DeploymentHandle
    ) -> None:
        # Held only so that Serve runs them behind this ingress.
        self._behind = (supervisor, *pictures)
        self._sites = sites
        self._settings = Settings.load()
        self._journal = Journal.open(None, self._settings)

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Called by Ray Serve, in the replica, after the constructor."""
        return create_app(
            journal=self._journal,
            evidence=EvidenceStore(self._settings.home / "evidence"),
            sites=self._sites,
            token=self._settings.token,
            pictures=True,
        )

    def check_health(self) -> None:
        """A gateway that cannot write its journal is replaced, which opens the journal anew."""
        self._journal.check()
