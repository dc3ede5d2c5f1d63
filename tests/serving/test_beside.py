"""A challenger in the champion's process, with scorers that a test holds by the hand."""

import os
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from hlaska.errors import GatewayError
from hlaska.events import ModelRef
from hlaska.results import ReportKind
from hlaska.settings import Settings
from serving import beside as module
from serving.beside import Asked, Beside, Words, beside
from serving.champion import InService
from serving.class_agreement import Scores
from serving.client import Gateway

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CLASSES, POINTS = ("person", "car"), {"person": 0.5, "car": 0.5}
WORDS = Words("windows", "", "the largest", timedelta(seconds=10))
CHAMPION, SECOND = (ModelRef(name="walker", version=version) for version in "12")
ROWS = np.array([[0.9, 0.1], [0.2, 0.1]], np.float32)


class Challenger:
    """Says what it is shown, when it may."""

    def __init__(self) -> None:
        self.free, self.began = threading.Event(), threading.Event()
        self.free.set()
        self.seen, self.threads = [], []
        self.trouble: Exception | None = None

    def score(self, rows):
        self.began.set()
        assert self.free.wait(20)
        self.threads.append(threading.get_native_id())
        if self.trouble:
            raise self.trouble
        self.seen.append(rows)
        return rows


class Chair:
    """In the place of `Served`: a test puts somebody on it, or nobody."""

    def __init__(self, held=None) -> None:
        self.held, self.closed = held, False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def challenger():
    return Challenger()


@pytest.fixture
def chair(challenger, card):
    return Chair(InService(SimpleNamespace(card=card, ref=SECOND), challenger))


@pytest.fixture
def sent():
    return []


@pytest.fixture
def watching(chair, challenger, sent, monkeypatch):
    monkeypatch.setattr(module, "PAUSE_S", 0.0)
    monkeypatch.setattr("serving.handover.REST_S", 0.05)
    shadow = Beside(chair, Challenger.score, WORDS, sent.append, report_s=3600)
    yield shadow
    challenger.free.set()
    shadow.close()
    assert chair.closed


def asked(since, *, rows=ROWS, said=ROWS, champion=CHAMPION):
    where = lambda row: ("", NOON)  # noqa: E731
    return Asked(rows, Scores(said, CLASSES, POINTS), champion, 0.02, where, since)


@pytest.fixture
def show(watching, challenger, until):
    """`show(**changes)`: offered until it is taken, and looked at."""

    def offer(took_s=0.0, **changes) -> None:
        seen = len(challenger.seen)
        until(lambda: watching.offer(lambda since: asked(since, **changes), took_s))
        until(lambda: len(challenger.seen) > seen)
        # Until it is counted, too.
        until(lambda: watching._over._busy is False)

    return offer


def test_a_report_says_where_the_two_agree_and_how_long_they_took(watching, show, sent):
    show()
    show(said=np.zeros_like(ROWS))
    assert watching.report() == 1
    (report,) = sent
    assert report.kind is ReportKind.SHADOW and report.passed is None and not report.shown
    assert (report.model, [ref.version for ref in report.models]) == ("walker", ["1", "2"])
    assert report.id.startswith("shadow-") and report.about["windows"] == 4
    agreement, latency, differences = report.tables
    assert [table.name for table in report.tables] == ["agreement", "latency", "differences"]
    rows = {row["what"]: row for row in agreement.rows}
    assert (rows["person"]["both"], rows["person"]["only_shadow"]) == (1, 1)
    assert rows["car"]["share"] is None
    assert report.summary.startswith("50% of the alarms agree in 4 windows")
    champion, shadow = latency.rows
    assert champion["median_ms"] == pytest.approx(20) and shadow["batches"] == 2
    (row,) = differences.rows
    assert (row["what"], row["champion"], row["at"]) == ("person", 0, NOON.isoformat())
    assert row["shadow"] == pytest.approx(0.9)


def test_whoever_offers_does_not_wait_for_a_shadow_that_blocks_forever(watching, challenger):
    challenger.free.clear()
    assert watching.offer(asked, 0.0)
    assert challenger.began.wait(20)
    # It is under way, and all of this returns.
    assert [watching.offer(asked, 0.0) for _ in range(100)] == [False] * 100
    assert watching.report() == 0
    watching.rest()
    assert not challenger.seen


def test_what_was_passed_over_is_counted(watching, challenger, show, sent, until):
    challenger.free.clear()
    watching.offer(asked, 0.0)
    assert challenger.began.wait(20)
    for _ in range(7):
        watching.offer(asked, 0.0)
    challenger.free.set()
    until(lambda: len(challenger.seen) == 1)
    show()
    watching.report()
    assert sent[0].about["passed_over"] >= 7


def test_it_scores_with_the_lowest_priority_and_nobody_else_gets_it(show, challenger, monkeypatch):
    lowered = []

    def lower(kind, thread, priority):
        assert (kind, thread) == (os.PRIO_PROCESS, threading.get_native_id())
        lowered.append((thread, priority))

    monkeypatch.setattr(module.os, "setpriority", lower)
    show()
    assert lowered == [(challenger.threads[0], 19)]
    assert challenger.threads[0] != threading.get_native_id()


