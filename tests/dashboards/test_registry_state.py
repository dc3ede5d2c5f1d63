"""The state of the registry, read from reports of moves, gates and shadows."""

from datetime import UTC, datetime, timedelta

from dashboards.registry_state import registry_cards
from dashboards.results_asked import Results
from hlaska.events import ModelRef
from hlaska.results import Report

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def report(kind, minutes, *versions, model="eyes", **changes) -> Report:
    fields = {
        "id": f"{kind}-{model}-{minutes}",
        "kind": kind,
        "made_at": NOON + timedelta(minutes=minutes),
        "title": "…",
        "model": model,
        "models": tuple(ModelRef(name=model, version=one) for one in versions),
    }
    return Report.model_validate(fields | changes)


def move(minutes, to, before, previous, **changes) -> Report:
    about = {"to": to, "from": before, "previous": previous, "by": "Eva", "why": "sees more"}
    link = f"http://127.0.0.1:5000/#/models/eyes/versions/{to}"
    return report("promotion", minutes, to, about=about, link=link, **changes)


def gate(minutes, version, *, passed=True, **changes) -> Report:
    return report("gate", minutes, version, passed=passed, about={"by": "Jan"}, **changes)


def shadow(minutes, version) -> Report:
    return report("shadow", minutes, "2", version, about={"champion": "2", "shadow": version})


def places(results, site) -> dict[str, str]:
    [card] = registry_cards(results, site, "en")
    return {line["label"]: line["value"] for line in card["lines"]}


def test_nobody_moved_or_judged_means_no_card(site):
    assert registry_cards(Results(), site, "en") == []


def test_the_newest_move_says_who_is_champion_and_who_was(site):
    results = Results(promotions=[move(9, "2", "1", "1"), move(1, "1", "none", "none")])
    [card] = registry_cards(results, site, "en")
    champion, challenger, watching, previous = card["lines"]
    assert champion == {
        "label": "champion",
        "value": "2",
        "words": "Eva, 1. 5. 2026 14:09, sees more",
        "link": "http://127.0.0.1:5000/#/models/eyes/versions/2",
    }
    assert (challenger["value"], watching["value"]) == ("–", "–")
    assert (previous["value"], previous["words"]) == ("1", "Eva, 1. 5. 2026 14:01, sees more")


def test_who_passed_the_gate_since_is_challenger_and_who_watches_is_shadow(site):
    results = Results(
        promotions=[move(5, "2", "1", "1")], gates=[gate(7, "3")], shadows=[shadow(8, "3")]
    )
    assert places(results, site) == {
        "champion": "2",
        "challenger": "3",
        "shadow": "3",
        "previous": "1",
    }


def test_what_passed_before_the_champion_moved_challenges_nobody(site):
    results = Results(promotions=[move(9, "2", "1", "1")], gates=[gate(7, "3")])
    assert places(results, site)["challenger"] == "–"


def test_what_was_promoted_is_neither_challenger_nor_shadow(site):
    results = Results(
        promotions=[move(9, "3", "2", "2")], gates=[gate(9.5, "3")], shadows=[shadow(8, "3")]
    )
    assert places(results, site) == {
        "champion": "3",
        "challenger": "–",
        "shadow": "–",
        "previous": "2",
    }


def test_a_gate_that_let_nobody_pass_says_why_as_long_as_it_is_the_newest(site):
    failed = gate(7, "3", passed=False, summary="worse at dusk")
    [card] = registry_cards(Results(gates=[failed]), site, "en")
    assert card["words"] == "The gate did not let pass eyes 3: worse at dusk"
    results = Results(promotions=[move(9, "2", "1", "1")], gates=[failed])
    assert registry_cards(results, site, "en")[0]["words"] == ""


def test_models_stand_apart_the_one_that_was_moved_last_first(site):
    results = Results(promotions=[move(5, "2", "1", "1")], gates=[gate(7, "1", model="ears")])
    assert [card["head"] for card in registry_cards(results, site, "en")] == ["ears", "eyes"]
