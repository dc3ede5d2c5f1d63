import numpy as np
import pytest

from hlaska.errors import DataError
from hlaska.settings import Settings
from training.comparison.facts import Absent
from training.comparison.run import Truth
from training.comparison.truth import read_truth


@pytest.fixture
def read(tmp_path, spans, camera):
    def made(truth, **texts):
        for name, text in texts.items():
            (tmp_path / name.replace("_", ".")).write_text(text)
        return read_truth(Truth(**truth), tmp_path, Settings.load(), spans, camera)

    return made


def test_boxes_make_crossings_counts_and_movements(read, mot, across):
    found = read({"tracks": "t.txt"}, t_txt=mot(across(1, 0) + across(2, 150)))
    assert (
        found.crossings[["line", "direction"]].to_numpy().tolist()
        == [
            ["middle", "east"],
            ["right", "east"],
        ]
        * 2
    )
    assert found.counts["interval"].tolist() == [0, 1, 0, 1]
    assert found.movements["line"].tolist() == ["middle → right"] * 2
    assert isinstance(found.alerts, Absent)


def test_metres_come_from_the_homography_unless_the_truth_has_its_own(read, mot, across):
    found = read({"tracks": "t.txt"}, t_txt=mot(across(1, 0)))
    assert found.tracks["east_m"].iloc[0] == pytest.approx(6.0)
    text = "frame,track,kind,x0,y0,x1,y1,x_m,y_m,speed_ms\n0,1,car,10,10,30,50,7.5,1,3\n"
    own = read({"tracks": "t.csv"}, t_csv=text).tracks.iloc[0]
    assert (own["east_m"], own["speed_mps"], own["object_class"]) == (7.5, 3, "car")


def test_the_eighth_field_names_classes_and_others_are_left_out(read):
    text = "1,1,10,10,20,40,1,1,1\n1,2,50,10,20,40,1,3,1\n1,3,90,10,20,40,1,7,1\n"
    found = read({"tracks": "t.txt", "classes": {"1": "person", "3": "car"}}, t_txt=text)
    assert found.tracks["object_class"].tolist() == ["person", "car"]


def test_boxes_with_a_flag_of_0_are_not_judged(read):
    text = "1,1,10,10,20,40,1,-1\n1,2,50,10,20,40,0,-1\n"
    assert read({"tracks": "t.txt"}, t_txt=text).tracks["track"].tolist() == [1]


def test_written_crossings_go_before_those_of_the_tracks(read, mot, across):
    text = "at,line,direction,kind\n2026-05-01T14:00:15+02:00,middle,west,car\n"
    found = read({"tracks": "t.txt", "crossings": "c.csv"}, t_txt=mot(across(1, 0)), c_csv=text)
    assert found.crossings["frame"].tolist() == [150]
    assert found.counts[["object_class", "interval"]].to_numpy().tolist() == [["car", 1]]
    assert isinstance(found.movements, Absent)


def test_crossings_that_say_whose_they_are_make_movements(read):
    text = "frame,line,direction,kind,track\n5,middle,east,car,1\n9,right,east,car,1\n"
    found = read({"crossings": "c.csv"}, c_csv=text)
    assert found.movements["line"].tolist() == ["middle → right"]


BOXES = "frame,track,kind,x0,y0,x1,y1\n"
CROSSINGS = "frame,line,direction,kind\n"
COUNTS = "line,direction,kind,starts_at,ends_at,count,to_line\n"


def test_counts_are_read_with_turning_movements_and_short_intervals_add_up(read):
    text = COUNTS + (
        "middle,east,car,2026-05-01T12:00:00Z,2026-05-01T12:00:05Z,3,\n"
        "middle,east,car,2026-05-01T12:00:05Z,2026-05-01T12:00:10Z,4,\n"
        "middle,,car,2026-05-01T12:00:10Z,2026-05-01T12:00:20Z,2,right\n"
        "middle,east,car,2026-05-02T12:00:00Z,2026-05-02T12:00:10Z,9,\n"
    )
    found = read({"counts": "c.csv"}, c_csv=text)
    assert found.counts[["interval", "count"]].to_numpy().tolist() == [[0, 7]]
    assert found.movements[["line", "interval", "count"]].to_numpy().tolist() == [
        ["middle → right", 1, 2]
    ]
    assert isinstance(found.tracks, Absent)


def test_alerts_of_the_judged_time_are_read_in_their_order(read):
    text = (
        "at,ended_at,camera,kind\n2026-05-01T12:00:20Z,,gate,intrusion\n"
        "2026-05-01T12:00:10Z,2026-05-01T12:00:12Z,,intrusion\n"
        "2026-05-01T13:00:00Z,,,intrusion\n"
    )
    found = read({"alerts": "a.csv"}, a_csv=text).alerts
    assert found["at"].dt.second.tolist() == [10, 20]
    assert found["source"].tolist() == ["", "gate"]
    assert found["ended_at"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("truth", "texts", "words"),
    [
        pytest.param({"tracks": "t.txt"}, {"t_txt": "1,1,0,0,20,40,1\n1,1,9,9,20,40,1\n"},
                     "object 1 is in frame 0 twice", id="an object twice"),
        pytest.param({"tracks": "t.txt", "classes": {"1": "car"}}, {"t_txt": "1,1,0,0,20,40,1\n"},
                     "line 1: no eighth field", id="no classes"),
        pytest.param({"tracks": "t.csv"}, {"t_csv": BOXES + "0,1,a,9,0,9,1\n"},
                     "line 2: no box", id="no box"),
        pytest.param({"crossings": "c.csv"}, {"c_csv": CROSSINGS + "1,gat,east,car\n"},
                     "line 2: no line 'gat'", id="another line"),
        pytest.param({"crossings": "c.csv"}, {"c_csv": CROSSINGS + "1,middle,up,car\n"},
                     "no direction 'up'", id="another direction"),
        pytest.param({"crossings": "c.csv"},
                     {"c_csv": "frame,at,line,direction,kind\n,,middle,east,car\n"},
                     "neither frame nor at", id="no time"),
        pytest.param({"counts": "c.csv"},
                     {"c_csv": COUNTS + "middle,east,car,2026-05-01T12:00Z,2026-05-01T12:01Z,3,\n"},
                     "not inside one interval of 10 s", id="a longer interval"),
        pytest.param({"alerts": "a.csv"},
                     {"a_csv": "at,ended_at,kind\n2026-05-01T12:00Z,2026-05-01T11:00Z,x\n"},
                     "ended before it began", id="backwards"),
        pytest.param({"tracks": "t.txt"}, {"t_txt": "9001,1,0,0,20,40,1\n"},
                     "nothing of the truth lies between", id="another day"),
    ],
)  # fmt: skip
def test_a_truth_that_cannot_be_is_refused(read, truth, texts, words):
    with pytest.raises(DataError, match=words):
        read(truth, **texts)


def test_a_scene_without_lines_has_no_crossings(tmp_path, scene, mot, across):
    from training.comparison.scene import camera_of

    bare = scene(lines=[])
    (tmp_path / "t.txt").write_text(mot(across(1, 0)))
    found = read_truth(
        Truth(tracks="t.txt"), tmp_path, Settings.load(), bare.spans(), camera_of(bare, None)
    )
    assert isinstance(found.counts, Absent)
    assert "add `lines:`" in found.counts.reason
    assert np.isfinite(found.tracks["east_m"]).all()
