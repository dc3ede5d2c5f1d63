"""The thread that keeps a picture, against a real gateway and a real journal."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.events import Event
from hlaska.network.status import NetworkStatus
from hlaska.sound.status import SoundStatus
from hlaska.tracks import SILENT_S, StreamState, StreamStatus
from serving.client import Gateway
from serving.messages import NewAlert, NewThreats
from serving.picture.keeper import Keeper, working, works
from serving.picture.picture import Picture
from serving.picture.playbooks import for_site
from tests.serving.picture.town import NOON, TOWN, event

SOUND = {"level_dbfs": -40, "needs": 3, "of": 5}
FLOWS = {"flows": 10, "unreadable": 0, "sampled": 1.0, "lag_s": 0.1}


def status(source: str = "gate", **changes: object) -> StreamStatus:
    fields = {"site": "testville", "source": source, "state": StreamState.HEALTHY}
    return StreamStatus.model_validate(fields | {"epoch": NOON, "at": NOON} | changes)


def now_event(name: str, **changes: object) -> Event:
    return event(name, observed_at=datetime.now(UTC), **changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, True, id="healthy"),
        pytest.param({"state": StreamState.LOST}, False, id="lost"),
        pytest.param({"state": StreamState.ENDED}, False, id="ended"),
        pytest.param({"overloaded": True}, False, id="sheds frames"),
        pytest.param({"sound": SoundStatus(**SOUND)}, True, id="hears well"),
        pytest.param({"sound": SoundStatus(**SOUND, condition="windy")}, False, id="windy"),
        pytest.param({"network": NetworkStatus(**FLOWS)}, True, id="looks at all flows"),
        pytest.param(
            {"network": NetworkStatus(**FLOWS | {"sampled": 0.5})}, False, id="looks at half"
        ),
        pytest.param({"at": NOON - timedelta(seconds=SILENT_S)}, True, id="just heard"),
        pytest.param({"at": NOON - timedelta(seconds=SILENT_S + 1)}, False, id="silent"),
    ],
)
def test_a_sensor_works_when_what_it_says_and_does_not_say_can_be_trusted(changes, expected):
    assert works(status(**changes), NOON) is expected


def test_sensors_of_other_sites_watch_over_nothing_here():
    statuses = [status(), status(site="plzen", source="mic"), status("taps", overloaded=True)]
    assert working(statuses, "testville", NOON) == {"gate"}


@pytest.fixture
def gateway(server) -> Iterator[Gateway]:
    with Gateway(server.url) as gateway:
        yield gateway


@pytest.fixture
def new_keeper(server) -> Iterator[Callable[..., Keeper]]:
    """`new_keeper()`: one that runs; ended at the end of the test."""
    ends: list[Callable[[], None]] = []

    def start() -> Keeper:
        journal = Journal.open(None, server.settings, patience_s=0.2)
        picture = Picture(TOWN, journal, AlertStore(journal), for_site(TOWN.id))
        keeper = Keeper(TOWN, picture, journal, Gateway(server.url, timeout_s=2))
        keeper.start()
        ends.extend([keeper.close, journal.close])
        return keeper

    yield start
    for end in ends:
        end()


def level(gateway: Gateway) -> int:
    return max((threats.whole.level for threats in gateway.threats()), default=-1)


def test_an_event_is_told_as_an_alert_and_a_level_to_everyone_who_listens(
    server, gateway, new_keeper, until, listen
):
    new_keeper()
    until(gateway.threats)
    messages: list = []
    with Gateway(server.url) as ear:
        listen(ear, messages)
        until(lambda: messages)
        gateway.send_events([now_event("shot")])
        until(lambda: any(isinstance(m, NewAlert) for m in messages))
        until(lambda: any(isinstance(m, NewThreats) and m.threats.whole.level for m in messages))
    (alert,) = gateway.alerts()
    assert alert.events == ("shot",)


def test_a_zone_is_known_while_its_sensors_report_and_not_for_long_after(
    gateway, new_keeper, until
):
    new_keeper()
    until(gateway.threats)
    assert not gateway.threats()[0].whole.known
    at = datetime.now(UTC)
    for source in ("gate", "yard-cam", "mic", "taps"):
        gateway.send_status(status(source, at=at))
    until(lambda: gateway.threats()[0].whole.known)
    until(lambda: not gateway.threats()[0].whole.known)
    assert datetime.now(UTC) - at >= timedelta(seconds=SILENT_S)


def test_while_the_gateway_is_away_alerts_are_stored_and_it_is_told_when_it_is_back(
    server, gateway, new_keeper, until
):
    keeper = new_keeper()
    until(gateway.threats)
    server.stop()
    with Journal.open(None, server.settings) as journal:
        journal.append([now_event("shot")], datetime.now(UTC))
        store = AlertStore(journal)
        until(lambda: store.alerts(site="testville"))
    assert keeper.alive
    server.start()
    until(lambda: level(gateway) > 0)
    assert [alert.events for alert in gateway.alerts()] == [("shot",)]


def test_a_locked_journal_stops_it_as_long_as_that_lasts(
    server, gateway, new_keeper, until, caplog
):
    keeper = new_keeper()
    gateway.send_events([now_event("shot-0")])
    until(gateway.alerts)
    sent = 1
    other = sqlite3.connect(server.settings.home / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    while "waits: journal" not in caplog.text:
        other.execute(
            "INSERT INTO events (id, site, source, kind, observed_at, received_at, body) SELECT "
            "?, site, source, kind, observed_at, received_at, replace(body, 'shot-0', ?) "
            "FROM events WHERE id = 'shot-0'",
            (f"shot-{sent}", f"shot-{sent}"),
        )
        sent += 1
        other.execute("COMMIT")
        other.execute("BEGIN IMMEDIATE")
        time.sleep(0.5)
    assert keeper.alive
    before = gateway.alerts()[0].count
    assert before < sent
    other.execute("ROLLBACK")
    other.close()
    until(lambda: gateway.alerts()[0].count == sent)
    until(lambda: [one.up_to_seq for one in gateway.threats()] == [sent])


def test_a_new_keeper_goes_on_where_the_last_one_was_ended(gateway, new_keeper, until):
    first = new_keeper()
    gateway.send_events([now_event(f"shot-{n}") for n in range(50)])
    until(gateway.alerts)
    first.close()
    assert not first.alive
    gateway.send_events([now_event(f"shot-{n}") for n in range(50, 100)])
    new_keeper()
    until(lambda: gateway.alerts()[0].count == 100)
    (alert,) = gateway.alerts()
    assert alert.events == tuple(f"shot-{n}" for n in range(100))
