"""The picture of one site on Ray Serve: a thin shell around `serving.picture.keeper.Keeper`."""

from pydantic import Field
from ray import serve

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.records import Record
from hlaska.settings import Settings
from hlaska.sites import Site
from serving.client import Gateway
from serving.picture.keeper import Keeper
from serving.picture.picture import Picture
from serving.picture.playbooks import for_site

PATIENCE_S = 3.0
"""So long the gateway may take to answer: alerts are stored without it."""


class PictureArgs(Record):
    """The options of the picture of threats."""

    cpus: float = Field(
        default=0.1, gt=0, le=64, description="CPUs that Ray sets aside for each site's picture."
    )


@serve.deployment(
    # One, as it alone makes alerts of a site's events: a second one would be told that it is.
    num_replicas=1,
    max_ongoing_requests=8,
    health_check_period_s=5,
    health_check_timeout_s=20,
)
class PictureDeployment:
    """Who keeps a site's picture. Nobody asks it: it reads the journal."""

    def __init__(self, site: Site) -> None:
        settings = Settings.load()
        journal = Journal.open(None, settings)
        picture = Picture(site, journal, AlertStore(journal), for_site(site.id))
        gateway = Gateway(settings.gateway_url, settings.token, timeout_s=PATIENCE_S)
        self._keeper = Keeper(site, picture, journal, gateway)
        self._keeper.start()

    def check_health(self) -> None:
        """A picture whose thread has ended is replaced; the new one goes on where it was.

        Raises:
            RuntimeError: it has ended, which only a bug can do.
        """
        if not self._keeper.alive:
            raise RuntimeError("the thread that keeps the picture has died; see the log above")
