from pathlib import Path

import numpy as np
import pytest

from hlaska.errors import SiteError, SourceError
from hlaska.settings import Settings
from tests.training.video.student.conftest import street, walked
from training.video.student.footage import LARGEST_PX, camera_of, empty_of, record


def test_the_pictures_of_a_clip_come_in_order_and_as_many_as_asked_for(site, tmp_path):
    pictures, _ = walked(12)
    _, camera = camera_of(site(pictures), "gate")
    seen = record(camera, Settings(home=tmp_path), most=8, minutes=None)
    assert seen.frames.shape == (8, *pictures.shape[1:])
    # The decoder may round colours.
    assert np.abs(seen.frames.astype(int) - pictures[:8].astype(int)).mean() < 3


def test_minutes_spread_the_pictures_evenly(site, tmp_path):
    pictures, _ = walked(40)
    _, camera = camera_of(site(pictures), "gate")
    seen = record(camera, Settings(home=tmp_path), most=4, minutes=2 / 60)
    off = [
        int(np.abs(pictures.astype(int) - frame.astype(int)).mean(axis=(1, 2, 3)).argmin())
        for frame in seen.frames
    ]
    assert len(off) == 4
    assert np.diff(off).min() >= 2
    assert np.ptp(np.diff(off)) <= 1


def test_the_empty_picture_has_nobody_in_it():
    pictures, _ = walked(60)
    off = np.abs(empty_of(pictures).astype(int) - street().astype(int))
    assert off.max() <= 3


def test_large_pictures_are_kept_smaller(site, tmp_path):
    wide = np.zeros((2, 720, 1600, 3), np.uint8)
    text = Path(site(wide)).read_text().replace("size_px: [192, 144]", "size_px: [1600, 720]")
    (tmp_path / "wide.yaml").write_text(text)
    _, camera = camera_of(str(tmp_path / "wide.yaml"), "gate")
    seen = record(camera, Settings(home=tmp_path), most=2, minutes=None)
    assert seen.frames.shape[1:] == (576, LARGEST_PX, 3)


def test_a_camera_that_is_not_there_is_named_with_those_that_are(site):
    with pytest.raises(SiteError, match="gate"):
        camera_of(site(walked(1)[0]), "gat")


def test_a_clip_that_is_none_is_a_clear_error(site, tmp_path):
    path = site(walked(1)[0])
    for picture in (tmp_path / "clip").iterdir():
        picture.write_bytes(b"no picture")
    _, camera = camera_of(path, "gate")
    with pytest.raises(SourceError, match="cannot be decoded"):
        record(camera, Settings(home=tmp_path), most=2, minutes=None)
