"""What holds for any events in any order, out of time and place."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hlaska.alerts.alert import Alert
from hlaska.alerts.grouping import Grouping
from hlaska.kinds import KINDS, kind_of

MOST = 40


@st.composite
def deliveries(draw, *, named=True):
    """What came: the pieces of an event, and how many seconds after noon it was received."""
    found = []
    for number in range(draw(st.integers(1, MOST))):
        s = draw(st.integers(0, 3000))
        piece = {
            "kind": draw(st.sampled_from(sorted(KINDS))),
            "s": s,
            "name": f"e{number}",
            "source": draw(st.sampled_from(["cam-square", "cam-gate", "mic", "other"])),
            "at_m": draw(st.sampled_from([None, 0, 60, 120, 180, 240, 900])),
            "zone": draw(st.sampled_from([None, None, "square", "paving"])),
            "confidence": draw(st.floats(0, 1)),
        }
        if named and draw(st.booleans()):
            others = draw(st.lists(st.integers(0, MOST), max_size=3))
            piece["heard_by"] = " ".join(f"e{other}" for other in others)
        found.append((piece, s + draw(st.integers(-60, 600))))
    return found


def events_of(town, came):
    return [(town.event(**piece), town.at(received_s)) for piece, received_s in came]


@given(came=deliveries())
def test_each_event_of_weight_is_in_exactly_one_alert_and_light_ones_in_at_most_one(town, came):
    grouping = Grouping(town.site)
    for event, at in events_of(town, came):
        grouping.take(event, at)
    listed = [name for alert in grouping.alerts() for name in alert.events]
    assert len(listed) == len(set(listed))
    heavy = {piece["name"] for piece, _ in came if kind_of(piece["kind"]).severity >= 2}
    light = {piece["name"] for piece, _ in came if kind_of(piece["kind"]).severity == 1}
    assert heavy <= set(listed) <= heavy | light
    assert all(alert.count == len(alert.events) for alert in grouping.alerts())


@given(came=deliveries())
def test_an_alert_says_what_its_events_say(town, came):
    grouping = Grouping(town.site)
    events = {}
    for event, at in events_of(town, came):
        events[event.id] = event
        grouping.take(event, at)
    for alert in grouping.alerts():
        mine = [events[name] for name in alert.events]
        assert Alert.model_validate(alert.model_dump()) == alert
        assert {kind_of(event.kind).family for event in mine} == {alert.family}
        assert alert.kinds == tuple(dict.fromkeys(event.kind for event in mine))
        assert alert.sources == tuple(dict.fromkeys(event.source for event in mine))
        assert alert.severity == max(kind_of(event.kind).severity for event in mine)
        worst = events[alert.worst]
        assert (kind_of(worst.kind).severity, worst.confidence) == (
            alert.severity,
            alert.confidence,
        )
        assert alert.confidence == max(
            event.confidence for event in mine if kind_of(event.kind).severity == alert.severity
        )
        assert alert.first_at == min(event.observed_at for event in mine)
        if alert.closed_at is None:
            assert alert.last_at == max(event.observed_at for event in mine)
        placed = [kind_of(event.kind).severity for event in mine if event.location is not None]
        assert (alert.location is None) == (not placed)
        assert alert.placed == max(placed, default=0)


@given(came=deliveries())
def test_the_same_events_again_change_nothing(town, came):
    grouping = Grouping(town.site)
    events = events_of(town, came)
    for event, at in events:
        grouping.take(event, at)
    before = grouping.alerts()
    in_alerts = {name for alert in before for name in alert.events}
    for event, at in events:
        if event.id in in_alerts:
            assert grouping.take(event, at) is None
    assert grouping.alerts() == before


@given(came=deliveries())
def test_the_same_events_in_the_same_order_give_the_same_alerts(town, came):
    one, other = Grouping(town.site), Grouping(town.site)
    events = events_of(town, came)
    assert [one.take(*event) for event in events] == [other.take(*event) for event in events]
    assert one.alerts() == other.alerts()


@given(came=deliveries(named=False), data=st.data())
def test_a_restart_in_the_middle_changes_nothing(town, came, data):
    through, stopped = Grouping(town.site), Grouping(town.site)
    events = events_of(town, came)
    middle = data.draw(st.integers(0, len(events)))
    for event in events:
        through.take(*event)
    for event in events[:middle]:
        stopped.take(*event)
    stored = data.draw(st.permutations(stopped.alerts()))
    again = Grouping(town.site, [Alert.model_validate_json(a.model_dump_json()) for a in stored])
    for event in events[middle:]:
        again.take(*event)
    assert again.alerts() == through.alerts()


@given(came=deliveries())
def test_versions_rise_by_one_severity_never_falls_and_each_telling_has_a_reason(town, came):
    grouping = Grouping(town.site)
    known = {}
    for event, at in events_of(town, came):
        alert = grouping.take(event, at)
        if alert is None:
            continue
        old = known.get(alert.id)
        known[alert.id] = alert
        if old is None:
            assert (alert.version, alert.told) == (1, 1)
            continue
        assert alert.version == old.version + 1
        assert alert.severity >= old.severity
        reason = alert.severity > old.severity or len(alert.modalities) > len(old.modalities)
        assert alert.told - old.told == (1 if reason else 0)
        assert (alert.told_at == at) if reason else (alert.told_at == old.told_at)
    assert known == {alert.id: alert for alert in grouping.alerts()}


@given(
    shifts_m=st.lists(st.floats(-4, 4), min_size=100, max_size=100),
    pauses_s=st.lists(st.integers(1, 500), min_size=100, max_size=100),
)
def test_a_parked_car_that_is_seen_a_hundred_times_is_one_alert_told_once(town, shifts_m, pauses_s):
    grouping = Grouping(town.site)
    s = 0
    for shift_m, pause_s in zip(shifts_m, pauses_s, strict=True):
        s += pause_s
        event = town.event("video.unattended-object", s, at_m=50 + shift_m)
        grouping.take(event, event.observed_at + timedelta(seconds=1))
    (alert,) = grouping.alerts()
    assert (alert.count, alert.told) == (100, 1)
