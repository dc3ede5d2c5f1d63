"""How streams ask the detector; that it works across processes is for the tests of the system."""

from types import SimpleNamespace

import numpy as np
import pytest

from catalogs import seeds
from hlaska.events import ModelRef
from hlaska.settings import Settings
from hlaska.tracks import Detections
from serving.champion import Reply
from serving.video.deployment import DetectorArgs, inside, served, shared

FIRST, SECOND = (ModelRef(name="walkers", version=version) for version in "12")
IMAGE = np.zeros((64, 64, 3), np.uint8)
REGIONS = np.empty((0, 4), np.float32)


class Replicas:
    """A handle of two replicas that answer by turns; the second has switched already."""

    def __init__(self) -> None:
        self.cards = dict.fromkeys((FIRST, SECOND), seeds.card("hog"))
        self.turn = 0
        self.model = SimpleNamespace(remote=lambda: _answer((self.cards[FIRST], FIRST)))
        self.detect = SimpleNamespace(remote=self._detect)

    def _detect(self, image, regions_px, known):
        ref = (FIRST, SECOND)[self.turn % 2]
        self.turn += 1
        model = None if ref == known else (self.cards[ref], ref)
        return _answer(Reply(Detections.none(), model, f"said by {ref.version}"))


def _answer(what):
    return SimpleNamespace(result=lambda timeout_s: what)


def test_each_answer_says_which_version_made_it_even_while_replicas_differ():
    handle = Replicas()
    one, other = shared(handle), shared(handle)
    said = []
    for _ in range(4):
        for stream in (one, other):
            assert len(stream.detect(IMAGE, REGIONS)) == 0
            said.append((stream.ref.version, stream.note))
    assert said == [("1", "said by 1"), ("2", "said by 2")] * 4


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HLASKA_HOME", str(tmp_path / "home"))
    return Settings.load()


def test_streams_of_one_process_share_the_model_but_not_what_they_know_of_it(home):
    service = served(DetectorArgs(model="seed:hog"))
    one, other = inside(service), inside(service)
    one.ref = ModelRef(name="hog", version="0")
    one.detect(IMAGE, REGIONS)
    assert one.ref == other.ref == service.now.model.ref
    assert one is not other
