"""The picture over a real journal: what it stores, and that nothing is lost or doubled."""

import sqlite3
from datetime import timedelta

import pytest

from catalogs.alerts import AlertStore
from hlaska.alerts import grouping, joining, telling
from hlaska.alerts.actions import Acknowledge, Dismiss, Judge, Resolve
from hlaska.alerts.alert import MOST_EVENTS, State, Verdict
from hlaska.errors import JournalError
from hlaska.playbooks import Playbook
from serving.picture import picture as module
from serving.picture.picture import Picture
from serving.picture.playbooks import for_site
from tests.serving.picture.town import ALL, TOWN, at, event


def levels(threats) -> dict[str | None, int]:
    return {one.zone: one.level for one in (threats.whole, *threats.zones)}


def test_what_was_heard_becomes_an_alert_and_a_level_of_its_zone_and_of_the_site(watch):
    watch.say(event("shot"))
    threats = watch.step(1)
    (alert,) = watch.alerts()
    assert (alert.events, alert.zone, alert.state) == (("shot",), "square", State.NEW)
    assert alert.told_at == at(0), "told when it was received, not when somebody looked"
    assert alert.playbook in for_site(TOWN.id)
    assert threats.whole.level == levels(threats)["square"] > levels(threats)["plant"] == 0
    assert [one.event for one in threats.whole.contributions] == ["shot"]
    assert threats.up_to_seq == watch.journal.last_seq() == watch.store.cursor("testville")


def test_without_events_all_is_calm_and_nothing_but_the_levels_is_stored(watch):
    threats = watch.step(0)
    assert set(levels(threats).values()) == {0}
    assert watch.alerts() == []
    assert {(c.zone, c.level, c.known) for c in watch.store.levels("testville", at(-1), at(1))} == {
        (None, 0, True),
        ("square", 0, True),
        ("plant", 0, True),
    }


def test_levels_are_stored_when_they_change_only(watch):
    watch.step(0)
    watch.say(event("shot", second=5))
    for second in range(6, 20):
        watch.step(second)
    watch.step(20, working=("gate",))
    changes = watch.store.levels("testville", at(1), at(60))
    square = [(c.at, c.level > 0, c.known) for c in changes if c.zone == "square"]
    assert square == [(at(0), False, True), (at(6), True, True), (at(20), True, False)]


def test_a_long_backlog_is_read_in_pages_and_told_in_steps_if_asked_for(watch, monkeypatch):
    monkeypatch.setattr(module, "PAGE", 10)
    watch.say(*(event(f"shot-{n}", second=n) for n in range(35)))
    first = watch.picture.step(at(40), ALL, most_pages=2)
    assert (first.up_to_seq, watch.picture.behind) == (20, True)
    rest = watch.step(41)
    assert (rest.up_to_seq, watch.picture.behind) == (35, False)
    (alert,) = watch.alerts()
    assert alert.count == 35 and alert.events == tuple(f"shot-{n}" for n in range(35))


def test_events_of_another_site_are_passed_over(watch):
    watch.say(event("elsewhere", site="plzen"), event("here"))
    watch.step(1)
    assert [alert.events for alert in watch.alerts()] == [("here",)]
    watch.say(event("elsewhere-2", site="plzen", second=2))
    assert watch.step(3).up_to_seq == 3
    assert watch.store.cursor("testville") == 2, "nothing of ours: nothing is written"


def test_counts_alone_write_nothing(watch):
    facts = {"object_class": "person", "direction": "in", "count": 1}
    watch.step(0)
    watch.say(event("count", "mobility.count", source="gate", attributes=facts))
    assert watch.step(1).up_to_seq == 1
    assert watch.store.cursor("testville") == 0
    assert watch.alerts() == []


@pytest.mark.parametrize("late_s", [pytest.param(365 * 86_400, id="a year old"), 86_401])
def test_what_is_history_when_it_comes_opens_no_alert_and_raises_no_level(watch, late_s):
    watch.say(event("old", second=-late_s), second=0)
    assert levels(watch.step(1))[None] == 0
    assert watch.alerts() == []


def test_what_comes_from_the_future_waits_until_then_for_its_level_and_opens_no_alert(watch):
    watch.say(event("ahead", second=3600), second=0)
    assert levels(watch.step(1))[None] == 0
    assert levels(watch.step(3601))[None] > 0
    assert watch.alerts() == []
    watch.restart()
    assert levels(watch.step(3602))[None] > 0


