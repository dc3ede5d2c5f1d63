"""The summary of a shift: what belongs to it, in which order, and sums that agree."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.alerts.actions import possible
from hlaska.alerts.alert import OPEN, SYSTEM, Alert, Entry, Judgement, State, Verdict
from hlaska.alerts.past import state_at
from hlaska.alerts.shift import Crossings, Times, shift_summary
from hlaska.alerts.silences import Scope, Silence
from hlaska.events import Event
from hlaska.kinds import Family
from hlaska.threat.levels import LevelChange

SIX = datetime(2026, 5, 1, 6, tzinfo=UTC)
END = SIX + timedelta(hours=12)


def at(minute):
    return SIX + timedelta(minutes=minute)


def alert(number, *did, **changes):
    """Opened by its first entry; each entry is minute, who, what."""
    history = [Entry(at=at(minute), by=by, did=what) for minute, by, what in did]
    opened = history[0].at if history else SIX
    fields = {
        "id": f"a{number}",
        "site": "testville",
        "family": Family.ATTACK,
        "severity": 3,
        "confidence": 0.9,
        "worst": f"e{number}",
        "kinds": ("audio.scream",),
        "sources": ("ear",),
        "events": (f"e{number}",),
        "count": 1,
        "first_at": opened,
        "last_at": opened,
        "opened_at": opened,
        "told_at": opened,
        "history": tuple(history),
    }
    return Alert.model_validate(fields | changes)


def silence(**changes):
    fields = {
        "id": "s1",
        "site": "testville",
        "scope": Scope(zone="square"),
        "until": at(900),
        "reason": "works on the pavement",
        "by": "Eva",
        "at": at(30),
        "needs_second": False,
    }
    return Silence.model_validate(fields | changes)


def summary(alerts=(), levels=(), silences=(), events=(), **more):
    return shift_summary(alerts, levels, silences, events, SIX, END, **more)


def ids(found):
    return [row.alert.id for row in found.alerts]


def test_an_alert_belongs_to_each_shift_in_which_it_was_open_or_somebody_did_something():
    before = alert(1, (-60, SYSTEM, "open"), (-30, "Eva", "resolve"))
    carried = alert(2, (-60, SYSTEM, "open"), (30, "Eva", "resolve"))
    later = alert(3, (720, SYSTEM, "open"))
    again = alert(4, (-60, SYSTEM, "open"), (-30, "Eva", "resolve"), (9, "Jan", "reopen"))
    found = summary([before, carried, later, again])
    assert ids(found) == ["a4", "a2"]
    assert (found.carried, found.open) == (1, 1)
    assert found.by_state == {State.ACKNOWLEDGED: 1, State.RESOLVED: 1}


def test_open_ones_come_first_of_those_the_handed_over_then_the_worst():
    done = alert(1, (0, SYSTEM, "open"), (5, "Eva", "resolve"), severity=4)
    grave = alert(2, (0, SYSTEM, "open"), severity=4)
    old = alert(3, (1, SYSTEM, "open"), severity=2)
    new = alert(4, (2, SYSTEM, "open"), severity=2)
    told = alert(5, (0, SYSTEM, "open"), severity=2, handover="the gate is still open")
    assert ids(summary([done, old, grave, new, told])) == ["a5", "a2", "a4", "a3", "a1"]


def test_its_state_is_that_at_the_end_of_the_shift_and_its_deeds_those_of_the_shift():
    one = alert(
        1, (-9, SYSTEM, "open"), (-5, "Eva", "acknowledge"), (7, "Jan", "note"),
        (8, SYSTEM, "tell"), (720, "Jan", "resolve"), state=State.RESOLVED,
    )  # fmt: skip
    (row,) = summary([one]).alerts
    assert (row.state, row.carried, row.is_open) == (State.ACKNOWLEDGED, True, True)
    assert [entry.did for entry in row.done] == ["note"]


def test_times_are_medians_of_what_people_did_in_the_shift():
    rows = [alert(n, (0, SYSTEM, "open"), (n, "Eva", "acknowledge")) for n in (1, 3, 20)]
    rows.append(alert(9, (0, SYSTEM, "open"), (2, SYSTEM, "resolve")))
    rows.append(alert(10, (-99, SYSTEM, "open"), (-98, "Eva", "acknowledge")))
    found = summary(rows)
    assert found.answering == Times(of=3, median_s=180)
    assert found.closing == Times(of=0, median_s=None)


def test_nothing_is_done_before_it_is_told_whatever_the_clocks_say():
    found = summary([alert(1, (5, SYSTEM, "open"), (4, "Eva", "dismiss"))])
    assert found.closing == Times(of=1, median_s=0)


def test_verdicts_are_as_known_now():
    judged = Judgement(verdict=Verdict.FALSE, by="Eva", at=END + timedelta(days=1))
    found = summary([alert(1, judgement=judged), alert(2)])
    assert found.by_verdict == {Verdict.FALSE: 1, None: 1}


@pytest.mark.parametrize(
    ("changes", "in_force"),
    [
        pytest.param({}, True, id="it lasts"),
        pytest.param({"until": at(700)}, False, id="its time is over"),
        pytest.param({"ended_at": at(700), "ended_by": "Jan"}, False, id="ended"),
        pytest.param({"ended_at": at(800), "ended_by": "Jan"}, True, id="ended after the shift"),
        pytest.param({"at": at(800)}, False, id="not asked for yet"),
        pytest.param({"needs_second": True}, False, id="nobody has agreed"),
        pytest.param({"needs_second": True, "second": "Jan"}, True, id="somebody has agreed"),
        pytest.param({"until": None, "scope": Scope(alert="a1")}, True, id="its alert is open"),
        pytest.param({"until": None, "scope": Scope(alert="a2")}, False, id="its alert is closed"),
    ],
)
def test_silences_in_force_at_the_end_are_listed(changes, in_force):
    alerts = [alert(1), alert(2, (0, SYSTEM, "open"), (1, "Eva", "resolve"))]
    assert bool(summary(alerts, silences=[silence(**changes)]).silences) is in_force


def test_levels_say_how_long_each_lasted_and_what_nobody_could_tell():
    changes = [
        LevelChange(at=at(-60), zone=None, level=1, known=True),
        LevelChange(at=at(60), zone=None, level=4, known=True),
        LevelChange(at=at(90), zone=None, level=0, known=False),
        LevelChange(at=at(600), zone="square", level=0, known=True),
    ]
    whole, square = summary(levels=changes).zones
    assert (whole.zone, whole.highest, whole.unknown_s) == (None, 4, 630 * 60)
    assert whole.at_level_s == (0, 3600, 0, 0, 1800)
    assert (square.zone, square.highest, square.unknown_s) == ("square", 0, 600 * 60)


def test_without_a_recorded_level_nothing_was_known():
    (whole,) = summary().zones
    assert (whole.highest, whole.unknown_s) == (None, 12 * 3600)


def crossing(minute, count, direction="in"):
    return Event(
        id=f"c{minute}{direction}",
        site="testville",
        source="gate",
        line="middle",
        kind="mobility.count",
        observed_at=at(minute),
        confidence=1,
        attributes={"object_class": "person", "direction": direction, "count": count},
    )


def test_crossings_are_those_of_the_shift_and_those_added_up_before():
    told = [crossing(-1, 50), crossing(1, 2), crossing(2, 3), crossing(3, 1, "out")]
    summed = Crossings(
        source="gate", line="middle", object_class="person", direction="in", count=10
    )
    found = summary(events=told, crossings=[summed]).crossings
    assert [(one.direction, one.count) for one in found] == [("in", 15), ("out", 1)]


def test_a_shift_that_ends_before_it_begins_is_empty():
    found = shift_summary([alert(1)], [], [], [crossing(1, 2)], END, SIX)
    assert (found.alerts, found.zones, found.crossings) == ((), (), ())


minutes = st.integers(-300, 1100)
people = st.sampled_from(["Eva", "Jan"])


@st.composite
def any_alert(draw):
    opened = draw(minutes)
    after = sorted(draw(st.lists(st.integers(opened, 1200), max_size=5)))
    did = [(opened, SYSTEM, "open")]
    state = State.NEW
    for minute in after:
        # By itself an open alert escalates, or ends; all else somebody does where it is possible.
        alone = [(SYSTEM, what) for what in ("escalate", "resolve") if state in OPEN]
        by, what = draw(
            st.sampled_from([*alone, *((draw(people), one) for one in possible(state))])
        )
        did.append((minute, by, what))
        state = state_at(alert(0, *did), at(minute)) or state
    verdict = draw(st.none() | st.sampled_from(Verdict))
    judged = None if verdict is None else Judgement(verdict=verdict, by="Eva", at=END)
    return alert(
        0,
        *did,
        severity=draw(st.integers(0, 4)),
        family=draw(st.sampled_from(Family)),
        judgement=judged,
        handover=draw(st.sampled_from(["", "look at the gate"])),
    )


any_change = st.builds(
    LevelChange,
    at=minutes.map(at),
    zone=st.sampled_from([None, "square"]),
    level=st.integers(0, 4),
    known=st.booleans(),
)


@given(st.lists(any_alert(), max_size=8), st.lists(any_change, max_size=8))
def test_all_sums_agree(alerts, changes):
    alerts = [one.model_copy(update={"id": f"a{n}"}) for n, one in enumerate(alerts)]
    found = summary(alerts, changes)
    for counts in (found.by_state, found.by_family, found.by_severity, found.by_verdict):
        assert sum(counts.values()) == len(found.alerts)
    assert found.open == sum(row.is_open for row in found.alerts)
    assert found.carried <= len(found.alerts)
    assert max(found.answering.of, found.closing.of) <= len(found.alerts)
    assert [row.is_open for row in found.alerts] == sorted(
        (row.is_open for row in found.alerts), reverse=True
    )
    for zone in found.zones:
        assert sum(zone.at_level_s) + zone.unknown_s == pytest.approx(12 * 3600)


@given(st.lists(any_alert(), max_size=8), st.randoms())
def test_the_order_in_which_alerts_come_changes_nothing(alerts, random):
    alerts = [one.model_copy(update={"id": f"a{n}"}) for n, one in enumerate(alerts)]
    other = alerts.copy()
    random.shuffle(other)
    assert ids(summary(alerts)) == ids(summary(other))


@given(any_alert(), st.integers(1, 719))
def test_an_alert_of_a_shift_belongs_to_a_part_of_it(one, minute):
    whole = summary([one])
    parts = [
        shift_summary([one], [], [], [], since, until)
        for since, until in ((SIX, at(minute)), (at(minute), END))
    ]
    assert bool(whole.alerts) == any(part.alerts for part in parts)
    done = [entry for part in parts for row in part.alerts for entry in row.done]
    assert [entry for row in whole.alerts for entry in row.done] == done
