"""The gateway over real HTTP, with a real journal: what is told to hosts and dashboards is true."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import httpx
import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from catalogs.journal import Journal
from hlaska.errors import GatewayError, RefusedError
from hlaska.events import Event
from hlaska.settings import Settings
from hlaska.sites import Site
from hlaska.tracks import StreamState, StreamStatus
from serving.client import Gateway
from serving.evidence import EvidenceStore, digest_of
from serving.gateway import create_app
from serving.messages import Hello, Lost, NewEvent, NewPicture, NewStatus
from serving.outbox import Outbox
from serving.spool import Spool

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


class Server:
    """A gateway that can be stopped and started again on the same port."""

    def __init__(self, site: Site, settings: Settings, token: SecretStr | None = None) -> None:
        self.site, self.settings, self.token = site, settings, token
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        app = create_app(
            journal=Journal.open(None, self.settings),
            evidence=EvidenceStore(self.settings.home / "evidence"),
            sites=[self.site],
            token=self.token,
        )
        config = uvicorn.Config(
            app, port=self.port, log_level="error", timeout_graceful_shutdown=0, ws="none"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)


@pytest.fixture
def server(site, tmp_path) -> Iterator[Server]:
    server = Server(site, Settings.load(home=tmp_path / "home"))
    server.start()
    yield server
    server.stop()


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


def test_the_secrets_of_a_camera_do_not_leave(site, tmp_path):
    camera = site.cameras[0].model_copy(update={"uri": "rtsp://admin:hunter2@10.0.0.9/live"})
    server = Server(
        site.model_copy(update={"cameras": (camera,)}), Settings.load(home=tmp_path / "home")
    )
    server.start()
    with Gateway(server.url) as gateway:
        assert gateway.sites()[0].cameras[0].uri == "rtsp://10.0.0.9/live"
    assert "hunter2" not in httpx.get(f"{server.url}/sites").text
    server.stop()


def test_a_gateway_with_a_token_lets_only_its_bearer_in(site, tmp_path):
    server = Server(site, Settings.load(home=tmp_path / "home"), SecretStr("open-sesame"))
    server.start()
    paths = httpx.get(f"{server.url}/openapi.json").json()["paths"]
    for path in set(paths) - {"/healthz"}:
        method = "POST" if path == "/events" else next(iter(paths[path])).upper()
        url = server.url + path.format(site="testville", source="gate", sha256="0" * 64)
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


def listen(gateway: Gateway, messages: list, **options) -> threading.Thread:
    def run() -> None:
        try:
            for message in gateway.subscribe(**options):
                messages.append(message)
        except RuntimeError:
            return  # the test has closed the client

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def until(condition, timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_listener_hears_hello_the_present_and_then_what_happens(server, gateway):
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
    assert (new.seq, new.event.id) == (2, "event-2")
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


def test_after_a_restart_of_the_gateway_nothing_is_lost_and_nothing_doubled(server, tmp_path):
    messages: list = []
    outbox = Outbox(lambda: Gateway(server.url), Spool(tmp_path / "spool.sqlite"))
    with Gateway(server.url) as ear:
        listen(ear, messages)
        until(lambda: messages)
        for number in range(60):
            still = JPEG + bytes([number])
            digest = digest_of(still)
            evidence = [
                {"uri": f"/evidence/{digest}", "media_type": "image/jpeg", "sha256": digest}
            ]
            outbox.event(event(number, evidence=evidence), {digest: still})
            if number == 20:
                server.stop()
            if number == 40:
                assert outbox.waiting >= 20
                server.start()
            time.sleep(0.01)
        until(lambda: outbox.waiting == 0)
        until(lambda: sum(isinstance(m, NewEvent) for m in messages) >= 60)
        kept = ear.events(limit=1000, newest_first=False)
        assert all(ear.evidence(e.sha256) for s in kept for e in s.event.evidence)
    outbox.close()
    sent = [f"event-{number}" for number in range(60)]
    assert [stored.event.id for stored in kept] == sent
    assert [m.event.id for m in messages if isinstance(m, NewEvent)] == sent
    assert any(isinstance(m, Lost) for m in messages)


def test_an_event_waits_while_the_token_is_wrong(site, tmp_path):
    server = Server(site, Settings.load(home=tmp_path / "home"), SecretStr("new-secret"))
    server.start()
    tokens = [SecretStr("old-secret")]
    spool = Spool(tmp_path / "spool.sqlite")
    outbox = Outbox(lambda: Gateway(server.url, tokens[-1]), spool)
    outbox.event(event(1), {})
    time.sleep(1)
    assert outbox.waiting == 1
    outbox.close(drain_s=0)
    tokens.append(SecretStr("new-secret"))
    outbox = Outbox(lambda: Gateway(server.url, tokens[-1]), Spool(tmp_path / "spool.sqlite"))
    until(lambda: outbox.waiting == 0)
    outbox.close()
    server.stop()


def test_a_listener_who_has_outlived_a_journal_hears_the_new_one(gateway):
    gateway.send_events([event(1)])
    stream = gateway.subscribe(after_seq=500)
    assert isinstance(next(stream), Hello)
    gateway.send_events([event(2)])
    assert next(message for message in stream if isinstance(message, NewEvent)).seq == 2


def test_an_event_that_is_refused_for_good_does_not_hold_back_the_others(server, tmp_path, caplog):
    outbox = Outbox(lambda: Gateway(server.url), Spool(tmp_path / "spool.sqlite"))
    server.stop()
    outbox.event(event(1), {})
    outbox.event(event(2, site="elsewhere"), {})
    outbox.event(event(3), {})
    server.start()
    until(lambda: outbox.waiting == 0)
    outbox.close()
    with Gateway(server.url) as gateway:
        assert [s.event.id for s in gateway.events(newest_first=False)] == ["event-1", "event-3"]
    assert "refused for good" in caplog.text and "event-2" in caplog.text


def test_a_gateway_that_is_not_there_is_a_clear_error():
    with Gateway("http://127.0.0.1:9") as gateway:
        with pytest.raises(GatewayError, match="is `hlaska up` running"):
            gateway.health()
