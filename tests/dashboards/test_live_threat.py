"""The dispatcher's page, without a browser: what its parts are told, and what it orders."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.live_threat import LiveThreat
from dashboards.same_minute import minute_of, places_of, zone_at
from hlaska.alerts.alert import State
from serving.messages import NewAlert, NewEvent, NewThreats


@pytest.fixture
def page(feed):
    page = LiveThreat(feed)
    yield page
    page.close()


@pytest.fixture
def shots(gateway, shot, look, feed, eventually):
    gateway.send_events([shot(1, observed_at=datetime.now(UTC))])
    look()
    eventually(lambda: feed.world.alerts and feed.world.threats and feed.world.events)
    return next(iter(feed.world.alerts.values()))


def take(page, event, alert, *numbers):
    for number in numbers:
        page.feed.take(NewEvent(seq=1000 + number, event=event(number)))
        page.feed.take(NewAlert(rev=number, alert=alert(number)))


def test_the_worst_alert_is_chosen_by_itself_and_explained(page, shots, eventually):
    eventually(lambda: page.queue.chosen == shots.id)
    assert page.card.facts["title"] == "Gunshot"
    assert [target["id"] for target in page.actions.targets] == [shots.id]
    eventually(lambda: page.why.facts.get("rows"))
    assert page.why.facts["rows"][0]["label"].startswith("Gunshot")
    assert page.steps.facts["steps"]
    assert page.masthead.level["level"] > 0


def test_levels_that_nobody_has_looked_at_for_long_are_known_no_more(page, shots, feed):
    (threats,) = feed.gateway.threats()
    seen = threats.model_copy(update={"whole": threats.whole.model_copy(update={"known": True})})
    page.feed.take(NewThreats(threats=seen))
    assert page.masthead.level["known"]
    later = seen.at + timedelta(minutes=1)
    feed.clock = lambda: later
    page._look_at_clock()
    assert not page.masthead.level["known"]
    assert page.masthead.level["word"].startswith("levels stopped at ")


def test_who_has_no_name_can_order_nothing(page, shots):
    assert "name" in page.actions.barred
    page.masthead.person = "Eva"
    assert page.actions.barred == page.queue.barred == page.steps.barred == ""


def test_without_a_connection_nothing_can_be_ordered(page, shots, server, eventually):
    page.masthead.person = "Eva"
    server.stop()
    try:
        eventually(lambda: page.actions.barred.startswith("No connection"))
    finally:
        server.start()
    eventually(lambda: page.actions.barred == "")


def test_a_key_orders_what_is_chosen_and_the_answer_comes_back(page, shots, feed, eventually):
    page.masthead.person = "Eva"
    page.actions._handle_msg(
        {"do": "acknowledge", "number": 5, "targets": [[shots.id, shots.version]]}
    )
    eventually(lambda: page.actions.answer.get("number") == 5)
    assert page.actions.answer["done"]
    eventually(lambda: page.queue.rows[0]["state"] == "acknowledged")
    assert feed.world.alerts[shots.id].history[-1].by == "Eva"


def test_what_is_not_shown_any_more_cannot_be_ordered_about(page, shots):
    page.masthead.person = "Eva"
    page.actions._handle_msg({"do": "acknowledge", "number": 6, "targets": [[shots.id, 99]]})
    assert page.actions.answer["number"] == 6
    assert not page.actions.answer["done"]


def test_a_step_is_confirmed_by_who_looks(page, shots, feed, eventually):
    page.masthead.person = "Eva"
    eventually(lambda: page.steps.facts.get("alert") == shots.id)
    step = next(step for step in page.steps.facts["steps"] if step["next"])
    page.steps._handle_msg({"step": step["id"], "alert": shots.id, "version": 1, "number": 1})
    eventually(lambda: feed.world.alerts[shots.id].confirmed)
    assert feed.world.alerts[shots.id].confirmed[0].by == "Eva"
    eventually(lambda: page.steps.facts["steps"][0]["done"])


def test_a_silence_asks_for_a_second_person_and_hides_then(page, shots, eventually):
    page.masthead.person = "Eva"
    eventually(lambda: page.queue.chosen == shots.id)
    page.actions._handle_msg(
        {"do": "add", "silence": True, "scope": {"alert": shots.id}, "minutes": 30,
         "reason": "a film is made", "number": 1, "targets": [[shots.id, shots.version]]}
    )  # fmt: skip
    eventually(lambda: page.queue.silences and page.queue.silences[0]["waits"])
    assert page.queue.rows[0]["group"] == "queue"
    page.masthead.person = "Jan"
    silence = page.queue.silences[0]["id"]
    page.queue._handle_msg({"do": "agree", "silence": silence, "number": 2})
    eventually(lambda: page.queue.rows[0]["group"] == "hidden")
    page.queue._handle_msg({"do": "end", "silence": silence, "number": 3})
    eventually(lambda: page.queue.rows[0]["group"] == "queue")


def test_marked_alerts_are_all_meant(page, event, alert, eventually):
    take(page, event, alert, 1, 2)
    page.queue.marked = ["alert-1", "alert-2"]
    assert [target["id"] for target in page.actions.targets] == ["alert-1", "alert-2"]
    page.queue.marked = ["alert-1", "gone"]
    assert page.queue.marked == ["alert-1"]


def test_what_is_chosen_stays_when_something_worse_comes(page, event, alert):
    take(page, event, alert, 1)
    page.queue.chosen = "alert-1"
    before = page.queue.rows
    page.feed.take(NewAlert(rev=9, alert=alert(0, told_at=alert(1).told_at - timedelta(hours=1))))
    assert page.queue.rows != before
    assert page.queue.chosen == "alert-1"


def test_a_new_severe_alert_rings_once(page, event, alert):
    take(page, event, alert, 1)
    rung = page.actions.ring
    assert rung["severity"] == 4
    page.feed.take(NewAlert(rev=5, alert=alert(1, version=2, state=State.ACKNOWLEDGED)))
    assert page.actions.ring == rung


def test_the_language_changes_all_that_is_said(page, event, alert):
    take(page, event, alert, 1)
    page.masthead.language = "cs"
    assert page.language == "cs"
    assert page.masthead.title == "Aktuální ohrožení"
    assert page.queue.rows[0]["title"] == page.card.facts["title"] == "Střelba"
    assert page.actions.words["Acknowledge"] == "Převzít"
    assert page.actions.barred.startswith("Nahoře napište")
    assert page.actions.verdicts[0][1] == "skutečný poplach"
    page.masthead.language = "en"
    assert page.queue.rows[0]["title"] == "Gunshot"


def test_a_site_without_alerts_says_so(page):
    assert page.queue.rows == []
    assert page.queue.empty == "Nothing to deal with"
    assert page.card.facts == {"empty": "Choose an alert: J and K go through the queue"}
    assert page.masthead.level["word"].startswith("unknown")


def test_a_closed_session_listens_no_more(feed):
    before = feed.listeners
    page = LiveThreat(feed)
    assert feed.listeners == before + 1
    page.close()
    assert feed.listeners == before


def test_a_minute_has_what_each_sense_told_of_then(alert, event, shot, site, noon):
    ours, seen = shot(1), event(20)
    late = event(300, kind="cyber.scan", source="core")
    known = {one.id: one for one in (ours, seen, late)}
    minute = minute_of(alert(1), known, site)
    audio, video = minute.views["audio"], minute.views["video"]
    assert (audio.event, audio.ours) == (ours, True)
    assert (video.event, video.ours) == (seen, False)
    assert minute.views["cyber"] is None


def test_the_camera_is_that_which_noticed_it_or_the_nearest(alert, site):
    own = minute_of(alert(1, sources=["yard"]), {}, site)
    assert own.camera.id == "yard"
    assert minute_of(alert(1), {}, site).camera is not None
    bare = site.model_copy(update={"cameras": ()})
    assert minute_of(alert(1), {}, bare).camera is None


def test_an_alert_is_at_its_place_or_in_its_zone_or_at_its_sensors(alert, site):
    place = {"lon": 13.375, "lat": 49.744}
    assert places_of(alert(1, location=place), (), site) == [(13.375, 49.744)]
    assert len(places_of(alert(1), (), site)) == 5
    assert places_of(alert(1, zone=None), (), site) == [(13.376, 49.744)]
    assert places_of(alert(1, zone=None, sources=["nobody"]), (), site) == []


def test_what_was_dealt_with_is_marked_no_more(page, event, alert, noon):
    take(page, event, alert, 1, 2)
    page.queue.marked = ["alert-1", "alert-2"]
    done = alert(1, version=2, state="resolved", closed_at=datetime.now(UTC))
    page.feed.take(NewAlert(rev=9, alert=done))
    assert page.queue.marked == ["alert-2"]
    page.queue.marked = ["alert-1"]
    assert page.queue.marked == ["alert-1"], "somebody wants to reopen it"


def test_a_place_is_in_the_zone_around_it(site):
    assert zone_at([(13.375, 49.744)], site) == "square"
    assert zone_at([(13.375, 49.744), (13.39, 49.744)], site) is None
    assert zone_at([], site) is None
