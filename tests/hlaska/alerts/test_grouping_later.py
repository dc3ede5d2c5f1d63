"""What becomes of alerts after they are told: closed, restored, silenced, forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from hlaska.alerts.actions import Acknowledge, Dismiss, Reopen, Resolve, act
from hlaska.alerts.alert import SYSTEM, State
from hlaska.alerts.grouping import Grouping
from hlaska.alerts.silences import Scope, add

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def grouping(town):
    return Grouping(town.site)


def take(grouping, event, s=None, silences=()):
    """Take an event that was received so many seconds after noon, else one second after it was."""
    at = event.observed_at + timedelta(seconds=1) if s is None else NOON + timedelta(seconds=s)
    return grouping.take(event, at, silences)


def close(grouping, alert, s, town, action=None):
    closed = act(alert, action or Dismiss(reason="a cat"), by="Jana", at=town.at(s))
    grouping.replace(closed)
    return closed


def alerts_of(grouping, *events):
    """The ids of the alerts that events end up in, taken one after the other."""
    return [alert.id if (alert := take(grouping, event)) else None for event in events]


def test_a_closed_alert_takes_in_what_comes_late_and_says_nothing(grouping, town):
    alert = take(grouping, town.event())
    closed = close(grouping, alert, 100, town)
    late = take(grouping, town.event(s=160), s=170)
    assert (late.id, late.state, late.version) == (alert.id, State.DISMISSED, closed.version + 1)
    assert (late.count, late.told, late.history) == (2, 1, closed.history)


def test_what_happens_a_minute_after_it_was_closed_is_a_new_alert(grouping, town):
    alert = take(grouping, town.event())
    close(grouping, alert, 100, town)
    again = take(grouping, town.event(s=161), s=170)
    assert again.id != alert.id
    assert again.state is State.NEW


def test_what_would_have_been_told_is_a_new_alert_even_when_one_was_just_closed(grouping, town):
    scream = take(grouping, town.event("audio.scream", source="mic"))
    close(grouping, scream, 100, town)
    shot = take(grouping, town.event("audio.gunshot", 90, source="mic"), s=101)
    assert (shot.id != scream.id, shot.told) == (True, 1)


def test_a_shot_after_a_false_alarm_is_no_part_of_it(grouping, town):
    first = take(grouping, town.event("audio.gunshot", source="mic"))
    close(grouping, first, 100, town)
    assert take(grouping, town.event("audio.gunshot", 99, source="mic"), s=102).id == first.id
    assert take(grouping, town.event("audio.gunshot", 101, source="mic"), s=102).id != first.id


def test_an_open_alert_takes_an_event_before_a_closed_one_does(grouping, town):
    closed = close(grouping, take(grouping, town.event(at_m=10)), 5, town)
    opened = take(grouping, town.event(s=66, at_m=10))
    assert opened.id != closed.id
    assert take(grouping, town.event(s=4, at_m=10), s=67).id == opened.id


def test_what_was_closed_two_hours_ago_is_forgotten(grouping, town):
    close(grouping, take(grouping, town.event()), 100, town)
    grouping.escalate(town.at(100 + 7200))
    assert len(grouping.alerts()) == 1
    grouping.escalate(town.at(100 + 7200 + 61))
    assert grouping.alerts() == []


def test_what_was_reopened_is_known_again(grouping, town):
    closed = close(grouping, take(grouping, town.event()), 100, town)
    grouping.escalate(town.at(8000))
    reopened = act(closed, Reopen(), by="Petr", at=town.at(8000))
    grouping.replace(reopened)
    assert grouping.alerts() == [reopened]
    assert take(grouping, town.event(s=500), s=8001).id == closed.id


def test_going_on_from_what_somebody_else_stored_forgets_what_was_joined_meanwhile(grouping, town):
    alert = take(grouping, town.event(name="first"))
    missed = town.event(s=2, name="missed")
    take(grouping, missed)
    theirs = act(alert, Acknowledge(), by="Jana", at=town.at(3))
    grouping.replace(theirs)
    assert grouping.alerts() == [theirs]
    again = take(grouping, missed)
    assert (again.state, again.count, again.version) == (State.ACKNOWLEDGED, 2, 3)
    assert take(grouping, town.event(name="first")) is None


def test_being_told_what_it_knows_already_changes_nothing(grouping, town):
    event = town.event()
    grouping.replace(take(grouping, event))
    assert take(grouping, event) is None


def test_a_source_that_works_again_resolves_its_alert(grouping, town):
    lost = take(grouping, town.event("health.down", reason="no route"))
    over = take(grouping, town.event("health.restored", 3600))
    assert (over.id, over.state, over.closed_at) == (lost.id, State.RESOLVED, town.at(3601))
    assert (over.history[-1].by, over.history[-1].words) == (SYSTEM, "cam-square works again")
    assert (over.judgement, over.refuted) == (None, False)


def test_a_source_that_works_again_resolves_no_alert_of_another_source_or_matter(grouping, town):
    take(grouping, town.event("health.down", source="mic", at_m=50))
    take(grouping, town.event("health.down", source="cam-gate", at_m=50, what="clipping"))
    assert take(grouping, town.event("health.restored", 5, at_m=50)) is None
    assert take(grouping, town.event("health.restored", 5, source="cam-gate")) is None
    clock = town.event("health.restored", 5, source="mic", state="clock-right", vendor="A")
    assert take(grouping, clock) is None
    assert all(alert.is_open for alert in grouping.alerts())
    assert len(grouping.alerts()) == 2


def test_a_source_is_one_alert_for_as_long_as_it_is_lost(grouping, town):
    events = [town.event("health.down"), town.event("health.degraded", 7200)]
    assert len(set(alerts_of(grouping, *events))) == 1


def test_older_news_that_it_works_resolves_nothing(grouping, town):
    take(grouping, town.event("health.down", 100))
    assert take(grouping, town.event("health.restored", 99), s=102) is None


def test_a_source_that_fails_again_at_once_is_a_new_alert(grouping, town):
    first, over, again = alerts_of(
        grouping,
        town.event("health.down", 0),
        town.event("health.restored", 10),
        town.event("health.down", 15),
    )
    assert first == over != again


def test_a_backlog_of_failures_and_recoveries_ends_with_what_came_last(grouping, town):
    kinds = ["health.down", "health.restored", "health.down"]
    for number, kind in enumerate(kinds):
        take(grouping, town.event(kind, 60 * number), s=600)
    assert [alert.is_open for alert in grouping.alerts()].count(True) == 1


def test_the_end_of_a_failure_that_comes_twice_ends_it_once(grouping, town):
    alert = take(grouping, town.event("health.down"))
    restored = town.event("health.restored", 10)
    over = take(grouping, restored)
    grouping.replace(act(over, Reopen(), by="Jana", at=town.at(12)))
    assert take(grouping, restored) is None
    assert next(a for a in grouping.alerts() if a.id == alert.id).is_open


def quiet(town, s=0, until_s=3600, by="Jana", **scope):
    return add(
        Scope(**scope),
        site="town",
        until=town.at(until_s),
        reason="they train",
        by=by,
        at=town.at(s),
    )


def test_what_a_silence_hides_opens_without_a_sound(grouping, town):
    silence = quiet(town, kind="video.running")
    alert = take(grouping, town.event(), silences=[silence])
    assert (alert.version, alert.silence, alert.untold) == (1, silence.id, "new")
    assert [line.did for line in alert.history] == ["open", "hide"]
    assert grouping.escalate(town.at(3000)) == []
    again = take(grouping, town.event(s=5), silences=[silence])
    assert (again.told, again.silence, len(again.history)) == (1, silence.id, 2)


def test_when_its_silence_is_over_an_alert_is_told_with_all_that_was_kept_back(grouping, town):
    silence = quiet(town, zone="square", family="attack").model_copy(update={"second": "Petr"})
    take(grouping, town.event(at_m=50), silences=[silence])
    hidden = take(grouping, town.event("audio.scream", 5, source="mic", at_m=50), None, [silence])
    assert (hidden.told, hidden.severity) == (1, 3)
    assert grouping.heed([silence], town.at(3599)) == []
    (told,) = grouping.heed([silence], town.at(3600))
    assert (told.told, told.silence, told.untold) == (2, None, "")
    assert told.told_why == "no longer silent, new, severity 2 to 3, audio joins"
    assert told.version == hidden.version + 1


def test_what_somebody_has_seen_is_not_told_when_its_silence_is_over(grouping, town):
    silence = quiet(town, kind="video.running")
    alert = take(grouping, town.event(), silences=[silence])
    grouping.replace(act(alert, Acknowledge(), by="Jana", at=town.at(2)))
    (shown,) = grouping.heed([], town.at(10))
    assert (shown.silence, shown.told) == (None, 1)
    assert shown.history[-1].did == "show"


def test_a_new_silence_hides_alerts_that_are_open(grouping, town):
    take(grouping, town.event())
    take(grouping, town.event("video.crowding", source="cam-gate"))
    silence = quiet(town, s=10, kind="video.running")
    (hidden,) = grouping.heed([silence], town.at(11))
    assert (hidden.silence, hidden.told) == (silence.id, 1)
    assert hidden.history[-1].words == "Jana: they train"
    assert grouping.heed([silence], town.at(12)) == []


def test_a_shot_in_a_silenced_alert_is_told(grouping, town):
    silence = quiet(town, kind="audio.glass-break")
    take(grouping, town.event("audio.glass-break", source="mic"), silences=[silence])
    shot = take(grouping, town.event("audio.gunshot", 5, source="mic"), silences=[silence])
    assert (shot.silence, shot.told, shot.severity) == (None, 2, 4)
    assert shot.told_why == "no longer silent, new, severity 2 to 4"


def test_closed_alerts_are_not_hidden_or_shown(grouping, town):
    alert = take(grouping, town.event())
    grouping.replace(act(alert, Acknowledge(), by="J", at=town.at(2)))
    close(grouping, grouping.alerts()[0], 3, town, Resolve())
    assert grouping.heed([quiet(town, kind="video.running")], town.at(4)) == []
    assert grouping.escalate(town.at(4000)) == []


def test_what_comes_late_to_an_alert_closed_in_silence_is_not_told_when_that_ends(grouping, town):
    alert = take(grouping, town.event(), silences=[quiet(town, kind="video.running")])
    closed = close(grouping, alert, 100, town)
    late = take(grouping, town.event(s=90), s=3700)
    assert (late.count, late.told, late.history) == (2, 1, closed.history)
