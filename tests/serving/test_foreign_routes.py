"""Foreign detectors over real HTTP, with a real journal: 2xx means that the alert is kept."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from hlaska.events import CLOUDEVENTS_MEDIA_TYPE, Event
from hlaska.sites import Site
from hlaska.tracks import StreamState, StreamStatus
from serving.client import Gateway
from serving.messages import NewEvent

PATH = "/detectors/testville/ears/alerts"
PLACE = {"lon": 13.0, "lat": 49.0}


@pytest.fixture
def site() -> Site:
    """A site with one foreign detector."""
    return Site.model_validate(
        {
            "id": "testville",
            "name": "Testville",
            "centre": PLACE,
            "time_zone": "Europe/Prague",
            "sources": ["made up for a test"],
            "microphones": [{"id": "own-ear", "name": "Own ear", "position": PLACE}],
            "detectors": [
                {
                    "id": "ears",
                    "name": "Ears",
                    "vendor": "Acme",
                    "position": PLACE,
                    "mqtt": {
                        "host": "broker.example",
                        "topic": "acme/#",
                        "username": "hlaska-login",
                        "password_variable": "ACME_PASSWORD",
                    },
                    "mapping": {
                        "word": "type",
                        "time": "at",
                        "message_id": "id",
                        "kinds": {"GUN_SHOT": "audio.gunshot", "GAS_NH3": "gas.exceedance"},
                    },
                }
            ],
        }
    )


@pytest.fixture
def gateway(server) -> Iterator[Gateway]:
    with Gateway(server.url) as gateway:
        yield gateway


@pytest.fixture
def post(server) -> Callable[..., httpx.Response]:
    """`post(alerts, **headers)`: sends them as JSON."""

    def send(alerts: Any, path: str = PATH, **headers: str) -> httpx.Response:
        body = alerts if isinstance(alerts, bytes) else json.dumps(alerts)
        return httpx.post(server.url + path, content=body, headers=headers, timeout=30)

    return send


def alert(number: int, **changes: object) -> dict[str, object]:
    at = datetime.now(UTC).isoformat()
    return {"id": f"alert-{number}", "type": "GUN_SHOT", "at": at} | changes


def events(gateway: Gateway, kind: str | None = None) -> list[Event]:
    return [one.event for one in gateway.events(kind=kind, newest_first=False, limit=1000)]


def test_an_alert_that_is_answered_200_is_in_the_journal(post, gateway):
    answer = post(alert(1))
    assert (answer.status_code, answer.json()) == (200, {"stored": 1, "duplicates": 0})
    (event,) = events(gateway)
    assert (event.source, event.kind, event.attributes["vendor"]) == (
        "ears",
        "audio.gunshot",
        "Acme",
    )


def test_those_who_listen_hear_of_it(post, gateway, listen, until):
    messages: list = []
    listen(gateway, messages)
    until(lambda: messages)
    post(alert(1))
    until(lambda: [m for m in messages if isinstance(m, NewEvent)])


def test_one_alert_repeated_a_thousand_times_is_stored_once(post, gateway):
    same = alert(1)
    answers = [post([same] * 250) for _ in range(4)]
    assert [answer.json()["stored"] for answer in answers] == [1, 0, 0, 0]
    assert sum(answer.json()["duplicates"] for answer in answers) == 999
    assert len(events(gateway)) == 1


def test_a_cloudevent_is_taken_in_structured_and_in_binary_mode_as_the_same_alert(post, gateway):
    one = alert(1)
    envelope = {"specversion": "1.0", "id": "c-1", "source": "acme", "type": "alert", "data": one}
    headers = {f"ce-{key}": str(envelope[key]) for key in ("specversion", "id", "source", "type")}
    answers = [
        post(envelope, **{"Content-Type": CLOUDEVENTS_MEDIA_TYPE}),
        post([envelope], **{"Content-Type": "application/cloudevents-batch+json"}),
        post(one, **{"Content-Type": "application/json"}, **headers),
        post(one),
    ]
    assert [answer.json()["stored"] for answer in answers] == [1, 0, 0, 0]
    assert len(events(gateway)) == 1


def test_the_envelope_of_binary_mode_can_be_mapped(site, new_server):
    (detector,) = site.detectors
    paths = {"word": "cloudevent.type", "time": "cloudevent.time", "message_id": "cloudevent.id"}
    mapping = detector.mapping.model_copy(update=paths)
    detector = detector.model_copy(update={"mapping": mapping})
    server = new_server(site.model_copy(update={"detectors": (detector,)}))
    server.start()
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "zvon%C4%9Bk-1",
        "ce-type": "GUN_SHOT",
        "ce-source": "acme",
        "ce-time": datetime.now(UTC).isoformat(),
    }
    answer = httpx.post(server.url + PATH, json={}, headers=headers)
    assert answer.json() == {"stored": 1, "duplicates": 0}


def test_a_cloudevent_in_our_own_format_still_goes_to_events(server, post, gateway):
    own = Event(
        id="own-1",
        site="testville",
        source="ears",
        kind="audio.gunshot",
        observed_at=datetime.now(UTC),
        confidence=0.9,
    ).to_cloudevent()
    assert httpx.post(f"{server.url}/events", json=own).json() == {"stored": 1, "duplicates": 0}
    assert post(own).status_code == 422
    assert len(events(gateway, "audio.")) == 1


def test_a_clock_ten_minutes_off_is_said_once_and_does_not_move_the_event(post, gateway):
    wrong = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    before = datetime.now(UTC)
    for number in range(3):
        assert post(alert(number, at=wrong)).json() == {"stored": 1, "duplicates": 0}
    post(alert(3))
    shots, health = events(gateway, "audio."), events(gateway, "health.")
    assert all(shot.observed_at >= before for shot in shots)
    assert [("clock_off_s" in shot.attributes) for shot in shots] == [True, True, True, False]
    assert [event.kind for event in health] == ["health.degraded", "health.restored"]
    assert "its clock is off by -600" in health[0].attributes["reason"]


def test_what_many_complain_of_at_once_is_said_once(post, gateway):
    wrong = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: post(alert(n, at=wrong)).status_code, range(40)))
    assert answers == [200] * 40
    assert [event.kind for event in events(gateway, "health.")] == ["health.degraded"]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param(b"\xff", "not JSON", id="bytes"),
        pytest.param(b"[" * 100_000, "nested without end", id="a deep hole"),
        pytest.param(b"[NaN]", "alert 0: NaN came", id="NaN"),
        pytest.param(b"{}", "nothing stands at type (mapping.word)", id="an empty alert"),
        pytest.param(b'{"type": "MEOW"}', "'MEOW', a word that mapping.kinds", id="unknown word"),
        pytest.param(b'{"specversion": "1.0"}', "nothing stands at type", id="without data"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(post, gateway, body, complaint):
    answer = post(body)
    assert answer.status_code == 422
    assert complaint in answer.json()["detail"]
    assert events(gateway, "audio.") == []


def test_a_bad_alert_does_not_take_the_good_ones_with_it(post, gateway):
    answer = post([alert(1), {"type": "MEOW"}, alert(2)])
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert "alert 1:" in detail and "2 of 3 are in the journal" in detail
    assert len(events(gateway, "audio.")) == 2
    assert [event.kind for event in events(gateway, "health.")] == ["health.degraded"]


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/detectors/nowhere/ears/alerts", "no site 'nowhere'; known: testville"),
        ("/detectors/testville/own-ear/alerts", "no foreign detector 'own-ear' at testville"),
    ],
)
def test_a_detector_that_nobody_knows_is_refused(post, path, complaint):
    answer = post(alert(1), path)
    assert answer.status_code == 404
    assert complaint in answer.json()["detail"]


def test_a_request_is_bounded(post, gateway):
    assert post([alert(1)] * 501).status_code == 413
    assert post(b" " * 8_000_001).status_code == 413
    assert events(gateway) == []


def test_only_the_bearer_of_the_token_may_send(site, new_server):
    server = new_server(site, SecretStr("open-sesame"))
    server.start()
    refused = httpx.post(server.url + PATH, json=alert(1))
    assert refused.status_code == 401
    bearer = {"Authorization": "Bearer open-sesame"}
    assert httpx.post(server.url + PATH, json=alert(1), headers=bearer).status_code == 200


def test_a_detector_may_report_how_it_does(gateway):
    now = datetime.now(UTC)
    status = StreamStatus(
        site="testville", source="ears", state=StreamState.HEALTHY, epoch=now, at=now
    )
    gateway.send_status(status)
    assert gateway.streams() == [status]


def test_nobody_is_told_how_we_log_in_at_the_broker(server):
    answer = httpx.get(f"{server.url}/sites").text
    assert "broker.example" in answer
    assert "hlaska-login" not in answer and "ACME_PASSWORD" not in answer


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["id", "type", "at", "specversion", "data"]), inner)
        ),
        max_leaves=10,
    )
)
def test_no_json_makes_the_gateway_stumble(server, body):
    answer = httpx.post(server.url + PATH, content=json.dumps(body))
    assert answer.status_code in {200, 422}
    assert answer.status_code != 200 or body == []
