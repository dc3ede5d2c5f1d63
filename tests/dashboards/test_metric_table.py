"""What is shown of a report's figures: dots, whiskers and tables."""

from datetime import UTC, datetime

from dashboards.metric_table import MARKS, metric_facts
from hlaska.events import ModelRef
from hlaska.results import INTERVALS, Column, Report, ResultTable

AT = datetime(2026, 5, 1, 22, 5, tzinfo=UTC)
TABLE = ResultTable(
    "hears",
    "Classes",
    "Of made sounds.",
    (Column("gunshot, recall", "gunshot: recall", 2), Column("n", "true events")),
    (
        {"what": "ours", "gunshot, recall": 0.9, "n": 1200},
        {"what": "truth", "n": 3},
        {"what": "gone", "reason": "no weights"},
    ),
)


def dot(what, value, low=None, high=None, **more):
    return {"what": what, "metric": "F1", "value": value, "low": low, "high": high, **more}


def report(*intervals, **changes) -> Report:
    fields = {
        "id": "r1",
        "kind": "evaluation",
        "made_at": AT,
        "title": "Sound events",
        "tables": (TABLE,),
        "models": (ModelRef(name="ears", version="0123456789abcdef0123"),),
        "points": {INTERVALS: intervals},
    }
    return Report.model_validate(fields | changes)


def test_a_report_says_what_when_and_of_which_models(site):
    facts = metric_facts(report(about={"data": "esc50", "seed": 3}), site, "en")
    assert (facts["title"], facts["kind"], facts["time"]) == (
        "Sound events",
        "evaluation",
        "2. 5. 2026 00:05",  # in Prague
    )
    assert facts["models"] == ["ears 0123456789"]
    assert facts["about"] == [["data", "esc50"], ["seed", "3"]]


def test_tables_hold_systems_side_by_side_and_reasons_below(site):
    [table] = metric_facts(report(), site, "en")["tables"]
    assert table["heads"] == ["ours", "truth"]
    assert table["rows"] == [
        {"what": "gunshot: recall", "cells": ["0.90", "–"]},
        {"what": "true events", "cells": ["1,200", "3"]},
    ]
    assert table["reasons"] == ["gone: no weights"]


def test_a_table_of_many_systems_is_turned(site):
    rows = tuple({"what": f"s{n}", "n": n} for n in range(len(MARKS) + 1))
    many = ResultTable("many", "Many", "", (Column("n", "n"),), rows)
    [table] = metric_facts(report(tables=(many,)), site, "en")["tables"]
    assert table["heads"] == ["n"]
    assert table["rows"][-1] == {"what": f"s{len(MARKS)}", "cells": [str(len(MARKS))]}


def test_each_system_has_a_colour_and_a_shape_of_its_own(site):
    facts = metric_facts(report(*(dot(f"s{n}", 0.5) for n in range(len(MARKS)))), site, "en")
    assert len({one["colour"] for one in facts["systems"]}) == len(MARKS)
    assert len({one["shape"] for one in facts["systems"]}) == len(MARKS)


def test_shares_are_drawn_from_0_to_1_and_rates_as_far_as_they_go(site):
    rate = {"metric": "false alarms per hour", "better": "less"}
    intervals = (dot("a", 0.4, 0.3, 0.5), dot("a", 12, 8, 31, **rate), dot("b", None, **rate))
    share, alarms = metric_facts(report(*intervals), site, "en")["metrics"]
    assert (share["from"], share["to"], share["better"]) == (0, 1, "more is better")
    assert share["dots"] == [
        {"system": 0, "value": 0.4, "low": 0.3, "high": 0.5, "words": "0.40 (0.30 – 0.50)"}
    ]
    assert (alarms["from"], alarms["to"], alarms["better"]) == (0, 31, "less is better")
    assert [one["words"] for one in alarms["dots"]] == ["12.0 (8.00 – 31.0)"]


def test_differences_come_after_the_figures_with_zero_in_the_middle(site):
    intervals = (dot("b", -0.1, -0.2, 0.05, than="a"), dot("a", 0.5), dot("b", 0.4))
    figure, difference = metric_facts(report(*intervals), site, "en")["metrics"]
    assert (figure["than"], len(figure["dots"])) == ("", 2)
    assert figure["dots"][0]["words"] == "0.50"
    assert (difference["than"], difference["from"], difference["to"]) == ("a", -0.2, 0.2)
    assert difference["dots"][0]["system"] == 0, "the number of its mark, not of its row"


def test_in_czech_words_and_numbers_are_czech(site):
    facts = metric_facts(report(dot("a", 0.5, 0.25, 1)), site, "cs")
    assert (facts["title"], facts["kind"]) == ("Zvukové události", "vyhodnocení")
    assert facts["metrics"][0]["dots"][0]["words"] == "0,50 (0,25 – 1,00)"
    assert facts["tables"][0]["rows"][0] == {"what": "střelba: úplnost", "cells": ["0,90", "–"]}


def test_only_a_page_of_a_server_becomes_a_link(site):
    for link, shown in (("http://127.0.0.1:5000/#/x", True), ("javascript:alert(1)", False)):
        assert bool(metric_facts(report(link=link), site, "en")["link"]) is shown
