from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from hlaska.rules.finding import Finding
from hlaska.tracks import Frame, Scene, Track
from serving.video.draw import SKY, VERMILION, WHITE, Artist

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
EMPTY = Frame(index=0, captured_at=NOW, image=np.full((96, 128, 3), 60, np.uint8))


def walker(**changes) -> Track:
    fields = {"id": 3, "object_class": "person", "box_px": (30, 20, 50, 70), "score": 0.9}
    return Track(**(fields | {"started_at": NOW} | changes))


def colours(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).reshape(-1, 3).astype(int)


def has(jpeg: bytes, colour) -> bool:
    return bool((np.abs(colours(jpeg) - colour).max(axis=1) < 40).any())


@pytest.fixture
def artist(site):
    return Artist(site.cameras[0])


def test_a_track_has_a_box_and_what_the_finding_is_about_stands_out(artist):
    scene = Scene(NOW, (walker(),))
    finding = Finding("video.running", NOW, NOW, 0.9, track_ids=(3,))
    assert has(artist.picture(EMPTY, scene), SKY)
    assert not has(artist.picture(EMPTY, scene), VERMILION)
    assert has(artist.picture(EMPTY, scene, finding), VERMILION)


def test_counting_lines_are_drawn(artist):
    assert has(artist.picture(EMPTY, Scene(NOW)), WHITE)


def test_the_frame_itself_is_left_as_it_came(artist):
    artist.picture(EMPTY, Scene(NOW, (walker(),)))
    assert (EMPTY.image == 60).all()


def test_a_tail_follows_a_track_and_is_forgotten_with_it(artist):
    for step in range(20):
        left = 5.0 + 4 * step
        artist.see(Scene(NOW, (walker(box_px=(left, 20, left + 20, 70)),)))
    with_tail = artist.picture(EMPTY, Scene(NOW))
    still = artist.picture(EMPTY, Scene(NOW, (walker(box_px=(81, 20, 101, 70)),)))
    artist.see(Scene(NOW))
    gone = artist.picture(EMPTY, Scene(NOW, (walker(box_px=(81, 20, 101, 70)),)))
    assert with_tail != still != gone


@pytest.mark.parametrize("box", [(-40, -40, 500, 500), (120, 0, 128, 4), (0.4, 90.6, 3.3, 95.9)])
def test_boxes_over_the_edge_of_the_picture_are_no_trouble(artist, box):
    assert artist.picture(EMPTY, Scene(NOW, (walker(box_px=box),))).startswith(b"\xff\xd8")
