"""The picture of the running system: from an event to a level, an alert, and what people did."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from hlaska.alerts.actions import Acknowledge, Assign, Confirm, Order, Resolve
from hlaska.alerts.alert import State, Verdict
from hlaska.errors import RefusedError
from hlaska.events import Event
from serving.client import Gateway
from serving.messages import Orders

pytestmark = [pytest.mark.ray, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def gateway(running_system):
    with Gateway(running_system.gateway_url, timeout_s=5) as gateway:
        yield gateway


def leak(name: str) -> Event:
    """A gas detector that the site file does not name: a CloudEvent of its own."""
    return Event(
        id=f"{name}-{datetime.now(UTC).timestamp()}",
        site="testville",
        source="nose",
        kind="gas.exceedance",
        observed_at=datetime.now(UTC),
        confidence=1.0,
        zone="closed",
    )


def alert_of(gateway, event: Event):
    found = [alert for alert in gateway.alerts() if event.id in alert.events]
    return found[0] if found else None


def order(gateway, alert, action, by="Jana"):
    (changed,) = gateway.order_alerts(
        Orders(by=by, orders=(Order(alert=alert.id, version=alert.version, action=action),))
    )
    return changed


def closed(gateway):
    (threats,) = gateway.threats()
    (zone,) = threats.zones
    return zone


def evidence_of(gateway) -> set[str]:
    return {each.event for each in closed(gateway).contributions}


def test_a_dispatcher_deals_with_a_gas_leak_from_the_level_to_the_verdict(gateway, eventually):
    eventually(lambda: gateway.threats(), 90)
    event = leak("leak")
    gateway.send_events([event])
    alert = eventually(lambda: alert_of(gateway, event))
    eventually(lambda: event.id in evidence_of(gateway))
    assert closed(gateway).level >= 2
    assert alert.severity == 4 and alert.playbook == "gas-leak"

    alert = order(gateway, alert, Acknowledge())
    with pytest.raises(RefusedError, match="Jana"):
        order(gateway, alert.model_copy(update={"version": 1}), Assign(to="Petr"), by="Petr")
    alert = order(gateway, gateway.alert(alert.id), Assign(to="Hlídka 2"))
    step = gateway.playbooks("testville")[alert.playbook].steps[0]
    alert = order(gateway, alert, Confirm(step=step.id))
    alert = order(gateway, alert, Resolve(verdict=Verdict.FALSE, note="a solvent"))
    assert alert.state is State.RESOLVED
    # What was found to be nothing is evidence no more.
    eventually(lambda: event.id not in evidence_of(gateway))
    labels = gateway.labels(site="testville")
    assert list(labels[labels["event"] == event.id]["verdict"]) == ["false"]
    assert gateway.audit_broken() is None


def test_the_levels_are_kept_for_the_history(gateway, eventually):
    eventually(lambda: gateway.threats(), 90)
    now = datetime.now(UTC)
    changes = eventually(lambda: gateway.levels("testville", now - timedelta(hours=1), now), 30)
    assert {change.zone for change in changes} == {None, "closed"}


def test_a_camera_that_cannot_be_read_is_one_alert_and_a_zone_that_one_sees_is_known(
    gateway, eventually
):
    down = eventually(
        lambda: [a for a in gateway.alerts(open_only=True) if "blind" in a.sources], 90
    )
    assert [alert.family for alert in down] == ["health"]
    eventually(lambda: {sense.modality: sense.of for sense in closed(gateway).senses}, 30)
    video = next(sense for sense in closed(gateway).senses if sense.modality == "video")
    assert video.of == 2 and video.working <= 1


def test_a_killed_picture_comes_back_with_the_same_queue_and_misses_nothing(
    gateway, running_system, eventually
):
    before = leak("before")
    gateway.send_events([before])
    open_alert = eventually(lambda: alert_of(gateway, before))
    (replica,) = eventually(lambda: running_system.processes("ServeReplica:hlaska:Picture"), 60)
    at = gateway.threats()[0].at
    replica.kill()
    meanwhile = leak("meanwhile")
    gateway.send_events([meanwhile])
    eventually(
        lambda: (
            {one.pid for one in running_system.processes("ServeReplica:hlaska:Picture")}
            - {replica.pid}
        ),
        60,
    )
    eventually(lambda: gateway.threats()[0].at > at + timedelta(seconds=10), 120)
    eventually(lambda: alert_of(gateway, meanwhile), 60)
    eventually(lambda: {before.id, meanwhile.id} <= evidence_of(gateway), 30)
    same = gateway.alert(open_alert.id)
    assert same.events[: len(open_alert.events)] == open_alert.events
    events = [event for alert in gateway.alerts(limit=1000) for event in alert.events]
    assert len(events) == len(set(events))
    eventually(lambda: "picture of testville" not in gateway.health().reason, 30)


def test_figures_for_prometheus_tell_how_the_picture_does(running_system, gateway, eventually):
    eventually(lambda: gateway.threats(), 90)
    text = httpx.get(f"{running_system.gateway_url}/metrics").text
    assert 'hlaska_threat_level{site="testville",zone="closed"}' in text
    assert 'hlaska_picture_lag_events{site="testville"}' in text
    assert 'hlaska_alerts_open{severity="2",site="testville"}' in text
