import pytest
from typer.testing import CliRunner

from hlaska.errors import GatewayError, HlaskaError
from training.train_commands import train as command

pytestmark = pytest.mark.timeout(500)


def told(*words):
    return CliRunner().invoke(command, ["video", *map(str, words)])


def test_help_says_how_the_result_is_run_and_under_which_licence():
    answer = told("--help")
    assert answer.exit_code == 0
    assert "hlaska register models/city-detector/int8 city-detector" in answer.output
    assert "AGPL-3.0" in answer.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--epochs", "0"], "epochs", id="no epoch"),
        pytest.param(["--imgsz", "100"], "imgsz", id="no multiple of 32"),
        pytest.param(["--data", "pets"], "pets-view1", id="a clip that nobody knows"),
        pytest.param(["--contradictions", "keep"], "contradictions", id="another way"),
        pytest.param(["--site", "pilsen"], "without --student", id="a site without a camera"),
        pytest.param(
            ["--student", "gate", "--imgsz", "64"], "with --student", id="a size of the student"
        ),
        pytest.param(["--student", "gate", "--minutes", "-1"], "minutes", id="less than no time"),
    ],
)
def test_wrong_options_are_wrong_usage(words, said, tmp_path):
    answer = told("--out", tmp_path / "out", *words)
    assert answer.exit_code == 2
    assert said in answer.output
    assert not (tmp_path / "out").exists()


def test_verdicts_need_a_running_gateway(tmp_path, monkeypatch):
    monkeypatch.setenv("HLASKA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HLASKA_GATEWAY_PORT", "9")
    answer = told("--out", tmp_path / "out", "--data", "verdicts", "--weights", "")
    assert isinstance(answer.exception, GatewayError)


def test_a_student_of_a_camera_that_is_none_is_our_error(tmp_path, monkeypatch):
    monkeypatch.setenv("HLASKA_HOME", str(tmp_path / "home"))
    answer = told("--out", tmp_path / "out", "--student", "nowhere", "--quick")
    assert isinstance(answer.exception, HlaskaError)
    assert "nowhere" in str(answer.exception)
