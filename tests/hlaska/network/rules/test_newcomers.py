"""Who was not here before."""

from hlaska.network.rules.newcomers import Newcomers


def past(town):
    """What is usual: the recorder asks both cameras, for some minutes."""
    return [
        town.flow(n * 10, town.recorder, camera, 554)
        for n in range(30)
        for camera in (town.camera, town.other_camera)
    ]


def test_an_unknown_device_is_told_once(town, told):
    rows = past(town)
    rows += [town.flow(400 + n, town.stranger, town.recorder, 80) for n in range(60)]
    (finding,) = told(Newcomers(), rows, learn_s=350)
    assert (finding.kind, finding.host) == ("cyber.new-asset", town.stranger)
    assert town.stranger in finding.words and finding.peers == (town.recorder,)


def test_a_device_that_comes_back_is_known(town, told):
    rows = past(town)
    rows += [town.flow(400 + n * 1200, town.stranger, town.recorder, 123) for n in range(3)]
    assert [f.kind for f in told(Newcomers(), rows, learn_s=350)] == ["cyber.new-asset"]


def test_while_learning_nothing_is_new(town, told):
    rows = [*past(town), town.flow(200, town.stranger, town.camera, 80)]
    assert told(Newcomers(), rows, learn_s=3600) == []


def test_an_address_that_never_speaks_is_no_device(town, told):
    rows = [*past(town), town.knock(400, town.recorder, town.stranger, 80)]
    assert told(Newcomers(), rows, learn_s=350) == []


def test_an_asset_of_the_site_file_is_not_unknown(town, told):
    rows = [town.flow(0, town.recorder, "10.31.1.50", 80)]
    rows += [town.flow(400, town.camera, town.recorder, 80)]
    assert {f.kind for f in told(Newcomers(), rows, learn_s=100)} == {"cyber.new-peer"}


def test_a_camera_that_talks_to_somebody_new_is_told_with_whom(town, told):
    rows = past(town)
    rows += [town.flow(400 + n * 10, town.camera, town.outside, 443) for n in range(10)]
    (finding,) = told(Newcomers(), rows, learn_s=350)
    assert (finding.kind, finding.host, finding.place) == (
        "cyber.new-peer",
        town.camera,
        town.outside,
    )
    assert finding.words.startswith(
        "cam-gate talks to 203.0.113.9, outside the network, for the first time: tls, 1.2 kB"
    )


def test_a_peer_that_only_knocks_is_none(town, told):
    rows = [*past(town), town.knock(400, town.outside, town.camera, 80)]
    assert told(Newcomers(), rows, learn_s=350) == []


def test_of_a_thousand_forged_devices_the_first_few_tell_the_story(town, told):
    rows = past(town)
    rows += [town.knock(400, f"10.31.1.{n}", town.camera, 80) for n in range(100, 250)]
    assert len(told(Newcomers(), rows, learn_s=350)) == 10
