import numpy as np
import pytest

from catalogs import seeds
from hlaska.errors import DataError
from hlaska.settings import Settings
from serving.models import from_folder
from training.registry import sound_units
from training.registry.measured import GateArgs

pytestmark = pytest.mark.timeout(600)

ARGS = GateArgs(scenes_each=1, quiet_hours=0.01)


def announce(_what, _total):
    return lambda _done: None


@pytest.fixture
def model():
    return from_folder(seeds.folder("street-sounds"))


def test_events_and_false_alarms_are_counted_by_scene(model, tmp_path, monkeypatch):
    monkeypatch.setattr(sound_units, "_STREETS", 2)
    found = sound_units.measured(model, None, Settings(home=tmp_path), ARGS, announce)
    main, guard = found.compared
    assert main.candidate.shape == main.champion.shape == (16, 3)
    # What was there is the same for both: found or missed.
    np.testing.assert_array_equal(
        main.candidate[:, [0, 2]].sum(axis=1), main.champion[:, [0, 2]].sum(axis=1)
    )
    assert main.asked == main.candidate[:, [0, 2]].sum() > 5
    assert main.candidate[:, 0].sum() > main.champion[:, 0].sum()
    assert guard.candidate[:, 1].sum() == pytest.approx(56 / 3600)
    assert found.work.champion is None
    assert found.work.candidate().shape == (1, 50, 4)


def test_recordings_without_labels_are_said(model, tmp_path, monkeypatch):
    monkeypatch.setattr(sound_units, "_STREETS", 1)
    (tmp_path / "mine").mkdir()
    with pytest.raises(DataError, match=r"labels\.csv"):
        sound_units.measured(
            model, model, Settings(home=tmp_path), ARGS, announce, str(tmp_path / "mine")
        )
