import pytest

from catalogs import sites
from catalogs.exercise.script import SEEDS, script


@pytest.fixture(scope="session")
def pilsen():
    return sites.named("pilsen")


@pytest.fixture(scope="session")
def days(pilsen):
    return {seed: script(pilsen, seed) for seed in SEEDS}
