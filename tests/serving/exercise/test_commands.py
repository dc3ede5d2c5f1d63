import json

import pytest
from typer.testing import CliRunner

from hlaska.errors import GatewayError
from serving.exercise.commands import exercise


def invoked(*words):
    return CliRunner(env={"COLUMNS": "200"}).invoke(exercise, words)


def test_both_commands_explain_themselves_with_examples():
    for command in ("run", "score"):
        said = invoked(command, "--help")
        assert said.exit_code == 0
        assert f"hlaska exercise {command}" in said.output


def test_without_a_gateway_it_says_so_before_anything_is_worked_out():
    answer = invoked("run", "--gateway", "http://127.0.0.1:9")
    assert isinstance(answer.exception, GatewayError)
    assert "is `hlaska up` running?" in str(answer.exception)


def test_a_seed_below_0_is_refused():
    answer = invoked("score", "--seed", "-1")
    assert answer.exit_code == 2
    assert "-1 is below 0" in answer.output


def test_a_day_is_scored_with_an_oracle_and_a_constant_beside_it(tmp_path):
    answer = invoked("score", "--seed", "1", "--no-media", "--json", str(tmp_path / "figures.json"))
    assert answer.exit_code == 0, answer.output
    for words in ("Time to the right level", "Ammonia at the brewery", "oracle", "constant"):
        assert words in answer.output
    [day] = json.loads((tmp_path / "figures.json").read_text())["days"]
    assert set(day["systems"]) == {"hlaska", "oracle", "constant"}
    rises = {rise["activity"]: rise for rise in day["systems"]["hlaska"]["rises"]}
    assert set(rises) == {"parked-car", "crowd", "shooting", "ammonia", "camera-attack"}
    assert day["systems"]["hlaska"]["missed"] == 0


@pytest.mark.parametrize("seeds", [pytest.param(("--seed", "x"), id="no number")])
def test_wrong_usage_exits_with_2(seeds):
    assert invoked("score", *seeds).exit_code == 2
