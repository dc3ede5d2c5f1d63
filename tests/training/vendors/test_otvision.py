import bz2
import json
import os
from pathlib import Path

import numpy as np
import pytest

from hlaska.errors import DataError
from training.vendors import read_export
from training.vendors.mapping import Mapping
from training.vendors.otvision import sections

BOX = {"class": "car", "confidence": 0.5, "x": 50, "y": 40, "w": 20, "h": 10}
TRACKED = BOX | {"frame": 1, "occurrence": 1777636800.0, "track-id": 4}


def file(detections, version="1.2", **detection):
    return {
        "metadata": {
            "otdet_version": version,
            "video": {"width": 800, "height": 600, "recorded_fps": 20.0},
            "detection": detection,
        },
        "data": {"detections": detections} if isinstance(detections, list) else detections,
    }


def packed(content):
    return bz2.compress(json.dumps(content).encode())


SIDES = ["x0", "y0", "x1", "y1"]


@pytest.mark.parametrize(
    ("version", "box"),
    [("1.0", [40, 35, 60, 45]), ("1.1", [50, 40, 70, 50]), ("1.10", [50, 40, 70, 50])],
)
def test_up_to_version_1_0_a_box_is_given_by_its_middle(version, box, export):
    read = export("otvision", packed(file([TRACKED], version)))
    assert read.tracks[SIDES].to_numpy().tolist() == [box]


def test_a_track_is_read_with_its_frame_from_zero(export, rows):
    read = export("otvision", packed(file([TRACKED])))
    assert rows(read.tracks, "frame", "at", "track", "kind", "score") == [
        (0, "12:00:00", "4", "car", 0.5)
    ]


@pytest.mark.parametrize(
    "occurrence", ["2026-05-01 12:00:00.000000", "1777636800.0", 1777636800], ids=str
)
def test_times_are_texts_in_utc_or_seconds(occurrence, export, rows):
    read = export("otvision", packed(file([TRACKED | {"occurrence": occurrence}])))
    assert rows(read.tracks, "at") == [("12:00:00",)]


def test_boxes_given_as_shares_are_of_the_size_that_the_file_tells(export):
    shares = TRACKED | {"x": 0.5, "y": 0.5, "w": 0.25, "h": 0.1}
    read = export("otvision", packed(file([shares], normalized_bbox=True)))
    assert read.tracks[SIDES].to_numpy().tolist() == [[400, 300, 600, 360]]


def test_detections_are_boxes_that_nobody_follows(export, rows):
    frames = {"1": {"detections": [BOX, BOX | {"x": 90}], "occurrence": 1777636800.0},
              "3": {"detections": [BOX], "occurrence": 1777636900.0}}  # fmt: skip
    read = export("otvision", packed(file(frames)))
    assert rows(read.tracks, "frame", "track") == [(0, ""), (0, ""), (2, "")]
    assert read.repairs == ("its times span 100 s and its frames 0.1 s: the frames count",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed(file([TRACKED]))[:-9], r"export\.csv: the bz2 is cut off.*export it again"),
        (b'{"metadata": {"video": {}}, "data"', r"line 1: column \d+: ends in the middle"),
        (packed({"sections": [], "flows": []}), r"no observations; give the \.ottrk"),
        (packed({"1": {"x_px": 14}}), r"metadata: nothing, where an object is wanted"),
        (packed(file([BOX])), r"data\.detections\[0\]\.frame: nothing"),
        (packed(file([TRACKED | {"x": 1e300}])), r"data\.detections\[0\]\.x: 1e\+300, where a num"),
        (packed(file([TRACKED | {"w": None}])), r"data\.detections\[0\]\.w: nothing"),
        (packed(file([TRACKED | {"frame": 0}])), r"detections\[0\]: frame 0, where 1 is the first"),
        (packed(file({"x": {"detections": []}})), r"data\.x: 'x' is no number of a frame"),
        (packed(file([TRACKED | {"occurrence": 1777636800000}])), r"no time between 1980 and 2100"),
        (packed(file([TRACKED], "latest")), r"otdet_version: 'latest' is no version"),
        (packed(file([TRACKED | {"class": "tram"}])), r'\[0\]: (?s:.*)\n    "tram": ignore'),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(content, message, export):
    with pytest.raises(DataError, match=message):
        export("otvision", content)


def theirs(name):
    folder = Path(os.environ["HLASKA_DATA"]) / "vendor"
    found = sorted(folder.glob(f"*/{name}"))
    assert found
    return found


CLASSES = {
    "backpack": "ignore",
    "bicyclist": "bicycle",
    "delivery_van": "car",
    "motorcyclist": "motorcycle",
    "pedestrian": "person",
    "private_van": "car",
}


def read(path):
    return read_export(
        path, Mapping(system="OTVision", format="otvision", path=path.name, classes=CLASSES)
    )


@pytest.mark.network
def test_their_own_tracks_are_read():
    for path in theirs("*.ottrk"):
        tracks = read(path).tracks
        assert len(tracks) > 2 and (tracks["track"] != "").all()
        assert tracks["frame"].between(0, 59).all()
        assert tracks["score"].between(0, 1).all()
        assert (tracks[["x0", "y0"]] > -1).all(axis=None)
        assert (tracks["x1"] < 801).all() and (tracks["y1"] < 601).all()
        # 20 frames a second, from 2020 on.
        seconds = (tracks["at"] - tracks["at"].iloc[0]).dt.total_seconds()
        assert np.allclose(seconds, tracks["frame"] / 20)


@pytest.mark.network
def test_boxes_of_two_versions_of_one_clip_lie_on_each_other():
    old, new = (
        read(path).tracks.query("frame == 0 and kind == 'car'")[SIDES].to_numpy()
        for path in (
            theirs("../otvision/Testvideo_Cars-Cyclist*.ottrk")[0],
            theirs("../otanalytics/Testvideo_Cars-Cyclist*.ottrk")[0],
        )
    )
    apart = np.abs(old[:, None] - new[None]).max(axis=2).min(axis=1)
    assert apart.min() < 5


@pytest.mark.network
def test_their_own_detections_are_read():
    found = [read(path) for path in theirs("*.otdet")]
    assert sorted(len(one.tracks) for one in found) == [372, 427]
    assert any("its times span 885 s" in "".join(one.repairs) for one in found)


@pytest.mark.network
def test_their_own_sections_are_read_as_lines():
    mapping = Mapping(system="OTVision", format="otvision", path="x")
    [path] = theirs("Testvideo*.otflow")
    found = sections(path, mapping)
    assert [section.name for section in found] == ["Süd", "West", "Nord", "Ost"]
    assert found[0].points_px[0] == (43, 184)
    with pytest.raises(DataError, match=r"sections and flows"):
        read_export(path, mapping)
