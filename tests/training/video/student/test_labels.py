import numpy as np
import pytest

from hlaska.settings import Settings
from hlaska.tracks import PERSON, Detections
from serving.models import from_folder
from tests.training.video.student.conftest import street, walked
from training.video.student.labels import View, fused, iou, sorted_out, teach, views

WHOLE = View(0, 0, 200, 100, mirrored=False)
MIRRORED = View(0, 0, 200, 100, mirrored=True)
LEFT = View(0, 0, 120, 100, mirrored=False)


def seen(*boxes, scores=None, classes=None):
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(scores or [0.8] * len(boxes), np.float32),
        np.array(classes or [PERSON] * len(boxes)),
    )


def test_boxes_of_a_mirrored_view_come_back_to_where_they_are():
    view = View(100, 20, 200, 80, mirrored=True)
    image = np.zeros((100, 200, 3), np.uint8)
    image[30:50, 110:120] = 255
    rows, columns = np.nonzero(view.of(image)[..., 0])
    box = [[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]]
    assert view.placed(np.array(box, np.float32)).tolist() == [[110, 30, 120, 50]]


def test_the_views_cover_the_picture_and_neighbours_overlap():
    covered = np.zeros((100, 200), int)
    for view in views((100, 200)):
        covered[view.top : view.bottom, view.left : view.right] += 1
    assert covered.min() >= 4
    assert covered.max() == 10


def test_what_two_views_see_is_one_person_with_the_mean_of_boxes_and_scores():
    boxes, scores = fused(
        [
            (WHOLE, seen([10, 10, 20, 40], scores=[0.8])),
            (MIRRORED, seen([178, 10, 188, 40], scores=[0.4])),
        ],
        (100, 200),
    )
    assert boxes == pytest.approx(np.array([[10.67, 10, 20.67, 40]]), abs=0.01)
    assert scores == pytest.approx(np.array([0.6]))


def test_a_view_that_sees_nobody_where_it_should_counts_as_nothing():
    _, scores = fused([(WHOLE, seen([10, 10, 20, 40])), (MIRRORED, seen())], (100, 200))
    assert scores.tolist() == pytest.approx([0.4])


def test_a_person_cut_by_the_edge_of_a_quarter_is_told_by_the_others_only():
    boxes, scores = fused(
        [(WHOLE, seen([110, 10, 130, 60])), (LEFT, seen([110, 10, 120, 60]))], (100, 200)
    )
    assert boxes.tolist() == [[110, 10, 130, 60]]
    assert scores.tolist() == pytest.approx([0.8])


def test_two_boxes_of_one_view_stay_two_people():
    boxes, _ = fused([(WHOLE, seen([10, 10, 20, 40], [12, 10, 22, 40]))], (100, 200))
    assert len(boxes) == 2


def test_what_is_no_person_is_left_out():
    boxes, scores = fused([(WHOLE, seen([1, 1, 9, 9], classes=["car"]))], (100, 200))
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)


def test_what_stands_in_the_empty_picture_is_neither_label_nor_doubt():
    boxes = np.array([[0, 0, 10, 30], [50, 0, 60, 30], [90, 0, 99, 30]], np.float32)
    told = sorted_out(boxes, np.array([0.9, 0.9, 0.2], np.float32), boxes[:1] + 1)
    assert told.boxes_px.tolist() == boxes[1:2].tolist()
    assert told.doubtful_px.tolist() == boxes[2:].tolist()


def test_overlap_is_that_of_areas():
    one = np.array([[0, 0, 10, 10]], np.float32)
    other = np.array([[5, 0, 15, 10], [20, 20, 30, 30], [0, 0, 10, 10]], np.float32)
    assert iou(one, other) == pytest.approx(np.array([[1 / 3, 0, 1]]))


def test_a_teacher_labels_who_walks_and_not_what_stands_and_is_asked_once(teacher, tmp_path):
    settings = Settings(home=tmp_path)
    frames, labels = walked(6)
    empty = street()
    # A red post: the teacher takes it for a person, in every picture.
    for picture in (empty, *frames):
        picture[2:42, 90:106] = (20, 20, 220)
    told = teach(frames, empty, from_folder(teacher), settings, threads=1)
    for one, wanted in zip(told, labels, strict=True):
        overlap = iou(one.boxes_px, wanted.boxes_px)
        assert overlap.shape == (2, 2)
        assert (overlap.max(axis=0) > 0.7).all()
    (kept,) = (settings.cache / "labels").iterdir()
    text = kept.read_text()
    kept.write_text(text.replace("[", "[ "))
    again = teach(frames, empty, from_folder(teacher), settings, threads=1)
    assert kept.read_text() != text, "the teacher looked again"
    assert again[3].boxes_px == pytest.approx(told[3].boxes_px, abs=0.01)
