"""A picture that is not well, and a stream that was tampered with: one finding."""

from datetime import UTC, datetime, timedelta

import pytest

from hlaska.events import Event
from hlaska.sites import PICTURE_GUARD
from serving.client import Gateway
from serving.cyber.picture_guard import PictureGuard
from serving.outbox import Outbox
from serving.spool import Spool


@pytest.fixture
def gateway(server):
    with Gateway(server.url) as gateway:
        yield gateway


@pytest.fixture
def new_guard(server, site, tmp_path):
    ends = []

    def start():
        outbox = Outbox(lambda: Gateway(server.url), Spool(tmp_path / f"{len(ends)}.sqlite"))
        guard = PictureGuard(site, lambda: Gateway(server.url), outbox)
        guard.start()
        ends.extend([guard.close, outbox.close])
        return guard

    yield start
    for end in ends:
        end()


def looped(at, camera="gate"):
    return Event(
        id=f"loop-{at:%H%M%S}-{camera}", site="town", source=camera, kind="video.looped",
        observed_at=at, confidence=0.9, attributes={"period_s": 12.0},
    )  # fmt: skip


def taken(at, *, kind="cyber.stream-redirected", carries="gate"):
    return Event(
        id=f"{kind}-{at:%H%M%S}", site="town", source="taps", kind=kind, observed_at=at,
        confidence=0.8,
        attributes={
            "words": "cam-gate sends its stream (15 MB) to 10.31.1.66",
            "host": "10.31.1.11", "peer": "10.31.1.66", "carries": carries,
        },
    )  # fmt: skip


def told(gateway):
    return [stored.event for stored in gateway.events(source=PICTURE_GUARD)]


def test_both_together_are_one_finding_that_names_its_parts(gateway, new_guard, until):
    now = datetime.now(UTC)
    new_guard()
    parts = [looped(now - timedelta(minutes=2)), taken(now)]
    gateway.send_events(parts)
    until(lambda: told(gateway))
    (finding,) = told(gateway)
    assert finding.kind == "cyber.stream-redirected"
    assert finding.attributes["because"] == f"{parts[0].id} {parts[1].id}"
    assert finding.attributes["words"] == (
        "the picture of Gate repeats itself, while cam-gate sends its stream (15 MB) to 10.31.1.66"
    )
    assert finding.confidence == pytest.approx(0.98)
    gateway.send_events([taken(now + timedelta(minutes=1)), looped(now + timedelta(minutes=2))])
    until(lambda: len(gateway.events(site="town")) == 5)
    assert len(told(gateway)) == 1, "an attack that goes on is told once"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda now: taken(now, carries="yard"), id="another camera"),
        pytest.param(lambda now: taken(now - timedelta(minutes=11)), id="long before"),
        pytest.param(lambda now: taken(now, kind="cyber.scan"), id="a scan touches no stream"),
        pytest.param(lambda now: looped(now - timedelta(minutes=1)), id="twice the picture"),
    ],
)
def test_what_does_not_belong_together_is_not_told(gateway, new_guard, until, other):
    now = datetime.now(UTC)
    guard = new_guard()
    gateway.send_events([other(now), looped(now)])
    until(lambda: len(gateway.events(site="town")) == 2)
    # A pair that does belong together, after them: when it is told, they have been looked at.
    gateway.send_events([looped(now, "yard"), taken(now + timedelta(seconds=1), carries="yard")])
    until(lambda: told(gateway))
    assert guard.alive
    assert {event.attributes["carries"] for event in told(gateway)} == {"yard"}


def test_what_came_just_before_the_start_is_taken_in_and_told_once(gateway, new_guard, until):
    now = datetime.now(UTC)
    gateway.send_events([looped(now), taken(now)])
    new_guard()
    until(lambda: told(gateway))
    new_guard()
    gateway.send_events([taken(now + timedelta(seconds=2), kind="cyber.flood")])
    gateway.send_events([looped(now, "yard"), taken(now + timedelta(seconds=1), carries="yard")])
    until(lambda: len(told(gateway)) == 2)
    assert sorted(str(event.attributes["carries"]) for event in told(gateway)) == ["gate", "yard"]
