import math
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from catalogs import seeds
from hlaska.columns import EAST_M, FRAME, OBJECT_CLASS
from hlaska.errors import DataError, SourceError
from hlaska.tracks import Detections
from serving.video.scorer import DetectorScorer
from training.evaluation.crossings import crossings_of
from training.evaluation.observations import DETECTION_COLUMNS, Observations
from training.evaluation.video import Truth, frames_of, video_scores, watch

FRAMES = 30


class Bright:
    """A detector for generated scenes: whatever is bright is a person."""

    def __init__(self) -> None:
        self.card = seeds.card("hog")

    def detect(self, frames, regions):
        return [self._one(frame) for frame in frames]

    def _one(self, frame):
        rows, columns = np.nonzero(frame[..., 0] > 180)
        if not len(rows):
            return Detections.none()
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        return Detections(
            np.array([box], np.float32), np.array([0.9], np.float32), np.array(["person"])
        )


@pytest.fixture
def clip(tmp_path) -> Path:
    """Somebody bright walks from left to right, from frame 5 on."""
    path = tmp_path / "walk.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 200, 200, "yuv420p"
        stream.bit_rate = 2_000_000
        for number in range(FRAMES):
            image = np.full((200, 200, 3), 60, np.uint8)
            if number >= 5:
                left = 6 * (number - 5) + 1
                image[80:120, left : left + 20] = 230
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def observed(rows, camera, frames=10):
    """All that a system would say whose tracks these are, and whose detections are the same."""
    return Observations(
        frames=range(frames),
        tracks=rows,
        detections=rows[DETECTION_COLUMNS],
        crossings=crossings_of(rows, camera),
    )


def truth_of(rows, camera):
    return Truth(tracks=rows, crossings=crossings_of(rows, camera))


def over_the_line(walk, number=0, **more):
    return walk(number, [(x, 100) for x in range(60, 160, 10)], **more)


def test_the_truth_itself_is_perfect(walk, tracks, camera):
    rows = tracks(over_the_line(walk))
    scores = video_scores(observed(rows, camera), truth_of(rows, camera), camera)
    assert (scores.identities.hota, scores.identities.mota, scores.detections.f1) == (1, 1, 1)
    assert (scores.position_median_m, scores.position_p95_m, scores.positions) == (0, 0, 10)
    assert (scores.crossings.true, scores.crossings.found, scores.crossings.error) == (1, 1, 0)


def test_the_position_error_is_in_metres_of_the_matched_boxes_only(walk, tracks, camera):
    rows = tracks(over_the_line(walk))
    # 3 pixels beside the truth all along; and somebody who is not there, far away.
    seen = tracks(walk(0, [(x + 3, 100) for x in range(60, 160, 10)]), walk(1, [(20, 190)] * 10))
    scores = video_scores(observed(seen, camera), truth_of(rows, camera), camera)
    assert scores.positions == 10
    assert scores.position_median_m == pytest.approx(0.3)
    assert scores.position_p95_m == pytest.approx(0.3)


def test_without_positions_there_is_no_position_error(walk, tracks, camera):
    rows = tracks(over_the_line(walk))
    seen = observed(rows, camera)
    nowhere = replace(seen, tracks=rows.assign(**{EAST_M: np.nan}))
    scores = video_scores(nowhere, truth_of(rows, camera), camera)
    assert scores.positions == 0
    assert math.isnan(scores.position_median_m)


def test_vehicles_are_no_people_but_their_crossings_are_too_many(walk, tracks, camera):
    rows = tracks(over_the_line(walk))
    seen = tracks(over_the_line(walk), over_the_line(walk, 1, name="car", size=(22, 42)))
    scores = video_scores(observed(seen, camera), truth_of(rows, camera), camera)
    assert scores.identities.mota == 1
    assert scores.detections.precision == 1
    assert (scores.crossings.counted, scores.crossings.found) == (2, 1)


def test_only_the_asked_frames_count(walk, tracks, camera):
    rows = tracks(over_the_line(walk))
    seen = tracks(over_the_line(walk)[5:])
    late = video_scores(
        observed(seen, camera), truth_of(rows, camera), camera, frames=range(5, 1000)
    )
    assert late.frames == range(5, 10)
    assert late.identities.mota == 1


def test_frames_that_were_never_shown_cannot_be_judged(walk, tracks, camera):
    rows = tracks(over_the_line(walk))
    with pytest.raises(DataError, match="only 10 frames were shown"):
        video_scores(observed(rows, camera), truth_of(rows, camera), camera, frames=range(10, 20))


def test_every_frame_of_a_clip_comes_in_order(clip, camera):
    assert [frame.index for frame in frames_of(clip, camera)] == list(range(FRAMES))
    assert len(list(frames_of(clip, camera, limit=4))) == 4


def test_a_clip_that_is_not_there_is_named(camera, tmp_path):
    with pytest.raises(SourceError, match="no-such"):
        list(frames_of(tmp_path / "no-such.avi", camera))


def test_what_the_pipeline_makes_of_a_clip_becomes_tables(clip, camera):
    told = []
    seen = watch(clip, camera, DetectorScorer(Bright()), progress=told.append)
    assert told == list(range(1, FRAMES + 1))
    assert seen.frames == range(FRAMES)
    assert seen.detections[FRAME].tolist() == list(range(5, FRAMES))
    # A track begins with its second sight. It walks to the right, which is east here.
    assert seen.tracks[FRAME].tolist() == list(range(6, FRAMES))
    assert set(seen.tracks[OBJECT_CLASS]) == {"person"}
    assert seen.crossings[["line", "direction"]].to_numpy().tolist() == [["middle", "east"]]
    assert seen.crossings.equals(crossings_of(seen.tracks, camera))
    assert seen.tracks[EAST_M].is_monotonic_increasing
    # Before it came the picture stood still: the gate spared the detector most of that.
    assert 0.8 < seen.looked < 1
