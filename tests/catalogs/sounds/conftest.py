import numpy as np
import pytest

from catalogs import sites
from catalogs.sounds.scenes import PROGRAMMES, scene


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture(scope="session")
def pilsen():
    return sites.named("pilsen")


@pytest.fixture(scope="session", params=sorted(PROGRAMMES))
def made(request, pilsen):
    """A scene of each street; made once, as it takes seconds."""
    return scene(pilsen, request.param, seed=5)
