import pytest
import typer
from typer.testing import CliRunner

from hlaska.errors import ModelError
from training.registry.standing import standing
from training.registry_commands import gate, promote, rollback, shadow
from training.runs import registry

# The first test may wait for the server, which a busy machine starts slowly.
pytestmark = pytest.mark.timeout(500)
COMMANDS = {"gate": gate, "promote": promote, "rollback": rollback, "shadow": shadow}


@pytest.fixture
def run():
    app = typer.Typer()
    for name, command in COMMANDS.items():
        app.command(name)(command)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def client(settings, monkeypatch):
    monkeypatch.setenv("HLASKA_MLFLOW_PORT", str(settings.mlflow_port))
    client = registry(settings)
    run = client.create_run("0").info.run_id
    client.create_registered_model("commanded")
    for _ in range(2):
        client.create_model_version("commanded", source=f"runs:/{run}/model", run_id=run)
    client.set_registered_model_alias("commanded", "champion", "1")
    client.set_registered_model_alias("commanded", "challenger", "2")
    yield client
    client.delete_registered_model("commanded")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_help_shows_how_it_is_used(command, run):
    told = run(command, "--help")
    assert told.exit_code == 0
    assert f"hlaska {command} " in told.stdout


def test_a_version_is_shadowed_promoted_and_taken_back(run, client):
    assert "models:/commanded/2 watches" in run("shadow", "commanded").stdout
    assert "nobody watches" in run("shadow", "commanded", "--off").stdout
    refused = run("promote", "commanded", "--why", "better")
    assert isinstance(refused.exception, ModelError)
    assert "never tried" in str(refused.exception)
    told = run("promote", "commanded", "--why", "better", "--force", "--by", "ann")
    assert told.exit_code == 0, told.output
    assert "is version 2, was version 1; previous: version 1" in told.stdout
    told = run("rollback", "commanded", "--why", "worse", "--by", "ann")
    assert "is version 1, was version 2; previous: nothing to go back to" in told.stdout
    assert standing(client, "commanded").champion == "1"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["promote", "x"], id="no reason for a promotion"),
        pytest.param(["rollback", "x"], id="no reason for a rollback"),
        pytest.param(["shadow", "x", "--off", "--version", "2"], id="off, and a version"),
        pytest.param(["gate", "x", "--clip", "missing.mp4"], id="no such clip"),
        pytest.param(["gate", "x", "--margin", "2"], id="a margin over everything"),
    ],
)
def test_wrong_options_are_wrong_usage(words, run):
    assert run(*words).exit_code == 2


def test_registration_through_the_command_takes_no_place_past_the_gate(run, client, tmp_path):
    from catalogs import seeds
    from training.commands import register

    (tmp_path / "card.json").write_text(seeds.card("hog").model_dump_json())
    app = typer.Typer()
    app.command("register")(register)
    words = ["register", str(tmp_path), "commanded", "--alias", "champion"]
    told = CliRunner().invoke(app, words[1:])
    assert isinstance(told.exception, ModelError)
    assert standing(client, "commanded").champion == "1"
