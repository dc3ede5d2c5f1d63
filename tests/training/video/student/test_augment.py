import numpy as np
import pytest

from tests.training.video.student.conftest import street, walked
from training.video.student.augment import FILLED, donors, sample
from training.video.student.labels import Labels

EMPTY = street()
FRAMES, LABELS = walked(12)
NOBODY = Labels(np.empty((0, 4), np.float32), np.empty((0, 4), np.float32))


def red(picture):
    return picture[..., 2].astype(int) - picture[..., :2].max(axis=2) > 60


def test_people_are_cut_out_whole():
    stock = donors(FRAMES, EMPTY, LABELS)
    assert len(stock) > 10
    for donor in stock:
        assert donor.picture.shape[:2] == donor.mask.shape
        assert donor.mask.mean() <= FILLED[1] or donor.mask.min() == 0


def test_who_stands_close_to_another_is_not_cut_out():
    boxes = np.array([[20, 50, 36, 90], [25, 50, 41, 90]], np.float32)
    assert donors(FRAMES[:1], EMPTY, [Labels(boxes, boxes[:0])]) == []


@pytest.mark.parametrize("seed", range(20))
def test_boxes_lie_around_the_figures_wherever_they_were_moved(seed):
    rng = np.random.default_rng(seed)
    one = sample(rng, FRAMES[5], EMPTY, LABELS[5], [], size_hw=(96, 128), scale=1.0)
    assert one.picture.shape == (96, 128, 3)
    assert one.picture.dtype == np.uint8
    rest = red(one.picture)
    # Where a figure is cut off, what is left of it may be a corner of its box.
    for box, least in [*((box, 0.4) for box in one.boxes), *((box, 0) for box in one.doubtful)]:
        left, top, right, bottom = np.clip(box.round().astype(int), 0, [128, 96, 128, 96])
        assert rest[top:bottom, left:right].mean() >= least
        rest[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2] = False
    # A mirrored edge shows a figure once more, at most by the four pixels beyond it.
    assert rest.mean() < 0.02


def test_pasted_people_have_boxes():
    stock = donors(FRAMES, EMPTY, LABELS)
    counts = [
        len(
            sample(
                np.random.default_rng(seed), EMPTY, EMPTY, NOBODY, stock, size_hw=(96, 128), scale=1
            ).boxes
        )
        for seed in range(40)
    ]
    assert max(counts) >= 3
    assert min(counts) == 0


def test_the_same_chance_makes_the_same_sample():
    stock = donors(FRAMES, EMPTY, LABELS)
    one, other = (
        sample(
            np.random.default_rng(7), FRAMES[2], EMPTY, LABELS[2], stock, size_hw=(96, 128), scale=1
        )
        for _ in range(2)
    )
    assert np.array_equal(one.picture, other.picture)
    assert np.array_equal(one.boxes, other.boxes)
