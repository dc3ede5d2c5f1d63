"""The shift report: what stands on the sheet, asked of a real gateway in the background."""

from datetime import UTC, datetime, timedelta

import pytest

from catalogs.alerts import AlertStore
from catalogs.journal import Journal
from dashboards.period import Period
from dashboards.shift_report import ShiftReport, ask_shift
from dashboards.shift_sheet import sheet_of
from hlaska.alerts.actions import Acknowledge, HandOver, Order, Resolve
from hlaska.alerts.alert import Verdict
from hlaska.alerts.outages import Outage
from hlaska.alerts.shift import shift_summary
from hlaska.alerts.silences import AddSilence, Scope
from hlaska.errors import GatewayError
from hlaska.threat.levels import LevelChange
from serving.messages import Orders, SilenceOrder

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def store(server):
    journal = Journal.open(None, server.settings)
    yield AlertStore(journal)
    journal.close()


@pytest.fixture
def told(alert):
    """`told(number, minutes ago, …)`: an alert of this shift, on the clock of the machine."""

    def make(number, ago, **changes):
        at = datetime.now(UTC) - timedelta(minutes=ago)
        times = dict.fromkeys(("first_at", "last_at", "opened_at", "told_at"), at)
        return alert(number, **times | changes)

    return make


@pytest.fixture
def keep(store):
    def take(*alerts, levels=()):
        seq = store.cursor("testville") + 1
        store.take("testville", seq, alerts, levels, bases={one.id: 0 for one in alerts})

    return take


@pytest.fixture
def report(feed):
    report = ShiftReport(feed)
    yield report
    report.close()


def order(gateway, alert, *actions, by="Eva"):
    for version, action in enumerate(actions, start=alert.version):
        one = Order(alert=alert.id, version=version, action=action)
        gateway.order_alerts(Orders(by=by, orders=(one,)))


def period(hours=12):
    until = datetime.now(UTC) + timedelta(seconds=5)
    return Period(since=until - timedelta(hours=hours), until=until)


def test_all_of_a_shift_is_asked_of_the_gateway(gateway, told, keep, event, crossing):
    done, open_ = told(1, 30), told(2, 10, severity=2)
    now = datetime.now(UTC)
    level = LevelChange(at=now - timedelta(minutes=30), zone="square", level=3, known=True)
    keep(done, open_, levels=[level])
    order(gateway, done, Acknowledge(), Resolve(verdict=Verdict.DRILL, note="planned"))
    order(gateway, open_, HandOver(text="look at the gate"))
    scope = Scope(zone="square", family="intrusion")
    add = AddSilence(scope=scope, until=now + timedelta(hours=1), reason="works")
    gateway.order_silence("testville", SilenceOrder(by="Eva", action=add))
    lost = {"kind": "health.down", "attributes": {"state": "lost"}}
    gateway.send_events([
        event(1, observed_at=now - timedelta(hours=20), **lost),
        crossing(2, count=3, observed_at=now - timedelta(hours=1)),
        crossing(3, count=4, observed_at=now - timedelta(hours=2)),
        crossing(4, count=9, observed_at=now - timedelta(hours=13)),
    ])  # fmt: skip
    found = ask_shift(gateway, "testville", period())
    assert [row.alert.id for row in found.alerts] == ["alert-2", "alert-1"]
    assert found.by_verdict == {None: 1, Verdict.DRILL: 1}
    assert (found.answering.of, found.closing.of) == (1, 1)
    assert [zone.highest for zone in found.zones] == [None, 3]
    assert [one.reason for one in found.silences] == ["works"]
    assert [(one.source, one.over) for one in found.outages] == [("gate", False)]
    assert [one.count for one in found.crossings] == [7]


def test_an_alert_of_long_ago_that_is_open_is_handed_over(gateway, told, keep):
    keep(told(1, 3000))
    (row,) = ask_shift(gateway, "testville", period()).alerts
    assert row.carried


def test_a_report_of_less_than_all_is_refused(gateway, event):
    at = datetime.now(UTC) - timedelta(hours=1)
    lost = {"kind": "health.down", "attributes": {"state": "lost"}, "observed_at": at}
    for batch in range(2):
        gateway.send_events([event(500 * batch + number, **lost) for number in range(500)])
    with pytest.raises(GatewayError, match="choose a shorter one"):
        ask_shift(gateway, "testville", period())


