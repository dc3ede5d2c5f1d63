import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalogs.readers import load_boxes
from hlaska.errors import DataError

ROWS = "1,7,100,50,10,20,0.9,-1,-1,-1\n2.0,-1,100,50,10,20,-1\n"
COLUMNS = ("frame", "track", "kind", "x0", "y0", "x1", "y1")


def test_a_line_is_a_box_and_frames_start_at_zero(export, rows):
    read = export("motchallenge", ROWS)
    assert rows(read.tracks, *COLUMNS) == [
        (0, "7", "person", 100, 50, 110, 70),
        (1, "", "person", 100, 50, 110, 70),
    ]
    assert read.tracks["score"].fillna(-1).tolist() == [0.9, -1]


def test_without_classes_everything_is_of_one_kind(export):
    assert set(export("motchallenge", ROWS, kind="bicycle").tracks["kind"]) == {"bicycle"}


def test_with_classes_the_eighth_field_is_the_class(export):
    content = "1,7,100,50,10,20,1,1,0.5\n1,8,100,50,10,20,1,3.0,1\n1,9,100,50,10,20,1,12,1\n"
    said = {"1": "person", "3": "car"}
    with pytest.raises(DataError, match=r'line 3: (?s:.*)\n    "12": ignore'):
        export("motchallenge", content, classes=said)
    read = export("motchallenge", content, classes=said | {"12": "ignore"})
    assert read.tracks["kind"].tolist() == ["person", "car"]


def test_the_times_of_frames_are_told_by_the_scene(export, rows, noon):
    read = export("motchallenge", ROWS, starts_at=noon, fps=2)
    assert rows(read.tracks, "at") == [("12:00:00",), ("12:00:00.500000",)]


def test_semicolons_and_decimal_commas_are_read(export, rows):
    read = export("motchallenge", "1;7;100,5;50;10;20;0,9\n")
    assert rows(read.tracks, "x0", "x1", "score") == [(100.5, 110.5, 0.9)]
    assert read.repairs == ("line 1 and 1 more: decimal comma read as point",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1,7,100,50\n", r"line 1: 4 fields, where frame, id.* are wanted; is the file cut off"),
        ("0,7,1,2,3,4,1\n", r"line 1: frame 0, where 1 is the first.*`frame_offset:`"),
        ("1.5,7,1,2,3,4,1\n", r"line 1: frame: '1.5' is not a whole number"),
        ("1,7,1e999,2,3,4,1\n", r"line 1: left: '1e999' is not a number"),
        ("1,7,nan,2,3,4,1\n", r"line 1: left: 'nan' is not a number"),
        ("frame,id,x,y,w,h\n", r"line 1: frame: 'frame' is not a number"),
    ],
)
def test_what_is_wrong_with_a_line_is_told(content, message, export):
    with pytest.raises(DataError, match=message):
        export("motchallenge", content)


@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    boxes=st.lists(
        st.tuples(
            st.integers(1, 50),
            st.integers(1, 50),
            *[st.floats(-1e4, 1e4)] * 2,
            *[st.floats(0.5, 1e4)] * 2,
            st.floats(0, 1),
        ),
        min_size=1,
        unique_by=lambda row: row[:2],
    )
)
def test_it_agrees_with_the_reader_of_the_truth(boxes, export, tmp_path):
    path = tmp_path / "truth.txt"
    path.write_text("".join(",".join(map(str, box)) + "\n" for box in boxes))
    truth = load_boxes(path)
    read = export("motchallenge", path.read_bytes(), reused_after_s=1e9).tracks
    read = read.assign(track=read["track"].astype("int64")).sort_values(["frame", "track"])
    columns = ["frame", "track", "x0", "y0", "x1", "y1", "score"]
    assert read[columns].to_numpy(float).tolist() == truth.to_numpy(float).tolist()
