"""What an alias means is asked of a real registry in `test_champion`."""

import pytest

from hlaska.errors import RegistryError
from hlaska.settings import Settings
from serving.aliases import alias_of, version_of


@pytest.mark.parametrize(
    ("uri", "alias"),
    [
        ("models:/walkers@champion", ("walkers", "champion")),
        ("models:/walkers/3", None),
        ("seed:hog", None),
        ("best", None),
        ("models:/a/b@c", None),
    ],
)
def test_only_an_alias_can_move(uri, alias):
    assert alias_of(uri) == alias


def test_a_server_that_is_no_registry_is_an_absent_one(server, tmp_path):
    settings = Settings(home=tmp_path, mlflow_port=server.port)
    with pytest.raises(RegistryError, match="no MLflow server"):
        version_of("walkers", "champion", settings)
