import json

import pytest
import typer
from typer.testing import CliRunner

from catalogs import seeds
from hlaska.errors import ModelError
from training.commands import export, register
from training.runs import registry

# The first test may wait for the server, which a busy machine starts slowly.
pytestmark = pytest.mark.timeout(500)


@pytest.fixture
def run():
    app = typer.Typer()
    app.command("export")(export)
    app.command("register")(register)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("command", ["export", "register"])
def test_the_help_shows_how_it_is_used(command, run):
    told = run(command, "--help")
    assert told.exit_code == 0
    assert f"hlaska {command} " in told.stdout


def test_a_model_is_registered_under_the_name_on_its_card(
    run, tmp_path, mlflow_port, settings, monkeypatch
):
    monkeypatch.setenv("HLASKA_MLFLOW_PORT", str(mlflow_port))
    (tmp_path / "card.json").write_text(seeds.card("hog").model_dump_json())
    told = run("register", tmp_path, "--alias", "champion")
    assert told.exit_code == 0, told.output
    version = registry(settings).get_model_version_by_alias("hog", "champion").version
    assert f"models:/hog/{version}" in told.stdout
    assert "models:/hog@champion" in told.stdout


def test_a_wrong_card_comes_back_as_our_error(run, tmp_path):
    (tmp_path / "card.json").write_text(json.dumps({"name": "x"}))
    told = run("register", tmp_path)
    assert isinstance(told.exception, ModelError)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--imgsz", "100", "640"], id="no multiple of 32"),
        pytest.param(["--score", "2"], id="no probability"),
        pytest.param(["--format", "tflite"], id="another format"),
    ],
)
def test_wrong_options_are_wrong_usage(words, run, tmp_path):
    told = run("export", "some.pt", tmp_path / "out", *words)
    assert told.exit_code == 2


def test_weights_that_are_not_there_come_back_as_our_error(run, tmp_path):
    told = run("export", tmp_path / "missing.pt", tmp_path / "out")
    assert isinstance(told.exception, ModelError)
