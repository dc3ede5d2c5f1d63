import json
import runpy
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hlaska.errors import DataError
from training.compare_command import compare

EXAMPLES = Path(__file__).parents[2] / "examples" / "compare"
EXAMPLE = EXAMPLES / "run.yaml"


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No gateway and no MLflow answer."""
    monkeypatch.setenv("HLASKA_GATEWAY_PORT", "9")
    monkeypatch.setenv("HLASKA_MLFLOW_PORT", "11")


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(compare)
    return lambda *words: CliRunner().invoke(app, [*map(str, words)])


@pytest.fixture
def mine(tmp_path):
    """A run of one export of twelve boxes."""
    text = "".join(f"{frame},1,{20 * frame},50,20,40,1,-1,-1,-1\n" for frame in range(1, 13))
    (tmp_path / "truth.txt").write_text(text)
    run = {
        "name": "mine",
        "title": "Mine",
        "truth": {"tracks": "truth.txt"},
        "scene": {"starts_at": "2026-05-01T12:00:00Z", "fps": 2, "frames": 14, "stretch_s": 1},
        "systems": [
            {"export": {"system": "A box", "format": "motchallenge", "path": "truth.txt",
                        "kind": "person"}},
            {"ours": {"detector": "seed:yolox-nano"}},
        ],
    }  # fmt: skip
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps(run))
    return path


def test_the_help_shows_a_whole_run(run):
    told = run("--help")
    assert told.exit_code == 0
    words = " ".join(told.stdout.split())
    assert "hlaska compare examples/compare/run.yaml" in words
    assert "name: our-junction" in words
    assert "shares a rank" in words


def test_tables_are_printed_and_the_page_is_written(run, mine, tmp_path):
    out = tmp_path / "kept.json"
    told = run(mine, "--out", out)
    assert told.exit_code == 0, told.output
    assert "HOTA" in told.stdout
    assert "seed:yolox-nano: the scene has no clip" in " ".join(told.stdout.split())
    assert (tmp_path / "mine.html").read_text().startswith("<!doctype html>")
    rows = json.loads(out.read_text())["tables"]["comparison-scores"]["rows"]
    assert [row["what"] for row in rows] == ["oracle", "constant", "A box", "seed:yolox-nano"]
    assert rows[2]["hota"] == 1
    lines = [line for line in told.output.splitlines() if line.startswith("not ")]
    assert [line.partition(":")[0] for line in lines] == [
        "not kept in MLflow",
        "not sent to the dashboards",
    ]


def test_what_need_not_be_sent_is_not(run, mine):
    told = run(mine, "--no-send")
    assert told.exit_code == 0, told.output
    assert "not sent" not in told.output


def test_a_page_of_another_name_is_never_written_over(run, mine, tmp_path):
    page = tmp_path / "older.html"
    page.write_text("mine")
    told = run(mine, "--page", page)
    assert told.exit_code == 2
    assert "exists already" in " ".join(told.output.split())
    assert page.read_text() == "mine"


def test_a_wrong_run_file_comes_back_as_our_error(run, mine):
    mine.write_text("name: mine\n")
    told = run(mine)
    assert isinstance(told.exception, DataError)
    assert "mine.yaml, line 1, truth: is missing" in str(told.exception)


def test_the_committed_example_is_compared(run, tmp_path):
    told = run(EXAMPLE, "--page", tmp_path / "page.html", "--out", tmp_path / "out.json",
               "--no-send")  # fmt: skip
    assert told.exit_code == 0, told.output
    kept = json.loads((tmp_path / "out.json").read_text())["tables"]
    scores = {row["what"]: row for row in kept["comparison-scores"]["rows"]}
    assert scores["oracle"]["hota"] == 1
    assert scores["oracle"]["count_error"] == 0
    assert any("reason" in row for row in scores.values())
    assert all(
        "(constructed)" in name for name, row in scores.items()
        if name not in ("oracle", "constant")
    )  # fmt: skip


def test_the_committed_runs_can_be_read():
    from training.comparison.run import load_run

    runs = {path.name: load_run(path) for path in EXAMPLES.glob("*.yaml")}
    assert runs.keys() == {"run.yaml", "pets.yaml"}
    assert len(runs["pets.yaml"].systems) >= 6
    assert all(system.constructed for system in runs["run.yaml"].systems)


def test_the_example_is_what_its_program_makes(tmp_path):
    program = runpy.run_path(str(EXAMPLES / "make.py"))
    program["main"].__globals__["FOLDER"] = tmp_path
    program["main"]()
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(made) > 8
    assert [name for name in made
            if (tmp_path / name).read_bytes() != (EXAMPLES / name).read_bytes()] == []  # fmt: skip
