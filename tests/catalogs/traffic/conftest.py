import numpy as np
import pytest

from catalogs import sites
from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance


@pytest.fixture(scope="session")
def pilsen():
    return sites.named("pilsen")


@pytest.fixture(scope="session")
def cast(pilsen):
    return Cast.of(pilsen)


@pytest.fixture
def chance():
    """`chance(seed, shifted=False)`."""
    return lambda seed=1, **kind: Chance(np.random.default_rng(seed), **kind)
