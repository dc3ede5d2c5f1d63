"""A feed on the real outbox, gateway and journal."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from hlaska.errors import SourceError
from hlaska.network.watch import WatchArgs
from hlaska.tracks import StreamState
from serving.client import Gateway
from serving.cyber.parsed import Parsed
from serving.cyber.stream import FlowStream
from serving.outbox import Outbox
from serving.spool import Spool


class Tap:
    """A feed that tells what a test gives it."""

    def __init__(self, parts, *, live=False):
        self.live, self.parts, self.closed = live, list(parts), False

    def told(self):
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            yield part

    def close(self):
        self.closed = True


@pytest.fixture
def gateway(server):
    with Gateway(server.url) as gateway:
        yield gateway


@pytest.fixture
def new_stream(site, server, tmp_path):
    ends = []

    def start(connect, **options):
        outbox = Outbox(lambda: Gateway(server.url), Spool(tmp_path / f"{len(ends)}.sqlite"))
        stream = FlowStream(
            site, site.feed("taps"), connect=connect, outbox=outbox, folder=tmp_path / "network",
            args=WatchArgs(learn_s=options.pop("learn_s", 0)), **options,
        )  # fmt: skip
        stream.start()
        ends.extend([stream.close, outbox.close])
        return stream

    yield start
    for end in ends:
        end()


@pytest.fixture
def scan(town):
    rows = [town.knock(n / 10, town.camera, town.other_camera, 100 + n) for n in range(200)]
    return Parsed(flows=town.table(rows), unreadable=3, complaint="line 7 is broken")


def test_an_attack_becomes_an_event_with_its_conversations(gateway, new_stream, scan, until):
    tap = Tap([scan])
    stream = new_stream(lambda uri: tap)
    until(lambda: gateway.events(kind="cyber."))
    (stored,) = gateway.events(kind="cyber.")
    assert stored.event.attributes["carries"] == "gate"
    (piece,) = stored.event.evidence
    assert b'"talks"' in gateway.evidence(piece.sha256)
    until(lambda: any(status.source == "taps" for status in gateway.streams()))
    until(lambda: stream.status().network.hosts)
    status = stream.status()
    assert status.network.flows == 200
    assert status.state is StreamState.ENDED and tap.closed and stream.alive
    assert status.network.unreadable == 3
    hosts = {host.asset: host for host in status.network.hosts}
    assert hosts["cam-gate"].alarms == ("cyber.scan",) and hosts["cam-gate"].carries == "gate"


def test_a_feed_that_breaks_is_opened_again_and_says_so(gateway, new_stream, scan, until):
    taps = [Tap([SourceError("the disk is gone")]), Tap([scan])]
    opened = []

    def connect(uri):
        opened.append(uri)
        if len(opened) == 1:
            raise SourceError("no such folder; mount it")
        return taps.pop(0)

    new_stream(connect)
    until(lambda: gateway.events(kind="cyber."))
    reasons = [stored.event.attributes.get("reason") for stored in gateway.events(kind="health.")]
    assert "no such folder; mount it" in reasons
    assert opened == ["zeek:/logs"] * 3


def test_what_was_learnt_outlives_a_restart(gateway, new_stream, town, until, tmp_path):
    rows = [town.flow(n * 60, town.recorder, town.camera, 554) for n in range(100)]
    first = new_stream(lambda uri: Tap([Parsed(flows=town.table(rows))]), learn_s=3600)
    until(lambda: first.status().network.flows == 100)
    first.close()
    assert (tmp_path / "network" / "town" / "taps.json").is_file()
    later = [town.flow(7000 + n * 60, town.recorder, town.camera, 554) for n in range(5)]
    later += [town.flow(7400 + n * 60, town.outside, town.camera, 554) for n in range(5)]
    second = new_stream(lambda uri: Tap([Parsed(flows=town.table(later))]), learn_s=500)
    until(lambda: gateway.events(kind="cyber."))
    kinds = {stored.event.kind for stored in gateway.events(kind="cyber.")}
    assert kinds == {"cyber.new-peer"}, "the recorder is known, the one outside is not"
    second.close()


def test_what_was_learnt_and_is_no_longer_readable_is_put_aside(new_stream, tmp_path, scan, until):
    path = tmp_path / "network" / "town" / "taps.json"
    path.parent.mkdir(parents=True)
    path.write_text("{ half a file")
    stream = new_stream(lambda uri: Tap([scan]))
    until(lambda: stream.status().network.flows == 200)
    assert path.with_suffix(".unreadable").read_text() == "{ half a file"


def test_a_burst_is_thinned_said_and_over(gateway, new_stream, town, until):
    rows = [town.flow(n / 1000, town.recorder, town.camera, 80) for n in range(5000)]
    burst = Parsed(flows=town.table(rows))
    stop = []

    class Burst(Tap):
        def told(self):
            for _ in range(200):
                yield burst
            while not stop:
                time.sleep(0.05)
                yield Parsed()

    stream = new_stream(lambda uri: Burst([], live=True))
    until(lambda: stream.status().network.sampled < 1)
    assert stream.status().overloaded
    until(
        lambda: [
            stored
            for stored in gateway.events(kind="health.degraded")
            if stored.event.attributes.get("what") == "overload"
        ]
    )
    until(lambda: stream.status().network.sampled == 1, 60)
    until(lambda: gateway.events(kind="health.restored"))
    stop.append(True)


def test_a_clock_that_is_wrong_is_said(gateway, new_stream, scan, until):
    class Live(Tap):
        def told(self):
            yield scan
            for _ in range(100):
                time.sleep(0.05)
                yield Parsed()

    new_stream(lambda uri: Live([], live=True))
    until(
        lambda: [
            stored
            for stored in gateway.events(kind="health.degraded")
            if stored.event.attributes.get("what") == "clock"
        ]
    )


def test_what_lies_in_the_future_is_counted_and_left_out(new_stream, town, until):
    now = datetime.now(UTC)
    rows = [town.flow(n, town.recorder, town.camera, 80) for n in range(20)]
    shift = now - rows[0]["started_at"] - timedelta(seconds=30)
    flows = town.table([row | {"started_at": row["started_at"] + shift} for row in rows])
    wrong = town.table([rows[0] | {"started_at": now + timedelta(days=4000)}])

    class Live(Tap):
        def told(self):
            for part in (wrong, flows, wrong):
                yield Parsed(flows=part)
            while not stop:
                time.sleep(0.05)
                yield Parsed()

    stop = []
    stream = new_stream(lambda uri: Live([], live=True))
    until(lambda: stream.status().network.feed_time and stream.status().network.unreadable == 2)
    network = stream.status().network
    assert network.flows == 20 and network.feed_time < now + timedelta(minutes=1)
    stop.append(True)


def test_a_log_that_is_read_again_from_its_beginning_is_not_counted_twice(new_stream, town, until):
    now = datetime.now(UTC)
    rows = [town.flow(n, town.recorder, town.camera, 80) for n in range(40)]
    shift = now - rows[0]["started_at"] - timedelta(seconds=60)
    rows = [row | {"started_at": row["started_at"] + shift} for row in rows]
    first = [Parsed(flows=town.table(rows[:30])), SourceError("half of it was of another format")]
    taps = [Tap(first, live=True), Tap([Parsed(flows=town.table(rows))], live=True)]
    stream = new_stream(lambda uri: taps.pop(0))
    until(lambda: stream.status().network.flows == 40)
    until(lambda: stream.status().state is StreamState.ENDED)
    assert stream.status().network.flows == 40


def test_a_disk_that_fails_is_told_and_asked_again(gateway, new_stream, scan, until):
    answers = [PermissionError(13, "Permission denied", "/var/log/zeek"), Tap([scan])]

    def connect(uri):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    stream = new_stream(connect)
    until(lambda: gateway.events(kind="cyber."))
    assert stream.alive
