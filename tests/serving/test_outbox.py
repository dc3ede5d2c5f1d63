"""What a stream host sends, over real HTTP: nothing is lost, nothing doubled, nothing held back."""

import time
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from hlaska.events import Event
from serving.client import Gateway
from serving.evidence import digest_of
from serving.messages import Lost, NewEvent
from serving.outbox import Outbox
from serving.spool import Spool

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
JPEG = b"\xff\xd8 a picture"


def event(number: int, site: str = "testville", evidence=()) -> Event:
    return Event(
        id=f"event-{number}",
        site=site,
        source="gate",
        kind="video.running",
        observed_at=NOON + timedelta(seconds=number),
        confidence=0.9,
        evidence=evidence,
    )


def test_after_a_restart_of_the_gateway_nothing_is_lost_and_nothing_doubled(
    server, tmp_path, listen, until
):
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


def test_an_event_waits_while_the_token_is_wrong(site, new_server, tmp_path, until):
    server = new_server(site, SecretStr("new-secret"))
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


def test_an_event_that_is_refused_for_good_does_not_hold_back_the_others(
    server, tmp_path, until, caplog
):
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
