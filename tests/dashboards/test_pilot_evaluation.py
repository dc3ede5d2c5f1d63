"""The page about models: asked of a real gateway in the background, and read in Python."""

from datetime import UTC, datetime, timedelta

import pytest

from catalogs.journal import Journal
from catalogs.results import ReportStore
from dashboards.pilot_evaluation import PilotEvaluation
from hlaska.events import Evidence, ModelRef
from hlaska.results import INTERVALS, THRESHOLDS, Column, Report, ResultTable, Shown
from serving.evidence import digest_of

JPEG = b"\xff\xd8 a picture"
TABLE = ResultTable("t", "Classes", "", (Column("f1", "F1", 2),), ({"what": "ours", "f1": 0.9},))


def report(name="r1", ago_h=1.0, **changes) -> Report:
    fields = {
        "id": name,
        "kind": "evaluation",
        "made_at": datetime.now(UTC) - timedelta(hours=ago_h),
        "title": "Sound events",
        "models": (ModelRef(name="ears", version=name),),
        "tables": (TABLE,),
    }
    return Report.model_validate(fields | changes)


@pytest.fixture
def page(feed):
    page = PilotEvaluation(feed)
    yield page
    page.close()


def rows(page) -> list[str]:
    return [row["id"] for row in page._list.rows]


def test_without_reports_each_part_says_what_to_type(page, eventually):
    eventually(lambda: page._known)
    for part, command in (
        (page._list, "hlaska evaluate"),
        (page._figures, "hlaska evaluate"),
        (page._cards["registry"], "hlaska gate"),
        (page._cards["drift"], "hlaska drift"),
        (page._cards["shadow"], "hlaska shadow"),
        (page._cards["proposals"], "hlaska retrain"),
    ):
        assert part.empty and part.command.startswith(command)
    assert page._thresholds.empty and page._cases.empty
    assert (page._figures.facts, page._thresholds.facts, page._cases.cases) == ({}, {}, [])


def test_the_newest_evaluation_is_shown_until_another_is_chosen(gateway, feed, eventually):
    gateway.send_report(report("old", 5))
    gateway.send_report(report("new", 1, title="People on camera"))
    gateway.send_report(report("gate-1", 0.5, kind="gate", passed=True, model="ears"))
    gateway.send_report(report("elsewhere", 0.1, site=None))
    page = PilotEvaluation(feed)
    eventually(lambda: rows(page) == ["elsewhere", "gate-1", "new", "old"])
    assert page._list.marked == "elsewhere"
    page._list.selected = "old"
    assert (page.report, page._list.marked) == ("old", "old")
    assert page._figures.facts["title"] == "Sound events"
    page._list.wanted = {"model": "", "version": "ears new", "kind": ""}
    assert rows(page) == ["new"]
    page._cards["registry"].selected = "gate-1"
    assert page._figures.facts["kind"] == "gate"
    page.close()


def test_reports_of_another_site_are_not_shown(gateway, feed, server, eventually):
    gateway.send_report(report("here", site="testville"))
    gateway.send_report(report("nowhere", 2))
    with Journal.open(None, server.settings) as journal:
        ReportStore(journal).put(report("there", site="elsewhere"))
        ReportStore(journal).put(report("there-too", kind="shadow", site="elsewhere"))
    page = PilotEvaluation(feed)
    eventually(lambda: rows(page) == ["here", "nowhere"])
    assert page._cards["shadow"].cards == []
    page.close()


def test_a_shorter_time_leaves_out_what_is_older(gateway, feed, eventually):
    gateway.send_report(report("old", 30))
    gateway.send_report(report("new", 1))
    page = PilotEvaluation(feed)
    eventually(lambda: len(rows(page)) == 2)
    page._period.asked = {"choice": "24", "since": "", "until": "", "number": 1}
    eventually(lambda: rows(page) == ["new"])
    page._period.asked = {"choice": "own", "since": "no", "until": "no", "number": 2}
    assert page._period.state["kind"] == "bad"
    assert rows(page) == ["new"]
    page.close()


def test_what_a_report_holds_reaches_the_parts(gateway, feed, eventually):
    digest = digest_of(JPEG)
    gateway.send_evidence(digest, "image/jpeg", JPEG)
    evidence = Evidence(uri=f"/evidence/{digest}", media_type="image/jpeg", sha256=digest)
    point = {"what": "ours", "class": "scream", "threshold": 0.5, "precision": 1, "recall": 1}
    dot = {"what": "ours", "metric": "F1", "value": 0.9, "low": 0.8, "high": 1.0}
    gateway.send_report(
        report(
            points={INTERVALS: (dot,), THRESHOLDS: (point,)},
            shown=(Shown(evidence=evidence, caption="scream missed"),),
        )
    )
    page = PilotEvaluation(feed)
    eventually(lambda: page._cases.cases and page._cases.cases[0]["image"])
    assert page._cases.heading == "Worst cases"
    assert page._figures.facts["metrics"][0]["name"] == "F1"
    assert page._thresholds.facts["systems"][0]["classes"][0]["name"] == "scream"
    page.language = "cs"
    assert page._cases.heading == "Nejhorší případy"
    assert page._cards["registry"].heading == "Registr modelů"
    page.close()


def test_a_shadow_shows_its_picture_in_its_card_and_its_pictures_when_chosen(
    gateway, feed, eventually
):
    digest = digest_of(JPEG)
    gateway.send_evidence(digest, "image/jpeg", JPEG)
    evidence = Evidence(uri=f"/evidence/{digest}", media_type="image/jpeg", sha256=digest)
    disagreement = Shown(evidence=evidence, caption="gate: 2 only the shadow")
    gateway.send_report(report("evaluation-1"))
    gateway.send_report(
        report("shadow-1", kind="shadow", site="testville", model="eyes", shown=(disagreement,))
    )
    page = PilotEvaluation(feed)
    card = page._cards["shadow"]
    eventually(lambda: card.cards and card.cards[0]["image"])
    assert page._cases.cases == []
    card.selected = "shadow-1"
    assert page._cases.heading == "Where the two disagree"
    eventually(lambda: page._cases.cases and page._cases.cases[0]["image"])
    page.close()


def test_a_gateway_that_is_gone_is_said_and_what_was_shown_stays(gateway, feed, server, eventually):
    gateway.send_report(report())
    page = PilotEvaluation(feed)
    eventually(lambda: rows(page) == ["r1"])
    server.stop()
    page._period.asked = {"choice": "24", "since": "", "until": "", "number": 1}
    eventually(lambda: page._period.state.get("kind") == "bad")
    assert rows(page) == ["r1"]
    page.close()
    server.start()
