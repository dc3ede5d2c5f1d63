"""The real clip's truth; and Ultralytics on it."""

import numpy as np
import pytest

from hlaska.errors import ModelError
from hlaska.ground import project
from hlaska.settings import Settings
from serving.models import resolve
from training.evaluation.pets import footage
from training.evaluation.ultralytics_track import UltralyticsTrack
from training.evaluation.video import position_errors_m, video_scores


@pytest.fixture
def scene():
    return footage(Settings.load())


@pytest.mark.network
def test_the_truth_is_19_people_in_795_frames_who_cross_all_lines(scene):
    truth = scene.truth
    assert len(truth.tracks) == 4650
    assert truth.tracks["track"].nunique() == 19
    assert truth.tracks["frame"].max() == 794
    by_line = truth.crossings.groupby(["line", "direction"]).size()
    assert len(by_line) == 6
    assert by_line.sum() == len(truth.crossings) >= 40


@pytest.mark.network
def test_the_camera_s_homography_places_true_feet_where_the_calibration_does(scene):
    truth = scene.truth.tracks
    feet = np.column_stack([(truth["left_px"] + truth["right_px"]) / 2, truth["bottom_px"]])
    seen = truth.copy()
    seen[["east_m", "north_m"]] = project(scene.camera.homography, feet)
    off_m = position_errors_m(truth, seen, range(795))
    assert len(off_m) == len(truth)
    # The homography's own error is all that is left: 0.07 m at the 95th percentile (site file),
    # and the position in the file is rounded to 0.1 m.
    assert np.percentile(off_m, 95) < 0.15


@pytest.mark.network
def test_model_track_is_watched_and_judged_like_all_others(scene):
    model = resolve("seed:yolo11n-int8", Settings.load())
    seen = UltralyticsTrack(model, Settings.load()).watch(scene.clip, scene.camera, limit=12)
    assert seen.frames == range(12)
    scores = video_scores(seen, scene.truth, scene.camera)
    assert scores.detections.f1 > 0.7
    assert scores.position_median_m < 0.5


def test_model_track_refuses_what_is_no_yolo_of_ultralytics(tmp_path):
    settings = Settings(home=tmp_path)
    with pytest.raises(ModelError, match=r"hog is regions in opencv.*seed:yolo11n-int8"):
        UltralyticsTrack(resolve("seed:hog", settings), settings)
