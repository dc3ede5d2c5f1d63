"""A small town, its gateway over real HTTP, and events to send it."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvicorn

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from dashboards.feed import Feed
from hlaska.alerts.alert import Alert
from hlaska.events import Event, StoredEvent
from hlaska.settings import Settings
from hlaska.sites import Site
from hlaska.threat.levels import Threats
from hlaska.tracks import LiveTrack, StreamState, StreamStatus
from serving.client import Gateway
from serving.evidence import EvidenceStore
from serving.gateway import create_app
from serving.picture.picture import Picture
from serving.picture.playbooks import for_site

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def noon() -> datetime:
    return NOON


@pytest.fixture(scope="session")
def site() -> Site:
    """A square with a restricted lawn, two cameras, four microphones, another maker's ears, and the
    network that carries them."""
    ring = [[13.37, 49.74], [13.38, 49.74], [13.38, 49.75], [13.37, 49.75], [13.37, 49.74]]
    camera = {
        "uri": "file:///dev/null",
        "position": {"lon": 13.375, "lat": 49.745},
        "view": {"bearing_deg": 0, "angle_deg": 60, "range_m": 50},
        "size_px": [128, 96],
    }
    gate = camera | {
        "id": "gate",
        "name": "Příkopy, brána",
        "note": "a test picture",
        "lines": [
            {"id": "middle", "name": "Middle", "points": [[64, 0], [64, 96]], "forward": "in",
             "backward": "out"},
        ],
        "zones": [
            {"id": "lawn", "name": "Lawn", "polygon": [[0, 0], [50, 0], [50, 50]],
             "rules": [{"rule": "intrusion"}]},
        ],
    }  # fmt: skip
    return Site.model_validate(
        {
            "id": "testville",
            "name": "Testov",
            "centre": {"lon": 13.375, "lat": 49.745},
            "time_zone": "Europe/Prague",
            "sources": ["made up"],
            "streets": [{"name": "Žižkova", "path": [[13.371, 49.741], [13.379, 49.749]]}],
            "waters": [{"name": "Říčka", "path": [[13.37, 49.742], [13.38, 49.743]]}],
            "buildings": [{"name": "Radnice", "outline": ring}],
            "zones": [
                {"id": "square", "name": "Square", "kind": "pedestrian",
                 "geometry": {"type": "Polygon", "coordinates": [ring]}},
            ],
            "cameras": [gate, camera | {"id": "yard", "name": "Dvůr"}],
            "microphones": [
                {"id": "ear", "name": "Ucho", "position": {"lon": 13.376, "lat": 49.744},
                 "uri": "file:///dev/null", "note": "a test sound"},
                {"id": "drum", "name": "Bubínek", "position": {"lon": 13.374, "lat": 49.744},
                 "uri": "file:///dev/null"},
                {"id": "lobe", "name": "Lalůček", "position": {"lon": 13.375, "lat": 49.746},
                 "uri": "file:///dev/null"},
                {"id": "spare", "name": "Zásoba", "position": {"lon": 13.377, "lat": 49.746}},
            ],
            "detectors": [
                {"id": "acme", "name": "Acme ears", "vendor": "Acme", "note": "on trial",
                 "devices": [{"id": "7", "position": {"lon": 13.373, "lat": 49.743}}],
                 "mapping": {"word": "type", "kinds": {"shot": "audio.gunshot"}, "time": "at",
                             "device": "who"}},
            ],
            "assets": [
                {"id": "cam-gate", "ip": "10.0.0.11", "role": "camera", "carries": "gate"},
                {"id": "cam-yard", "ip": "10.0.0.12", "role": "camera", "carries": "yard"},
                {"id": "mic-ear", "ip": "10.0.0.21", "role": "microphone", "carries": "ear"},
                {"id": "recorder", "ip": "10.0.0.2", "role": "recorder"},
            ],
            "network": {
                "ranges": ["10.0.0.0/24"],
                "feeds": [{"id": "core", "name": "Core switch", "uri": "zeek:logs",
                           "note": "a test network"}],
            },
        }
    )  # fmt: skip


@pytest.fixture(scope="session")
def event() -> Callable[..., Event]:
    """`event(number, **changes)`: people running past the gate, a second apart."""

    def make(number: int = 1, **changes: Any) -> Event:
        fields = {
            "id": f"event-{number}",
            "site": "testville",
            "source": "gate",
            "kind": "video.running",
            "observed_at": NOON + timedelta(seconds=number),
            "confidence": 0.9,
        }
        return Event.model_validate(fields | changes)

    return make


@pytest.fixture(scope="session")
def crossing(event) -> Callable[..., Event]:
    """`crossing(number, count=1, direction="in", …)`: somebody crosses the line `middle`."""

    def make(number: int = 1, *, count: int = 1, direction: str = "in", **changes: Any) -> Event:
        attributes = {"object_class": "person", "direction": direction, "count": count}
        fields = {"kind": "mobility.count", "line": "middle", "attributes": attributes}
        return event(number, **(fields | changes))

    return make


@pytest.fixture(scope="session")
def shot(event) -> Callable[..., Event]:
    """`shot(number, source="ear", **changes)`: two shots, heard at one microphone."""

    def make(number: int = 1, **changes: Any) -> Event:
        attributes = {
            "count": 2,
            "onsets_s": "0.0000 0.4000",
            "windows_agreed": 3,
            "windows_asked": 5,
            "peak_dbfs": -9.5,
            "redacted_s": 2.1,
        }
        fields = {"source": "ear", "kind": "audio.gunshot", "attributes": attributes}
        return event(number, **(fields | changes))

    return make


@pytest.fixture(scope="session")
def located(event) -> Callable[..., Event]:
    """`located(number, heard, **changes)`: where the shots of those events were fired."""

    def make(number: int, heard: Iterable[Event], **changes: Any) -> Event:
        names = [one.id for one in heard]
        ellipse = {"semi_major_m": 12.4, "semi_minor_m": 4, "bearing_deg": 80}
        fields = {
            "source": "sound-locator",
            "kind": "audio.gunshot",
            "location": {
                "lon": 13.3752, "lat": 49.744, "uncertainty_m": 10, "ellipse": ellipse,
            },
            "attributes": {"count": 2, "microphones": len(names), "heard_by": " ".join(names)},
        }  # fmt: skip
        return event(number, **(fields | changes))

    return make


@pytest.fixture(scope="session")
def stored() -> Callable[[Event, int], StoredEvent]:
    return lambda event, seq: StoredEvent(seq=seq, event=event)


@pytest.fixture(scope="session")
def status() -> Callable[..., StreamStatus]:
    """`status(**changes)`: the gate, healthy at noon, with one person on the square."""

    def make(**changes: Any) -> StreamStatus:
        track = LiveTrack(
            id=7, object_class="person", box_px=(0, 0, 9, 20), lon=13.3751, lat=49.7452
        )
        fields = {
            "site": "testville",
            "source": "gate",
            "state": StreamState.HEALTHY,
            "epoch": NOON,
            "at": NOON,
            "last_frame_at": NOON,
            "fps_in": 10,
            "fps_processed": 7.5,
            "dropped": 3,
            "detector": "hog 1",
            "tracks": (track,),
        }
        return StreamStatus.model_validate(fields | changes)

    return make


@pytest.fixture(scope="session")
def hearing() -> Callable[..., StreamStatus]:
    """`hearing(source="ear", *, sound={}, **changes)`: a healthy microphone in a quiet street."""

    def make(
        source: str = "ear", *, sound: dict[str, Any] | None = None, **changes: Any
    ) -> StreamStatus:
        fields = {
            "site": "testville",
            "source": source,
            "state": StreamState.HEALTHY,
            "epoch": NOON,
            "at": NOON,
            "last_frame_at": NOON,
            "fps_in": 2.5,
            "fps_processed": 2.5,
            "detector": "street-sounds 1",
            "sound": {
                "level_dbfs": -40, "scores": {"gunshot": 0.1, "scream": 0.2},
                "needs": 3, "of": 5, "kept": 7, "candidates": 9,
            } | (sound or {}),
        }  # fmt: skip
        return StreamStatus.model_validate(fields | changes)

    return make


class Server:
    """A gateway that can be stopped and started again on the same port."""

    def __init__(self, site: Site, settings: Settings) -> None:
        self.site, self.settings = site, settings
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        app = create_app(
            journal=Journal.open(None, self.settings),
            evidence=EvidenceStore(self.settings.home / "evidence"),
            sites=[self.site],
        )
        config = uvicorn.Config(
            app, port=self.port, log_level="error", timeout_graceful_shutdown=0, ws="none"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        wait_until(lambda: self._server.started)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)


def wait_until(what: Callable[[], object], patience_s: float = 20) -> None:
    """Return when `what` holds; fail when it does not become so."""
    deadline = time.monotonic() + patience_s
    while not what():
        assert time.monotonic() < deadline, "it did not become so"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def eventually() -> Callable[..., None]:
    """`eventually(what, patience_s=20)`: wait until that holds."""
    return wait_until


@pytest.fixture
def server(site, tmp_path) -> Iterator[Server]:
    server = Server(site, Settings.load(home=tmp_path / "home"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def gateway(server) -> Iterator[Gateway]:
    with Gateway(server.url) as gateway:
        yield gateway


@pytest.fixture
def feed(server) -> Iterator[Feed]:
    """A feed that has learnt what the gateway knows."""
    feed = Feed(Gateway(server.url)).start()
    wait_until(lambda: feed.world.link.connected)
    yield feed
    feed.stop()


@pytest.fixture(scope="session")
def alert() -> Callable[..., Alert]:
    """`alert(number, **changes)`: shots on the square, heard once, a second apart."""

    def make(number: int = 1, **changes: Any) -> Alert:
        at = NOON + timedelta(seconds=number)
        fields = {
            "id": f"alert-{number}",
            "site": "testville",
            "family": "attack",
            "zone": "square",
            "severity": 4,
            "confidence": 0.9,
            "worst": f"event-{number}",
            "kinds": ["audio.gunshot"],
            "sources": ["ear"],
            "events": [f"event-{number}"],
            "count": 1,
            "first_at": at,
            "last_at": at,
            "opened_at": at,
            "told_at": at,
            "playbook": "attack",
        }
        return Alert.model_validate(fields | changes)

    return make


@pytest.fixture
def look(server) -> Iterator[Callable[[], Threats]]:
    """`look()`: the picture takes in what is in the journal, and the gateway is told of it."""
    site, settings = server.site, server.settings
    journal = Journal.open(None, settings)
    picture = Picture(site, journal, AlertStore(journal), for_site(site.id))

    def step() -> Threats:
        threats = picture.step(datetime.now(UTC), [camera.id for camera in site.cameras])
        with Gateway(server.url) as gateway:
            gateway.send_threats(threats)
        return threats

    yield step
    journal.close()
