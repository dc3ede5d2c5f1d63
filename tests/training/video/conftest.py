"""A made street as a data set, once for all tests of this folder."""

import pytest

from training.video.dataset import write
from training.video.scene import scene_pictures

SIDE = 64


@pytest.fixture(scope="session")
def street(tmp_path_factory):
    """Boxes of people and cars on pictures of 64 x 64 pixels, earlier and later ones."""
    pictures = scene_pictures(frames=100, size_px=(SIDE, SIDE), seed=1)
    return write(pictures, tmp_path_factory.mktemp("street") / "data", about="made street")
