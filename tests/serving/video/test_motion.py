import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import SourceError
from serving.video.motion import MOST_BLOBS, PADDING, Motion

SIZE = (240, 320)


def scene(rng, *, walkers=(), size=SIZE):
    """A noisy wall, and dark walkers (left, top, width, height) in front of it."""
    image = np.full((*size, 3), 120.0)
    for left, top, width, height in walkers:
        image[top : top + height, left : left + width] = 30
    return np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def learnt(rng, size=SIZE):
    motion = Motion()
    for _ in range(30):
        motion.regions(scene(rng, size=size))
    return motion


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_nothing_is_known_of_the_first_frame_so_all_of_it_counts_as_moving(rng):
    regions = Motion().regions(scene(rng))
    assert regions.fraction == 1
    np.testing.assert_array_equal(regions.boxes_px, [[0, 0, 320, 240]])


def test_a_wall_with_sensor_noise_does_not_move(rng):
    motion = learnt(rng)
    for _ in range(20):
        regions = motion.regions(scene(rng))
        assert len(regions) == 0
        assert regions.fraction == 0


def test_a_walker_is_one_region_that_holds_it(rng):
    regions = learnt(rng).regions(scene(rng, walkers=[(100, 80, 20, 60)]))
    ((left, top, right, bottom),) = regions.boxes_px
    assert left <= 100 and top <= 80 and right >= 120 and bottom >= 140
    room = 60 * PADDING * 1.5 + 8
    assert left >= 100 - room and top >= 80 - room
    assert right <= 120 + room and bottom <= 140 + room
    assert regions.areas_px == pytest.approx([1200], rel=0.4)
    assert regions.fraction == pytest.approx(1200 / (240 * 320), rel=0.4)


def test_walkers_far_apart_are_two_regions_and_a_crowd_is_one(rng):
    apart = learnt(rng).regions(scene(rng, walkers=[(30, 80, 20, 60), (250, 80, 20, 60)]))
    assert len(apart) == 2
    crowd = learnt(rng).regions(scene(rng, walkers=[(100 + 24 * n, 80, 18, 60) for n in range(4)]))
    assert len(crowd) == 1


def test_regions_are_in_pixels_of_the_frame_however_large_it_is(rng):
    size = (1080, 1920)
    regions = learnt(rng, size).regions(scene(rng, walkers=[(900, 400, 100, 300)], size=size))
    ((left, top, right, bottom),) = regions.boxes_px
    assert 780 < left <= 900 and 280 < top <= 400
    assert 1000 <= right < 1120 and 700 <= bottom < 820


def test_another_size_begins_anew(rng):
    motion = learnt(rng)
    assert motion.regions(scene(rng, size=(480, 640))).fraction == 1
    assert motion.regions(scene(rng, size=(480, 640))).fraction == 0


def test_the_number_of_regions_is_bounded(rng):
    walkers = [(12 * column, 12 * row, 5, 5) for column in range(26) for row in range(19)]
    assert 0 < len(learnt(rng).regions(scene(rng, walkers=walkers))) <= MOST_BLOBS


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(np.zeros((4, 4), np.uint8), id="grey"),
        pytest.param(np.zeros((4, 4, 3), np.float32), id="floating"),
        pytest.param(np.zeros((0, 4, 3), np.uint8), id="empty"),
        pytest.param(np.zeros((4, 4, 4), np.uint8), id="with alpha"),
    ],
)
def test_a_frame_that_is_no_picture_is_a_clear_error(frame):
    with pytest.raises(SourceError, match="blue-green-red"):
        Motion().regions(frame)


@given(
    frames=st.lists(
        st.tuples(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32)), max_size=6
    )
)
def test_whatever_comes_the_regions_lie_inside_the_frame(frames):
    motion = Motion()
    for height, width, seed in frames:
        for _ in range(2):
            frame = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
            regions = motion.regions(frame)
            seed += 1
            assert len(regions.boxes_px) == len(regions.areas_px)
            assert (regions.boxes_px >= 0).all()
            assert (regions.boxes_px[:, 2:] <= [width, height]).all()
            assert (regions.boxes_px[:, 2:] > regions.boxes_px[:, :2]).all()
            assert 0 <= regions.fraction <= 1
            assert (regions.areas_px <= width * height).all()
