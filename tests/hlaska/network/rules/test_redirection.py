"""Whose pictures go where."""

from hlaska.network.rules.redirection import Redirection


def usual(town, minutes=30):
    return [
        town.stream(n * 60, camera, town.recorder)
        for n in range(minutes)
        for camera in (town.camera, town.other_camera)
    ]


def test_a_stream_to_the_usual_receiver_is_none(town, told):
    assert told(Redirection(), usual(town, 60), learn_s=1200) == []


def test_a_stream_that_goes_to_a_stranger_is_told_with_the_usual_receiver(town, told):
    rows = usual(town) + [town.stream(1900 + n * 60, town.camera, town.stranger) for n in range(5)]
    (finding,) = told(Redirection(), rows, learn_s=1200)
    assert (finding.kind, finding.host, finding.place) == (
        "cyber.stream-redirected",
        town.camera,
        town.stranger,
    )
    assert finding.words.endswith(f"to {town.stranger}; usual: to recorder")


def test_of_many_usual_receivers_a_few_are_named(town, told):
    rows = [
        town.stream(n * 60, town.camera, f"fd00:31::{n % 25 + 1:x}:1111:2222:3333")
        for n in range(60)
    ]
    rows += [town.stream(3700 + n * 60, town.camera, town.stranger) for n in range(5)]
    (finding,) = told(Redirection(), rows, learn_s=3600)
    assert finding.words.endswith("and 20 more") and len(finding.words) < 500


def test_a_camera_that_pushes_is_seen_as_well(town, told):
    rows = usual(town) + [
        town.flow(
            1900 + n * 60, town.camera, town.outside, 1935, duration_s=60.0, src_bytes=15_000_000
        )
        for n in range(5)
    ]
    (finding,) = told(Redirection(), rows, learn_s=1200)
    assert finding.place == town.outside


def test_an_impostor_in_the_place_of_a_silent_camera_is_told(town, told):
    rows = usual(town)
    rows += [town.stream(1860 + n * 60, town.other_camera, town.recorder) for n in range(12)]
    rows += [town.stream(1861 + n * 60, town.stranger, town.recorder) for n in range(12)]
    rows.sort(key=lambda row: row["started_at"])
    (finding,) = told(Redirection(), rows, learn_s=1200)
    assert (finding.host, finding.place) == (town.camera, town.stranger)
    assert "none from cam-gate any more" in finding.words


def test_a_new_camera_beside_the_others_takes_nobodys_place(town, told):
    rows = usual(town, 60)
    rows += [town.stream(1861 + n * 60, town.stranger, town.recorder) for n in range(12)]
    rows.sort(key=lambda row: row["started_at"])
    assert told(Redirection(), rows, learn_s=1200) == []


def test_a_look_at_a_cameras_web_page_is_no_stream(town, told):
    rows = usual(town) + [
        town.flow(1900, town.stranger, town.camera, 80, dst_bytes=300_000) for _ in range(4)
    ]
    assert told(Redirection(), rows, learn_s=1200) == []
