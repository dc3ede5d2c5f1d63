"""What the gateway offers of the picture, over real HTTP with a real journal."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from hlaska.alerts.actions import Acknowledge, AddNote, Assign, Confirm, Dismiss, Judge, Order
from hlaska.alerts.alert import State, Verdict
from hlaska.alerts.silences import AddSilence, AgreeToSilence, EndSilence, Scope
from hlaska.errors import GatewayError, RefusedError
from hlaska.events import Evidence
from serving.client import Gateway
from serving.evidence import EvidenceStore
from serving.gateway import create_app
from serving.live import LATE_S, Live
from serving.messages import Hello, NewAlert, NewSilences, NewThreats, Orders, SilenceOrder
from serving.picture.picture import Picture
from serving.picture.playbooks import for_site
from tests.serving.picture.town import ALL, TOWN, event


@pytest.fixture
def gateway(server) -> Iterator[Gateway]:
    with Gateway(server.url) as gateway:
        yield gateway


class Guard:
    """Who makes alerts of events, one step at a time."""

    def __init__(self, server, gateway: Gateway) -> None:
        self.gateway = gateway
        self.journal = Journal.open(None, server.settings)
        self.store = AlertStore(self.journal)
        self.picture = Picture(TOWN, self.journal, self.store, for_site(TOWN.id))

    def look(self) -> None:
        self.gateway.send_threats(self.picture.step(datetime.now(UTC), ALL))

    def hear(self, name: str, kind: str = "audio.gunshot", **changes):
        """The alert of an event that has just happened."""
        self.gateway.send_events([event(name, kind, observed_at=datetime.now(UTC), **changes)])
        self.look()
        return next(alert for alert in self.gateway.alerts() if name in alert.events)


@pytest.fixture
def guard(server, gateway) -> Iterator[Guard]:
    guard = Guard(server, gateway)
    yield guard
    guard.journal.close()


def orders(*actions, by: str = "Jana") -> Orders:
    """One order for each alert and action."""
    return Orders(
        by=by,
        orders=tuple(
            Order(alert=alert.id, version=alert.version, action=action) for alert, action in actions
        ),
    )


def test_levels_alerts_and_history_are_what_the_picture_stored(gateway, guard):
    begin = datetime.now(UTC)
    assert (gateway.threats(), gateway.alerts()) == ([], [])
    guard.look()
    alert = guard.hear("shot")
    (threats,) = gateway.threats()
    assert threats.whole.level > 0 and threats.whole.contributions[0].event == "shot"
    assert gateway.alert(alert.id) == alert
    changes = gateway.levels("testville", begin, datetime.now(UTC) + timedelta(seconds=1))
    assert [change.level for change in changes if change.zone == "square"] == [
        0,
        threats.whole.level,
    ]


def test_alerts_can_be_looked_up_by_state_time_and_words(gateway, guard):
    begin = datetime.now(UTC)
    shot = guard.hear("shot")
    scan = guard.hear("scan", "cyber.scan", source="taps", zone=None)
    gateway.order_alerts(orders((shot, Dismiss(reason="Zkouška sirén"))))
    assert [alert.id for alert in gateway.alerts(open_only=True)] == [scan.id]
    assert [alert.id for alert in gateway.alerts(text="zkouska")] == [shot.id]
    assert gateway.alerts(until=begin) == []
    assert len(gateway.alerts(since=begin, site="testville")) == 2
    assert len(gateway.alerts(limit=1)) == 1


def test_an_order_is_carried_out_written_down_and_told(server, gateway, guard, until, listen):
    alert = guard.hear("shot")
    messages: list = []
    with Gateway(server.url) as ear:
        listen(ear, messages)
        until(lambda: messages)
        step = for_site("testville")[alert.playbook].steps[0].id
        (seen,) = gateway.order_alerts(orders((alert, Acknowledge())))
        (done,) = gateway.order_alerts(orders((seen, Confirm(step=step))))
        until(
            lambda: any(
                isinstance(m, NewAlert) and m.alert.version == done.version for m in messages
            )
        )
    assert (seen.state, seen.version) == (State.ACKNOWLEDGED, alert.version + 1)
    assert [confirmed.step for confirmed in done.confirmed] == [step]
    lines = gateway.audit(site="testville")
    assert [(line.by, line.did) for line in lines[-2:]] == [
        ("Jana", "alert.acknowledge"),
        ("Jana", "alert.confirm"),
    ]
    assert gateway.audit(after=lines[-2].number) == lines[-1:]
    assert gateway.audit_broken() is None


def test_of_two_dispatchers_the_second_is_told_what_the_first_has_done(gateway, guard):
    alert = guard.hear("shot")
    gateway.order_alerts(orders((alert, Acknowledge())))
    with pytest.raises(RefusedError, match=r"409.*acknowledge \(Jana"):
        gateway.order_alerts(orders((alert, Dismiss(reason="nothing")), by="Petr"))
    assert gateway.alert(alert.id).state is State.ACKNOWLEDGED


def test_of_many_who_order_at_once_one_wins(server, gateway, guard):
    alert = guard.hear("shot")
    won, lost = [], []

    def order(name: str) -> None:
        with Gateway(server.url) as own:
            try:
                won.extend(own.order_alerts(orders((alert, Assign(to=name)), by=name)))
            except RefusedError:
                lost.append(name)

    threads = [threading.Thread(target=order, args=(f"D{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 7)
    assert gateway.alert(alert.id).assignee == won[0].assignee


def test_of_orders_for_many_all_are_carried_out_or_none(gateway, guard):
    shot = guard.hear("shot")
    scan = guard.hear("scan", "cyber.scan", source="taps", zone=None)
    stale = scan.model_copy(update={"version": 7})
    with pytest.raises(RefusedError, match="409"):
        gateway.order_alerts(orders((shot, Acknowledge()), (stale, Acknowledge())))
    assert {alert.state for alert in gateway.alerts()} == {State.NEW}
    changed = gateway.order_alerts(orders((shot, Acknowledge()), (scan, AddNote(text="again"))))
    assert [alert.id for alert in changed] == [shot.id, scan.id]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"orders": []}, 422, id="nobody orders nothing"),
        pytest.param(
            {"orders": [{"alert": "a", "version": 1, "action": {"do": "acknowledge"}}]},
            422,
            id="nobody says who orders",
        ),
        pytest.param(
            {"by": " ", "orders": [{"alert": "a", "version": 1, "action": {"do": "acknowledge"}}]},
            422,
            id="a blank name",
        ),
        pytest.param(
            {"by": "Jana", "orders": [{"alert": "a", "version": 1, "action": {"do": "explode"}}]},
            422,
            id="an action that there is not",
        ),
        pytest.param(
            {
                "by": "Jana",
                "orders": [{"alert": "a", "version": 1, "action": {"do": "acknowledge"}}],
            },
            409,
            id="an alert that there is not",
        ),
    ],
)
def test_a_bad_order_is_refused(server, body, status):
    answer = httpx.post(f"{server.url}/alerts/orders", json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_what_there_is_not_is_named(gateway):
    now = datetime.now(UTC)
    with pytest.raises(GatewayError, match=r"404.*no alert 'a'"):
        gateway.alert("a")
    for ask in (
        lambda: gateway.levels("plzen", now, now),
        lambda: gateway.playbooks("plzen"),
        lambda: gateway.silences("plzen"),
        lambda: gateway.alerts(site="plzen"),
        lambda: gateway.labels(site="plzen"),
        lambda: gateway.order_silence(
            "plzen", SilenceOrder(by="Jana", action=EndSilence(silence="s"))
        ),
    ):
        with pytest.raises(GatewayError, match=r"404.*no site 'plzen'; known: testville"):
            ask()


def test_threats_of_another_site_are_refused(server, gateway, guard):
    threats = guard.picture.step(datetime.now(UTC), ALL)
    answer = httpx.put(
        f"{server.url}/threats/testville",
        content=threats.model_copy(update={"site": "plzen"}).model_dump_json(),
    )
    assert answer.status_code == 422
    with pytest.raises(GatewayError, match="no site 'plzen'"):
        gateway.send_threats(threats.model_copy(update={"site": "plzen"}))
    assert gateway.threats() == []


def test_a_silence_over_danger_to_life_takes_two_people_and_is_told(
    server, gateway, guard, until, listen
):
    guard.hear("shot")
    messages: list = []
    until_when = datetime.now(UTC) + timedelta(hours=1)
    ask = AddSilence(scope=Scope(kind="audio.gunshot"), until=until_when, reason="a drill")
    with Gateway(server.url) as ear:
        listen(ear, messages)
        until(lambda: messages)
        silence = gateway.order_silence("testville", SilenceOrder(by="Jana", action=ask))
        assert silence.needs_second
        agree = AgreeToSilence(silence=silence.id)
        with pytest.raises(RefusedError, match=r"409.*Jana"):
            gateway.order_silence("testville", SilenceOrder(by="Jana", action=agree))
        agreed = gateway.order_silence("testville", SilenceOrder(by="Petr", action=agree))
        told = [agreed.model_dump()]
        until(lambda: [s.model_dump() for m in heard(messages) for s in m.silences][-1:] == told)
        guard.look()
        assert gateway.alerts()[0].silence == silence.id
        assert gateway.silences("testville") == [agreed]
        end = EndSilence(silence=silence.id)
        gateway.order_silence("testville", SilenceOrder(by="Eva", action=end))
        until(lambda: heard(messages)[-1].silences == ())
    assert gateway.silences() == []
    assert [one.ended_by for one in gateway.silences(since=silence.at)] == ["Eva"]


def heard(messages: list) -> list[NewSilences]:
    return [message for message in messages if isinstance(message, NewSilences)]


def test_playbooks_are_those_of_the_site(gateway):
    assert gateway.playbooks("testville") == for_site("testville")
    assert gateway.playbooks("testville")


def test_verdicts_come_out_as_labels_with_the_evidence(gateway, guard):
    sha256 = "a" * 64
    piece = Evidence(uri=f"/evidence/{sha256}", media_type="audio/flac", sha256=sha256)
    alert = guard.hear("shot", evidence=[piece])
    empty = gateway.labels()
    assert empty.empty
    gateway.order_alerts(orders((alert, Judge(verdict=Verdict.FALSE, note="a firecracker"))))
    table = gateway.labels(site="testville")
    assert (table.dtypes == empty.dtypes).all() and list(table) == list(empty)
    (row,) = table.to_dict("records")
    assert (row["event"], row["verdict"], row["note"]) == ("shot", "false", "a firecracker")
    assert (row["evidence"], row["media_type"], row["by"]) == (sha256, "audio/flac", "Jana")
    assert row["observed_at"].to_pydatetime() == alert.first_at
    assert table.equals(guard.store.labels())


def test_a_listener_hears_the_present_first_and_then_each_change(
    server, gateway, guard, until, listen
):
    first = guard.hear("shot")
    with Gateway(server.url) as ear:
        stream = ear.subscribe()
        hello = next(stream)
        assert hello == Hello(version=hello.version, last_seq=1, last_rev=1)
        assert isinstance(next(stream), NewThreats)
    messages: list = []
    with Gateway(server.url) as ear:
        listen(ear, messages)
        until(lambda: messages)
        second = guard.hear("scan", "cyber.scan", source="taps", zone=None)
        until(lambda: any(isinstance(m, NewAlert) for m in messages))
    changes = [m for m in messages if isinstance(m, NewAlert)]
    assert [(m.rev, m.alert.id) for m in changes] == [(2, second.id)]
    assert first.id != second.id


def test_a_listener_who_names_the_last_change_it_saw_misses_none(server, gateway, guard):
    names = [f"cam-{n}" for n in range(450)]
    health = [
        event(
            name,
            "health.down",
            source=name,
            zone=None,
            observed_at=datetime.now(UTC),
            attributes={"state": "lost"},
        )
        for name in names
    ]
    gateway.send_events(health)
    guard.look()
    heard = []
    for message in gateway.subscribe(after_rev=0):
        if isinstance(message, NewAlert):
            heard.append((message.rev, message.alert.worst))
        if len(heard) == len(names):
            break
    assert sorted(name for _, name in heard) == sorted(names)
    assert [rev for rev, _ in heard] == list(range(1, len(names) + 1))


def test_a_listener_learns_after_a_restart_of_the_gateway_what_it_has_missed(
    server, gateway, guard, until, listen
):
    alert = guard.hear("shot")
    messages: list = []
    with Gateway(server.url) as ear:
        listen(ear, messages)
        until(lambda: messages)
        server.stop()
        order = Order(alert=alert.id, version=alert.version, action=Acknowledge())
        guard.store.order("Petr", [order], datetime.now(UTC), lambda _: ())
        server.start()
        until(lambda: any(isinstance(m, NewAlert) for m in messages))
    (change,) = [m for m in messages if isinstance(m, NewAlert)]
    assert change.alert.state is State.ACKNOWLEDGED


def test_figures_for_prometheus_tell_of_alerts_levels_and_lag(server, gateway, guard):
    guard.look()
    httpx.get(f"{server.url}/metrics")
    shot = guard.hear("shot")
    guard.hear("scan", "cyber.scan", source="taps", zone=None)
    gateway.order_alerts(orders((shot, Dismiss(reason="nothing"))))
    gateway.send_events([event("later")])
    text = httpx.get(f"{server.url}/metrics").text
    assert 'hlaska_alerts_open{severity="2",site="testville"} 1.0' in text
    assert 'severity="4"' not in text
    assert 'hlaska_alerts_told_total{site="testville"} 2.0' in text
    assert 'hlaska_threat_level{site="testville",zone="plant"} 0.0' in text
    assert 'hlaska_picture_lag_events{site="testville"} 1.0' in text


async def health_of(live: Live | None, journal: Journal, folder, **options) -> str:
    app = create_app(
        journal=journal, evidence=EvidenceStore(folder), sites=[TOWN], live=live, **options
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://gateway"
    ) as client:
        return (await client.get("/healthz")).json()["reason"]


async def test_a_picture_that_is_not_reported_any_more_degrades_the_gateway(watch, tmp_path):
    threats = watch.step(0)
    live = Live()
    assert await health_of(live, watch.journal, tmp_path) == "", "nobody expects one"
    live.set_threats(threats, datetime.now(UTC) - timedelta(seconds=LATE_S + 1))
    assert "the picture of testville has not been reported" in await health_of(
        live, watch.journal, tmp_path
    )
    live.set_threats(threats)
    assert await health_of(live, watch.journal, tmp_path) == ""


async def test_a_picture_that_is_expected_has_time_to_begin(watch, tmp_path):
    assert await health_of(None, watch.journal, tmp_path, pictures=True) == ""
