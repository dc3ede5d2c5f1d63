import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from hlaska.errors import ModelError
from hlaska.settings import Settings
from hlaska.sound.scores import SOUND_CLASSES
from serving.models import from_folder
from training.audio.train import QUICK, TrainArgs, train
from training.registry import register
from training.runs import registry
from training.train_commands import train as command

# The first test waits for the server, which a busy machine starts slowly.
pytestmark = pytest.mark.timeout(500)


def test_a_quick_run_ends_in_a_folder_that_can_be_registered(settings, tmp_path):
    said = []
    out = tmp_path / "new" / "model"
    card = train(QUICK, out, settings, say=said.append)
    assert from_folder(out).card == card
    assert card.made_by == "hlaska train audio --epochs 1 --soundscapes 32 --seed 1 --quick"
    assert set(card.operating_point) == set(SOUND_CLASSES)
    assert register(out, "quick-sounds", settings)

    client = registry(settings)
    (run,) = [
        one
        for one in client.search_runs([client.get_experiment_by_name("hlaska").experiment_id])
        if one.info.run_name == "train street-sounds"
    ]
    assert run.info.status == "FINISHED"
    assert run.data.params["soundscapes"] == str(QUICK.soundscapes)
    assert {"loss/train", "loss/val", "f1/scream", "operating_point/gunshot"} <= set(
        run.data.metrics
    )
    assert len(run.data.tags["data_sha256"]) == 64
    assert run.data.tags["recordings.train"] == "0"
    names = {one.path for one in client.list_artifacts(run.info.run_id)}
    assert {"model", "confusion.csv", "confusion.png", "false_alarms.json"} <= names
    assert any("operating points" in line for line in said)


def test_a_folder_that_is_there_is_refused_before_anything_is_made(tmp_path):
    nowhere = Settings(home=tmp_path / "home", mlflow_port=9)
    with pytest.raises(ModelError, match="exists already"):
        train(QUICK, tmp_path, nowhere, say=pytest.fail)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("epochs", 0, id="no epoch"),
        pytest.param("soundscapes", 3, id="too few soundscapes"),
        pytest.param("name", "My Model", id="a name no event carries"),
        pytest.param("seed", -1, id="a seed below zero"),
    ],
)
def test_wrong_arguments_are_wrong_usage(name, value, tmp_path):
    with pytest.raises(ValidationError):
        TrainArgs(**{name: value})
    words = ["audio", "--out", str(tmp_path / "out"), f"--{name}", str(value)]
    told = CliRunner().invoke(command, words)
    assert told.exit_code == 2
    assert name in told.output


def test_help_says_how_the_result_is_run():
    told = CliRunner().invoke(command, ["audio", "--help"])
    assert "hlaska register models/street-sounds street-sounds --alias champion" in told.output
