import json

import pytest

from hlaska.errors import DataError

RESULTS = [{"image_id": 3, "category_id": 1, "bbox": [10, 20, 30, 40], "score": 0.5}]
WHOLE = {
    "images": [
        {"id": 42, "file_name": "clip/frame_000007.jpg"},
        {"id": 43, "file_name": "x.jpg", "frame_id": 8},
    ],
    "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "rider"}],
    "annotations": [
        {"image_id": 42, "category_id": 1, "bbox": [10, 20, 30, 40], "track_id": 5},
        {"image_id": 43, "category_id": 2, "bbox": [0, 0, 5, 5], "score": 0.25},
        {"image_id": 43, "category_id": 1, "bbox": [0, 0, 5, 5], "iscrowd": 1},
    ],
}
COLUMNS = ("frame", "track", "kind", "x0", "y0", "x1", "y1")


def test_a_list_of_results_is_boxes_of_frames(export, rows):
    read = export("coco", json.dumps(RESULTS), classes={"1": "car"}, frame_offset=-3)
    assert rows(read.tracks, *COLUMNS, "score") == [(0, "", "car", 10, 20, 40, 60, 0.5)]


def test_a_data_set_says_its_frames_and_classes(export, rows):
    read = export("coco", json.dumps(WHOLE), classes={"rider": "bicycle"})
    assert rows(read.tracks, *COLUMNS) == [
        (7, "5", "person", 10, 20, 40, 60),
        (8, "", "bicycle", 0, 0, 5, 5),
    ]
    assert read.left_out == ("annotations[2]: crowds",)


def changed(**changes):
    return json.dumps([RESULTS[0] | changes])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (json.dumps(RESULTS), r'\[0\]: (?s:.*)classes:\n    "1": ignore'),
        (changed(bbox=[1, 2, 3]), r"\[0\]\.bbox: \[1, 2, 3\], where a list of 4 numbers"),
        (changed(image_id="a"), r"\[0\]\.image_id: 'a', where a number"),
        (changed(image_id=-1), r"\[0\]: frame -1, where 0 is the first"),
        (changed(bbox=[1e300, 0, 1, 1]), r"\[0\]\.bbox"),
        (json.dumps(WHOLE | {"images": []}), r"annotations\[0\]: image '42' is not among"),
        (
            json.dumps(WHOLE | {"images": [{"id": 42, "file_name": "x.jpg"}]}),
            r"images\[0\]: no number of a frame in 'x.jpg'; add `frame_id`",
        ),
        ("{}", r"images: nothing, where a list is wanted"),
        ("[5]", r"\[0\]: 5, where an object with 'category_id' is wanted"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(content, message, export):
    classes = {} if content == json.dumps(RESULTS) else {"1": "person", "rider": "bicycle"}
    with pytest.raises(DataError, match=message):
        export("coco", content, classes=classes)
