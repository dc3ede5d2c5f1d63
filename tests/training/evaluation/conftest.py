"""Hand-made tracks, small enough to work out on paper."""

import pytest

from hlaska.cameras import Camera
from training.evaluation.observations import TRACK_COLUMNS, table

METRES_PER_PX = 0.1


def _walk(track, points, *, first=0, name="person", score=0.9, size=(20, 40)):
    """Rows of one track: a box of that size whose foot is at each point in turn."""
    width, height = size
    return [
        (
            *(frame, track, name),
            *(x - width / 2, y - height, x + width / 2, y),
            *(score, x * METRES_PER_PX, -y * METRES_PER_PX),
        )
        for frame, (x, y) in enumerate(points, start=first)
    ]


@pytest.fixture
def walk():
    """`walk(track, points, first=0, name="person", score=0.9)`: its rows."""
    return _walk


@pytest.fixture
def tracks():
    """`tracks(*walks)`: their table."""
    return lambda *walks: table([row for rows in walks for row in rows], TRACK_COLUMNS)


@pytest.fixture
def camera():
    """It sees 10 cm in a pixel, and counts on a line from the top to the bottom, at x = 100."""
    return Camera.model_validate(
        {
            "id": "gate",
            "name": "Gate",
            "uri": "file:///nowhere.avi",
            "position": {"lon": 13.38, "lat": 49.75},
            "view": {"bearing_deg": 0, "angle_deg": 60, "range_m": 40},
            "size_px": [200, 200],
            "fps": 10,
            "homography": [[METRES_PER_PX, 0, 0], [0, -METRES_PER_PX, 0], [0, 0, 1]],
            "lines": [
                {
                    "id": "middle",
                    "name": "Middle",
                    "points": [[100, 0], [100, 200]],
                    "forward": "west",
                    "backward": "east",
                }
            ],
        }
    )
