from datetime import UTC, datetime

import pytest

from hlaska.errors import ModelError
from hlaska.normality.usual import Mixture, Usual
from hlaska.settings import Settings
from serving.video.usual import known, load, path_of

UNIT = tuple(tuple(float(i == j) for j in range(4)) for i in range(4))
USUAL = Usual(
    site="testville",
    camera="gate",
    version="0123456789abcdef",
    made_at=datetime(2026, 5, 1, tzinfo=UTC),
    learnt_from="a made street",
    hours=1.0,
    mixture=Mixture(
        centre=(0.0,) * 4, scale=(1.0,) * 4, weights=(1.0,), means=((0.0,) * 4,),
        precisions_cholesky=(UNIT,),
    ),
    limit=9.0, west_m=0.0, south_m=0.0, cell_m=1.0, cells={}, most_people={},
)  # fmt: skip


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings.load(home=tmp_path)


def write(settings, text, camera="gate"):
    path = path_of(settings, "testville", camera)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_what_was_learnt_is_known(settings):
    write(settings, USUAL.model_dump_json())
    assert known(settings, "testville", "gate") == USUAL


def test_where_nobody_learnt_nothing_is_known(settings):
    assert known(settings, "testville", "gate") is None


@pytest.mark.parametrize("text", ["", "{}", '{"site": 1', "[1, 2]"])
def test_a_damaged_file_costs_the_rule_and_not_the_camera(settings, text, caplog):
    path = write(settings, text)
    assert known(settings, "testville", "gate") is None
    assert str(path) in caplog.text
    with pytest.raises(ModelError, match=r"gate\.json"):
        load(path)


def test_the_file_of_another_camera_is_not_taken(settings, caplog):
    write(settings, USUAL.model_dump_json(), camera="yard")
    assert known(settings, "testville", "yard") is None
    assert "is of gate" in caplog.text
