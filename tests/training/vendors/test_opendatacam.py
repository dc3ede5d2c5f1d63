import json

import pytest

from hlaska.errors import DataError


def crossing(**changes):
    return {
        "timestamp": "2026-05-01T12:00:00.500Z",
        "area": "94af",
        "name": "car",
        "id": 7,
        "bearing": 155,
        "countingDirection": "rightleft_bottomtop",
    } | changes


def recording(*entries):
    return json.dumps(
        {
            "_id": "5cc3",
            "dateStart": "2026-05-01T12:00:00.000Z",
            "areas": {"94af": {"name": "Bridge"}},
            "counterSummary": {},
            "counterHistory": list(entries),
        }
    )


FRAME = {
    "recordingId": "5cc3",
    "timestamp": "2026-05-01T12:00:00.000Z",
    "frameId": 90,
    "objects": [{"id": 5, "x": 50, "y": 40, "w": 20, "h": 10, "name": "car", "confidence": 0.5}],
}


def test_crossings_are_counted_by_the_names_of_areas(export, rows):
    read = export(
        "opendatacam",
        recording([crossing(), crossing(id=8)], crossing(id=9)),
        directions={"rightleft_bottomtop": "west"},
    )
    assert (
        rows(read.counts, "line", "direction", "kind", "starts_at", "count")
        == [("Bridge", "west", "car", "12:00:00.500000", 1)] * 3
    )


def test_a_crossing_that_two_exports_have_is_counted_once(export):
    content = f"[{recording([crossing()])},{recording([crossing()])}]"
    read = export("opendatacam", content)
    assert len(read.counts) == 1
    assert read.repairs == (
        "[1].counterHistory[0][0]: a crossing that stands there twice is taken once",
    )


def test_an_older_crossing_has_no_direction(export):
    old = crossing()
    del old["countingDirection"]
    assert export("opendatacam", recording([old])).counts["direction"].tolist() == [""]


def test_boxes_are_given_by_their_middle(export, rows):
    read = export("opendatacam", json.dumps([FRAME]))
    assert rows(read.tracks, "at", "track", "kind", "x0", "y0", "x1", "y1", "score") == [
        ("12:00:00", "5", "car", 40, 35, 60, 45, 0.5)
    ]
    assert read.tracks["frame"].isna().all()


def test_numbers_of_frames_count_only_where_the_mapping_says_where_they_start(export):
    read = export("opendatacam", json.dumps([FRAME]), frame_offset=-90)
    assert read.tracks["frame"].tolist() == [0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", r"the whole file: neither `objects`.*nor `counterHistory`"),
        (recording([crossing(name="tram")]), r"counterHistory\[0\]\[0\]: .*'tram'; add to it"),
        (recording([crossing(timestamp="noon")]), r"counterHistory\[0\]\[0\]: 'noon' is no time"),
        (json.dumps([FRAME | {"objects": [{"id": 1}]}]), r"\[0\]\.objects\[0\]\.name: nothing"),
        (json.dumps([FRAME])[:-30], r"ends in the middle"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(content, message, export):
    with pytest.raises(DataError, match=message):
        export("opendatacam", content)
