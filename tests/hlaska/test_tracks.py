from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hlaska.tracks import Detections, StreamState, StreamStatus, Track

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
numbers = st.floats(0, 1000)


def test_no_detections_are_empty_and_shaped_as_any_others():
    none = Detections.none()
    assert len(none) == 0
    assert none.boxes_px.shape == (0, 4)
    assert none.scores.shape == none.classes.shape == (0,)


@given(numbers, numbers, numbers, numbers)
def test_an_object_stands_in_the_middle_of_its_boxs_lower_edge(left, top, width, height):
    box = (left, top, left + width, top + height)
    track = Track(1, "person", box, 0.9, NOON)
    assert track.foot_px == (pytest.approx(left + width / 2), top + height)
    assert track.height_px == pytest.approx(height, abs=1e-9)


def test_a_status_survives_the_wire():
    status = StreamStatus(
        site="town", source="east", state=StreamState.STALLED, epoch=NOON, at=NOON, dropped=3
    )
    assert StreamStatus.model_validate_json(status.model_dump_json()) == status


@pytest.mark.parametrize("change", [{"state": "asleep"}, {"dropped": -1}, {"fps_in": -0.1}])
def test_a_status_refuses(change):
    with pytest.raises(ValidationError):
        StreamStatus.model_validate(
            {"site": "t", "source": "e", "state": "healthy", "epoch": NOON, "at": NOON} | change
        )
