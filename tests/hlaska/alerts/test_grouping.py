import sys
from datetime import UTC, datetime, timedelta

import pytest

from hlaska.alerts.actions import Acknowledge, Dismiss, act
from hlaska.alerts.alert import MOST_EVENTS, MOST_EVIDENCE, SYSTEM, Alert, State
from hlaska.alerts.grouping import Grouping
from hlaska.errors import AlertError

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


def test_an_event_of_weight_opens_an_alert_that_says_all_of_it(grouping, town):
    event = town.event("audio.scream", source="mic", at_m=50, confidence=0.7)
    alert = take(grouping, event)
    assert alert == grouping.alerts()[0]
    assert (alert.state, alert.version, alert.severity, alert.confidence) == ("new", 1, 3, 0.7)
    assert (alert.zone, alert.location, alert.playbook) == ("square", event.location, "scream")
    assert (alert.events, alert.count, alert.worst) == ((event.id,), 1, event.id)
    assert (alert.told, alert.told_why, alert.told_at) == (1, "new", town.at(1))
    assert [(line.by, line.did) for line in alert.history] == [(SYSTEM, "open")]


def test_the_id_follows_from_site_family_and_first_event(town):
    one, two = (Grouping(town.site).take(town.event(name="x"), town.at(s)) for s in (1, 9))
    assert one.id == two.id
    assert Grouping(town.site).take(town.event(name="y"), town.at(1)).id != one.id


@pytest.mark.parametrize("kind", ["video.loitering", "mobility.count", "health.restored"])
def test_what_is_light_opens_none(grouping, town, kind):
    assert take(grouping, town.event(kind)) is None
    assert grouping.alerts() == []


def test_what_is_light_joins(grouping, town):
    opened = take(grouping, town.event("video.intrusion"))
    joined = take(grouping, town.event("video.loitering", 10))
    assert (joined.id, joined.count, joined.told) == (opened.id, 2, 1)


def test_counts_never_join(grouping, town):
    take(grouping, town.event())
    assert take(grouping, town.event("mobility.count", 1)) is None


def test_families_never_mix(grouping, town):
    events = [town.event("video.running"), town.event("video.crowding"), town.event("video.frozen")]
    assert len(set(alerts_of(grouping, *events))) == 3


@pytest.mark.parametrize(
    ("s", "same"), [(600, True), (601, False), (-600, True), (-601, False)], ids=str
)
def test_near_in_time_is_ten_minutes_from_the_first_or_last_event(grouping, town, s, same):
    first, second = alerts_of(grouping, town.event(), town.event(s=s))
    assert (first == second) is same


def test_an_activity_that_goes_on_stays_one_alert_for_as_long_as_it_does(grouping, town):
    events = [town.event(s=500 * number) for number in range(30)]
    assert len(set(alerts_of(grouping, *events))) == 1


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        pytest.param({"at_m": 10}, {"source": "x", "at_m": 90}, True, id="in one zone"),
        pytest.param({"at_m": 95}, {"source": "x", "at_m": 140}, True, id="within reach"),
        pytest.param({"at_m": 10}, {"source": "x", "at_m": 280}, False, id="far away"),
        pytest.param({"at_m": 10}, {"at_m": 280}, True, id="of one source"),
        pytest.param(
            {"at_m": 10},
            {"source": "x", "at_m": 280, "kind": "audio.gunshot"},
            True,
            id="within the greater reach of the new event",
        ),
        pytest.param(
            {"at_m": 10, "kind": "audio.gunshot"},
            {"source": "x", "at_m": 280},
            True,
            id="within the greater reach of the alert",
        ),
        pytest.param({"source": "x"}, {"source": "y"}, False, id="nowhere, of two sources"),
        pytest.param({"source": "x"}, {"source": "x"}, True, id="nowhere, of one source"),
        pytest.param({"source": "x"}, {"source": "y", "at_m": 10}, False, id="one of them nowhere"),
        pytest.param(
            {"source": "mic"}, {"source": "x", "at_m": 130}, True, id="where its sensor stands"
        ),
        pytest.param(
            {"zone": "square"}, {"source": "x", "zone": "square"}, True, id="both name the zone"
        ),
        pytest.param(
            {"zone": "paving"},
            {"source": "x", "zone": "square"},
            True,
            id="its camera's zone shows the zone",
        ),
        pytest.param(
            {"source": "x", "zone": "nowhere"},
            {"source": "y", "zone": "nowhere"},
            False,
            id="a zone that the site has not is no place",
        ),
    ],
)
def test_near_in_place(grouping, town, first, second, same):
    ids = alerts_of(grouping, town.event(**first), town.event(s=5, **second))
    assert (ids[0] == ids[1]) is same


