"""A small town with every sense, its journal, and the picture of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.alerts.actions import Order
from hlaska.alerts.alert import Alert
from hlaska.alerts.silences import AddSilence, Scope
from hlaska.events import Event
from hlaska.settings import Settings
from hlaska.sites import Site
from hlaska.threat.levels import Threats
from serving.picture.picture import Picture
from serving.picture.playbooks import for_site

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ALL = ("gate", "yard-cam", "mic", "taps")


def at(second: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=second)


def _square(lon: float, lat: float) -> dict:
    """About 70 m wide."""
    ring = [[lon, lat], [lon + 0.001, lat], [lon + 0.001, lat + 0.0007], [lon, lat + 0.0007]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


TOWN = Site.model_validate(
    {
        "id": "testville",
        "name": "Testville",
        "centre": {"lon": 13.0, "lat": 49.0},
        "time_zone": "Europe/Prague",
        "sources": ["made up for a test"],
        "zones": [
            {
                "id": "square",
                "name": "Square",
                "kind": "pedestrian",
                "geometry": _square(13.0, 49.0),
            },
            {
                "id": "plant",
                "name": "Plant",
                "kind": "restricted",
                "geometry": _square(13.02, 49.02),
            },
        ],
        "cameras": [
            {
                "id": name,
                "name": name,
                "uri": f"file:///{name}.mp4",
                "position": {"lon": lon, "lat": lat},
                "view": {"bearing_deg": 0, "angle_deg": 60, "range_m": 50},
                "size_px": [128, 96],
            }
            for name, lon, lat in (("gate", 13.0005, 49.0003), ("yard-cam", 13.0205, 49.0203))
        ],
        "microphones": [
            {
                "id": "mic",
                "name": "Mic",
                "uri": "file:///mic.wav",
                "position": {"lon": 13.0005, "lat": 49.0005},
            }
        ],
        "network": {
            "ranges": ["10.0.0.0/24"],
            "feeds": [{"id": "taps", "name": "Taps", "uri": "zeek:///taps"}],
        },
    }
)


def event(name: str, kind: str = "audio.gunshot", second: float = 0, **changes: object) -> Event:
    """Something that the microphone on the square heard so many seconds after noon."""
    fields = {
        "id": name,
        "site": "testville",
        "source": "mic",
        "kind": kind,
        "observed_at": at(second),
        "confidence": 0.9,
        "zone": "square",
    }
    return Event.model_validate(fields | changes)


class Watch:
    """One journal, the store of its alerts, and whoever keeps the picture of it."""

    def __init__(self, folder: Path, *, url: str | None = None, patience_s: float = 10.0) -> None:
        self.path = folder / "journal.sqlite"
        self.settings = Settings.load(home=folder)
        self.journal = Journal.open(url, self.settings, patience_s=patience_s)
        self.store = AlertStore(self.journal)
        self.picture = self.new_picture()

    def new_picture(self, store: AlertStore | None = None) -> Picture:
        """One that knows nothing but what is stored."""
        return Picture(TOWN, self.journal, store or self.store, for_site(TOWN.id))

    def restart(self) -> None:
        """End the picture and begin another."""
        self.picture = self.new_picture()

    def say(self, *events: Event, second: float | None = None) -> None:
        """Have events taken by the gateway: when they happened, or so many seconds after noon."""
        for each in events:
            moment = each.observed_at if second is None else at(second)
            self.journal.append([each], moment)

    def step(self, second: float, working: tuple[str, ...] = ALL) -> Threats:
        """A step of the picture, so many seconds after noon."""
        return self.picture.step(at(second), working)

    def alerts(self, **which: object) -> list[Alert]:
        """All that are stored, the oldest first."""
        return [alert for _, alert in self.store.alerts(newest_first=False, **which)]

    def order(self, second: float, action: object, alert: Alert | None = None) -> Alert:
        """What Jana orders about an alert, the only one unless it is given."""
        if alert is None:
            (alert,) = self.alerts()
        order = Order(alert=alert.id, version=alert.version, action=action)
        (changed,) = self.store.order("Jana", [order], at(second), lambda _: ())
        return changed

    def silence(self, second: float, *, until: float, **scope: object) -> None:
        """What Jana wants to hear no more."""
        action = AddSilence(scope=Scope(**scope), until=at(until), reason="roadworks")
        self.store.order_silence("testville", "Jana", action, at(second))
