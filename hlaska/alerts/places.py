"""Where events and alerts are, so that one can tell whether they are about the same place."""

from hlaska.alerts.alert import Alert
from hlaska.events import Event
from hlaska.places import LonLat
from hlaska.sites import Site
from hlaska.threat.whereabouts import Whereabouts

Metres = tuple[float, float]


class Places:
    """Places in a site's plane, metres east and north.

    Args:
        site: The site.
    """

    def __init__(self, site: Site) -> None:
        self._plane = site.plane
        self._whereabouts = Whereabouts(site)

    def of(self, event: Event) -> Metres | None:
        """Where an event is; without a location, where its sensor stands; None: unknown."""
        return self._metres(self._whereabouts.at(event))

    def of_alert(self, alert: Alert) -> Metres | None:
        """The same for an alert, from what it says itself, so that a restart changes nothing."""
        if alert.location is not None:
            return self._metres((alert.location.lon, alert.location.lat))
        stands = map(self._whereabouts.stands, alert.sources)
        return self._metres(next((at for at in stands if at is not None), None))

    def zone(self, event: Event) -> str | None:
        """The site's zone that an event names or its camera's zone shows, or that it lies in."""
        return self._whereabouts.zone(event)

    def _metres(self, at: LonLat | None) -> Metres | None:
        if at is None:
            return None
        east, north = self._plane.to_metres(at)
        return float(east), float(north)
