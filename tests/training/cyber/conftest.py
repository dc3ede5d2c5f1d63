import pytest

from training.cyber.days import made_day, network
from training.cyber.windows import rows_of


@pytest.fixture(scope="session")
def guarded():
    """The network whose days are made."""
    return network()


@pytest.fixture(scope="session")
def short_day():
    """Two hours with every variant of every attack."""
    return made_day("calibration", 0, seed=1, attacks=22, hours=2)


@pytest.fixture(scope="session")
def talks(short_day, guarded):
    return rows_of(short_day, guarded)[0]


@pytest.fixture(scope="session")
def hosts(short_day, guarded):
    return rows_of(short_day, guarded)[1]


@pytest.fixture(scope="session")
def quiet_hosts(guarded):
    """Minutes of hosts of two hours without an attack."""
    return rows_of(made_day("train", 0, seed=1, hours=2), guarded)[1]
