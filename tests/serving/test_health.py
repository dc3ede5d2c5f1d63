from datetime import UTC, datetime

import pytest

from hlaska.tracks import StreamState
from serving.health import health_event

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def told(site, state=StreamState.LOST, **changes):
    options = {"epoch": NOW, "state": state, "reason": "no route", "at": NOW} | changes
    return health_event(site.id, site.cameras[0], **options)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("healthy", "health.restored"),
        ("stalled", "health.degraded"),
        ("reconnecting", "health.degraded"),
        ("lost", "health.down"),
        ("ended", "health.down"),
    ],
)
def test_each_state_of_a_stream_has_its_kind(site, state, kind):
    event = told(site, StreamState(state))
    assert event.kind == kind
    assert event.attributes == {"state": state, "reason": "no route"}


def test_it_is_where_the_sensor_is(site):
    position = site.cameras[0].position
    place = told(site).location
    assert (place.lon, place.lat) == (position.lon, position.lat)


def test_what_is_wrong_with_the_sound_is_another_event_than_a_lost_connection(site):
    lost, clipping = told(site), told(site, what="clipping")
    assert lost.id != clipping.id
    assert clipping.attributes["what"] == "clipping"


def test_a_reason_of_any_length_is_cut_to_what_fits(site):
    assert told(site, reason="x" * 900).attributes["reason"] == "x" * 500