def test_the_sheet_says_what_was_done_by_whom(gateway, told, keep, site):
    one = told(1, 30, kinds=["audio.gunshot", "video.running"])
    keep(one)
    order(gateway, one, Acknowledge(), HandOver(text=HOSTILE))
    found = ask_shift(gateway, "testville", period())
    sheet = sheet_of(found, site, by="Eva", now=datetime.now(UTC))
    (row,) = sheet["open"]
    assert (row["title"], row["place"], row["state"]) == ("Gunshot +1", "Square", "acknowledged")
    assert (row["severity"], row["handover"]) == ("danger to life", HOSTILE)
    assert [(d["by"], d["did"]) for d in row["done"]] == [
        ("Eva", "acknowledged it"),
        ("Eva", "handed over"),
    ]
    assert ["Dispatcher", "Eva"] in sheet["head"]
    assert ["open at the end", "1"] in sheet["facts"]


def test_the_sheet_speaks_czech(gateway, told, keep, site):
    keep(told(1, 30))
    found = ask_shift(gateway, "testville", period())
    sheet = sheet_of(found, site, by="", now=datetime.now(UTC), language="cs")
    assert sheet["open"][0]["title"] == "Střelba"
    assert sheet["head"][0] == ["Objekt", "Testov"]


def test_an_empty_shift_says_so(site, noon):
    found = shift_summary([], [], [], [], noon - timedelta(hours=8), noon)
    sheet = sheet_of(found, site, by="", now=noon)
    assert ["Highest level", "not known"] in sheet["facts"]
    assert ["Time to close, median", "none done"] in sheet["facts"]
    assert sheet["zones"][0]["unknown"] == "8 h 00 min"
    assert sheet["open"] == sheet["closed"] == sheet["outages"] == []


def test_times_of_the_shift_are_clock_times_and_others_have_their_date(site, noon, alert):
    before = alert(1, opened_at=noon - timedelta(days=3))
    found = shift_summary([before, alert(2)], [], [], [], noon, noon + timedelta(hours=8))
    rows = sheet_of(found, site, by="", now=noon + timedelta(days=1))["open"]
    assert [row["came"] for row in rows] == ["14:00:02", "28 Apr 14:00:00, from before the shift"]


def test_an_outage_says_whether_it_is_over(site, noon):
    found = shift_summary([], [], [], [], noon, noon + timedelta(hours=8))
    one = Outage(source="ear", what="clipping", lost=False, start=noon,
                 end=noon + timedelta(minutes=5), over=True, reason=HOSTILE)  # fmt: skip
    lasting = one.model_copy(update={"lost": True, "over": False, "what": ""})
    found = found.model_copy(update={"outages": (one, lasting)})
    first, second = sheet_of(found, site, by="", now=noon)["outages"]
    assert (first["source"], first["how"], first["to"]) == (
        "Ucho",
        "impaired: clipping",
        "14:05:00",
    )
    assert (first["lasted"], first["reason"]) == ("5 min", HOSTILE)
    assert (second["how"], second["to"]) == ("lost", "not over")


def test_the_report_is_made_by_itself_and_names_who_hands_over(report, keep, told, eventually):
    eventually(lambda: report._sheet.sheet)
    assert report._period.state == {}
    keep(told(1, 30))
    report._masthead.person = "Jan Novák"
    report._period.asked = {"choice": "8", "since": "", "until": "", "number": 1}
    assert report._period.choice == "8"
    eventually(lambda: report._sheet.sheet["open"])
    assert ["Dispatcher", "Jan Novák"] in report._sheet.sheet["head"]


def test_the_language_changes_the_sheet_at_once(report, eventually):
    eventually(lambda: report._sheet.sheet)
    report._masthead.language = "cs"
    assert report._sheet.sheet["head"][0][0] == "Objekt"
    assert report._sheet.words["Summary"] == "Souhrn"
    assert report._period.button == "Vytisknout"


def test_printing_is_asked_of_the_browser(report):
    report._period._handle_msg({"pressed": True})
    assert report._sheet.printing == 1


def test_a_time_that_is_wrong_is_told_and_nothing_is_asked(report, eventually):
    eventually(lambda: report._sheet.sheet)
    report._period.asked = {"choice": "own", "since": "2026-05-02T06:00",
                            "until": "2026-05-01T06:00", "number": 1}  # fmt: skip
    assert report._period.state["kind"] == "bad"
    assert report._period.since == "2026-05-02T06:00", "what was written stays"
    assert not report._questions.waits_for("shift")


def test_without_a_gateway_it_says_why(report, server, eventually):
    eventually(lambda: report._sheet.sheet)
    server.stop()
    report._period.asked = {"choice": "8", "since": "", "until": "", "number": 1}
    eventually(lambda: report._period.state.get("kind") == "bad")
    assert "cannot be made" in report._period.state["words"]
    assert report._sheet.sheet, "the report that was made stays"
    server.start()


@pytest.mark.parametrize("hours", [0, 25])
def test_a_shift_has_one_to_twenty_four_hours(feed, hours):
    with pytest.raises(ValueError, match="hours"):
        ShiftReport(feed, hours=hours)
