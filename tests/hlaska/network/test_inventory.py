"""What has been seen, and so what is usual."""

from datetime import timedelta

import pytest

from hlaska.network.inventory import MOST_PEERS, Inventory, InventoryRecord


@pytest.fixture
def learnt(new_watch, looks):
    def learn(rows):
        watch = new_watch(learn_s=3600)
        looks(watch, rows)
        return watch.inventory

    return learn


def test_hosts_peers_services_and_volumes_are_learnt(town, noon, learnt):
    rows = [town.stream(n * 60, town.camera, town.recorder) for n in range(30)]
    inventory = learnt(rows)
    assert set(inventory.hosts) == {town.camera, town.recorder}
    assert inventory.knows_peer(town.camera, town.recorder)
    assert inventory.knows_peer(town.recorder, town.camera)
    assert inventory.hosts[town.camera].services == {"rtsp"}
    assert inventory.streams_to(town.recorder) == [town.camera]
    sent, received = inventory.usual_bytes(town.camera, noon + timedelta(minutes=40))
    assert sent == pytest.approx(15_000_000, rel=0.1)
    assert received == pytest.approx(500, rel=0.1)
    assert inventory.usual_bytes(town.camera, noon + timedelta(hours=3)) == (0, 0)


def test_hosts_outside_are_peers_but_not_members(town, learnt):
    inventory = learnt([town.flow(0, town.camera, town.outside, 443)])
    assert set(inventory.hosts) == {town.camera}
    assert inventory.knows_peer(town.camera, town.outside)
    assert not inventory.knows_peer(town.outside, town.camera)


def test_peers_are_bounded_and_the_oldest_go(town, learnt):
    rows = [
        town.flow(n * 0.1, town.camera, f"198.51.{n // 250}.{n % 250}", 443)
        for n in range(MOST_PEERS + 500)
    ]
    peers = learnt(rows).hosts[town.camera].peers
    assert len(peers) == MOST_PEERS and "198.51.0.0" not in peers


def test_of_too_many_hosts_the_one_that_was_silent_longest_is_forgotten(town, learnt, monkeypatch):
    monkeypatch.setattr("hlaska.network.inventory.MOST_HOSTS", 3)
    rows = [
        town.stream(n * 60, town.camera, town.recorder if n % 2 else f"10.31.1.{200 + n}")
        for n in range(6)
    ]
    assert set(learnt(rows).hosts) == {town.camera, town.recorder, "10.31.1.204"}


def judged(inventory, value, at):
    return inventory.judge("doors", "10.0.0.1", value, at, least=10, times=3)


def test_what_is_measured_becomes_usual_the_next_day_and_fades(noon):
    inventory = Inventory(learn_s=0)
    inventory.begin(noon)
    assert judged(inventory, 8, noon) is None
    assert judged(inventory, 10, noon) is not None, "not on the same day"
    tomorrow = noon + timedelta(days=1)
    assert judged(inventory, 23, tomorrow) is None
    excess = judged(inventory, 25, tomorrow)
    assert excess is not None and (excess.usual, excess.limit) == (8, 24)
    later = noon + timedelta(days=30)
    assert inventory.usual("doors", "10.0.0.1", later) < 4


def test_while_learning_all_becomes_usual_and_the_least_counts(noon):
    inventory = Inventory(learn_s=3600)
    inventory.begin(noon)
    assert judged(inventory, 500, noon) is not None
    assert judged(inventory, 1000, noon + timedelta(hours=2)) is None


def test_it_is_stored_and_comes_back_the_same(town, learnt):
    rows = [town.stream(n * 60, town.camera, town.recorder) for n in range(30)]
    rows += [town.knock(1800 + n, town.recorder, f"10.31.1.{n}", 80) for n in range(8)]
    inventory = learnt(rows)
    stored = inventory.record().model_dump_json()
    again = Inventory.of(InventoryRecord.model_validate_json(stored), learn_s=3600)
    assert again.record() == inventory.record()
    assert again.learning_until == inventory.learning_until
