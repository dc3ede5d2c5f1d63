import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import seeds
from serving.video.hog import VEHICLE, VEHICLE_SCORE, HogDetector

SIZE = (240, 320)


@pytest.fixture(scope="module")
def hog():
    return HogDetector(seeds.card("hog"))


def wall(seed=0):
    noise = np.random.default_rng(seed).normal(150, 3, (*SIZE, 3))
    return cv2.GaussianBlur(np.clip(noise, 0, 255).astype(np.uint8), (5, 5), 0)


def draw_walker(image, left, top, height):
    """A figure with head, shoulders, arms and two legs apart: what the SVM learnt to see."""
    width = height * 0.36
    middle = left + width / 2

    def at(x, y):
        return round(middle + x * width), round(top + y * height)

    thick = round(width * 0.3)
    dark = (40, 40, 40)
    cv2.ellipse(
        image, at(0, 0.08), (round(width * 0.17), round(height * 0.08)), 0, 0, 360, dark, -1
    )
    body = np.array([at(-0.3, 0.2), at(0.3, 0.2), at(0.24, 0.52), at(-0.24, 0.52)])
    cv2.fillPoly(image, [body], dark)
    for side in (-1, 1):
        cv2.line(image, at(side * 0.3, 0.22), at(side * 0.42, 0.5), dark, max(1, thick // 2))
        cv2.line(image, at(side * 0.1, 0.5), at(side * 0.25, 0.97), dark, thick)
    return np.array([left, top, left + width, top + height])


def around(box, share=0.15):
    margin = (box[3] - box[1]) * share
    return np.array(
        [[box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin]], np.float32
    )


def iou(a, b):
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    common = np.prod(np.clip(high - low, 0, None))
    return common / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - common)


@pytest.mark.parametrize("height", [60, 80, 110, 160])
def test_a_walker_in_a_moving_region_is_found_at_any_size(hog, height):
    image = wall()
    truth = draw_walker(image, 130, 40, height)
    (found,) = hog.detect([image], [around(truth)])
    assert found.classes[0] == "person"
    assert found.scores[0] >= 0.5
    assert iou(found.boxes_px[0], truth) > 0.5


def test_a_walker_at_the_edge_of_the_frame_is_found(hog):
    image = wall()
    truth = draw_walker(image, 2, 130, 105)
    (found,) = hog.detect([image], [np.clip(around(truth), 0, [320, 240, 320, 240])])
    assert len(found) and iou(found.boxes_px[0], truth) > 0.5


def test_nobody_is_looked_for_where_nothing_moves(hog):
    image = wall()
    draw_walker(image, 130, 40, 110)
    (found,) = hog.detect([image], [np.empty((0, 4), np.float32)])
    assert len(found) == 0


def test_without_regions_the_whole_frame_is_searched(hog):
    image = wall()
    truth = draw_walker(image, 130, 60, 110)
    (found,) = hog.detect([image], [None])
    best = found.boxes_px[found.scores.argmax()]
    assert found.scores.max() >= 0.5
    assert iou(best, truth) > 0.5


def test_a_wide_region_without_a_person_is_called_a_car(hog):
    region = np.array([[60, 80, 180, 140]], np.float32)
    (found,) = hog.detect([wall()], [region])
    assert list(found.classes) == [VEHICLE]
    assert list(found.scores) == [np.float32(VEHICLE_SCORE)]
    np.testing.assert_array_equal(found.boxes_px, region)


@pytest.mark.parametrize(
    "region",
    [
        pytest.param([60, 80, 100, 200], id="upright"),
        pytest.param([60, 80, 82, 92], id="small"),
        pytest.param([0, 0, 320, 240], id="all of the frame, as when the light changes"),
    ],
)
def test_a_region_that_is_not_wide_and_large_is_no_car(hog, region):
    (found,) = hog.detect([wall()], [np.array([region], np.float32)])
    assert VEHICLE not in found.classes


def test_a_wide_region_with_a_person_in_it_is_no_car(hog):
    image = wall()
    truth = draw_walker(image, 130, 60, 100)
    wide = np.array([[90, 50, 220, 172]], np.float32) - [[0, 0, 0, 15]]
    (found,) = hog.detect([image], [np.concatenate([around(truth, 0.1), wide]).astype(np.float32)])
    assert "person" in found.classes
    assert VEHICLE not in found.classes


def test_n_frames_give_n_answers_in_order(hog):
    images = [wall() for _ in range(3)]
    truths = [draw_walker(image, 20 + 90 * n, 40, 110) for n, image in enumerate(images)]
    regions = [around(truth) for truth in truths]
    together = hog.detect(images, regions)
    assert hog.detect([], []) == []
    for image, region, truth, found in zip(images, regions, truths, together, strict=True):
        (alone,) = hog.detect([image], [region])
        np.testing.assert_array_equal(found.boxes_px, alone.boxes_px)
        assert iou(found.boxes_px[0], truth) > 0.5


@given(
    corners=st.lists(st.tuples(*[st.floats(-50, 400)] * 4), max_size=4),
    seed=st.integers(0, 100),
)
def test_whatever_moves_the_answer_is_boxes_inside_the_frame(corners, seed):
    boxes = np.array(corners, np.float32).reshape(-1, 4)
    (found,) = HogDetector(seeds.card("hog")).detect([wall(seed)], [boxes])
    assert len(found.boxes_px) == len(found.scores) == len(found.classes)
    assert found.boxes_px.dtype == found.scores.dtype == np.float32
    assert (found.boxes_px >= 0).all()
    assert (found.boxes_px[:, 2:] <= [320, 240]).all()
    assert ((found.scores > 0) & (found.scores < 1)).all()
