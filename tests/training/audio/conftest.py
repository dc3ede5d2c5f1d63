"""Small things to train on: a stock without recordings, a corpus of a few soundscapes."""

import numpy as np
import pytest

from hlaska.settings import Settings
from training.audio.corpus import corpus
from training.audio.material import gather
from training.audio.network import SoundNet
from training.audio.task import SoundEventDetection


@pytest.fixture(scope="session")
def stock():
    return gather(np.random.default_rng(5), split="train", recordings=(), responses=3)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    return Settings(home=tmp_path_factory.mktemp("sounds"), data=None)


@pytest.fixture(scope="session")
def learnt(home):
    return corpus("train", size=24, seed=3, settings=home, recorded=(), responses=3)


@pytest.fixture(scope="session")
def chosen_by(home):
    return corpus("calibration", size=24, seed=3, settings=home, recorded=(), responses=3)


@pytest.fixture
def network(learnt, chosen_by):
    """An untrained one, ready to be asked."""
    net = SoundNet(task=SoundEventDetection(learnt, chosen_by))
    net.setup("validate")
    return net.eval()
