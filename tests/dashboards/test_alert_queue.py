"""The queue says what to deal with first, what is hidden and by what; and when the room hears."""

from datetime import timedelta

import pytest

from dashboards.alert_card import card_facts
from dashboards.alert_queue import queue_rows, silence_rows
from dashboards.bell import Bell
from hlaska.alerts.silences import Scope, Silence

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def silence(noon):
    def make(scope, **changes):
        fields = {
            "id": "s-1",
            "site": "testville",
            "scope": scope,
            "reason": "works",
            "by": "Eva",
            "at": noon,
            "until": noon + timedelta(hours=1),
            "needs_second": False,
        }
        return Silence(**(fields | changes))

    return make


@pytest.fixture
def glass(alert):
    return lambda number, **changes: alert(
        number, **({"kinds": ["audio.glass-break"], "severity": 2, "playbook": "glass"} | changes)
    )


def rows_of(alerts, silences, site, now, language="en"):
    return queue_rows(alerts, silences, site, now, language)


def test_the_worst_that_nobody_has_seen_comes_first(alert, glass, site, noon):
    seen = alert(1, state="acknowledged")
    rows = rows_of([glass(2), seen, alert(3)], (), site, noon)
    assert [row["id"] for row in rows] == ["alert-3", "alert-2", "alert-1"]
    assert {row["group"] for row in rows} == {"queue"}


def test_a_row_says_all_that_a_dispatcher_looks_for(alert, site, noon):
    two = alert(1, kinds=["audio.gunshot", "video.running"], count=7, told=2,
                told_why="severity 3 to 4, video joins", escalated=1)  # fmt: skip
    (row,) = rows_of([two], (), site, noon + timedelta(seconds=31))
    assert row["title"].startswith("Gunshot")
    assert (row["place"], row["count"], row["age_s"]) == ("Square", 7, 30.0)
    assert row["senses"] == ["heard", "seen"]
    assert row["why"] == "worse: severity 4, seen too"
    assert (row["severity"], row["state_words"]) == ("danger to life", "new")
    assert row["due_s"] == 90.0


def test_a_row_speaks_czech(alert, site, noon):
    (row,) = rows_of([alert(1)], (), site, noon, "cs")
    assert (row["title"], row["state_words"], row["senses"]) == ("Střelba", "nový", ["slyšeno"])


def test_what_is_hidden_comes_apart_with_what_hides_it(glass, alert, silence, site, noon):
    hiding = silence(Scope(kind="audio.glass-break"))
    rows = rows_of([glass(1), alert(2)], [hiding], site, noon)
    assert [(row["id"], row["group"], row["silence"]) for row in rows] == [
        ("alert-2", "queue", ""),
        ("alert-1", "hidden", "s-1"),
    ]
    (shown,) = silence_rows([hiding], rows, {}, site, noon, "en")
    assert (shown["words"], shown["hides"], shown["waits"]) == ("Breaking glass", 1, False)
    assert shown["until"] == "until 15:00:00"


def test_a_silence_that_waits_for_a_second_person_hides_nothing_and_says_so(
    alert, silence, site, noon
):
    waiting = silence(Scope(alert="alert-1"), until=None, needs_second=True)
    rows = rows_of([alert(1)], [waiting], site, noon)
    assert [row["group"] for row in rows] == ["queue"]
    (shown,) = silence_rows([waiting], rows, {"alert-1": alert(1)}, site, noon, "en")
    assert (shown["waits"], shown["hides"], shown["until"]) == (True, 0, "until resolved")
    assert shown["words"] == "only this alert: Gunshot"


def test_a_silence_that_is_over_is_listed_no_more(silence, site, noon):
    over = silence(Scope(zone="square"))
    assert silence_rows([over], [], {}, site, noon + timedelta(hours=2), "en") == []


def test_closed_ones_come_last_the_latest_first(alert, site, noon):
    closed = [
        alert(number, state="resolved", closed_at=noon + timedelta(seconds=number))
        for number in (1, 2)
    ]
    rows = rows_of([*closed, alert(3)], (), site, noon)
    assert [(row["id"], row["group"]) for row in rows] == [
        ("alert-3", "queue"),
        ("alert-2", "closed"),
        ("alert-1", "closed"),
    ]


def test_an_age_counts_from_when_the_alert_was_opened(alert, site, noon):
    now = noon + timedelta(minutes=1)
    recorded = alert(0, first_at=noon - timedelta(hours=21), opened_at=noon)
    (row,) = rows_of([recorded], (), site, now)
    assert (row["age_s"], row["late_s"]) == (60, 21 * 3600)
    (told,) = [text for name, text in card_facts(recorded, site, now, "en")["lines"]
               if name == "told here"]  # fmt: skip
    assert told == "14:00:00"


def test_of_what_was_told_at_once_nothing_is_said(alert, site, noon):
    soon = alert(0, first_at=noon - timedelta(seconds=20), opened_at=noon)
    (row,) = rows_of([soon], (), site, noon)
    assert (row["age_s"], row["late_s"]) == (0, 0)
    assert "told here" not in dict(card_facts(soon, site, noon, "en")["lines"])


def test_other_sites_have_queues_of_their_own(alert, site, noon):
    assert rows_of([alert(1, site="elsewhere")], (), site, noon) == []


def test_hostile_words_stay_words(silence, site, noon):
    loud = silence(Scope(zone="square"), reason=HOSTILE, by=HOSTILE)
    (row,) = silence_rows([loud], [], {}, site, noon, "en")
    assert (row["reason"], row["by"]) == (HOSTILE, HOSTILE)


def test_the_bell_rings_once_for_each_time_that_a_severe_alert_is_told(alert):
    bell = Bell()
    first = alert(1)
    assert bell.hears([first], []) == 0, "what waits when a session begins makes no sound"
    second = alert(2, severity=3)
    assert bell.hears([first, second], []) == 3
    assert bell.hears([first, second], []) == 0
    assert bell.hears([first, second.model_copy(update={"told": 2})], []) == 3


def test_the_bell_rings_again_while_nobody_acknowledges(alert):
    bell = Bell()
    bell.hears([alert(1)], [])
    assert bell.hears([alert(1, escalated=1)], []) == 4
    assert bell.hears([alert(1, escalated=2, state="acknowledged")], []) == 0


@pytest.mark.parametrize(
    ("changes", "hidden"),
    [
        pytest.param({"severity": 2}, [], id="not severe"),
        pytest.param({}, ["alert-2"], id="hidden"),
        pytest.param({"state": "resolved"}, [], id="closed"),
    ],
)
def test_the_bell_is_quiet_for_what_need_not_be_heard(alert, changes, hidden):
    bell = Bell()
    bell.hears([], [])
    assert bell.hears([alert(2, **changes)], hidden) == 0
