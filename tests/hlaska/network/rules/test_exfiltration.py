"""What leaves the network."""

from hlaska.network.rules.exfiltration import Exfiltration


def test_fifty_megabytes_to_a_host_outside_are_told(town, told):
    rows = [
        town.flow(n * 30, town.camera, town.outside, 443, src_bytes=1_000_000) for n in range(50)
    ]
    (finding,) = told(Exfiltration(), rows)
    assert (finding.host, finding.place) == (town.camera, town.outside)
    assert finding.words.startswith("cam-gate sent 20 MB out to 203.0.113.9 in ")


def test_a_little_in_what_should_be_short_questions_is_enough(town, told):
    rows = [
        town.flow(n, town.camera, town.outside, 53, protocol="udp", src_bytes=5000, dst_bytes=200)
        for n in range(150)
    ]
    (finding,) = told(Exfiltration(), rows)
    assert "short questions" in finding.words


def test_a_download_is_none(town, told):
    rows = [
        town.flow(n * 30, town.camera, town.outside, 443, src_bytes=1_000_000, dst_bytes=30_000_000)
        for n in range(60)
    ]
    assert told(Exfiltration(), rows) == []


def test_what_stays_inside_is_none(town, told):
    rows = [town.stream(n * 60, town.camera, town.recorder) for n in range(60)]
    assert told(Exfiltration(), rows) == []


def test_somebody_outside_who_fetches_it_is_told_too(town, told):
    rows = [
        town.flow(n * 30, town.outside, town.camera, 554, dst_bytes=2_000_000) for n in range(50)
    ]
    (finding,) = told(Exfiltration(), rows)
    assert (finding.host, finding.place) == (town.camera, town.outside)


def test_spread_over_many_hours_it_is_below_the_limit(town, told):
    rows = [
        town.flow(n * 1800, town.camera, town.outside, 443, src_bytes=1_000_000) for n in range(50)
    ]
    assert told(Exfiltration(), rows) == []


def test_a_camera_that_was_learnt_to_upload_may(town, told):
    rows = [
        town.flow(n * 60, town.camera, town.outside, 443, src_bytes=1_000_000) for n in range(300)
    ]
    late = [f for f in told(Exfiltration(), rows, learn_s=7200) if f.observed_at.hour >= 14]
    assert late == []
