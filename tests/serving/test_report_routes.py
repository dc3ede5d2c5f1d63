"""Reports over real HTTP, with a real journal."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from hlaska.errors import GatewayError, RefusedError
from hlaska.results import Column, Report, ReportKind, ResultTable
from serving.client import Gateway

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def report(name="r1", minutes=0, **changes) -> Report:
    table = ResultTable("t", "T", "", (Column("f1", "F1", 2),), ({"what": "us", "f1": 0.5},))
    fields = {
        "id": name,
        "kind": ReportKind.EVALUATION,
        "made_at": NOON + timedelta(minutes=minutes),
        "title": "How well it sees",
        "tables": (table,),
    }
    return Report(**(fields | changes))


@pytest.fixture
def gateway(server):
    with Gateway(server.url) as gateway:
        yield gateway


def test_a_report_comes_back_as_it_was_sent_however_often(gateway):
    gateway.send_report(report())
    gateway.send_report(report())
    assert gateway.report("r1") == report()
    assert gateway.reports() == [report()]


def test_reports_are_chosen_the_newest_first(gateway):
    gateway.send_report(report("a", site="testville"))
    gateway.send_report(report("b", 1, model="walker"))
    gateway.send_report(report("c", 2, model="walker", kind=ReportKind.GATE))
    assert [one.id for one in gateway.reports()] == ["c", "b", "a"]
    assert [one.id for one in gateway.reports(model="walker", limit=1)] == ["c"]
    assert [one.id for one in gateway.reports(kind=ReportKind.EVALUATION)] == ["b", "a"]
    assert [one.id for one in gateway.reports(site="testville")] == ["a"]
    later = {"since": NOON + timedelta(minutes=1), "until": NOON + timedelta(minutes=2)}
    assert [one.id for one in gateway.reports(**later)] == ["b"]


def test_a_report_that_nobody_made_is_said(gateway):
    with pytest.raises(GatewayError, match="no report 'r9'"):
        gateway.report("r9")


@pytest.mark.parametrize(
    ("body", "status", "complaint"),
    [
        pytest.param(b"{", 422, "the report: Invalid JSON", id="not JSON"),
        pytest.param(b"[" * 100_000, 422, "the report: Invalid JSON", id="nested without end"),
        pytest.param(b"[1]", 422, "the report: Input should be an object", id="a list"),
        pytest.param(b"{}", 422, "id: Field required (and 3 more)", id="empty"),
        pytest.param(b"x" * 2_000_001, 413, "at most 2000000", id="too large"),
        pytest.param(b"x" * 8_000_001, 413, "at most 8000000", id="far too large"),
    ],
)
def test_what_is_no_report_is_refused_with_a_reason(server, gateway, body, status, complaint):
    answer = httpx.post(f"{server.url}/reports", content=body)
    assert answer.status_code == status
    assert complaint in answer.json()["detail"]
    assert gateway.reports() == []


def test_the_place_of_a_mistake_is_named(server):
    wrong = json.loads(report().model_dump_json())
    wrong["tables"][0]["columns"][0]["digits"] = "two"
    answer = httpx.post(f"{server.url}/reports", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("tables.0.columns.0.digits: ")


def test_a_report_about_a_site_that_nobody_knows_is_refused(gateway):
    with pytest.raises(RefusedError, match="no site 'atlantis'; known: testville"):
        gateway.send_report(report(site="atlantis"))


@pytest.mark.parametrize(
    "query", ["kind=rumour", "limit=0", "limit=1001", "limit=many", "since=noon"]
)
def test_a_senseless_question_is_refused(query, server):
    answer = httpx.get(f"{server.url}/reports?{query}")
    assert answer.status_code == 422
    assert query.split("=")[0] in json.dumps(answer.json())


def test_a_locked_journal_sheds_and_the_report_is_not_half_there(server, gateway, tmp_path):
    gateway.send_report(report())
    other = sqlite3.connect(tmp_path / "home" / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Gateway(server.url, timeout_s=60) as patient:
        with pytest.raises(GatewayError, match=r"503 .*another program holds it too long") as told:
            patient.send_report(report(title="new"))
    assert not isinstance(told.value, RefusedError)
    other.execute("ROLLBACK")
    other.close()
    assert gateway.report("r1") == report()


def test_only_the_bearer_of_the_token_sends_and_reads(site, new_server):
    server = new_server(site, SecretStr("open-sesame"))
    server.start()
    with Gateway(server.url) as stranger:
        for ask in (lambda: stranger.send_report(report()), stranger.reports):
            with pytest.raises(GatewayError, match="401"):
                ask()
    with Gateway(server.url, SecretStr("open-sesame")) as friend:
        friend.send_report(report())
        assert friend.reports() == [report()]
