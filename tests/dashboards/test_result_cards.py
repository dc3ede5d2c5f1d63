"""Cards of drift, shadows and proposals, in the forms in which they are reported."""

from datetime import UTC, datetime, timedelta

from dashboards.result_cards import drift_cards, proposal_cards, shadow_cards
from hlaska.events import ModelRef
from hlaska.results import Column, Report, ResultTable

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def report(kind, minutes=0, *rows, columns=(), **changes) -> Report:
    fields = {
        "id": f"{kind}-{minutes}",
        "kind": kind,
        "made_at": NOON + timedelta(minutes=minutes),
        "title": "…",
        "tables": (ResultTable("t", "T", "", columns, rows),),
    }
    return Report.model_validate(fields | changes)


def drift(minutes, source, distance, passed):
    row = {"what": "loudness", "distance": distance, "before": -41.0, "now": -30.5}
    columns = (Column("distance", "distance", 2), Column("before", "median then", 2))
    return report("drift", minutes, row, columns=columns, source=source, passed=passed)


def test_each_sensor_has_one_card_and_what_has_drifted_comes_first(site):
    found = [
        drift(9, "gate", 0.1, True),
        drift(8, "ear", 0.5, False),
        drift(2, "ear", 0.2, True),
    ]
    first, second = drift_cards(found, site, "en")
    assert (first["head"], first["chip"]) == ("Ucho", {"kind": "bad", "words": "has drifted"})
    assert first["lines"] == [{"label": "loudness", "value": "-41.00 → -30.50"}]
    assert first["curve"] == [0.2, 0.5], "oldest first"
    assert (second["head"], second["chip"]["words"]) == ("Příkopy, brána", "as it was")


def test_too_few_looks_are_not_taken_for_good(site):
    [card] = drift_cards([drift(1, "ear", None, None)], site, "cs")
    assert card["chip"] == {"kind": "off", "words": "neznámo"}
    assert card["curve"] == [0.0]


def test_a_shadow_names_both_and_its_figures(site):
    models = (ModelRef(name="eyes", version="2"), ModelRef(name="eyes", version="3"))
    columns = (Column("frames", "frames"), Column("share", "boxes of both, of all", 3))
    row = {"what": "gate", "frames": 4210, "share": 0.911}
    [card] = shadow_cards([report("shadow", 1, row, columns=columns, models=models)], site, "en")
    assert card["head"] == "eyes 2 ↔ eyes 3"
    assert card["lines"] == [
        {"label": "frames", "value": "4,210"},
        {"label": "boxes of both, of all", "value": "0.911"},
    ]


def test_a_proposal_says_what_it_would_do_and_what_to_type(site):
    row = {"what": "Gunshot", "now": 0.35, "then": 0.52, "removed": 14, "false": 17, "lost": 0,
           "true": 6}  # fmt: skip
    refused = {"what": "Scream", "reason": "too few"}
    made = report("proposal", 1, row, refused, about={"command": "hlaska retrain ears"})
    [card] = proposal_cards([made], site, "en")
    assert card["command"] == "hlaska retrain ears"
    assert card["lines"] == [
        {
            "label": "Gunshot",
            "value": "0.35 → 0.52",
            "words": "14 of 17 false alarms removed, 0 of 6 true ones lost",
        }
    ]


def test_a_proposal_of_another_form_shows_before_and_after(site):
    columns = (Column("before", "before"), Column("after", "after"))
    rows = ({"what": "false", "before": 17, "after": 3}, {"what": "true", "before": 6, "after": 6})
    [card] = proposal_cards([report("proposal", 1, *rows, columns=columns)], site, "en")
    assert [line["value"] for line in card["lines"]] == ["17 → 3", "6 → 6"]
