"""The curves over the threshold, from what a report says of them."""

from datetime import UTC, datetime

from dashboards.threshold_explorer import threshold_facts
from hlaska.results import OPERATING, THRESHOLDS, Report


def point(threshold, what="ours", name="gunshot", precision=0.5, recall=0.5, rate=None):
    return {
        "what": what,
        "class": name,
        "threshold": threshold,
        "precision": precision,
        "recall": recall,
        "rate": rate,
    }


def report(points=(), cards=()) -> Report:
    return Report.model_validate(
        {
            "id": "r1",
            "kind": "evaluation",
            "made_at": datetime(2026, 5, 1, tzinfo=UTC),
            "title": "Sound events",
            "about": {"rate": "false alarms per hour"},
            "points": {THRESHOLDS: tuple(points), OPERATING: tuple(cards)},
        }
    )


def test_a_report_without_curves_has_nothing_to_explore():
    assert threshold_facts(report(), "en") == {}


def test_points_rise_and_the_cards_own_point_is_one_of_them():
    facts = threshold_facts(report([point(0.9), point(0.1, rate=4)], [point(0.35, rate=1)]), "en")
    [system] = facts["systems"]
    [one] = system["classes"]
    assert one["points"] == [[0.1, 0.5, 0.5, 4.0], [0.35, 0.5, 0.5, 1.0], [0.9, 0.5, 0.5, None]]
    assert one["card"] == [0.35, 0.5, 0.5, 1.0]
    assert facts["rate"] == "false alarms per hour"


def test_systems_and_classes_keep_apart():
    facts = threshold_facts(
        report([point(0.5), point(0.5, name="scream"), point(0.5, what="theirs")]), "cs"
    )
    shown = [(s["name"], [c["name"] for c in s["classes"]]) for s in facts["systems"]]
    assert shown == [("ours", ["gunshot", "scream"]), ("theirs", ["gunshot"])]
    assert facts["systems"][0]["classes"][1]["words"] == "křik"
    assert facts["systems"][1]["classes"][0]["card"] is None


def test_what_is_unknown_is_none_and_a_point_nowhere_is_left_out():
    facts = threshold_facts(report([point(None), point(0.5, precision=None)]), "en")
    assert facts["systems"][0]["classes"][0]["points"] == [[0.5, None, 0.5, None]]
