from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from hlaska.errors import DataError
from training.learning.looks import MOST_KEPT, gather, keep, path_of, picture_figures, read

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def jpeg(image):
    return cv2.imencode(".jpg", image)[1].tobytes()


def test_a_dark_blurred_picture_has_less_of_everything():
    rng = np.random.default_rng(1)
    sharp = rng.integers(60, 200, (96, 128, 3), np.uint8)
    dull = cv2.GaussianBlur(sharp, (0, 0), 4) // 2
    one, other = picture_figures(jpeg(sharp)), picture_figures(jpeg(dull))
    assert all(other[name] < one[name] for name in ("brightness", "contrast", "sharpness"))


def test_what_is_no_picture_has_no_figures():
    assert picture_figures(b"hello") == {}


def test_looks_become_a_list_a_figure_and_what_is_no_number_is_left_out():
    steps = []
    looks = gather(
        [{"gate": {"tracks": 1.0}}, {}, {"gate": {"tracks": float("nan"), "hosts": 2.0}}],
        steps.append,
    )
    assert looks == {"gate": {"tracks": [1.0], "hosts": [2.0]}}
    assert steps == [1, 2, 3]


def test_a_sample_is_kept_and_some_sensors_can_be_taken_anew(tmp_path):
    path = path_of(tmp_path, "testville")
    keep(path, {"gate": {"tracks": [1.0]}, "yard": {"tracks": [2.0]}}, NOON)
    assert read(path) == ({"gate": {"tracks": [1.0]}, "yard": {"tracks": [2.0]}}, NOON)
    keep(path, {"gate": {"tracks": [9.0]}, "yard": {"tracks": [9.0]}}, NOON, sensors=["gate"])
    assert read(path)[0] == {"gate": {"tracks": [9.0]}, "yard": {"tracks": [2.0]}}


def test_a_sample_does_not_grow_for_ever(tmp_path):
    path = path_of(tmp_path, "testville")
    keep(path, {"gate": {"tracks": [1.0] * (MOST_KEPT + 5)}}, NOON)
    assert len(read(path)[0]["gate"]["tracks"]) == MOST_KEPT


@pytest.mark.parametrize("text", ["", "[]", '{"at": "noon"}', '{"looks": {"gate": 1}, "at": "x"}'])
def test_a_damaged_sample_says_what_to_do(tmp_path, text):
    path = path_of(tmp_path, "testville")
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(DataError, match="--first"):
        read(path)


def test_without_a_sample_it_says_how_to_take_one(tmp_path):
    with pytest.raises(DataError, match="--first"):
        read(path_of(tmp_path, "testville"))
