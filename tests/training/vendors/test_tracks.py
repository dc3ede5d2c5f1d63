from datetime import timedelta
from pathlib import Path

import pytest

from hlaska.errors import DataError
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading
from training.vendors.tracks import Tracks


def tracks(first=0, **said):
    reading = Reading(Path("b.txt"), Mapping(system="b", format="coco", path="b.txt", **said))
    return Tracks(reading, first=first), reading


def test_a_row_without_time_has_that_of_its_frame(noon, rows):
    found, _ = tracks(first=1, starts_at=noon, fps=4)
    found.add(1, track="1", kind="car", frame=3, box=(0, 0, 1, 1))
    found.add(2, track="1", kind="car", frame=4, at=noon, box=(0, 0, 1, 1))
    assert rows(found.table(), "frame", "at") == [(2, "12:00:00.500000"), (3, "12:00:00")]


def test_frames_may_start_elsewhere():
    found, _ = tracks(first=1, frame_offset=100)
    found.add(1, track="1", kind="car", frame=1)
    assert found.table()["frame"].tolist() == [100]


def test_a_frame_before_the_first_is_an_error_with_what_to_write():
    found, _ = tracks(first=1)
    with pytest.raises(
        DataError, match=r"line 9: frame 0, where 1 is the first; .*`frame_offset:`"
    ):
        found.add(9, track="1", kind="car", frame=0)
    with pytest.raises(DataError, match=r"line 9: frame 9999999999999"):
        found.add(9, track="1", kind="car", frame=9999999999999)


@pytest.mark.parametrize("box", [(5, 0, 5, 9), (5, 0, 4, 9), (0, 9, 5, 9)])
def test_boxes_without_an_area_are_left_out(box):
    found, reading = tracks()
    found.add(3, track="1", kind="car", frame=1, box=box)
    assert found.table().empty
    assert reading.done().left_out == ("line 3: boxes without an area",)


def test_a_score_that_is_none_is_unknown():
    found, reading = tracks()
    found.add(3, track="1", kind="car", frame=1, score=97.0)
    assert found.table()["score"].isna().all()
    assert "line 3: a score that is not between 0 and 1" in reading.done().repairs[0]


def test_what_overlapping_files_say_twice_is_taken_once():
    found, reading = tracks()
    for frame in (1, 2, 2, 3):
        found.add(1, track="1", kind="car", frame=frame, box=(0, 0, 1, 1))
    assert found.table()["frame"].tolist() == [1, 2, 3]
    assert reading.done().repairs == ("1 rows of tracks stand there twice and are taken once",)


def test_an_id_that_comes_again_after_a_gap_is_a_new_object(noon, rows):
    found, reading = tracks(reused_after_s=10)
    for track, second in [("7", 0), ("8", 0), ("7", 10), ("7", 21), ("7", 22), ("7", 40), ("8", 9)]:
        found.add(1, track=track, kind="car", at=noon + timedelta(seconds=second))
    assert found.table()["track"].tolist() == ["7", "8", "7", "7#2", "7#2", "7#3", "8"]
    assert reading.done().repairs == (
        "track ids 7 come again after more than 10 s: counted as new objects, written 7#2",
    )


def test_reused_ids_are_found_by_frames_where_times_run_otherwise(noon):
    found, _ = tracks(fps=10, reused_after_s=10)
    for frame in (0, 1):
        found.add(1, track="7", kind="car", frame=frame, at=noon + timedelta(seconds=90 * frame))
    for frame in (150, 151):
        found.add(1, track="7", kind="car", frame=frame, at=noon)
    assert found.table()["track"].tolist() == ["7", "7", "7#2", "7#2"]


def test_boxes_that_nobody_follows_are_never_split(noon):
    found, reading = tracks()
    for hour in range(3):
        found.add(1, track="", kind="car", at=noon + timedelta(hours=hour))
    assert found.table()["track"].tolist() == ["", "", ""]
    assert reading.done().repairs == ()
