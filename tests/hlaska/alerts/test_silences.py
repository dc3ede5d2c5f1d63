from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.alerts.actions import Acknowledge, Dismiss, Reopen, Resolve, act
from hlaska.alerts.joining import opened
from hlaska.alerts.silences import (
    Scope,
    Silence,
    add,
    agree,
    end,
    hides,
    hiding,
    is_active,
    needs_second,
)
from hlaska.errors import AlertError
from hlaska.events import Event
from hlaska.kinds import ATTRIBUTES, KINDS, Family, kind_of

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RUNNING = "video.running"


def alert(kind=RUNNING, *, source="cam", zone="square", number=1, site="town"):
    attributes = {name: ATTRIBUTES[name](1) for name in kind_of(kind).attributes}
    event = Event(
        id=f"e{number}",
        site=site,
        source=source,
        kind=kind,
        observed_at=NOON,
        confidence=0.8,
        attributes=attributes,
    )
    return opened(event, zone, NOON)


def silence(*, until=NOON + HOUR, about=None, by="Jana", reason="they train", at=NOON, **scope):
    named = {"alert": about.id} if about is not None else {}
    return add(
        Scope(**named, **scope),
        site="town",
        until=until,
        reason=reason,
        by=by,
        at=at,
        alert=about,
    )


def test_a_silence_holds_from_its_order_until_its_time():
    quiet = silence(kind=RUNNING)
    times = [NOON - HOUR, NOON, NOON + HOUR - timedelta(seconds=1), NOON + HOUR]
    assert [is_active(quiet, at) for at in times] == [False, True, True, False]


def test_a_silence_without_a_time_holds_until_its_alert_is_closed():
    loud = alert()
    quiet = silence(about=loud, until=None)
    assert is_active(quiet, NOON + 100 * HOUR)
    assert not is_active(quiet, NOON + HOUR, closed={loud.id})


def test_a_silence_does_not_come_back_when_its_alert_is_reopened():
    loud = alert()
    quiet = silence(about=loud, until=None)
    assert hiding([quiet], loud, NOON) == quiet
    closed = act(loud, Dismiss(reason="a cat"), by="Jana", at=NOON + HOUR)
    assert hiding([quiet], closed, NOON + HOUR) is None
    assert hiding([quiet], act(closed, Reopen(), by="Petr", at=NOON + HOUR), NOON + HOUR) is None


def test_an_alert_that_was_reopened_before_can_be_silenced():
    loud = alert()
    for action in (Acknowledge(), Resolve(), Reopen()):
        loud = act(loud, action, by="Jana", at=NOON)
    later = NOON + HOUR
    quiet = silence(about=loud, until=None, at=later)
    assert hiding([quiet], loud, later) == quiet


@pytest.mark.parametrize(
    "scope",
    [
        {"kind": RUNNING},
        {"family": Family.ATTACK},
        {"zone": "square"},
        {"source": "cam"},
        {"family": Family.ATTACK, "zone": "square", "source": "cam"},
    ],
)
def test_a_silence_hides_what_fits_all_of_its_scope(scope):
    assert hides(silence(**scope), alert())


@pytest.mark.parametrize(
    "scope",
    [
        {"kind": "audio.glass-break"},
        {"family": Family.CROWD},
        {"zone": "gate"},
        {"source": "mic"},
        {"family": Family.ATTACK, "zone": "gate"},
    ],
)
def test_a_silence_hides_nothing_else(scope):
    assert not hides(silence(**scope), alert())


def test_a_silence_hides_nothing_of_another_site():
    assert not hides(silence(zone="square"), alert(site="village"))


def test_a_silence_of_a_kind_or_source_does_not_hide_alerts_that_have_another_too():
    both = alert().model_copy(update={"kinds": (RUNNING, "audio.glass-break")})
    assert not hides(silence(kind=RUNNING), both)
    both = alert().model_copy(update={"sources": ("cam", "mic")})
    assert not hides(silence(source="cam", family=Family.CROWD), both)


def test_an_alert_keeps_the_silence_that_hides_it_already():
    first, second = silence(kind=RUNNING), silence(zone="square", kind=RUNNING, by="Petr")
    for quiet in (first, second):
        hidden = alert().model_copy(update={"silence": quiet.id})
        assert hiding([first, second], hidden, NOON) == quiet
        assert hiding([second, first], hidden, NOON) == quiet
    assert hiding([second, first], alert(), NOON) == hiding([first, second], alert(), NOON)


def test_what_could_hide_danger_to_life_needs_a_second_person():
    assert needs_second(Scope(zone="square"), None)
    assert needs_second(Scope(source="mic"), None)
    assert needs_second(Scope(family=Family.GAS), None)
    assert needs_second(Scope(kind="audio.gunshot"), None)
    assert needs_second(Scope(alert="a1"), None)
    shots = alert("audio.gunshot")
    assert needs_second(Scope(alert=shots.id), shots)


def test_what_could_not_needs_none():
    assert not needs_second(Scope(kind=RUNNING), None)
    assert not needs_second(Scope(family=Family.HEALTH, source="mic"), None)
    assert not needs_second(Scope(alert="a1", family=Family.CROWD), None)
    assert not needs_second(Scope(alert=alert().id), alert())


