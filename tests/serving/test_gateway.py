"""The gateway over real HTTP, with a real journal: what is told to hosts and dashboards is true."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from hlaska.errors import GatewayError, RefusedError
from hlaska.events import Event
from hlaska.tracks import StreamState, StreamStatus
from serving.client import Gateway
from serving.evidence import digest_of
from serving.messages import Hello, Lost, NewEvent, NewPicture, NewStatus

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
JPEG = b"\xff\xd8 a picture"


def event(number: int, **changes: object) -> Event:
    fields = {
        "id": f"event-{number}",
        "site": "testville",
        "source": "gate",
        "kind": "video.running",
        "observed_at": NOON + timedelta(seconds=number),
        "confidence": 0.9,
    }
    return Event.model_validate(fields | changes)


def crossing(number: int, count: int = 1) -> Event:
    attributes = {"object_class": "person", "direction": "in", "count": count}
    return event(number, kind="mobility.count", line="middle", attributes=attributes)


def status(**changes: object) -> StreamStatus:
    fields = {
        "site": "testville",
        "source": "gate",
        "state": StreamState.HEALTHY,
        "epoch": NOON,
        "at": datetime.now(UTC),
    }
    return StreamStatus.model_validate(fields | changes)


@pytest.fixture
def gateway(server) -> Iterator[Gateway]:
    with Gateway(server.url) as gateway:
        yield gateway


def test_events_are_stored_once_however_often_they_are_sent(gateway):
    assert gateway.send_events([event(1), event(2)]).stored == 2
    again = gateway.send_events([event(2), event(3)])
    assert (again.stored, again.duplicates) == (1, 1)
    assert [s.event.id for s in gateway.events(newest_first=False)] == [
        "event-1",
        "event-2",
        "event-3",
    ]


def test_the_journal_says_when_an_event_was_received(gateway):
    before = datetime.now(UTC)
    gateway.send_events([event(1)])
    (stored,) = gateway.events()
    assert before <= stored.event.received_at <= datetime.now(UTC)
    assert stored.event.model_copy(update={"received_at": None}) == event(1)


def test_a_single_cloudevent_of_a_foreign_detector_is_taken(server, gateway):
    answer = httpx.post(f"{server.url}/events", json=event(7).to_cloudevent())
    assert answer.json() == {"stored": 1, "duplicates": 0}


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        pytest.param(b"{", "not JSON", id="not JSON"),
        pytest.param(b"[" * 100_000, "not JSON", id="nested without end"),
        pytest.param(b"[1]", "event 0: not a CloudEvents object", id="a number"),
        pytest.param(b'{"specversion": "0.3"}', "specversion", id="old CloudEvents"),
        pytest.param(
            json.dumps([event(1).to_cloudevent() | {"id": "other"}]).encode(),
            "envelope says id",
            id="envelope and data disagree",
        ),
        pytest.param(
            json.dumps([event(1, site="elsewhere").to_cloudevent()]).encode(),
            "no site 'elsewhere'",
            id="unknown site",
        ),
    ],
)
def test_a_bad_event_is_refused_with_a_reason_and_nothing_is_stored(
    server, gateway, body, complaint
):
    answer = httpx.post(f"{server.url}/events", content=body)
    assert answer.status_code == 422
    assert complaint in answer.json()["detail"]
    assert gateway.events() == []


def test_one_bad_event_of_many_stores_none_of_them(gateway):
    with pytest.raises(RefusedError, match="event 1: no site"):
        gateway.send_events([event(1), event(2, site="elsewhere")])
    assert gateway.events() == []


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner),
        max_leaves=10,
    )
)
def test_no_json_makes_the_gateway_stumble(server, body):
    answer = httpx.post(f"{server.url}/events", content=json.dumps(body))
    assert answer.status_code in {200, 413, 422}
    assert answer.status_code != 200 or body == []


def test_too_much_at_once_is_refused(gateway):
    with pytest.raises(RefusedError, match=r"413 .*at most 500 events"):
        gateway.send_events([event(number) for number in range(501)])


def test_counts_add_up_per_line_direction_and_interval(gateway):
    gateway.send_events([crossing(1), crossing(2, 3), crossing(70)])
    until = NOON + timedelta(minutes=5)
    table = gateway.counts(site="testville", since=NOON, until=until, bin_s=60)
    assert [(b.line, b.direction, b.start, b.count) for b in table.bins] == [
        ("middle", "in", NOON, 4),
        ("middle", "in", NOON + timedelta(minutes=1), 1),
    ]
    assert table.up_to_seq == 3


def test_who_crossed_no_line_is_counted_too(gateway):
    gateway.send_events([crossing(1), crossing(2).model_copy(update={"line": None})])
    until = NOON + timedelta(minutes=5)
    table = gateway.counts(site="testville", since=NOON, until=until, bin_s=60)
    assert [(b.line, b.count) for b in table.bins] == [("", 1), ("middle", 1)]


def test_evidence_comes_back_as_it_was_sent(gateway):
    gateway.send_evidence(digest_of(JPEG), "image/jpeg", JPEG)
    assert gateway.evidence(digest_of(JPEG)) == JPEG
    with pytest.raises(RefusedError, match="another SHA-256"):
        gateway.send_evidence("0" * 64, "image/jpeg", JPEG)
    with pytest.raises(GatewayError, match="no such evidence"):
        gateway.evidence("0" * 64)


def test_the_newest_picture_is_shown_with_its_time(server, gateway):
    with pytest.raises(GatewayError, match="no picture of gate yet"):
        gateway.snapshot("testville", "gate")
    gateway.send_picture("testville", "gate", NOON, JPEG)
    answer = httpx.get(f"{server.url}/streams/testville/gate/snapshot")
    assert (answer.content, answer.headers["captured-at"]) == (JPEG, NOON.isoformat())


def test_pictures_come_as_mjpeg_for_any_player(server, gateway):
    gateway.send_picture("testville", "gate", NOON, JPEG)
    with httpx.stream("GET", f"{server.url}/streams/testville/gate/mjpeg") as answer:
        part = next(answer.iter_bytes())
    assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
    assert part.startswith(b"--frame\r\nContent-Type: image/jpeg") and JPEG in part


def test_a_status_of_a_camera_nobody_knows_is_refused(gateway):
    with pytest.raises(GatewayError, match=r"no sensor 'attic'.*known: gate"):
        gateway.send_status(status(source="attic"))


def test_health_is_degraded_when_a_stream_is(gateway):
    assert (gateway.health().status, gateway.health().streams) == ("ok", 0)
    gateway.send_status(status())
    assert (gateway.health().status, gateway.health().streams) == ("ok", 1)
    gateway.send_status(status(state=StreamState.LOST))
    assert gateway.health().status == "degraded"
    assert "gate is lost" in gateway.health().reason
    gateway.send_status(status(at=datetime.now(UTC) - timedelta(minutes=1)))
    assert "1 streams are silent" in gateway.health().reason


def test_the_secrets_of_a_camera_do_not_leave(site, new_server):
    camera = site.cameras[0].model_copy(update={"uri": "rtsp://admin:hunter2@10.0.0.9/live"})
    server = new_server(site.model_copy(update={"cameras": (camera,)}))
    server.start()
    with Gateway(server.url) as gateway:
        assert gateway.sites()[0].cameras[0].uri == "rtsp://10.0.0.9/live"
    assert "hunter2" not in httpx.get(f"{server.url}/sites").text
    server.stop()


def test_a_gateway_with_a_token_lets_only_its_bearer_in(site, new_server):
    server = new_server(site, SecretStr("open-sesame"))
    server.start()
    paths = httpx.get(f"{server.url}/openapi.json").json()["paths"]
    for path in set(paths) - {"/healthz"}:
        method = "POST" if path == "/events" else next(iter(paths[path])).upper()
        names = {"site": "testville", "source": "gate", "detector": "gate"}
        names |= {"sha256": "0" * 64, "alert": "a", "report": "a"}
        url = server.url + path.format(**names)
        assert httpx.request(method, url).status_code == 401, path
    with (
        Gateway(server.url, SecretStr("wrong")) as gateway,
        pytest.raises(GatewayError, match="401"),
    ):
        gateway.events()
    with Gateway(server.url, SecretStr("open-sesame")) as gateway:
        assert gateway.send_events([event(1)]).stored == 1
    server.stop()


def test_figures_for_prometheus_are_those_of_the_streams(server, gateway):
    gateway.send_status(status(fps_in=9.5, dropped=3))
    gateway.send_events([event(1), event(1)])
    text = httpx.get(f"{server.url}/metrics").text
    assert 'hlaska_stream_fps_in{site="testville",source="gate"} 9.5' in text
    assert 'hlaska_stream_dropped_frames{site="testville",source="gate"} 3.0' in text
    assert 'hlaska_events_stored_total{kind="video.running"} 1.0' in text
    assert 'hlaska_http_answers_total{route="/events",status="200"} 1.0' in text


def test_a_listener_hears_hello_the_present_and_then_what_happens(server, gateway, listen, until):
    gateway.send_status(status())
    gateway.send_events([event(1)])
    with Gateway(server.url) as ear:
        first = list(islice(ear.subscribe(), 2))
    assert first[0] == Hello(version=first[0].version, last_seq=1)
    assert isinstance(first[1], NewStatus)

    messages: list = []
    with Gateway(server.url) as ear:
        listen(ear, messages, pictures=True)
        until(lambda: messages)
        gateway.send_events([event(2)])
        gateway.send_picture("testville", "gate", NOON, JPEG)
        until(lambda: {NewEvent, NewPicture} <= {type(m) for m in messages})
    (new,) = [m for m in messages if isinstance(m, NewEvent)]
    (stored,) = gateway.events(after_seq=1)
    assert (new.seq, new.event) == (2, stored.event)
    (picture,) = [m for m in messages if isinstance(m, NewPicture)]
    assert picture.jpeg == JPEG


def test_a_listener_who_names_the_last_event_it_saw_misses_none(gateway):
    gateway.send_events([event(number) for number in range(450)])
    heard = []
    for message in gateway.subscribe(after_seq=0):
        if isinstance(message, NewEvent):
            heard.append(message.event.id)
        if len(heard) == 450:
            break
    assert heard == [f"event-{number}" for number in range(450)]


def test_who_asks_for_some_kinds_hears_of_them_alone(server, gateway, listen, until):
    messages: list = []
    with Gateway(server.url) as ear:
        listen(ear, messages, kinds=["video.running", "audio.gunshot"])
        until(lambda: messages)
        gateway.send_status(status())
        gateway.send_events([crossing(1), event(2), crossing(3)])
        gateway.send_events([crossing(4), event(5, kind="audio.gunshot"), event(6)])
        until(lambda: len(messages) == 4)
        server.stop()
        until(lambda: isinstance(messages[-1], Lost))
        server.start()
        gateway.send_events([crossing(7), event(8)])
        until(lambda: isinstance(messages[-1], NewEvent) and messages[-1].seq == 8)
    told = [m for m in messages if not isinstance(m, Lost)]
    heard = [m.seq for m in told if isinstance(m, NewEvent)]
    assert heard == [2, 5, 6, 8]
    assert {type(m) for m in told} == {Hello, NewEvent}


def test_a_listener_is_told_how_far_the_journal_was_read_though_nothing_was_for_it(server, gateway):
    gateway.send_events([crossing(number) for number in range(3)])
    query = {"after_seq": 0, "kind": "video.running"}
    with httpx.stream("GET", f"{server.url}/stream", params=query) as answer:
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("id:")) == "id: 3"


def test_a_listener_who_has_outlived_a_journal_hears_the_new_one(gateway):
    gateway.send_events([event(1)])
    stream = gateway.subscribe(after_seq=500)
    assert isinstance(next(stream), Hello)
    gateway.send_events([event(2)])
    assert next(message for message in stream if isinstance(message, NewEvent)).seq == 2


def test_a_gateway_that_is_not_there_is_a_clear_error():
    with Gateway("http://127.0.0.1:9") as gateway:
        with pytest.raises(GatewayError, match="is `hlaska up` running"):
            gateway.health()
