"""One door at which too many knock."""

from hlaska.network.rules.flood import Flood


def test_a_thousand_connections_a_second_flood_a_camera(town, told):
    rows = [town.knock(n / 1000, town.stranger, town.camera, 554) for n in range(10_000)]
    (finding,) = told(Flood(), rows)
    assert finding.host == town.stranger and finding.place == town.camera
    assert finding.words == (
        f"cam-gate is flooded by {town.stranger} with 1,000 connections a second; usual: 0"
    )


def test_of_many_forged_senders_the_victim_is_named(town, told):
    rows = [
        town.knock(n / 1000, f"198.51.{n % 200}.{n % 250}", town.camera, 554) for n in range(8000)
    ]
    (finding,) = told(Flood(), rows)
    assert finding.host == town.camera and len(finding.peers) == 20
    assert "1,000 hosts" in finding.words


def test_one_flow_of_many_packets_is_a_flood_too(town, told):
    rows = [
        town.knock(
            0, town.stranger, town.camera, 9, protocol="udp", duration_s=8.0, src_packets=900_000
        )
    ]
    (finding,) = told(Flood(), rows)
    assert "packets a second" in finding.words


def test_an_hour_of_video_told_at_once_is_none(town, told):
    rows = [town.stream(0, town.camera, town.recorder, duration_s=3600.0, src_packets=2_000_000)]
    assert told(Flood(), rows) == []


def test_what_was_usual_while_learning_is_none_afterwards(town, told):
    day = [town.flow(n * 0.01, town.recorder, town.camera, 80) for n in range(10_000)]
    later = [town.flow(4000 + n * 0.01, town.recorder, town.camera, 80) for n in range(10_000)]
    assert told(Flood(), day + later, learn_s=3600) == []
    assert len(told(Flood(), later)) == 1, "what nobody learnt is not usual"
    more = [town.flow(9000 + n * 0.0005, town.recorder, town.camera, 80) for n in range(20_000)]
    assert len(told(Flood(), day + later + more, learn_s=3600)) == 1
