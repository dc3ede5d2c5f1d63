"""The history without a browser: what is asked, found, chosen and replayed."""

from datetime import UTC, datetime, timedelta

import pytest

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from dashboards import alert_words, fetched, minute_panes, replay_desk, shift_report
from dashboards import history as history_page
from dashboards.counts_chart import wall_ms
from dashboards.history import NONE_FITS, NONE_THEN, History
from dashboards.language import phrases
from dashboards.part import Part, browser_source
from dashboards.period import PeriodBar
from dashboards.player import Player
from dashboards.replay import ask_replay
from dashboards.search_box import SearchBox
from dashboards.shift_report import ShiftReport
from dashboards.shift_sheet import ShiftSheet
from hlaska.threat.levels import LevelChange
from serving.evidence import digest_of

HOSTILE = "<img src=x onerror=alert(1)>"
MINUTE = timedelta(minutes=1)
JPEG = b"\xff\xd8 a picture"
FLOWS = b'{"words": "", "host": "10.0.0.12", "measured": 1, "usual": 1, "limit": 1, "hosts": [], "talks": [], "left_out": 2}'  # noqa: E501


def piece(content, media_type="image/jpeg"):
    digest = digest_of(content)
    return {"uri": f"/evidence/{digest}", "media_type": media_type, "sha256": digest}


@pytest.fixture
def store(server):
    journal = Journal.open(None, server.settings)
    yield AlertStore(journal)
    journal.close()


@pytest.fixture
def incident(store, gateway, alert, shot, event):
    """Ten minutes ago, shots on the square; an hour ago somebody was loitering."""
    at = datetime.now(UTC) - 10 * MINUTE
    for content, kind in ((JPEG, "image/jpeg"), (FLOWS, "application/json")):
        gateway.send_evidence(digest_of(content), kind, content)
    seen = event(2, observed_at=at + MINUTE / 2, evidence=[piece(JPEG)])
    scan = event(
        3, kind="cyber.scan", source="core", observed_at=at + MINUTE / 2,
        evidence=[piece(FLOWS, "application/json")],
        attributes={"host": "10.0.0.12", "words": HOSTILE},
    )  # fmt: skip
    gateway.send_events([shot(1, observed_at=at), seen, scan])

    def opened(number, at, **changes):
        times = dict.fromkeys(("first_at", "last_at", "opened_at", "told_at"), at)
        return alert(number, **times | changes)

    shots = opened(1, at)
    other = opened(2, at - 50 * MINUTE, kinds=["video.loitering"], family="intrusion", severity=1)
    levels = [
        LevelChange(at=at - 600 * MINUTE, zone="square", level=0, known=True),
        LevelChange(at=at, zone="square", level=4, known=True),
    ]
    store.take("testville", 1, [shots, other], levels, bases={"alert-1": 0, "alert-2": 0})
    return at


@pytest.fixture
def history(incident, feed):
    history = History(feed)
    yield history
    history.close()


@pytest.fixture
def ready(history, eventually):
    eventually(lambda: len(history._search.rows) == 2 and not history._period.state)
    return history


def ids(history):
    return [row["id"] for row in history._search.rows]


def test_the_last_hours_are_shown_by_themselves(ready):
    assert ids(ready) == ["alert-1", "alert-2"]
    assert ready._timeline.marks.data["id"] == ["alert-1", "alert-2"]
    assert "4 – severe" in ready._timeline.bands.data["word"]


def test_words_are_looked_up_by_the_gateway_and_sorts_here(ready, eventually):
    ready._search.sought = {"text": "loitering"}
    assert ready._search.waits
    eventually(lambda: ids(ready) == ["alert-2"])
    ready._search.sought = {"text": "", "family": "attack"}
    eventually(lambda: ids(ready) == ["alert-1"])
    assert ready._timeline.marks.data["id"] == ["alert-1"]
    ready._search.sought = {"text": "", "family": "gas"}
    eventually(lambda: ids(ready) == [])
    assert ready._search.empty == NONE_FITS


def test_a_time_without_alerts_says_so(ready, eventually):
    asked = {"choice": "own", "since": "2026-01-05T06:00", "until": "2026-01-05T07:00"}
    ready._period.asked = asked | {"number": 1}
    eventually(lambda: ids(ready) == [] and not ready._period.state)
    assert ready._search.empty in (NONE_THEN, "")


