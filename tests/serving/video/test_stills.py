from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from hlaska.rules.finding import Finding
from hlaska.tracks import Scene, Track
from serving.video.stills import MOST_SEEN, bare_still, boxes_in

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
INTRUSION = Finding("video.intrusion", NOW, NOW, 0.8, zone="yard", track_ids=(2,))


def track(number, box=(10.0, 20.0, 30.0, 60.0)):
    return Track(number, "person", box, 0.8, NOW)


@pytest.fixture
def image():
    return cv2.GaussianBlur(
        np.random.default_rng(1).integers(0, 256, (96, 128, 3), np.uint8), (0, 0), 5
    )


def test_the_picture_is_as_the_camera_gave_it(image):
    jpeg = bare_still(image, Scene(NOW, (track(1), track(2))), INTRUSION)
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(shown.astype(int) - image).max() < 12


def test_it_says_where_its_tracks_are_and_which_the_alarm_is_about(image):
    scene = Scene(NOW, (track(1), track(2, (50.04, 1, 70, 33))))
    seen = boxes_in(bare_still(image, scene, INTRUSION)).seen
    assert [(one.track, one.alarmed, one.box_px) for one in seen] == [
        (2, True, (50.0, 1, 70, 33)),
        (1, False, (10, 20, 30, 60)),
    ]


def test_of_a_crowd_those_that_the_alarm_is_about_are_never_lost(image):
    crowd = Scene(NOW, tuple(track(n) for n in range(2000, 0, -1)))
    seen = boxes_in(bare_still(image, crowd, INTRUSION)).seen
    assert len(seen) == MOST_SEEN
    assert seen[0].alarmed


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"not a picture", id="no picture"),
        pytest.param(b"\xff\xd8\xff\xfe\xff\xff{", id="a comment that is cut off"),
        pytest.param(b"\xff\xd8\xff\xfe\x00\x00", id="a comment without a length"),
        pytest.param(b"\xff\xd8\xff\xfe\x00\x07hello", id="another comment"),
    ],
)
def test_what_says_nothing_is_nothing(content):
    assert boxes_in(content) is None


def test_a_drawn_picture_says_nothing(image):
    assert boxes_in(cv2.imencode(".jpg", image)[1].tobytes()) is None