def test_an_event_that_is_sent_again_changes_nothing(watch):
    shot = event("shot")
    watch.say(shot)
    before = watch.step(1)
    watch.say(shot, shot)
    after = watch.step(1)
    assert after == before
    assert [(alert.count, alert.version) for alert in watch.alerts()] == [(1, 1)]


def test_order_of_arrival_changes_no_level(new_watch):
    events = [event(f"e{n}", "video.running", n * 7, source="gate") for n in range(6)]
    events += [event(f"s{n}", "audio.scream", 40 - n * 5) for n in range(6)]
    seen = []
    for order in (events, events[::-1], events[::2] + events[1::2]):
        watch = new_watch()
        watch.say(*order, second=50)
        threats = watch.step(60)
        seen.append(threats)
    assert seen[0] == seen[1] == seen[2]
    assert seen[0].whole.level > 0


def test_hostile_text_is_kept_as_it_is_and_stops_nothing(watch):
    words = "<script>alert(1)</script>'; DROP TABLE alerts; -- \x00\u202e"
    facts = {"words": words, "because": words, "carries": "gate", "host": words, "limit": 1.0}
    watch.say(event("x'\"<>", "cyber.scan", source="taps", attributes=facts, zone=None))
    watch.say(event("shot", second=1))
    watch.step(2)
    assert {alert.worst for alert in watch.alerts()} == {"x'\"<>", "shot"}
    watch.restart()
    assert watch.step(3).whole.level > 0


@pytest.mark.parametrize("carries", ["Kamera 1", "x" * 65, "<b>", ""])
def test_what_a_finding_calls_a_sensor_may_be_any_words_and_stops_nothing(watch, carries):
    found = {"kind": "cyber.scan", "source": "taps", "zone": None}
    watch.say(event("first", **found))
    watch.say(event("second", second=1, attributes={"carries": carries}, **found))
    watch.say(event("shot", attributes={"carries": carries}, second=2))
    watch.step(3)
    assert [alert.events for alert in watch.alerts()] == [("first", "second"), ("shot",)]
    assert {name for alert in watch.alerts() for name in alert.sources} == {"taps", "mic"}


def damage(watch, seq: int) -> None:
    with sqlite3.connect(watch.path) as database:
        database.execute('UPDATE events SET body = \'{"kind": "new.kind"}\' WHERE seq = ?', (seq,))
    database.close()


def test_an_event_that_cannot_be_read_is_skipped_counted_and_stops_nothing(watch, caplog):
    watch.say(*(event(f"shot-{n}", second=n) for n in range(3)))
    damage(watch, 2)
    watch.step(5)
    assert [alert.events for alert in watch.alerts()] == [("shot-0", "shot-2")]
    assert watch.picture.skipped == 1
    assert "event 2 is skipped" in caplog.text
    damage(watch, 3)
    watch.say(event("shot-3", second=6))
    watch.restart()
    assert watch.step(7).whole.level > 0
    assert watch.picture.skipped == 2, "at the start, the past is read again"


