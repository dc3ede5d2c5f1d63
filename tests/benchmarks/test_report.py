import io
import json
import re

import pytest
from rich.console import Console

from hlaska.results import Column, ResultTable
from tests.benchmarks import bench_gate, bench_network, bench_normality, bench_sound, report
from tests.benchmarks.__main__ import Name
from tests.benchmarks.report import Circumstances

WHEN = Circumstances("2026-11-23", "a machine", 2, 8, 0.1, "abc", quick=False)
SPEED = ResultTable(
    "speed",
    "Speed",
    "Ten frames.",
    (Column("fps", "frames/s", 1), Column("gate", "gate")),
    (
        {"what": "ours", "fps": 12.34, "gate": "on"},
        {"what": "bare", "fps": float("nan")},
        {"what": "theirs", "reason": "theirs: no weights\nPut them into ~/x"},
    ),
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "PAGES", tmp_path)
    monkeypatch.setattr(report, "BASELINE", tmp_path / "baseline.json")
    monkeypatch.setattr(report, "BUILD", tmp_path / "build")
    (tmp_path / "README.md").write_text("a\n<!-- speed -->\nold\n<!-- end of speed -->\nz\n")
    return tmp_path


def test_systems_stand_side_by_side_and_who_failed_says_why():
    lines = report.markdown(SPEED, WHEN).splitlines()
    assert lines[2:] == [
        "| | ours | bare |",
        "|---|---|---|",
        "| frames/s | 12.3 | – |",
        "| gate | on | – |",
        "",
        "- theirs: no weights",
        "",
        f"*{WHEN}*",
    ]


def test_a_full_run_replaces_the_table_between_its_markers(folder):
    for _ in range(2):
        report.keep([SPEED], WHEN)
    page = (folder / "README.md").read_text()
    assert page == (
        f"a\n<!-- speed -->\n{report.markdown(SPEED, WHEN)}\n<!-- end of speed -->\nz\n"
    )
    kept = json.loads((folder / "build" / "speed.json").read_text())
    assert kept["circumstances"]["commit"] == "abc"
    assert [row.get("fps") for row in kept["rows"]] == [12.34, None, None]


def test_a_quick_run_leaves_the_page_alone(folder):
    before = (folder / "README.md").read_text()
    quick = Circumstances("2026-11-23", "a machine", 2, 8, 0.1, "abc", quick=True)
    report.keep([SPEED], quick)
    assert (folder / "README.md").read_text() == before
    assert (folder / "build" / "speed.json").exists()


def test_a_table_without_a_place_is_refused_and_nothing_is_lost(folder):
    nowhere = ResultTable("nowhere", "Nowhere", "", SPEED.columns, ())
    with pytest.raises(ValueError, match="0 pages have a place for nowhere"):
        report.keep([nowhere], WHEN)
    assert (folder / "build" / "nowhere.json").exists()


def test_a_page_without_the_markers_is_refused():
    with pytest.raises(ValueError, match="end of speed"):
        report.placed("<!-- speed -->\nold\n", "speed", "new")


def test_later_figures_are_shown_as_multiples_of_the_baseline(folder):
    assert report.read_baseline() == {}
    report.keep_baseline([SPEED], WHEN)
    assert report.read_baseline() == {"speed": {"ours": {"fps": 12.34}, "bare": {}, "theirs": {}}}
    twice = ResultTable("speed", "Speed", "", SPEED.columns, ({"what": "ours", "fps": 24.68},))
    shown = io.StringIO()
    Console(width=100, file=shown).print(report.screen(twice, report.read_baseline()))
    assert "24.7 (×2.00)" in shown.getvalue()


def test_every_benchmark_can_be_started():
    assert {name.value for name in Name} == {
        path.stem.removeprefix("bench_") for path in report.PAGES.glob("bench_*.py")
    }


def test_the_pages_have_a_place_for_every_table_and_no_other():
    source = "".join(path.read_text() for path in report.PAGES.glob("bench_*.py"))
    benches = (bench_gate, bench_sound, bench_network, bench_normality)
    names = [name for bench in benches for name in bench.NAMES]
    # Tables of video are made where `hlaska evaluate video` has them from, too.
    shared = ["accuracy", "accuracy-held-out", "crossings", "student-accuracy"]
    tables = [*re.findall(r'Table\(\s*"([\w-]+)"', source), *names, *shared]
    assert len(tables) == 41
    page = "".join(path.read_text() for path in report.PAGES.glob("*.md"))
    assert sorted(re.findall(r"<!-- (?!end of)([\w-]+) -->", page)) == sorted(tables)
    for name in tables:
        assert report.placed(page, name, "x") != page
