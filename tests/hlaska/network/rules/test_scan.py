"""Who tries many doors."""

from hlaska.network.rules.scan import Scan


def test_many_closed_doors_are_a_scan_and_it_is_told_once(town, told):
    rows = [town.knock(n * 0.2, town.stranger, town.camera, 1000 + n) for n in range(400)]
    (finding,) = told(Scan(), rows)
    assert (finding.kind, finding.host, finding.peers) == (
        "cyber.scan",
        town.stranger,
        (town.camera,),
    )
    assert finding.attributes["hosts"] == 1
    assert finding.words.startswith(f"{town.stranger} tried ")


def test_words_name_the_asset_its_ports_hosts_and_time(town, told):
    rows = [
        town.knock(n, town.camera, f"10.31.1.{host}", 20 + n) for n in range(8) for host in (50, 51)
    ]
    (finding,) = told(Scan(), rows)
    assert finding.words == (
        "cam-gate tried 8 ports of 2 hosts in 7 s and was answered by few; usual: 0 closed doors"
    )


def test_a_dead_camera_that_is_asked_without_end_is_no_scan(town, told):
    rows = [town.knock(n, town.recorder, town.camera, 554) for n in range(600)]
    assert told(Scan(), rows) == []


def test_whoever_is_mostly_answered_is_no_scanner(town, told):
    rows = [town.flow(n, town.recorder, f"10.31.1.{n}", 80) for n in range(1, 60)]
    rows += [town.knock(60 + n, town.recorder, f"10.31.1.{n}", 81) for n in range(1, 60)]
    assert told(Scan(), rows) == []


def test_nine_closed_doors_are_not_enough_and_twelve_are(town, told):
    rows = [town.knock(n, town.stranger, town.camera, n) for n in range(1, 13)]
    assert told(Scan(), rows[:9]) == []
    assert len(told(Scan(), rows)) == 1


def test_what_was_usual_while_learning_raises_the_limit(town, told):
    rows = [
        town.knock(1000 * round_ + n, town.recorder, f"10.31.1.{n}", 554)
        for round_ in range(5)
        for n in range(20, 28)
    ]
    rows += [town.knock(6000 + n, town.recorder, f"10.31.1.{n}", 554) for n in range(20, 36)]
    assert told(Scan(), rows, learn_s=5000) == []
    rows += [town.knock(9000 + n, town.recorder, f"10.31.1.{n}", 554) for n in range(20, 120)]
    (finding,) = told(Scan(), rows, learn_s=5000)
    assert 7 < finding.usual < 9


def test_who_goes_slowly_faster_is_not_believed_within_the_day(town, told):
    rows = [
        town.knock(400 * step + n, town.stranger, town.camera, 100 * step + n)
        for step in range(1, 14)
        for n in range(step)
    ]
    assert len(told(Scan(), rows)) == 1


def test_asking_everybody_at_once_is_no_scan(town, told):
    names = ["239.255.255.250", "224.0.0.251", "255.255.255.255", "ff02::fb"]
    rows = [
        town.knock(n, town.camera, name, 1900 + n, protocol="udp")
        for n in range(20)
        for name in names
    ]
    assert told(Scan(), rows) == []


def test_pings_are_a_scan_too(town, told):
    rows = [town.knock(n, town.stranger, f"10.31.1.{n}", 0, protocol="icmp") for n in range(1, 40)]
    (finding,) = told(Scan(), rows)
    assert "pinged" in finding.words


def test_ipv6_is_scanned_as_well(town, told):
    rows = [town.knock(n, "fd00:31::66", "fd00:31::11", n) for n in range(1, 40)]
    assert [finding.host for finding in told(Scan(), rows)] == ["fd00:31::66"]


def test_forged_senders_of_one_closed_door_each_are_not_remembered(town, new_watch, looks):
    watch = new_watch(Scan(), learn_s=0)
    looks(
        watch, [town.knock(n, f"198.51.{n // 250}.{n % 250}", town.camera, 80) for n in range(600)]
    )
    assert watch.inventory.record().habits == ()
