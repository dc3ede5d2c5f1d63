"""A detector is run by serving's own code: here a scorer that was told what to see."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from hlaska.errors import DataError, ModelError
from hlaska.settings import Settings
from training.comparison import live
from training.comparison.facts import Absent
from training.comparison.run import Ours
from training.evaluation.observations import (
    CROSSING_COLUMNS,
    DETECTION_COLUMNS,
    TRACK_COLUMNS,
    Observations,
    table,
)


@pytest.fixture
def seen(across):
    """Observations of somebody who walks, and of a box that is not sure enough to count."""
    rows = [row[:-1] for row in across(1, 0)]
    boxes = [(row[0], *row[2:8]) for row in rows]
    faint = (3, "person", 0.0, 0.0, 20.0, 40.0, 0.1)
    return Observations(
        frames=range(400),
        tracks=table(rows, TRACK_COLUMNS),
        detections=table(boxes, DETECTION_COLUMNS),
        crossings=table([(9, "middle", "east", "person", 1)], CROSSING_COLUMNS),
        candidates=table([*boxes, faint], DETECTION_COLUMNS),
    )


@pytest.fixture
def run(monkeypatch, tmp_path, spans, camera, seen):
    """`run(ours)`: of a clip that nobody has to decode."""
    card = SimpleNamespace(name="yolo", version="3")
    monkeypatch.setattr(live, "resolve", lambda *_: SimpleNamespace(card=card))
    monkeypatch.setattr(live.DetectorScorer, "load", lambda *_, **__: None)
    asked = []
    monkeypatch.setattr(
        live,
        "watch",
        lambda _, camera, *__, **more: asked.append(more | {"fps": camera.fps}) or seen,
    )

    class Tracker:
        def __init__(self, *_):
            pass

        def watch(self, *_, **more):
            asked.append(more)
            return seen

    monkeypatch.setattr(live, "UltralyticsTrack", Tracker)

    def made(ours, clip=tmp_path / "clip.avi"):
        found = live.watched(
            Ours.model_validate(ours), clip, spans=spans, camera=camera, kinds=("person",),
            settings=Settings.load(),
        )  # fmt: skip
        return found, asked[-1]

    return made


def test_what_the_pipeline_counted_is_what_counts(run):
    found, asked = run({"detector": "seed:yolo"})
    assert found.facts.counts[["line", "count"]].to_numpy().tolist() == [["middle", 1]]
    assert (len(found.facts.detections), len(found.facts.candidates)) == (27, 28)
    assert np.isnan(found.facts.tracks["speed_mps"]).all()
    assert isinstance(found.facts.alerts, Absent)
    assert (found.model.name, found.model.version) == ("yolo", "3")
    assert found.faster > 0
    assert asked["limit"] == 400
    assert asked["gated"]


def clip_of(path, fps):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (64, 48))
    for _ in range(3):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    return path


def test_no_frame_is_left_out_where_the_scene_has_fewer_a_second_than_the_file(run, tmp_path):
    _, asked = run({"detector": "seed:yolo"}, clip=clip_of(tmp_path / "fast.avi", 25))
    assert asked["fps"] == 25


def test_a_clip_that_is_too_fast_to_be_looked_at_is_told(run, tmp_path):
    with pytest.raises(DataError, match="90 frames a second"):
        run({"detector": "seed:yolo"}, clip=clip_of(tmp_path / "fast.avi", 90))


def test_the_gate_can_be_taken_away(run):
    _, asked = run({"detector": "seed:yolo", "gated": False})
    assert not asked["gated"]


def test_the_same_detector_can_be_run_by_ultralytics(run):
    _, asked = run({"detector": "seed:yolo", "tracker": "ultralytics"})
    assert "gated" not in asked


def test_without_a_clip_nothing_is_run(run):
    with pytest.raises(DataError, match="add `clip:`"):
        run({"detector": "seed:yolo"}, clip=None)


def test_a_clip_that_is_over_before_the_scene_is_told(run, seen, monkeypatch):
    short = Observations(range(10), seen.tracks, seen.detections, seen.crossings)
    monkeypatch.setattr(live, "watch", lambda *_, **__: short)
    with pytest.raises(DataError, match="10 frames and the scene 400"):
        run({"detector": "seed:yolo"})


def test_classes_that_are_not_judged_are_left_out(spans, camera, seen):
    assert live.facts_of(seen, spans, camera, ("car",)).detections.empty
    assert len(live.facts_of(seen, spans, camera, ()).detections) == 27


def test_a_model_that_nobody_has_is_our_error(tmp_path, spans, camera):
    with pytest.raises(ModelError, match="nobody"):
        live.watched(
            Ours(detector="seed:nobody"), tmp_path / "clip.avi", spans=spans, camera=camera,
            kinds=(), settings=Settings.load(),
        )  # fmt: skip


@pytest.mark.network
@pytest.mark.timeout(300)
def test_a_real_detector_sees_people_on_the_real_clip(scene):
    from pathlib import Path

    from catalogs import datasets
    from training.comparison.boxes import box_figures
    from training.comparison.run import Truth
    from training.comparison.scene import camera_of
    from training.comparison.truth import read_truth

    settings = Settings.load()
    # The file says 10 frames a second; it was recorded at 7, and none of them is left out.
    street = scene(camera="square-east", frames=30, fps=7, size_px=None, lines=[], homography=None)
    found = live.watched(
        Ours(detector="seed:yolox-nano"), datasets.fetch("pets-view1", settings),
        spans=street.spans(), camera=camera_of(street, "pilsen"), kinds=(), settings=settings,
    )  # fmt: skip
    truth = read_truth(
        Truth(tracks="dataset:pets-view1-truth"), Path(), settings, street.spans(),
        camera_of(street, "pilsen"),
    )  # fmt: skip
    figures = box_figures(truth, found.facts, range(30), [range(30)])
    assert figures["f1"].value > 0.7