def test_an_alert_is_replayed_to_the_moment_that_is_asked_for(ready, incident, eventually):
    ready._search.selected = "alert-1"
    eventually(lambda: ready._desk.player.span and ready._card.facts["title"] == "Gunshot")
    assert ready._desk.moment == incident
    assert ready._desk._map.zones.data["words"] == ["4 – severe"]
    panes = ready._desk.panes
    assert panes.sound.facts["title"] == "Gunshot"
    assert panes.camera.facts["words"] == "Nothing up to this moment"
    ready._desk.player.moment_ms = (incident + MINUTE).timestamp() * 1000
    assert ready._desk.moment == incident + MINUTE
    eventually(lambda: panes.camera.still == JPEG)
    assert panes.network.facts["told"] == HOSTILE
    eventually(lambda: "2 more" in panes.network.facts["talks"]["more"])
    assert ready._timeline._moment.location == pytest.approx(
        wall_ms(incident + MINUTE, "Europe/Prague")
    )
    ready._desk.player.moment_ms = (incident - MINUTE).timestamp() * 1000
    assert ready._desk._map.zones.data["words"] == [""]
    assert panes.camera.still is None


def test_another_choice_ends_the_replay_of_the_first(ready, eventually):
    ready.alert = "alert-1"
    ready.alert = "alert-2"
    eventually(lambda: ready._desk.player.span)
    assert ready._desk.replay.alert.id == "alert-2"
    ready.alert = ""
    assert ready._desk.player.span == {} and "title" not in ready._card.facts


def test_what_cannot_be_replayed_says_so(ready, eventually):
    ready.alert = "nobody"
    eventually(lambda: "cannot be replayed" in ready._desk.player.instead)


def test_evidence_that_is_gone_says_so(ready, gateway, shot, incident, eventually):
    gone = shot(7, observed_at=incident + MINUTE, evidence=[piece(b"gone", "audio/flac")])
    gateway.send_events([gone])
    ready.alert = "alert-1"
    eventually(lambda: ready._desk.player.span)
    ready._desk.player.moment_ms = (incident + MINUTE).timestamp() * 1000
    eventually(lambda: "cannot be shown" in ready._desk.panes.sound.sound_words)


def test_the_language_changes_everything_at_once(ready, eventually):
    ready.alert = "alert-1"
    eventually(lambda: ready._desk.player.span and "title" in ready._card.facts)
    ready._masthead.language = "cs"
    assert ready._search.rows[0]["title"] == ready._card.facts["title"] == "Střelba"
    assert ready._desk._map.zones.data["words"] == ["4 – kritické"]
    assert ready._desk.panes.camera.facts["title"] == "Kamera"
    assert ready._period.hours["1"] == "poslední hodina"


def test_without_a_gateway_it_says_why_and_what_was_shown_stays(ready, server, eventually):
    server.stop()
    ready._period.asked = {"choice": "1", "since": "", "until": "", "number": 1}
    eventually(lambda: ready._period.state.get("kind") == "bad")
    assert "cannot be looked up" in ready._period.state["words"]
    assert ids(ready) == ["alert-1", "alert-2"]
    server.start()


def test_a_page_that_is_left_listens_no_more(feed, eventually):
    history = History(feed)
    # A question on its way would outlive the connection that the fixture closes.
    eventually(lambda: not history._questions._asked)
    history.close()
    assert feed.listeners == 0


def test_a_replay_is_asked_without_crossings(gateway, incident, crossing):
    gateway.send_events([crossing(8, observed_at=incident)])
    found = ask_replay(gateway, "alert-1", datetime.now(UTC))
    assert [event.id for event in found.events] == ["event-1", "event-2", "event-3"]
    assert [change.level for change in found.levels] == [0, 4]
    assert not found.cut


# What the parts have in common.


@pytest.mark.parametrize("part", [PeriodBar, Player, SearchBox, ShiftSheet])
def test_the_script_reads_every_parameter_of_its_part(part):
    script = browser_source(str(part._esm).removeprefix("browser/"))
    own = set(part.param.objects("existing")) - set(Part.param.objects("existing"))
    assert {name for name in own if f"model.{name}" not in script} <= {"pressed"}


@pytest.mark.parametrize("view", [History, PeriodBar, Player, SearchBox, ShiftReport, ShiftSheet])
def test_every_parameter_says_what_it_is_for(view):
    inherited = {name for base in view.__mro__[1:] for name in getattr(base, "param", ())}
    own = [one for name, one in view.param.objects("existing").items() if name not in inherited]
    assert own and all(one.doc for one in own)


SAID = {
    *alert_words.FAMILIES.values(),
    *alert_words.STATES.values(),
    *alert_words.VERDICTS.values(),
    *alert_words.DEEDS.values(),
    *history_page.HOURS.values(),
    *(getattr(page, name) for page in (history_page, replay_desk, shift_report, fetched)
      for name in dir(page) if name in {
          "WAITING", "ASKING", "FAILED", "NONE_THEN", "NONE_FITS", "MORE", "NOTHING_CHOSEN", "CUT",
          "FETCHING",
      }),
    *minute_panes.TITLES.values(),
}  # fmt: skip


@pytest.mark.parametrize("phrase", sorted(SAID))
def test_what_is_said_by_name_is_said_in_czech_too(phrase):
    assert phrase in phrases("cs")
