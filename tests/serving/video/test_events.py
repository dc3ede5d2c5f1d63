from datetime import UTC, datetime, timedelta

import pytest

from hlaska.events import ModelRef
from hlaska.rules.finding import Finding
from hlaska.tracks import Scene, StreamState, Track
from serving.evidence import digest_of
from serving.video.events import GROUND_UNCERTAINTY_M, Reporter

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MODEL = ModelRef(name="hog", version="1")
CROSSING = {"object_class": "person", "direction": "in", "count": 1}


def at(number: int, ground_m) -> Track:
    return Track(number, "person", (0, 0, 10, 20), 0.8, NOW, ground_m)


def crossing(**changes) -> Finding:
    fields = {"kind": "mobility.count", "started_at": NOW, "observed_at": NOW, "confidence": 0.8}
    fields |= {"line": "middle", "object_class": "person", "direction": "in"}
    return Finding(**(fields | {"attributes": CROSSING} | changes))


@pytest.fixture
def reporter(site):
    return Reporter(site, site.cameras[0], NOW, MODEL)


def test_the_same_activity_has_one_id_and_another_line_second_or_epoch_another(site, reporter):
    one = reporter.event(crossing(), Scene(NOW), None).id
    assert one == reporter.event(crossing(confidence=0.5), Scene(NOW), None).id
    later = crossing(started_at=NOW + timedelta(seconds=1))
    replayed = Reporter(site, site.cameras[0], NOW + timedelta(days=1), MODEL)
    others = [
        reporter.event(crossing(line="other"), Scene(NOW), None).id,
        reporter.event(crossing(direction="out"), Scene(NOW), None).id,
        reporter.event(later, Scene(NOW), None).id,
        replayed.event(crossing(), Scene(NOW), None).id,
    ]
    assert len({one, *others}) == 5


def test_the_place_is_the_middle_of_those_it_is_about_and_as_uncertain_as_they_are_spread(
    site, reporter
):
    scene = Scene(NOW, (at(1, (10.0, 0.0)), at(2, (20.0, 0.0)), at(3, (99.0, 99.0)), at(4, None)))
    place = reporter.event(crossing(track_ids=(1, 2, 4)), scene, None).location
    assert site.plane.to_metres((place.lon, place.lat)) == pytest.approx((15, 0), abs=1e-6)
    assert place.uncertainty_m == pytest.approx(5 + GROUND_UNCERTAINTY_M)
    assert reporter.event(crossing(track_ids=(4,)), scene, None).location is None


def test_the_still_is_evidence_under_its_digest(reporter):
    (evidence,) = reporter.event(crossing(), Scene(NOW), b"jpeg").evidence
    assert (evidence.sha256, evidence.uri) == (
        digest_of(b"jpeg"),
        f"/evidence/{digest_of(b'jpeg')}",
    )


@pytest.mark.parametrize("state", [state for state in StreamState if state != "connecting"])
def test_every_state_of_a_stream_has_its_event(reporter, state):
    event = reporter.health(state, "no picture", NOW)
    assert event.kind == ("health.restored" if state is StreamState.HEALTHY else event.kind)
    assert event.attributes == {"state": str(state), "reason": "no picture"}
    assert event.id == reporter.health(state, "no picture", NOW).id


def test_the_bare_still_comes_after_the_one_to_be_looked_at(reporter):
    drawn, bare = reporter.event(crossing(), Scene(NOW), b"drawn", b"bare").evidence
    assert (drawn.sha256, bare.sha256) == (digest_of(b"drawn"), digest_of(b"bare"))
