"""Why a level is what it is, what to do, and how zones look on the map: in words and bars."""

from datetime import timedelta

import pytest

from dashboards.explanation import explanation_facts, threat_of, zone_of
from dashboards.level_look import LEVELS, UNKNOWN, level_fact
from dashboards.playbook_steps import playbook_facts
from dashboards.zone_layer import zone_rows
from hlaska.threat.assessor import Assessor
from hlaska.threat.weighing import THRESHOLDS
from serving.picture.playbooks import for_site


@pytest.fixture
def threats(site, shot, event, noon):
    """Shots at one microphone and running people, with only a camera at work."""
    assessor = Assessor(site)
    for number in range(1, 9):
        assessor.take(shot(number, confidence=0.9))
    assessor.take(event(20, zone="square"))
    return assessor.assess(noon + timedelta(seconds=30), ["gate"])


def test_the_bars_begin_where_the_one_before_ended_and_add_up_to_the_score(threats, site, noon):
    threat = threat_of(threats, "square")
    facts = explanation_facts(threat, site, noon, "en")
    ends = 0.0
    for row in facts["rows"]:
        assert row["from"] == pytest.approx(ends)
        ends += row["adds"]
    assert ends == pytest.approx(threat.score, abs=0.1)
    assert facts["rows"][0]["label"] == "Gunshot 90 %"
    assert facts["rows"][-1]["label"] == "people at risk"


def test_the_scale_shows_all_thresholds_and_which_are_reached(threats, site, noon):
    facts = explanation_facts(threat_of(threats, "square"), site, noon, "en")
    assert [one["at"] for one in facts["thresholds"]] == list(THRESHOLDS)
    assert [one["reached"] for one in facts["thresholds"]] == [
        facts["score"] >= at for at in THRESHOLDS
    ]
    assert all(one["at"] < facts["scale"] for one in facts["thresholds"])


def test_it_says_what_would_change_it_and_who_watches(threats, site, noon):
    facts = explanation_facts(threat_of(threats, "square"), site, noon, "en")
    assert facts["falls"].startswith("Falls below")
    assert "raise it" in facts["raises"] or facts["raises"] == "This is the highest level"
    watches = {one["words"]: one["kind"] for one in facts["senses"]}
    assert any("cameras" in words for words in watches)
    assert any("deaf" in words and kind == "bad" for words, kind in watches.items())


def test_it_is_said_in_czech(threats, site, noon):
    facts = explanation_facts(threat_of(threats, "square"), site, noon, "cs")
    assert facts["rows"][0]["label"] == "Střelba 90 %"
    assert facts["falls"].startswith("Pod stupeň")


def test_without_an_assessment_there_is_nothing_to_explain(site, noon):
    assert threat_of(None, "square") is None
    assert explanation_facts(None, site, noon, "en") == {}


def test_an_alert_without_a_zone_explains_the_one_that_it_threatens(threats, alert):
    nowhere = alert(1, zone=None, events=[f"event-{number}" for number in range(1, 9)])
    assert zone_of(nowhere, threats) == "square"
    assert zone_of(alert(99, zone=None, events=["unheard-of"]), threats) is None
    assert zone_of(None, threats) is None


def test_a_zone_that_nobody_watches_is_never_calm(site, noon):
    nobody = Assessor(site).assess(noon, [])
    rows = zone_rows(site, nobody)
    assert (rows["word"], rows["hatch"], rows["colour"]) == (
        [UNKNOWN.word],
        ["/"],
        [UNKNOWN.colour],
    )
    assert zone_rows(site, None)["word"] == [UNKNOWN.word]


def test_a_zone_has_the_colour_of_its_level(threats, site):
    rows = zone_rows(site, threats, "square")
    level = threat_of(threats, "square").level
    assert level > 0
    assert rows["colour"] == [LEVELS[level].colour]
    assert rows["width"] == [4]
    assert rows["label"] != [""]


def test_levels_are_told_apart_without_colour():
    looks = [*LEVELS, UNKNOWN]
    for name in ("word", "shape", "colour"):
        assert len({getattr(look, name) for look in looks}) == len(looks)
    assert level_fact(2, known=False)["word"] == "at least raised"
    assert level_fact(4, known=False)["word"] == "severe"
    assert level_fact(0, known=False, language="cs")["word"] == "neznámo – nikdo nehlídá"


def test_the_next_step_is_the_first_whose_predecessors_are_done(alert, site, noon):
    books = for_site("testville")
    shots = alert(1)
    facts = playbook_facts(shots, books, site, noon + timedelta(seconds=11), "en")
    steps = facts["steps"]
    assert [step["next"] for step in steps].index(True) == 0
    first = books["attack"].steps[0]
    assert steps[0]["due_s"] == pytest.approx(first.within_s - 10)
    done = alert(1, confirmed=[{"step": first.id, "by": "Eva", "at": noon}])
    steps = playbook_facts(done, books, site, noon, "cs")["steps"]
    assert steps[0]["done"] == "hotovo v 14:00:00, Eva"
    assert not steps[0]["next"]
    assert sum(step["next"] for step in steps) == 1
    assert steps[0]["do"] == first.do.cs


def test_without_a_playbook_there_are_no_steps(alert, site, noon):
    books = for_site("testville")
    assert playbook_facts(alert(1, playbook=""), books, site, noon, "en")["steps"] == []
    assert playbook_facts(None, books, site, noon, "en")["empty"]
