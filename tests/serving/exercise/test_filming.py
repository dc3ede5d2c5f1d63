import os

import pytest

from catalogs.exercise.cues import FilmCue
from hlaska.errors import DataError
from hlaska.settings import Settings
from serving.exercise.filming import Projector

CUE = FilmCue(1000.0, "lawn", "square-east", 36.0, 60.0)


def test_a_clip_that_is_not_here_is_told_with_what_fetches_it(pilsen, day):
    projector = Projector(pilsen, day.begins, Settings.load())
    with pytest.raises(DataError, match="hlaska data get pets-view1"):
        projector.show(CUE)


def test_a_camera_without_a_recording_is_told(pilsen, day):
    projector = Projector(pilsen, day.begins, Settings.load())
    with pytest.raises(DataError, match="stadium-gate plays rtsp"):
        projector.show(FilmCue(0.0, "x", "stadium-gate", 0.0, 1.0))


@pytest.mark.network
def test_people_on_the_lawn_are_found_in_the_real_clip(pilsen, day):
    settings = Settings.load(data=os.environ["HLASKA_DATA"])
    items = Projector(pilsen, day.begins, settings).show(CUE)
    intrusions = [item for item in items if item.event.kind == "video.intrusion"]
    assert intrusions
    for item in intrusions:
        at_s = (item.event.observed_at - day.begins).total_seconds()
        assert 1000.0 <= at_s <= 1024.0
        assert item.event.zone == "square-closed"
        assert item.event.attributes["exercise"] == "scored"