@pytest.mark.parametrize("key", ["heard_by", "because"])
def test_a_finding_joins_the_alert_of_what_it_was_put_together_from(grouping, town, key):
    heard = town.event("audio.gunshot", source="x", name="h1")
    found = town.event("audio.gunshot", 1, source="y", at_m=2000, **{key: "h0 h1"})
    assert len(set(alerts_of(grouping, heard, found))) == 1


def test_a_finding_on_the_network_and_its_cameras_picture_are_one_attack(grouping, town):
    found = town.event("cyber.stream-redirected", source="feed", carries="gate-camera")
    frozen = town.event("video.frozen", 20, source="gate-camera", still_s=9.0)
    other = town.event("video.frozen", 25, source="other-camera", still_s=9.0)
    first, second, third = alerts_of(grouping, found, frozen, other)
    assert first == second != third


def test_what_a_finding_was_put_together_from_joins_it_when_it_comes_later(grouping, town):
    found = town.event("audio.gunshot", source="y", at_m=2000, heard_by="h1 h2")
    heard = town.event("audio.gunshot", 1, source="x", name="h2")
    assert len(set(alerts_of(grouping, found, heard))) == 1


def test_alerts_never_merge_a_finding_joins_the_nearest_in_time_of_those_it_names(grouping, town):
    far, near = alerts_of(
        grouping,
        town.event("audio.gunshot", source="x", name="m1"),
        town.event("audio.gunshot", 100, source="y", name="m2"),
    )
    assert far != near
    found = town.event("audio.gunshot", 101, source="z", heard_by="m1 m2")
    assert take(grouping, found).id == near
    assert len(grouping.alerts()) == 2


def test_where_several_fit_the_zone_counts_more_than_distance_and_time(grouping, town):
    zone = take(grouping, town.event(source="x", at_m=60, s=0))
    near = take(grouping, town.event(source="y", at_m=140, s=300))
    assert zone.id != near.id
    assert take(grouping, town.event(source="z", at_m=99, s=301)).id == zone.id


def test_where_several_fit_alike_the_nearest_in_time_counts(grouping, town):
    old = take(grouping, town.event(source="x", at_m=185))
    new = take(grouping, town.event(source="y", at_m=105, s=500))
    assert old.id != new.id
    assert take(grouping, town.event(source="z", at_m=145, s=501)).id == new.id


def test_an_event_that_it_has_already_changes_nothing(grouping, town):
    event = town.event()
    take(grouping, event)
    assert take(grouping, event) is None
    assert take(grouping, event, s=100) is None


def test_after_a_restart_an_event_that_it_has_changes_nothing(grouping, town):
    events = [town.event(s=number) for number in range(5)]
    alerts_of(grouping, *events)
    again = Grouping(town.site, grouping.alerts())
    assert alerts_of(again, *events) == [None] * 5
    assert again.alerts() == grouping.alerts()


@pytest.mark.parametrize(
    ("s", "taken"),
    [(60, True), (61, False), (-86_400, True), (-86_401, False), (-366 * 86_400, False)],
    ids=str,
)
def test_what_is_too_old_or_from_the_future_is_left_alone(grouping, town, s, taken):
    assert (take(grouping, town.event(s=s), s=0) is not None) is taken


def test_it_is_told_again_when_it_gets_worse(grouping, town):
    take(grouping, town.event("audio.glass-break", source="mic"))
    worse = take(grouping, town.event("audio.gunshot", 5, source="mic", confidence=0.6))
    assert (worse.told, worse.told_why, worse.told_at) == (2, "severity 2 to 4", town.at(6))
    assert (worse.severity, worse.confidence, worse.playbook) == (4, 0.6, "attack")


def test_it_is_told_again_when_another_sense_notices_it_too(grouping, town):
    take(grouping, town.event("video.running", at_m=50))
    seen_and_heard = take(grouping, town.event("audio.glass-break", 5, source="mic", at_m=60))
    assert (seen_and_heard.told, seen_and_heard.told_why) == (2, "audio joins")
    assert take(grouping, town.event("video.running", 6, at_m=50)).told == 2


def test_both_reasons_are_told_at_once(grouping, town):
    take(grouping, town.event("video.running", at_m=50))
    shot = take(grouping, town.event("audio.gunshot", 5, source="mic", at_m=60))
    assert (shot.told, shot.told_why) == (2, "severity 2 to 4, audio joins")