@given(
    kind=st.sampled_from(sorted(KINDS)),
    zone=st.sampled_from([None, "square", "gate"]),
    family=st.sampled_from([None, *Family]),
    named=st.sampled_from([None, RUNNING, "audio.gunshot", "gas.exceedance"]),
    source=st.sampled_from([None, "cam"]),
)
def test_no_silence_of_one_person_hides_danger_to_life(kind, zone, family, named, source):
    if kind_of(kind).severity < 2:
        return
    loud = alert(kind)
    scope = {"zone": zone, "family": family, "kind": named, "source": source}
    try:
        quiet = silence(**{key: value for key, value in scope.items() if value})
    except AlertError:
        return
    if hiding([quiet], loud, NOON):
        assert not kind_of(kind).life_safety
    if kind_of(kind).life_safety and hiding([quiet.model_copy(update={"second": "P"})], loud, NOON):
        assert quiet.needs_second


def test_a_shot_in_a_silenced_alert_is_not_silent():
    glass = alert("audio.glass-break")
    quiet = silence(about=glass)
    assert hiding([quiet], glass, NOON) == quiet
    shot = glass.model_copy(update={"kinds": (*glass.kinds, "audio.gunshot")})
    assert hiding([quiet], shot, NOON) is None


def test_a_silence_that_waits_for_a_second_person_hides_nothing():
    asked = silence(zone="square")
    assert asked.needs_second
    assert not is_active(asked, NOON)
    agreed = agree(asked, "Petr", NOON)
    assert is_active(agreed, NOON)
    assert (agreed.second, agreed.version) == ("Petr", 2)
    assert hides(agreed, alert("audio.gunshot"))


@pytest.mark.parametrize("name", ["Jana", "jana", " JANA ", "\uff2aana"])
def test_nobody_is_their_own_second_person_however_they_type_their_name(name):
    with pytest.raises(AlertError, match="somebody else has to agree"):
        agree(silence(zone="square"), name, NOON)


def test_nobody_agrees_where_it_is_not_needed_or_twice_or_too_late():
    with pytest.raises(AlertError, match="needs no second person"):
        agree(silence(kind=RUNNING), "Petr", NOON)
    asked = silence(zone="square")
    with pytest.raises(AlertError, match="Petr agreed"):
        agree(agree(asked, "Petr", NOON), "Eva", NOON)
    with pytest.raises(AlertError, match="was over at"):
        agree(asked, "Petr", NOON + HOUR)
    with pytest.raises(AlertError, match="was ended by Eva"):
        agree(end(asked, "Eva", NOON), "Petr", NOON)


def test_a_silence_can_be_ended_once_by_anybody():
    ended = end(silence(kind=RUNNING), "Petr", NOON + HOUR / 2)
    assert (ended.ended_by, ended.version) == ("Petr", 2)
    assert is_active(ended, NOON + HOUR / 4)
    assert not is_active(ended, NOON + HOUR / 2)
    with pytest.raises(AlertError, match="add a new one"):
        end(ended, "Jana", NOON)
    with pytest.raises(AlertError, match="was over at"):
        end(silence(kind=RUNNING), "Jana", NOON + 2 * HOUR)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        pytest.param({}, "scope is empty", id="everything"),
        pytest.param({"kind": RUNNING, "until": NOON}, "not within 24 hours", id="until now"),
        pytest.param({"kind": RUNNING, "until": NOON - HOUR}, "24 hours", id="until the past"),
        pytest.param({"kind": RUNNING, "until": NOON + 25 * HOUR}, "24 hours", id="too long"),
        pytest.param(
            {"kind": RUNNING, "until": datetime(2026, 5, 1, 13)},
            "no time zone",
            id="until a naive time",
        ),
        pytest.param(
            {"kind": RUNNING, "at": datetime(2026, 5, 1, 12)}, "no time zone", id="at a naive time"
        ),
        pytest.param({"zone": "square", "until": None}, "names no alert", id="until nothing"),
        pytest.param({"kind": "video.runing"}, "did you mean 'video.running'", id="unknown kind"),
        pytest.param(
            {"kind": RUNNING, "family": Family.CROWD}, "of the family attack", id="contradiction"
        ),
        pytest.param({"kind": RUNNING, "reason": "  "}, "reason", id="no reason"),
        pytest.param({"kind": RUNNING, "by": ""}, "is no name", id="nobody"),
        pytest.param({"kind": RUNNING, "by": "Hlaska"}, "is no person", id="the system"),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused_with_what_to_do(asked, says):
    with pytest.raises(AlertError, match=says):
        silence(**asked)


def test_a_silence_of_a_closed_alert_or_of_another_one_is_refused():
    closed = act(alert(), Dismiss(reason="a cat"), by="Jana", at=NOON)
    with pytest.raises(AlertError, match="nothing to silence"):
        silence(about=closed)
    with pytest.raises(AlertError, match="names alert"):
        add(
            Scope(alert="other"),
            site="town",
            until=None,
            reason="x",
            by="J",
            at=NOON,
            alert=alert(),
        )


def test_the_longest_silence_is_a_day_and_can_be_stored():
    day = silence(kind=RUNNING, until=NOON + 24 * HOUR)
    assert Silence.model_validate_json(day.model_dump_json()) == day


def test_the_same_order_gives_the_same_id_and_another_one_another():
    ids = [silence(kind=RUNNING).id, silence(kind=RUNNING, by="Petr").id, silence(zone="square").id]
    assert silence(kind=RUNNING).id == ids[0]
    assert len(set(ids)) == 3
