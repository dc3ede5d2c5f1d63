import pandas as pd

from training.comparison.facts import Absent, crossed, moved, nothing, turned
from training.evaluation.observations import CROSSING_COLUMNS, table


def test_a_tracks_past_tells_on_which_side_it_is(tracks, across, scene, camera):
    # It crosses in frame 9, and only frames from 8 on are judged.
    late = scene(first_frame=8).spans()
    found = moved(tracks(across(1, 0)), late, camera, ())
    assert found.tracks["frame"].min() == 8
    assert found.crossings["frame"].tolist() == [9, 21]


def test_classes_that_are_not_judged_are_not_there(tracks, across, spans, camera):
    rows = tracks(across(1, 0), across(2, 50, kind="car"))
    found = moved(rows, spans, camera, ("car",))
    assert set(found.tracks["object_class"]) == set(found.counts["object_class"]) == {"car"}


def test_crossings_that_do_not_say_whose_they_are_make_no_movements(spans):
    rows = table([(5, "middle", "east", "car", -1)], CROSSING_COLUMNS)
    assert isinstance(turned(rows, spans), Absent)


def test_a_movement_is_from_one_line_to_the_next_other_one(spans):
    rows = table(
        [
            (5, "middle", "east", "car", 1),
            (25, "right", "east", "car", 1),
            (125, "right", "west", "car", 1),
            (145, "middle", "west", "car", 1),
            (9, "middle", "east", "car", 2),
        ],
        CROSSING_COLUMNS,
    )
    found = turned(rows, spans)
    assert found[["line", "interval", "count"]].to_numpy().tolist() == [
        ["middle → right", 0, 1],
        ["right → middle", 1, 1],
    ]


def test_nobody_who_crosses_makes_an_empty_table(spans, camera):
    found = crossed(nothing("x"), table([], CROSSING_COLUMNS), spans, camera)
    assert found.counts.empty and found.movements.empty
    assert list(found.counts.columns) == ["line", "direction", "object_class", "interval", "count"]


def test_without_lines_nothing_is_counted(tracks, across, spans, camera):
    bare = camera.model_copy(update={"lines": ()})
    found = moved(tracks(across(1, 0)), spans, bare, ())
    assert all(isinstance(one, Absent) for one in (found.crossings, found.counts, found.movements))
    assert isinstance(found.tracks, pd.DataFrame)
    assert found.alerts.reason == "its tracks raise no alerts"
