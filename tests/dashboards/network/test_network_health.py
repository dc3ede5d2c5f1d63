"""What a dispatcher must know of the network: whether it is watched, and who misbehaves on it."""

from datetime import timedelta

import pytest

from dashboards.network_health import (
    MOST_HOSTS,
    HostTable,
    feed_fact,
    feed_rows,
    guards,
    host_table,
    troubles,
)
from dashboards.stream_health import health_rows
from hlaska.tracks import SILENT_S, StreamState

SCAN = ("cyber.scan",)
UNKNOWN = {"ip": "10.0.0.99", "asset": None, "role": "", "carries": None}


def test_a_feed_that_looks_at_some_flows_only_says_so(guarding, noon):
    some = guarding(network={"sampled": 0.4})
    assert feed_fact(some, "UTC", noon) == ("warning", "looks at 40 % of the flows")
    assert not guards(some, noon)
    assert feed_fact(guarding(), "UTC", noon) == ("good", "healthy")


def test_a_feed_that_learns_says_until_when_in_its_own_time(guarding, noon):
    year = timedelta(days=365)  # a replay
    network = {"feed_time": noon - year, "learning_until": noon - year + timedelta(hours=1)}
    assert feed_fact(guarding(network=network), "Europe/Prague", noon) == (
        "warning", "learning until 15:00:00",
    )  # fmt: skip
    over = network | {"feed_time": noon - year + timedelta(hours=2)}
    assert feed_fact(guarding(network=over), "Europe/Prague", noon)[0] == "good"
    assert guards(guarding(network=network), noon), "it sees all"


def test_a_lost_feed_is_lost_whatever_it_was(guarding, noon):
    lost = guarding(state=StreamState.LOST, network={"sampled": 0.1})
    assert feed_fact(lost, "UTC", noon) == ("bad", "lost")
    assert feed_fact(None, "UTC", noon) == ("warning", "no word yet")
    assert not guards(lost, noon) and not guards(None, noon)
    assert not guards(guarding(), noon + timedelta(seconds=SILENT_S + 1))


def test_every_feed_has_a_row_even_if_it_was_never_heard(site, guarding, noon):
    (row,) = feed_rows(site, {}, noon)
    assert (row["name"], row["own_note"], row["words"]) == (
        "Core switch", "a test network", "no word yet",
    )  # fmt: skip
    assert (row["flows_in"], row["said_age_s"]) == ("–", None)
    status = guarding(network={"unreadable": 1234, "lag_s": 1.25}, reason="a file is gone")
    row, stranger = feed_rows(site, {"core": status, "tap": guarding(source="tap")}, noon)
    assert (row["flows_in"], row["judged"], row["lag"]) == ("1,240", "1,240", "1.2 s")
    assert (row["unreadable"], row["words"]) == ("1,234", "healthy: a file is gone")
    assert stranger["name"] == "tap"


def test_a_feed_is_no_camera(site, guarding, noon):
    rows = health_rows(site, {"core": guarding(), "tap": guarding(source="tap")}, noon)
    assert [row["source"] for row in rows] == ["gate", "yard", "acme"]


def test_alarms_come_first_then_unknown_devices_then_sensors(site, guarding):
    hosts = [
        {"ip": "10.0.0.2", "asset": "recorder", "role": "recorder", "carries": None},
        {},
        {"ip": "10.0.0.12", "asset": "cam-yard", "carries": "yard", "anomaly": 1.0},
        UNKNOWN,
        UNKNOWN | {"ip": "203.0.113.7"},
        {"ip": "10.0.0.21", "asset": "mic-ear", "carries": "ear", "alarms": SCAN},
    ]
    table = host_table(site, {"core": guarding(hosts)})
    assert [(row["name"], row["kind"], row["words"]) for row in table["rows"]] == [
        ("mic-ear", "bad", "Network scan"),
        ("10.0.0.99", "warning", "unknown device"),
        ("cam-yard", "warning", "unusual traffic"),
        ("cam-gate", "good", "ok"),
        ("203.0.113.7", "good", "ok"),
        ("recorder", "good", "ok"),
    ]
    assert [row["carries"] for row in table["rows"]] == [
        "Ucho", "", "Dvůr", "Příkopy, brána", "outside host", "recorder",
    ]  # fmt: skip
    assert (table["kind"], table["words"]) == ("bad", "1 in alarm, 1 unknown, 1 unusual")


def test_a_host_is_said_with_what_it_sends_beside_what_is_usual(site, guarding):
    (row,) = host_table(site, {"core": guarding()})["rows"]
    assert (row["sent"], row["usual"], row["received"], row["peers"]) == (
        "31.0 MB", "30.5 MB", "41.0 kB", "2",
    )  # fmt: skip
    assert row["about"] == "10.0.0.11, last seen 14:00:00"
    (row,) = host_table(site, {"core": guarding([{"usual_sent_bytes": 0}])})["rows"]
    assert row["usual"] == "–"


def test_of_hundreds_of_hosts_the_first_are_shown_and_the_others_counted(site, guarding):
    hosts = [UNKNOWN | {"ip": f"10.0.0.{n}"} for n in range(30, 30 + MOST_HOSTS + 3)]
    hosts.append({"alarms": SCAN})
    table = host_table(site, {"core": guarding(hosts)})
    assert (len(table["rows"]), table["more"]) == (MOST_HOSTS, 4)
    assert table["rows"][0]["name"] == "cam-gate"


def test_without_trouble_all_is_well_and_without_hosts_nothing_is_known(site, guarding):
    assert host_table(site, {"core": guarding()})["words"] == "1 host ok"
    assert host_table(site, {})["kind"] == "off"


def test_a_host_that_two_feeds_see_has_one_row_and_keeps_its_alarm(site, guarding):
    statuses = {
        "core": guarding([{"alarms": SCAN}]),
        "tap": guarding([{"flows": 1000}], source="tap"),
    }
    (row,) = host_table(site, statuses)["rows"]
    assert (row["feed"], row["alarm"]) == ("core", True)


def test_an_alarm_that_has_no_title_is_said_as_it_came(site, guarding):
    (row,) = host_table(site, {"core": guarding([{"alarms": ("cyber.<b>new",)}])})["rows"]
    assert row["words"] == "cyber.<b>new"


def test_the_table_is_made_anew_only_when_a_feed_reports(site, guarding, status):
    hosts, feed = HostTable(), guarding()
    first = hosts.of(site, {"core": feed})
    assert hosts.of(site, {"core": feed, "gate": status()}) is first
    assert hosts.of(site, {"core": guarding()}) is not first


@pytest.mark.parametrize(
    ("host", "kind"),
    [({}, None), ({"anomaly": 0.99}, None), ({"anomaly": 1.0}, "warning"),
     ({"alarms": SCAN}, "bad"), (UNKNOWN | {"alarms": SCAN}, None)],
)  # fmt: skip
def test_a_sensor_is_in_trouble_when_its_device_is(guarding, noon, host, kind):
    found = troubles({"core": guarding([host])}, noon)
    assert (found["gate"].kind if found else None) == kind


def test_what_a_silent_feed_said_is_not_true_any_more(guarding, noon):
    later = noon + timedelta(seconds=SILENT_S + 1)
    assert troubles({"core": guarding([{"alarms": SCAN}])}, later) == {}
