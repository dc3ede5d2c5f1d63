"""How windows are sent to the shared model; that they get there is for the tests of the system."""

from types import SimpleNamespace

import numpy as np
import pytest

from hlaska.events import ModelRef
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from serving.audio.deployment import LARGEST_BYTES, Introduction, shared
from serving.audio.ears import BATCH
from serving.champion import Reply
from serving.system import RAY_CONFIG


class Model:
    """A handle that answers at once, and remembers how much came in each request."""

    def __init__(self, card, window_samples):
        known = Introduction(card, ModelRef(name="a", version="1"), window_samples, 0.04)
        self.bytes: list[int] = []
        self.model = SimpleNamespace(remote=lambda: _answer(known))
        self.score = SimpleNamespace(remote=self._score)

    def _score(self, windows, known):
        assert known.version == "1"
        self.bytes.append(windows.nbytes)
        loudest = np.abs(windows).max(axis=1).astype(np.float32)
        scores = np.broadcast_to(loudest[:, None, None], (len(windows), 50, 4))
        return _answer(Reply(scores, None))


def _answer(what):
    return SimpleNamespace(result=lambda timeout_s: what)


@pytest.mark.parametrize("seconds", [0.975, 2.0, 4.0, 10.0])
def test_no_request_is_so_large_that_ray_would_put_it_into_its_object_store(sound_card, seconds):
    model = Model(sound_card, round(seconds * RATE_HZ))
    windows = np.zeros((BATCH, round(seconds * RATE_HZ)), np.float32)
    windows[:, 0] = np.arange(BATCH) / BATCH
    scores = shared(model).score(windows)
    assert scores.shape == (BATCH, 50, len(SOUND_CLASSES))
    assert (np.diff(scores[:, 0, 0]) > 0).all()
    assert max(model.bytes) <= LARGEST_BYTES < RAY_CONFIG["max_direct_call_object_size"]
    assert sum(model.bytes) == windows.nbytes // 2