def test_with_a_locked_journal_it_says_so_and_goes_on_when_it_is_free(new_watch):
    watch = new_watch(patience_s=0.1)
    watch.step(0)
    watch.say(event("shot", second=1))
    other = sqlite3.connect(watch.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for second in (2, 3):
        with pytest.raises(JournalError, match="locked"):
            watch.step(second)
    assert watch.alerts() == []
    other.execute("ROLLBACK")
    other.close()
    assert watch.step(4).whole.level > 0
    assert [(alert.count, alert.told_at) for alert in watch.alerts()] == [(1, at(1))]


def test_what_a_dispatcher_did_is_where_the_picture_goes_on(watch):
    watch.say(event("shot"))
    watch.step(1)
    watch.order(2, Acknowledge())
    watch.say(event("shot-2", second=3))
    watch.step(4)
    (alert,) = watch.alerts()
    assert (alert.state, alert.events) == (State.ACKNOWLEDGED, ("shot", "shot-2"))
    assert [line.did for line in alert.history][:2] == ["open", "acknowledge"]


class Quick(AlertStore):
    """A store in which somebody orders something just before the picture stores its page."""

    def __init__(self, watch, orders) -> None:
        super().__init__(watch.journal)
        self.orders = list(orders)

    def take(self, *args, **options):
        if self.orders:
            self.orders.pop(0)()
        return super().take(*args, **options)


def test_a_dispatcher_who_is_quicker_is_not_overruled_and_no_event_is_lost(watch):
    watch.say(event("shot"))
    watch.step(1)
    quick = Quick(watch, [lambda: watch.order(2, Acknowledge())])
    watch.picture = watch.new_picture(quick)
    watch.say(event("shot-2", second=2))
    watch.say(event("glass", "audio.glass-break", 2, source="elsewhere", zone="plant"))
    watch.step(3)
    assert quick.orders == []
    shots, glass = watch.alerts()
    assert (shots.state, shots.events, shots.version) == (
        State.ACKNOWLEDGED,
        ("shot", "shot-2"),
        3,
    )
    assert (glass.events, glass.version) == (("glass",), 1)


def test_an_alert_that_is_closed_under_its_hands_stays_closed(watch):
    watch.say(event("scream", "audio.scream"))
    watch.step(1)
    watch.order(2, Acknowledge())
    quick = Quick(watch, [lambda: watch.order(3, Resolve())])
    watch.picture = watch.new_picture(quick)
    watch.say(event("shot", second=3))
    watch.step(4)
    scream, shot = watch.alerts()
    assert (scream.state, scream.events) == (State.RESOLVED, ("scream",))
    assert (shot.state, shot.events) == (State.NEW, ("shot",))


def test_who_is_overtaken_all_the_time_says_so_and_loses_nothing(watch, monkeypatch):
    watch.say(event("shot"))
    watch.step(1)
    note = Judge(verdict=Verdict.UNSURE)
    quick = Quick(watch, [lambda: watch.order(2, note)] * module.MOST_TRIES)
    watch.picture = watch.new_picture(quick)
    watch.say(event("shot-2", second=2))
    with pytest.raises(module.AlertError, match="so fast"):
        watch.step(3)
    watch.step(4)
    assert watch.alerts()[0].events == ("shot", "shot-2")


def test_an_event_that_makes_what_cannot_be_stored_is_skipped_and_no_other(
    watch, monkeypatch, caplog
):
    # Code that lists more events than an alert may have stands for any that makes a wrong alert.
    monkeypatch.setattr(joining, "MOST_EVENTS", 10**6)
    shots = [event(f"shot-{n}", second=n / 10) for n in range(MOST_EVENTS + 3)]
    glass = [
        event(f"glass-{n}", "audio.glass-break", 10 + n, source="elsewhere", zone="plant")
        for n in range(2)
    ]
    watch.say(*shots[:150], glass[0], *shots[150:], glass[1])
    threats = watch.step(30)
    assert threats.up_to_seq == watch.store.cursor("testville") == len(shots) + 2
    alerts = {alert.zone: (alert.events, alert.count) for alert in watch.alerts()}
    assert alerts["plant"] == (("glass-0", "glass-1"), 2)
    assert alerts["square"] == (tuple(one.id for one in shots[:MOST_EVENTS]), MOST_EVENTS)
    watch.step(31)
    watch.restart()
    watch.say(event("more", second=32))
    watch.step(33)
    complaints = [line for line in caplog.messages if "is skipped" in line]
    names = [one.id for one in (*shots[MOST_EVENTS:], event("more"))]
    assert [line.split(": ")[2] for line in complaints] == names
    assert all("is not valid and was not stored: events" in line for line in complaints)


def test_an_alert_that_cannot_be_stored_stops_neither_the_others_nor_the_levels(
    watch, monkeypatch, caplog
):
    def escalated(alert, now):
        return (later := telling.escalated(alert, now)) and later.model_copy(
            update={"confidence": 7.0 if alert.zone == "plant" else alert.confidence}
        )

    monkeypatch.setattr(grouping, "escalated", escalated)
    watch.say(event("shot"), event("other", source="elsewhere", zone="plant"))
    watch.step(1)
    for second in range(70, 75):
        watch.step(second, working=("gate",))
    assert {alert.zone: alert.escalated for alert in watch.alerts()} == {"square": 1, "plant": 0}
    changes = watch.store.levels("testville", at(0), at(80))
    assert [change.at for change in changes if change.zone is None] == [at(1), at(70)]
    assert caplog.text.count("is not valid and was not stored: confidence") == 1


def test_two_pictures_of_one_site_make_each_alert_once(watch):
    other = watch.new_picture()
    watch.step(0)
    other.step(at(0), ALL)
    for n in range(1, 9):
        watch.say(event(f"shot-{n}", second=n))
        # Now the one is first, now the other; each of them sees all in the end.
        for one in (watch.picture, other)[:: 1 if n % 2 else -1]:
            threats = one.step(at(n), ALL)
    (alert,) = watch.alerts()
    assert alert.events == tuple(f"shot-{n}" for n in range(1, 9)) and alert.count == 8
    assert threats.whole == watch.step(8).whole


def test_a_refuted_alert_is_evidence_no_more_and_stays_so_after_a_restart(watch):
    watch.say(event("shot"))
    assert watch.step(1).whole.level > 0
    watch.order(2, Dismiss(reason="a firecracker", verdict=Verdict.FALSE))
    watch.say(event("late", second=0.5), second=3)
    calm = watch.step(4)
    assert (calm.whole.level, calm.whole.contributions) == (0, ())
    watch.restart()
    assert watch.step(4) == calm


def test_who_thinks_better_of_a_verdict_gets_the_evidence_back(watch):
    watch.say(event("shot"))
    before = watch.step(5)
    watch.order(2, Judge(verdict=Verdict.FALSE))
    assert watch.step(5).whole.level == 0
    watch.order(4, Judge(verdict=Verdict.TRUE))
    assert watch.step(5).model_copy(update={"up_to_seq": 1}) == before
    assert before.whole.level > 0


def test_what_joins_an_alert_after_its_verdict_is_evidence_as_nobody_has_judged_that(watch):
    watch.say(event("scream", "audio.scream"))
    watch.step(1)
    watch.order(2, Judge(verdict=Verdict.FALSE))
    assert watch.step(3).whole.contributions == ()
    watch.say(event("shot", second=4))
    threats = watch.step(5)
    (alert,) = watch.alerts()
    assert alert.events == ("scream", "shot") and alert.refuted
    assert [one.event for one in threats.whole.contributions] == ["shot"]
    watch.restart()
    assert watch.step(5) == threats


def test_a_silence_hides_an_alert_and_its_end_tells_it(watch):
    watch.step(0)
    watch.silence(0, until=100, kind="audio.glass-break")
    watch.say(event("glass", "audio.glass-break", 5))
    threats = watch.step(6)
    (hidden,) = watch.alerts()
    assert hidden.silence is not None
    assert threats.whole.score > 0, "a silence hides nothing from the level"
    watch.step(101)
    (told,) = watch.alerts()
    assert (told.silence, told.told_at) == (None, at(101))


def test_an_alert_that_waits_escalates_without_any_event_once_each_time(watch):
    watch.say(event("shot"))
    for second in range(0, 150, 10):
        watch.step(second)
    (alert,) = watch.alerts()
    assert alert.escalated == 2
    assert [line.at for line in alert.history if line.did == "escalate"] == [at(60), at(120)]
    watch.restart()
    watch.step(150)
    assert watch.alerts() == [alert]


def test_after_a_restart_what_comes_late_still_belongs_to_the_alert_that_was_closed(watch):
    watch.say(event("scream", "audio.scream"))
    watch.step(1)
    watch.order(2, Dismiss(reason="children at play"))
    watch.restart()
    watch.say(event("late", "audio.scream", 1), second=60)
    watch.step(61)
    (alert,) = watch.alerts()
    assert (alert.state, alert.events) == (State.DISMISSED, ("scream", "late"))


def test_a_site_without_playbooks_is_warned_about(watch, caplog):
    Picture(TOWN, watch.journal, watch.store, dict[str, Playbook]())
    assert "has no playbook 'attack'" in caplog.text


def test_a_day_without_a_picture_is_caught_up_with(watch):
    watch.say(*(event(f"shot-{n}", second=n * 3600) for n in range(24)))
    watch.step(24 * 3600)
    assert [alert.told_at for alert in watch.alerts()] == [at(n * 3600) for n in range(24)]
    assert all(alert.escalated for alert in watch.alerts())
    assert timedelta(hours=23) > module.past.MATTERS_FOR
