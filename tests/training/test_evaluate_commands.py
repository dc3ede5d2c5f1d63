import json

import numpy as np
import pytest
import soundfile
import typer
from typer.testing import CliRunner

from hlaska.errors import DataError
from training.evaluate_commands import evaluate


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No gateway and no MLflow answer."""
    monkeypatch.setenv("HLASKA_GATEWAY_PORT", "9")
    monkeypatch.setenv("HLASKA_MLFLOW_PORT", "11")


@pytest.fixture
def run():
    app = typer.Typer()
    app.add_typer(evaluate, name="evaluate")
    return lambda *words: CliRunner().invoke(app, ["evaluate", *map(str, words)])


@pytest.fixture
def mine(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    rng = np.random.default_rng(3)
    samples = 0.01 * rng.standard_normal(48_000)
    samples[16_000:24_000] *= 30
    soundfile.write(folder / "a.wav", samples, 16_000)
    (folder / "labels.csv").write_text("file,onset_s,offset_s,sound\na.wav,1.0,1.5,scream\n")
    return folder


def test_the_help_shows_how_it_is_used_and_what_was_not_to_be_had(run):
    told = run("audio", "--help")
    assert told.exit_code == 0
    assert "hlaska evaluate audio" in told.stdout
    assert "Real screams and real breaking glass" in " ".join(told.stdout.split())


def test_tables_are_printed_and_kept(run, mine, tmp_path):
    out = tmp_path / "results" / "mine.json"
    models = ("--model", "oracle", "--model", "constant", "--model", "seed:nobody")
    told = run("audio", "--data", mine, "--out", out, *models)
    assert told.exit_code == 0, told.output
    assert "event F1" in told.stdout
    assert "seed:nobody: no seed 'nobody'" in " ".join(told.stdout.split())
    kept = json.loads(out.read_text())
    rows = kept["tables"]["sound-labelled"]["rows"]
    assert [row["what"] for row in rows] == ["oracle", "constant", "seed:nobody"]
    assert rows[0]["f1"] == 1
    assert kept["about"]["data"] == str(mine)
    lines = [line for line in told.output.splitlines() if line.startswith("not ")]
    assert [line.partition(":")[0] for line in lines] == [
        "not kept in MLflow",
        "not sent to the dashboards",
    ]


def test_what_need_not_be_sent_is_not(run, mine):
    told = run("audio", "--data", mine, "--model", "oracle", "--no-send")
    assert told.exit_code == 0, told.output
    assert "not sent" not in told.output


def test_a_file_that_exists_is_left_alone(run, mine, tmp_path):
    out = tmp_path / "mine.json"
    out.write_text("{}")
    told = run("audio", "--data", mine, "--model", "oracle", "--out", out)
    assert told.exit_code == 2
    assert "exists already" in " ".join(told.output.split())
    assert out.read_text() == "{}"


def test_a_wrong_label_comes_back_as_our_error(run, mine):
    (mine / "labels.csv").write_text("file,onset_s,offset_s,sound\na.wav,1.0,1.5,screem\n")
    told = run("audio", "--data", mine, "--model", "oracle")
    assert isinstance(told.exception, DataError)


@pytest.mark.timeout(500)
def test_a_quick_run_without_any_data_judges_made_scenes(run, tmp_path, monkeypatch):
    out = tmp_path / "quick.json"
    monkeypatch.delenv("HLASKA_DATA", raising=False)
    told = run("audio", "--quick", "--hours", 0.02, "--model", "oracle", "--out", out)
    assert told.exit_code == 0, told.output
    kept = json.loads(out.read_text())
    assert kept["about"]["hours"] == 0.02
    assert kept["about"]["quick"] is True
    assert kept["tables"]["sound-events"]["rows"][0]["f1"] > 0.9
    assert {point["sound"] for point in kept["points"]} >= {"gunshot", "scream"}
    assert {point["snr"] for point in kept["points"]} >= {"all", "20 to 30 dB"}
    assert kept["tables"]["sound-false-alarms"]["rows"][0]["made, alarms"] == 0


@pytest.mark.parametrize("words", [["--hours", "0"], ["--hours", "many"], ["--models", "oracle"]])
def test_wrong_options_are_wrong_usage(words, run):
    assert run("audio", *words).exit_code == 2


def test_the_help_of_video_says_what_is_compared(run):
    told = run("video", "--help")
    assert told.exit_code == 0
    words = " ".join(told.stdout.split())
    assert "hlaska evaluate video" in words
    assert "HOTA, MOTA, IDF1" in words


@pytest.mark.network
@pytest.mark.timeout(500)
def test_detectors_are_judged_side_by_side_on_the_real_clip(run, tmp_path):
    out = tmp_path / "video.json"
    models = ("--model", "seed:yolox-nano", "--model", "seed:nobody")
    told = run("video", "--frames", 12, *models, "--out", out)
    assert told.exit_code == 0, told.output
    accuracy = json.loads(out.read_text())["tables"]["video-accuracy"]["rows"]
    assert accuracy[0]["f1"] > 0.5
    assert "no seed 'nobody'" in accuracy[1]["reason"]
    assert "not sent to the dashboards" in told.output