@pytest.mark.parametrize(
    "load",
    [
        pytest.param({"took_s": 0.0, "crowded": True}, id="others wait"),
        pytest.param({"took_s": 3.0}, id="busy for most of the last seconds"),
    ],
)
def test_while_the_champion_has_too_much_to_do_nothing_is_taken(
    watching, challenger, load, monkeypatch
):
    monkeypatch.setattr("serving.handover.REST_S", 3600)
    assert not watching.offer(asked, **load)
    assert not watching.offer(asked, 0.0), "and so it is for a while"
    watching.close()  # after what is under way
    assert not challenger.began.is_set()


def test_after_the_load_is_over_and_with_little_of_it_it_looks_again(watching, show, challenger):
    watching.offer(asked, 0.0, crowded=True)
    for _ in range(4):
        show(took_s=0.1)
    assert len(challenger.seen) == 4


def test_spells_add_up_and_old_ones_are_forgotten(monkeypatch):
    busy, clock = module._Busy(), iter([0.0, 1.0, 100.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    assert [busy.share(took_s) for took_s in (2.0, 2.0, 0.1)] == pytest.approx([0.4, 0.8, 0.02])


def test_a_report_replaces_the_one_before_and_nothing_new_is_not_told_again(watching, show, sent):
    show()
    watching.report()
    assert watching.report() == 0
    show()
    watching.report()
    first, second = sent
    assert first.id == second.id and second.about["windows"] == 4


def test_a_report_that_could_not_be_sent_is_sent_the_next_time(chair, show, watching, sent):
    def away(report):
        watching._send = sent.append
        raise GatewayError("away")

    watching._send = away
    show()
    with pytest.raises(GatewayError):
        watching.report()
    assert watching.report() == 1 and len(sent) == 1


def test_the_reports_go_by_themselves(chair, challenger, sent, until):
    refused = [GatewayError("away")]

    def send(report):
        if refused:
            raise refused.pop()
        sent.append(report)

    shadow = Beside(chair, Challenger.score, WORDS, send, report_s=0.02)
    shadow.offer(asked, 0.0)
    until(lambda: sent)
    assert not refused
    shadow.close()


def test_two_that_watch_with_the_same_versions_have_a_report_each(chair, show, watching, sent):
    other = Beside(chair, Challenger.score, WORDS, sent.append)
    other._see(asked(SimpleNamespace(passed_over=0, took_s=None)))
    show()
    assert watching.report() == other.report() == 1
    one, two = (report.id for report in sent)
    assert one != two and len(one) <= 64
    other.close()


def test_a_shadow_that_was_removed_sees_nothing_more_and_what_it_saw_is_told(
    watching, show, chair, challenger, sent
):
    show()
    chair.held = None
    assert not watching.offer(asked, 0.0)
    assert watching.report() == 1 and watching.report() == 0
    assert len(challenger.seen) == 1 and len(sent) == 1


def test_a_shadow_that_became_champion_is_not_compared_with_itself(watching, challenger, until):
    made = []
    watching.offer(lambda since: made.append(1) or asked(since, champion=SECOND), 0.0)
    until(lambda: made and watching._over._busy is False)
    assert not challenger.began.is_set() and watching.report() == 0


@pytest.mark.parametrize("trouble", [ValueError("of a runtime"), MemoryError("too large")])
def test_a_shadow_that_cannot_score_is_said_once_and_tried_again(
    watching, challenger, show, caplog, until, trouble
):
    challenger.trouble = trouble
    until(lambda: watching.offer(asked, 0.0) and len(challenger.threads) >= 1)
    until(lambda: watching.offer(asked, 0.0) and len(challenger.threads) >= 2)
    challenger.trouble = None
    show()
    (record,) = caplog.records
    assert "walker version 2 cannot score" in record.getMessage()
    assert "hlaska shadow walker --off" in record.getMessage()


def test_an_answer_of_another_length_is_not_counted(watching, chair, caplog, until):
    watching._score = lambda scorer, rows: rows[:1]
    watching.offer(asked, 0.0)
    until(lambda: caplog.records)
    assert "2 rows were shown, 1 answered" in caplog.records[0].getMessage()
    assert watching.report() == 0


@pytest.mark.parametrize("uri", ["seed:street-sounds", "models:/walker/3", "/some/folder"])
def test_beside_a_model_that_follows_no_alias_nobody_watches(uri, tmp_path):
    assert beside(uri, Settings(home=tmp_path), None, None, WORDS) is None


def test_beside_a_model_that_follows_an_alias_the_shadow_of_its_name_watches(tmp_path):
    shadow = beside(
        "models:/walker@champion", Settings(home=tmp_path, mlflow_port=9), None, None, WORDS
    )
    assert shadow._service._uri == "models:/walker@shadow"
    assert not shadow.offer(asked, 0.0)
    shadow.close()


def test_the_gateway_keeps_the_report_in_the_place_of_the_one_before(chair, server):
    with Gateway(server.url) as gateway:
        shadow = Beside(chair, Challenger.score, WORDS, gateway.send_report)
        for _ in range(2):
            shadow._see(asked(SimpleNamespace(passed_over=0, took_s=None)))
            shadow.report()
        (report,) = gateway.reports(kind=ReportKind.SHADOW)
        assert report.about["windows"] == 4 and len(report.tables) == 3
        assert not gateway.events()
    shadow.close()