def test_what_was_acknowledged_stays_so_when_it_is_told_again(grouping, town):
    alert = take(grouping, town.event("audio.glass-break", source="mic"))
    grouping.replace(act(alert, Acknowledge(), by="Jana", at=town.at(2)))
    worse = take(grouping, town.event("audio.gunshot", 5, source="mic"))
    assert (worse.state, worse.told) == (State.ACKNOWLEDGED, 2)


def test_escalation_starts_anew_with_each_telling(grouping, town):
    take(grouping, town.event("audio.glass-break", source="mic"))
    assert [alert.escalated for alert in grouping.escalate(town.at(601))] == [1]
    worse = take(grouping, town.event("audio.gunshot", 590, source="mic"), s=610)
    assert (worse.escalated, worse.told_at) == (0, town.at(610))
    assert grouping.escalate(town.at(669)) == []
    assert [alert.escalated for alert in grouping.escalate(town.at(670))] == [1]
    assert grouping.escalate(town.at(670)) == []


def test_a_worse_event_gives_its_place_its_zone_and_its_evidence_first(grouping, town):
    def photo(digit):
        return {"uri": "/evidence/x", "media_type": "image/jpeg", "sha256": digit * 64}

    many = tuple(photo(digit) for digit in "0123456789")
    take(grouping, town.event("video.running", at_m=95, evidence=many))
    shot = take(
        grouping, town.event("audio.gunshot", 2, source="mic", at_m=200, evidence=(photo("a"),))
    )
    assert (shot.zone, shot.location.lon) == ("gate", town.place(200).lon)
    assert [e.sha256[0] for e in shot.evidence] == list("a012345678")
    lighter = take(grouping, town.event("video.running", 3, at_m=95))
    assert (lighter.zone, lighter.location) == ("gate", shot.location)


def test_a_place_gets_more_exact_but_not_less(grouping, town):
    take(grouping, town.event("audio.gunshot", source="mic", at_m=120, uncertainty_m=300))
    exact = take(grouping, town.event("audio.gunshot", 1, at_m=130, uncertainty_m=8))
    assert exact.location.uncertainty_m == 8
    vague = take(grouping, town.event("audio.gunshot", 2, source="mic", at_m=120, uncertainty_m=99))
    assert vague.location.uncertainty_m == 8


def test_a_flood_of_one_camera_is_one_alert_of_bounded_size(grouping, town):
    def photo(number):
        return {"uri": "/e", "media_type": "image/jpeg", "sha256": f"{number:064x}"}

    for number in range(3 * MOST_EVENTS):
        event = town.event(s=number / 100, at_m=50, evidence=(photo(number),))
        alert = take(grouping, event)
    assert grouping.alerts() == [alert]
    assert (alert.count, alert.told, alert.version) == (3 * MOST_EVENTS, 1, 3 * MOST_EVENTS)
    assert (len(alert.events), len(alert.evidence)) == (MOST_EVENTS, MOST_EVIDENCE)
    assert len(alert.history) == 1
    assert take(grouping, event) is None
    assert Alert.model_validate(alert.model_dump()) == alert


def test_forged_sources_in_one_zone_fill_no_memory(grouping, town):
    for number in range(1000):
        alert = take(grouping, town.event(source=f"s{number}", at_m=50))
    assert alert.count == 1000
    assert len(alert.sources) == 200


def test_events_and_alerts_of_another_site_are_refused(grouping, town):
    event = town.event().model_copy(update={"site": "village"})
    with pytest.raises(AlertError, match="of the site village; this grouping is of town"):
        take(grouping, event)
    alert = take(grouping, town.event()).model_copy(update={"site": "village"})
    with pytest.raises(AlertError, match="village"):
        Grouping(town.site, [alert])


def test_times_without_a_zone_are_refused(grouping, town):
    naive = datetime(2026, 5, 1, 12)
    with pytest.raises(AlertError, match="time zone"):
        grouping.take(town.event(), naive)
    with pytest.raises(AlertError, match="time zone"):
        grouping.escalate(naive)
    with pytest.raises(AlertError, match="time zone"):
        grouping.heed([], naive)
    assert grouping.alerts() == []


def test_hostile_names_are_names(grouping, town):
    event = town.event(name="<img/onerror=alert(1)>", reason="'; DROP TABLE alerts; --")
    alert = take(grouping, event)
    assert alert.events == ("<img/onerror=alert(1)>",)
    assert alert.id.isalnum()


def test_ids_that_are_remembered_are_bounded(grouping, town, monkeypatch):
    monkeypatch.setattr(sys.modules[Grouping.__module__], "MOST_REMEMBERED", 50)
    for number in range(500):
        take(grouping, town.event(s=number / 10, heard_by=f"a{number} b{number}"))
    assert len(grouping._in) == len(grouping._named) == 50
