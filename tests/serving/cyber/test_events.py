"""The event of a finding, and what a dispatcher reads in it."""

import hashlib

import pytest

from hlaska.events import Event
from hlaska.network.evidence import FlowEvidence
from hlaska.network.inventory import Inventory
from hlaska.network.watch import WatchArgs
from hlaska.tracks import StreamState
from serving.cyber.events import Reporter
from serving.cyber.judge import Judge


@pytest.fixture
def reporter(site):
    return Reporter(site, site.feed("taps"), site.addresses)


@pytest.fixture
def case(town):
    judge = Judge(town.network, Inventory(learn_s=1e6), WatchArgs(learn_s=1e6))
    rows = [town.knock(n / 10, town.stranger, town.camera, 100 + n) for n in range(100)]
    (one,) = [*judge.take(town.table(rows)), *judge.finish()]
    return one


def test_it_says_who_did_what_to_which_camera(town, reporter, case):
    event, evidence = reporter.event(case.finding, case.window)
    assert (event.kind, event.source, event.model) == ("cyber.scan", "taps", None)
    said = event.attributes
    assert said["host"] == town.stranger and said["asset"] == "cam-gate"
    assert said["carries"] == "gate" and said["ports"] == 100
    assert str(said["words"]).startswith(f"{town.stranger} tried 100 ports of 1 host")
    (piece,) = event.evidence
    content = evidence[piece.sha256]
    assert hashlib.sha256(content).hexdigest() == piece.sha256
    shown = FlowEvidence.model_validate_json(content)
    assert len(shown.talks) == 100 and shown.words == said["words"]
    assert Event.from_cloudevent(event.to_cloudevent()) == event


def test_the_same_log_read_again_gives_the_same_event(reporter, case):
    first, _ = reporter.event(case.finding, case.window)
    again, _ = reporter.event(case.finding, case.window)
    assert first.id == again.id


def test_a_feed_has_no_place_but_has_health(reporter, noon):
    event = reporter.health(StreamState.STALLED, "more comes than can be looked at", noon)
    assert event.kind == "health.degraded" and event.location is None


@pytest.fixture
def noon(town):
    return town.flow(0, "", "", 0)["started_at"]
