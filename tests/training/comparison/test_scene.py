import pytest
from pydantic import ValidationError

from hlaska.errors import DataError, SiteError
from training.comparison.scene import camera_of


def test_a_scene_is_as_long_as_its_frames_or_until_its_end(scene):
    assert scene().whole == 400
    assert scene(frames=None, ends_at="2026-05-01T12:00:40Z").whole == 400


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param({"frames": None}, "twice or never", id="no length"),
        pytest.param({"ends_at": "2026-05-01T12:10:00Z"}, "twice or never", id="two lengths"),
        pytest.param({"frames": None, "ends_at": "2026-05-01T11:00:00Z"}, "not after", id="ends"),
        pytest.param({"first_frame": 400}, "none of them", id="nothing is judged"),
        pytest.param({"starts_at": "2026-05-01T12:00:00"}, "timezone", id="no zone"),
        pytest.param({"fps": 0}, "greater than 0", id="no frames a second"),
        pytest.param({"frames": None, "ends_at": "2027-05-01T12:00:00Z"}, "at most", id="a year"),
    ],
)
def test_a_scene_that_cannot_be_is_refused(scene, wrong, words):
    with pytest.raises(ValidationError, match=words):
        scene(**wrong)


def test_where_only_every_tenth_frame_is_annotated_the_first_judged_one_is_annotated(scene):
    assert scene(first_frame=5).spans(10).frames == range(10, 400, 10)
    with pytest.raises(DataError, match="too rarely"):
        scene(first_frame=5).spans(1000)


def test_a_camera_of_the_site_keeps_what_the_run_does_not_write(scene):
    ours = camera_of(scene(camera="square-east", lines=[], homography=None), "pilsen")
    assert {line.id for line in ours.lines} >= {"west-path"}
    assert ours.homography is not None
    assert ours.size_px == (200, 200)
    assert ours.fps == 10


def test_a_camera_that_nobody_knows_is_named_with_those_that_are_known(scene):
    with pytest.raises(DataError, match="square-east"):
        camera_of(scene(camera="square-west"), "pilsen")
    with pytest.raises(DataError, match="site: NAME"):
        camera_of(scene(camera="square-east"), None)
    with pytest.raises(SiteError, match="pilsen"):
        camera_of(scene(camera="square-east"), "pilzen")
