from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from hlaska.errors import ModelError
from hlaska.tracks import Detections, Frame
from serving.video.pipeline import LOOK_AGAIN, Pipeline

START = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def camera(site):
    return site.cameras[0]


def frame(number: int, image: np.ndarray | None = None) -> Frame:
    if image is None:
        image = np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8)
    return Frame(index=number, captured_at=START + timedelta(seconds=number / 10), image=image)


def person_at(x: float, object_class: str = "person") -> Detections:
    return Detections(
        np.array([[x - 5, 20, x + 5, 50]], np.float32),
        np.array([0.9], np.float32),
        np.array([object_class]),
    )


def test_a_person_who_walks_over_the_line_is_counted_with_a_place_on_the_ground(camera, card):
    pipeline = Pipeline(camera, card, fps=10, gated=False)
    found, scenes = [], []
    for number in range(40):
        outcome = pipeline.process(frame(number), lambda *_, x=30 + 2 * number: person_at(x))
        found += outcome.findings
        scenes.append(outcome.scene)
    (crossing,) = [finding for finding in found if finding.kind == "mobility.count"]
    assert (crossing.line, crossing.attributes["count"]) == ("middle", 1)
    (track,) = scenes[-1].tracks
    # The homography of the test site: east = 0.1 x, north = 10 - 0.1 y.
    assert track.ground_m == pytest.approx((0.1 * 108, 10 - 0.1 * 50))


def test_an_unchanged_picture_is_spared_the_detector_but_looked_at_once_a_second(camera, card):
    looks = []
    pipeline = Pipeline(camera, card, fps=10)

    def detect(image, regions_px):
        looks.append(1)
        return person_at(30)

    outcomes = [pipeline.process(frame(number), detect) for number in range(40)]
    assert len(looks) == sum(outcome.detected for outcome in outcomes)
    rest = outcomes[-20:]
    assert sum(outcome.detected for outcome in rest) == 2 / LOOK_AGAIN.total_seconds()
    # Who stands still is still there.
    assert all(len(outcome.scene.tracks) == 1 for outcome in rest)


def test_what_moves_is_shown_to_the_detector(camera, card):
    pipeline = Pipeline(camera, card, fps=10)
    seen = []

    def detect(image, regions_px):
        seen.append(regions_px)
        return Detections.none()

    for number in range(20):
        image = np.full((96, 128, 3), 90, np.uint8)
        if number >= 15:
            image[40:60, 4 * number - 30 : 4 * number] = 220
        pipeline.process(frame(number, image), detect)
    # Its leading half: where it was a moment ago may already count as ground.
    lefts, tops, rights, bottoms = seen[-1].T
    assert ((lefts <= 62) & (tops <= 45) & (rights >= 74) & (bottoms >= 55)).any()


def test_a_class_that_the_camera_does_not_look_for_is_left_out(camera, card):
    people_only = camera.model_copy(update={"object_classes": ("person",)})
    pipeline = Pipeline(people_only, card, fps=10, gated=False)
    outcome = pipeline.process(frame(0), lambda *_: person_at(30, "car"))
    assert len(outcome.detections) == 0


def test_a_detector_that_fails_leaves_no_trace_in_the_tracks(camera, card):
    pipeline = Pipeline(camera, card, fps=10, gated=False)

    def broken(image, regions_px):
        raise ModelError("gone")

    for number in range(5):
        pipeline.process(frame(number), lambda *_: person_at(30))
    with pytest.raises(ModelError):
        pipeline.process(frame(5), broken)
    (track,) = pipeline.process(frame(6), lambda *_: person_at(30)).scene.tracks
    assert track.id == 0


def test_trouble_with_the_picture_is_told_even_if_the_detector_failed_when_it_began(camera, card):
    pipeline = Pipeline(camera, card, fps=10, gated=False)
    rng = np.random.default_rng(1)
    usual = rng.integers(0, 255, (96, 128, 3), np.uint8)

    def busy(image, regions_px):
        raise ModelError("busy")

    for number in range(100):
        noisy = np.clip(usual + rng.normal(0, 3, usual.shape), 0, 255).astype(np.uint8)
        pipeline.process(frame(number, noisy), lambda *_: Detections.none())
    for number in range(100, 200):
        black = rng.integers(0, 3, (96, 128, 3), np.uint8)
        with pytest.raises(ModelError):
            pipeline.process(frame(number, black), busy)
    found = pipeline.process(frame(200), lambda *_: Detections.none()).findings
    assert "video.tampering" in [finding.kind for finding in found]
