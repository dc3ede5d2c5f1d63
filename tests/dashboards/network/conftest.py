"""Findings on the network of the small town, and what its feed of flows reports."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hlaska.events import Event
from hlaska.network.evidence import FlowEvidence, Host, Talk
from hlaska.tracks import StreamState, StreamStatus

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def scan(event) -> Callable[..., Event]:
    """`scan(number, attributes={}, **changes)`: the gate's camera tries many ports. An attribute
    that is None is left out."""

    def make(number: int = 1, *, attributes: dict[str, Any] | None = None, **changes: Any) -> Event:
        told = {
            "host": "10.0.0.11",
            "asset": "cam-gate",
            "carries": "gate",
            "words": "cam-gate tried 412 ports of 31 hosts in 40 s; usual: 2",
            "measured": 412.0,
            "usual": 2.0,
            "limit": 40.0,
            "flows": 412,
            "bytes": 24_720,
            "ports": 412,
            "hosts": 31,
        } | (attributes or {})
        kept = {name: value for name, value in told.items() if value is not None}
        return event(
            number, **({"source": "core", "kind": "cyber.scan"} | changes), attributes=kept
        )

    return make


@pytest.fixture(scope="session")
def attack_on_video(event, scan) -> Callable[..., tuple[Event, Event, Event]]:
    """`attack_on_video(moved={}, looped={})`: the finding, the event of the network and that of the
    camera that it was put together from."""

    def make(
        moved: dict[str, Any] | None = None, looped: dict[str, Any] | None = None
    ) -> tuple[Event, Event, Event]:
        kind = "cyber.stream-redirected"
        parts = (
            scan(1, **({"kind": kind} | (moved or {}))),
            event(2, kind="video.looped", attributes={"period_s": 12.0}, **(looped or {})),
        )
        because = {"because": " ".join(part.id for part in parts)}
        return scan(3, kind=kind, source="picture-guard", attributes=because), *parts

    return make


@pytest.fixture(scope="session")
def talk() -> Callable[..., Talk]:
    """`talk(dst, **changes)`: the gate's camera asks somebody once for a picture, in vain."""

    def make(dst: str = "10.0.0.2", **changes: Any) -> Talk:
        fields = {
            "src": "10.0.0.11",
            "dst": dst,
            "dst_port": 554,
            "protocol": "tcp",
            "service": "rtsp",
            "state": "rejected",
            "flows": 1,
            "src_bytes": 60,
            "dst_bytes": 40,
            "src_packets": 1,
            "dst_packets": 1,
            "first_at": NOON,
            "last_at": NOON + timedelta(seconds=40),
        }
        return Talk.model_validate(fields | changes)

    return make


@pytest.fixture(scope="session")
def conversations(site) -> Callable[..., FlowEvidence]:
    """`conversations(talks, **changes)`: what a finding on the gate's camera rests on."""
    network = site.addresses

    def make(talks: Iterable[Talk] = (), **changes: Any) -> FlowEvidence:
        talks = tuple(talks)
        ends = {"10.0.0.11"} | {end for talk in talks for end in (talk.src, talk.dst)}
        hosts = []
        for ip in sorted(ends):
            device = network.devices.get(ip)
            known = {"asset": device.name, "role": device.role} if device else {}
            hosts.append(Host(ip=ip, inside=network.inside(ip), **known))
        fields = {
            "words": "cam-gate tried 412 ports",
            "host": "10.0.0.11",
            "measured": 412,
            "usual": 2,
            "limit": 40,
            "talks": talks,
            "hosts": tuple(hosts),
        }
        return FlowEvidence.model_validate(fields | changes)

    return make


@pytest.fixture(scope="session")
def guarding() -> Callable[..., StreamStatus]:
    """`guarding(hosts=(), *, network={}, **changes)`: the feed of flows, healthy at noon; a host is
    its changes from the gate's camera."""

    def make(
        hosts: Iterable[dict[str, Any]] = ({},),
        *,
        network: dict[str, Any] | None = None,
        **changes: Any,
    ) -> StreamStatus:
        usual = {
            "ip": "10.0.0.11",
            "asset": "cam-gate",
            "role": "camera",
            "carries": "gate",
            "last_seen": NOON,
            "flows": 3,
            "peers": 2,
            "sent_bytes": 31_000_000,
            "received_bytes": 41_000,
            "usual_sent_bytes": 30_500_000,
        }
        told = {"hosts": [usual | host for host in hosts], "feed_time": NOON} | (network or {})
        fields = {
            "site": "testville",
            "source": "core",
            "state": StreamState.HEALTHY,
            "epoch": NOON,
            "at": NOON,
            "fps_in": 1240,
            "fps_processed": 1240,
            "network": told,
        }
        return StreamStatus.model_validate(fields | changes)

    return make
