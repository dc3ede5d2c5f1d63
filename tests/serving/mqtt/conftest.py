"""A real Mosquitto that can be killed, a vendor's box that publishes, and a feed that listens."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from hlaska.events import Event
from hlaska.sites import Site
from hlaska.tracks import StreamState, StreamStatus
from serving.client import Gateway
from serving.mqtt import ForeignFeed
from serving.outbox import Outbox
from serving.spool import Spool

INSTALL_MOSQUITTO = "no Mosquitto here: apt-get install mosquitto"
TOPIC = "acme/box-7/alerts"


class Broker:
    """A Mosquitto of our own that can be killed and started again."""

    def __init__(self, folder: Path, *more: str) -> None:
        self._program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        if self._program is None:
            pytest.skip(INSTALL_MOSQUITTO)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._log = folder / "mosquitto.log"
        self._config = folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {folder}/",
            # At every change: a broker that is killed has no time to save.
            "autosave_on_changes true",
            "autosave_interval 1",
            "max_queued_messages 5000",
            f"log_dest file {self._log}",
            *(more or ["allow_anonymous true"]),
        ]
        if os.geteuid() == 0:
            lines.append("user root")
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen([self._program, "-c", self._config])
        deadline_s = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                assert time.monotonic() < deadline_s, self._log.read_text()
                assert self._process.poll() is None, "Mosquitto did not start"
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None


@pytest.fixture
def new_broker(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """`new_broker(*lines)`: a broker with more lines in its configuration, started."""
    brokers: list[Broker] = []

    def make(*more: str) -> Broker:
        folder = tmp_path / f"broker-{len(brokers)}"
        folder.mkdir()
        brokers.append(Broker(folder, *more))
        brokers[-1].start()
        return brokers[-1]

    yield make
    for broker in brokers:
        broker.stop()


@pytest.fixture
def broker(new_broker: Callable[..., Broker]) -> Broker:
    return new_broker()


class Publisher:
    """A vendor's box: publishes with QoS 1 and sends again what was not acknowledged."""

    def __init__(self, port: int) -> None:
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="box-7", clean_session=False
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def send(
        self, payload: object, *, topic: str = TOPIC, retain: bool = False
    ) -> paho.MQTTMessageInfo:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self._client.publish(topic, body, qos=1, retain=retain)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Publisher]:
    publisher = Publisher(broker.port)
    yield publisher
    publisher.close()


def _site_of(port: int, **mqtt: object) -> Site:
    place = {"lon": 13.0, "lat": 49.0}
    return Site.model_validate(
        {
            "id": "testville",
            "name": "Testville",
            "centre": place,
            "time_zone": "Europe/Prague",
            "sources": ["made up for a test"],
            "detectors": [
                {
                    "id": "ears",
                    "name": "Ears",
                    "vendor": "Acme",
                    "position": place,
                    "mqtt": {"host": "127.0.0.1", "port": port, "topic": "acme/+/alerts"} | mqtt,
                    "mapping": {
                        "word": "type",
                        "time": "at",
                        "message_id": "id",
                        "kinds": {"GUN_SHOT": "audio.gunshot"},
                    },
                }
            ],
        }
    )


def _alert(number: int, **changes: object) -> dict[str, object]:
    at = datetime.now(UTC).isoformat()
    return {"id": f"alert-{number}", "type": "GUN_SHOT", "at": at} | changes


@pytest.fixture
def site_of() -> Callable[..., Site]:
    """`site_of(port, **mqtt)`: a site with one detector, whose broker listens on that port."""
    return _site_of


@pytest.fixture
def alert() -> Callable[..., dict[str, object]]:
    """`alert(number, **changes)`: an alert of now, as the detector sends it."""
    return _alert


class Watch:
    """A feed with its outbox, gateway and journal."""

    def __init__(self, site: Site, server, spool: Path) -> None:
        self.gateway = Gateway(server.url)
        self.outbox = Outbox(lambda: Gateway(server.url), Spool(spool))
        self.feed = ForeignFeed(site, site.detector("ears"), self.outbox)
        self.feed.start()

    def status(self) -> StreamStatus | None:
        return next((s for s in self.gateway.streams() if s.source == "ears"), None)

    def state(self) -> StreamState | None:
        status = self.status()
        return status and status.state

    def events(self, kind: str = "audio.") -> list[Event]:
        stored = self.gateway.events(kind=kind, newest_first=False, limit=1000)
        return [one.event for one in stored]

    def close(self) -> None:
        self.feed.close()
        self.outbox.close()
        self.gateway.close()
        assert not self.feed.alive


@pytest.fixture
def watch(new_server, tmp_path) -> Iterator[Callable[..., Watch]]:
    """`watch(site)`: a feed that runs, with a gateway of that site."""
    watches: list[Watch] = []
    servers: list = []

    def start(site: Site) -> Watch:
        if not servers:
            servers.append(new_server(site))
            servers[0].start()
        watches.append(Watch(site, servers[0], tmp_path / "spool.sqlite"))
        return watches[-1]

    yield start
    for one in watches:
        if one.feed.alive:
            one.close()
