import json

import pytest

from hlaska.results import INTERVALS, Report, ReportKind
from training.comparison.points import COUNTS, RANKS
from training.comparison.reporting import report_of

BOX = {"system": "A box", "format": "motchallenge", "path": "box.txt", "kind": "person"}


@pytest.fixture(scope="module")
def report(run_in, compared, tmp_path_factory):
    cost = {"per_camera_hour": 0.12, "hardware": "an i5", "source": "offer of May"}
    path = run_in(
        tmp_path_factory.mktemp("run"),
        exports=[
            {"export": BOX, "cost": cost},
            {"name": "Docs", "export": BOX | {"constructed": True}},
            {"export": BOX | {"system": "Gone", "path": "gone.txt"}},
        ],
        conditions=[
            {"by": "light", "name": "early", "frames": [0, 200]},
            {"by": "light", "name": "late", "frames": [200, 400]},
        ],
    )
    return report_of(compared(path))


def table(report, name):
    return next(one for one in report.tables if one.name == f"comparison-{name}")


def row(report, name, what):
    return next(one for one in table(report, name).rows if one["what"] == what)


def test_it_is_a_report_of_a_comparison_that_goes_over_the_wire(report):
    assert report.kind is ReportKind.COMPARISON
    assert report.id.startswith("comparison-street-run-")
    assert (
        Report.model_validate_json(report.model_dump_json()).points.keys() == report.points.keys()
    )
    json.dumps(report.model_dump(mode="json"), allow_nan=False)


def test_figures_that_nobody_has_are_no_column(report):
    keys = [column.key for column in table(report, "scores").columns]
    assert "hota" in keys
    assert "alert_recall" not in keys


def test_a_failed_system_is_a_row_with_its_reason(report):
    assert "gone.txt" in row(report, "scores", "Gone")["reason"]
    assert "Failed: Gone." in report.summary


def test_the_exact_interval_of_found_crossings_is_told(report):
    assert row(report, "scores", "A box")["claim"] == "12 of 16 (0.476–0.927)"


def test_ties_are_told_with_names(report):
    assert row(report, "ranks", "A box")["count_error"].startswith("1 (as Docs (constructed))")
    assert "not told apart" in report.summary


def test_what_a_claim_needs_is_told(report):
    assert "16 true crossings; a claim of 97% needs 99" in report.summary


def test_what_a_system_is_and_costs_is_told(report):
    box = row(report, "systems", "A box")
    assert (box["price"], box["currency"], box["hardware"]) == (0.12, "EUR", "an i5")
    docs = row(report, "systems", "Docs (constructed)")
    assert "nobody's result" in docs["is"]
    assert docs["price"] is None
    assert report.about["constructed"] == "Docs (constructed)"


def test_every_dash_has_its_reason(report):
    assert "alerts, recall" in row(report, "dashes", "A box")["why"]
    assert "the truth does not say" in row(report, "dashes", "A box")["why"]


def test_counts_are_added_up_beside_the_truth(report):
    assert row(report, "counts", "truth")["middle, east, person"] == 8
    assert row(report, "counts", "A box")["middle, east, person"] == 6
    assert row(report, "turns", "truth")["middle → right, person"] == 8


def test_conditions_have_a_table_each(report):
    light = table(report, "light")
    assert {"early/hota", "late/hota"} <= {column.key for column in light.columns}
    assert row(report, "light", "oracle")["early/hota"] == 1


def test_points_have_intervals_and_differences_of_each_two_contestants(report):
    rows = report.points[INTERVALS]
    hota = {one["what"]: one for one in rows if one["metric"] == "HOTA" and "than" not in one}
    assert hota.keys() == {"oracle", "constant", "A box", "Docs (constructed)"}
    assert hota["A box"]["low"] <= hota["A box"]["value"] <= hota["A box"]["high"]
    assert hota["A box"]["better"] == "more"
    between = [one for one in rows if one["metric"] == "HOTA" and "than" in one]
    assert [(one["what"], one["than"], one["value"]) for one in between] == [
        ("A box", "Docs (constructed)", 0)
    ]


def test_points_have_every_cell_and_rank(report):
    cells = [one for one in report.points[COUNTS] if one["what"] == "A box"]
    assert len(cells) == 2 * 2 * 4
    assert sum(one["true"] for one in cells) == 16
    assert cells[0].keys() >= {"line", "direction", "object_class", "start", "end", "count"}
    assert {one["rank"] for one in report.points[RANKS] if one["metric"] == "HOTA"} == {1}


def test_a_machine_that_is_faster_than_the_camera_is_cheaper():
    from training.comparison.facts import nothing
    from training.comparison.judging import Answer
    from training.comparison.run import System
    from training.comparison.tables import price_of

    system = System.model_validate(
        {"ours": {"detector": "seed:hog"}, "cost": {"machine_per_hour": 0.4}}
    )
    assert price_of(Answer("a", "", nothing("x"), system=system, faster=4)) == pytest.approx(0.1)
    assert price_of(Answer("a", "", nothing("x"), system=system)) is None
    assert price_of(Answer("oracle", "", nothing("x"))) is None
