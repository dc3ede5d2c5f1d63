import pytest
import typer
from typer.testing import CliRunner

from hlaska.errors import ModelError
from hlaska.settings import Settings
from serving.cyber.scorer import FlowScorer
from serving.models import from_folder
from training.cyber.train import ANOMALY_MODEL, ATTACK_MODEL, QUICK, train
from training.runs import registry
from training.train_commands import train as command

# The first test waits for the server, which a busy machine starts slowly.
pytestmark = pytest.mark.timeout(500)


def test_a_quick_run_ends_in_two_folders_that_serving_loads(settings, tmp_path):
    said = []
    out = tmp_path / "new" / "models"
    cards = train(QUICK, out, settings, say=said.append)
    assert [card.name for card in cards] == [ATTACK_MODEL, ANOMALY_MODEL]
    for card in cards:
        model = from_folder(out / card.name)
        assert model.card == card
        assert card.made_by == "hlaska train cyber --seed 1 --quick"
        assert FlowScorer.load(model).drift_limit > 0
        assert model.weights.stat().st_size < 2_000_000
    assert set(cards[0].operating_point) == set(cards[0].classes) - {"normal"}
    assert {path.name for path in out.iterdir()} == {ATTACK_MODEL, ANOMALY_MODEL}

    client = registry(settings)
    (run,) = [
        one
        for one in client.search_runs([client.get_experiment_by_name("hlaska").experiment_id])
        if one.info.run_name == "train cyber"
    ]
    assert run.info.status == "FINISHED"
    assert run.data.params["hours"] == str(QUICK.hours)
    assert {
        "calibration/pr_auc", "calibration/brier", "calibration/error", "operating_point/scan",
        "calibration/anomalies_per_hour",
    } <= set(run.data.metrics)  # fmt: skip
    assert len(run.data.tags["data_sha256"]) == 64
    names = {one.path for one in client.list_artifacts(run.info.run_id)}
    assert {ATTACK_MODEL, ANOMALY_MODEL} <= names
    assert any("false alarms an hour" in line for line in said)


def test_a_folder_that_is_there_is_refused_before_anything_is_made(tmp_path):
    nowhere = Settings(home=tmp_path / "home", mlflow_port=9)
    with pytest.raises(ModelError, match="exists already"):
        train(QUICK, tmp_path, nowhere, say=pytest.fail)
    assert not (tmp_path / "home").exists()


@pytest.fixture
def run():
    app = typer.Typer()
    app.add_typer(command, name="train")
    return lambda *words: CliRunner().invoke(app, ["train", "cyber", *words])


@pytest.mark.parametrize("words", [["--days", "0"], ["--seed", "-1"], ["--days", "many"]])
def test_wrong_arguments_are_wrong_usage(run, words):
    assert run(*words).exit_code == 2


def test_help_says_how_the_result_is_judged_and_run(run):
    told = " ".join(run("--help").output.split())
    assert "hlaska evaluate cyber" in told and "hlaska register" in told
