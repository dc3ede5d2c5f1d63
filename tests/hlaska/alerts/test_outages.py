"""Outages: from the first bad word of a source to its first good one."""

from datetime import UTC, datetime, timedelta

import pytest

from hlaska.alerts.outages import outages
from hlaska.events import Event

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVENING = NOON + timedelta(hours=8)


def health(minute, word, source="gate", **attributes):
    return Event(
        id=f"{source}-{word}-{minute}",
        site="testville",
        source=source,
        kind=f"health.{word}",
        observed_at=NOON + timedelta(minutes=minute),
        confidence=1,
        attributes={"state": word} | attributes,
    )


def test_it_lasts_until_the_source_works_again():
    told = [health(30, "restored"), health(10, "degraded", reason="no packets"), health(12, "down")]
    (one,) = outages(told, NOON, EVENING)
    assert (one.lasted_s, one.lost, one.over, one.reason) == (1200, True, True, "no packets")


def test_one_that_is_not_over_ends_with_the_time_asked_about():
    (one,) = outages([health(10, "degraded")], NOON, EVENING)
    assert (one.end, one.over, one.lost) == (EVENING, False, False)


def test_one_that_began_before_counts_from_the_beginning():
    (one,) = outages([health(-90, "down"), health(5, "restored")], NOON, EVENING)
    assert (one.start, one.lasted_s) == (NOON, 300)


@pytest.mark.parametrize("minute", [-10, 600], ids=["before", "after"])
def test_one_at_another_time_is_left_out(minute):
    told = [health(minute, "down"), health(minute + 2, "restored")]
    assert outages(told, NOON, EVENING) == ()


def test_two_matters_of_one_source_are_two():
    told = [
        health(1, "down"),
        health(2, "degraded", what="clipping"),
        health(3, "restored"),
        health(9, "restored", what="clipping"),
    ]
    assert [(one.what, one.lasted_s) for one in outages(told, NOON, EVENING)] == [
        ("", 120),
        ("clipping", 420),
    ]


def test_a_foreign_clock_is_wrong_until_it_is_right_and_a_bad_message_only_then():
    acme = {"source": "acme", "vendor": "Acme"}
    told = [
        health(1, "degraded", **acme | {"state": "clock-off"}),
        health(2, "degraded", **acme | {"state": "unreadable"}),
        health(6, "restored", **acme | {"state": "clock-right"}),
    ]
    clock, message = outages(told, NOON, EVENING)
    assert (clock.what, clock.lasted_s, clock.over) == ("clock", 300, True)
    assert (message.what, message.lasted_s, message.over) == ("unreadable", 0, True)


def test_what_is_no_word_about_health_is_none():
    shot = health(1, "down").model_copy(update={"kind": "audio.gunshot"})
    assert outages([shot, health(3, "restored")], NOON, EVENING) == ()


def test_another_makers_detector_that_is_connected_again_works_again():
    told = [
        health(1, "down", state="lost", vendor="Acme"),
        health(4, "restored", state="healthy", vendor="Acme"),
    ]
    (one,) = outages(told, NOON, EVENING)
    assert (one.lasted_s, one.over) == (180, True)
