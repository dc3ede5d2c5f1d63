"""What is not to be told of, for how long, and who said so.

Nobody silences danger to life alone: where a silence could hide it, a second person must agree
first. A silence that one person made hides no alert in which lives are in danger, whatever its
scope says: when a shot joins a silenced alert of breaking glass, the alert is told.
"""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal
from unicodedata import normalize

from pydantic import AwareDatetime, Field, ValidationError

from hlaska.alerts.alert import SYSTEM, Alert, Person, Words
from hlaska.errors import AlertError, EventError
from hlaska.kinds import KINDS, Family, kind_of
from hlaska.records import Name, Record

MOST_AHEAD = timedelta(hours=24)
"""A silence for longer outlives the shift that knows why."""
CLOSES = frozenset({"resolve", "dismiss"})
"""What a history says when an alert is closed."""


class Scope(Record):
    """Which alerts a silence hides: those that fit all that is given; something must be."""

    alert: Name | None = Field(default=None, description="That one only.")
    family: Family | None = None
    kind: str | None = Field(default=None, description="Alerts that have no other kind.")
    zone: Name | None = None
    source: Name | None = Field(default=None, description="Alerts that have no other source.")


class Silence(Record):
    """An order not to tell of some alerts. It hides them from the queue, never from the level."""

    id: Name
    site: Name
    version: int = Field(default=1, ge=1)
    scope: Scope
    until: AwareDatetime | None = Field(
        default=None, description="None: until the alert of its scope is resolved or dismissed."
    )
    reason: Words
    by: Person
    at: AwareDatetime
    needs_second: bool = Field(description="It could hide danger to life: two people decide.")
    second: Person | None = Field(default=None, description="Who agreed; never who asked.")
    ended_at: AwareDatetime | None = None
    ended_by: Person | None = None


class AddSilence(Record):
    """Ask for a silence."""

    do: Literal["add"] = "add"
    scope: Scope
    until: AwareDatetime | None = None
    reason: Words


class AgreeToSilence(Record):
    """Be the second person."""

    do: Literal["agree"] = "agree"
    silence: Name


class EndSilence(Record):
    """End it before its time."""

    do: Literal["end"] = "end"
    silence: Name


SilenceAction = Annotated[AddSilence | AgreeToSilence | EndSilence, Field(discriminator="do")]


def needs_second(scope: Scope, alert: Alert | None) -> bool:
    """Whether a scope could hide danger to life, so that two people decide.

    Args:
        scope: What is to be silent.
        alert: The alert that the scope names, as it is now; None: it names none, or it is unknown.
    """
    names = [scope.kind] if scope.kind else list(KINDS)
    if alert is not None and alert.id == scope.alert:
        names = [name for name in names if name in alert.kinds]
    kinds = [kind_of(name) for name in names]
    return any(kind.life_safety and scope.family in (None, kind.family) for kind in kinds)


def add(
    scope: Scope,
    *,
    site: str,
    until: datetime | None,
    reason: str,
    by: str,
    at: datetime,
    alert: Alert | None = None,
) -> Silence:
    """A new silence; one that needs a second person hides nothing until that one agrees.

    Args:
        scope: Which alerts are to be silent.
        site: The site.
        until: When it ends; None: when the alert of its scope is resolved or dismissed.
        reason: Why.
        by: Who wants it.
        at: When, aware.
        alert: The alert that the scope names, as it is now. Without it nobody knows what it is
            about, and a second person is asked for unless family or kind rule danger out.

    Raises:
        AlertError: the scope is empty, contradicts itself or names what there is not; `until` is
            past, too far ahead or naive, or absent without an alert; nobody or no reason is given.
    """
    _check_scope(scope, alert)
    _check_person(by)
    _check_aware("at", at)
    if until is None:
        if scope.alert is None:
            raise AlertError(
                "silence: without `until` it lasts until its alert is closed, but its scope names "
                "no alert; give `until`, or `scope.alert`"
            )
    else:
        _check_aware("until", until)
        if not at < until <= at + MOST_AHEAD:
            raise AlertError(
                f"silence: until={until.isoformat()} is not within 24 hours after "
                f"{at.isoformat()}; choose a time that is, and renew it when it is over"
            )
    facts = (site, scope.model_dump_json(), by, at.isoformat())
    try:
        return Silence(
            id=hashlib.sha256("\x1f".join(facts).encode()).hexdigest()[:16],
            site=site,
            scope=scope,
            until=until,
            reason=reason,
            by=by,
            at=at,
            needs_second=needs_second(scope, alert),
        )
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][0]}={e['input']!r}: {e['msg']}" for e in error.errors())
        raise AlertError(f"silence: {wrong}; correct that and ask again") from None


def agree(silence: Silence, by: str, at: datetime) -> Silence:
    """The silence with its second person: from now on it hides what it is about.

    Raises:
        AlertError: it needs none, has one, is over, or the person is the one who asked for it.
    """
    _check_person(by)
    _check_not_over(silence, at)
    if not silence.needs_second:
        raise AlertError(f"silence {silence.id} needs no second person: it holds already")
    if silence.second is not None:
        raise AlertError(f"silence {silence.id} holds already: {silence.second} agreed")
    if _same(by, silence.by):
        raise AlertError(
            f"silence {silence.id} could hide danger to life and was asked for by {silence.by}; "
            "somebody else has to agree"
        )
    return silence.model_copy(update={"second": by.strip(), "version": silence.version + 1})


def end(silence: Silence, by: str, at: datetime) -> Silence:
    """The silence, over before its time; anybody may end one.

    Raises:
        AlertError: it is over already.
    """
    _check_person(by)
    _check_not_over(silence, at)
    values = {"ended_at": at, "ended_by": by.strip(), "version": silence.version + 1}
    return silence.model_copy(update=values)


def is_active(silence: Silence, now: datetime, closed: Collection[str] = ()) -> bool:
    """Whether a silence hides what it is about at a time.

    Args:
        silence: The silence.
        now: The time, aware.
        closed: Ids of alerts that are closed, or were since the silence began: one without
            `until` ends with its alert, and does not come back when that is reopened.
    """
    if silence.needs_second and silence.second is None:
        return False
    if silence.ended_at is not None and silence.ended_at <= now:
        return False
    if silence.until is None:
        return silence.at <= now and silence.scope.alert not in closed
    return silence.at <= now < silence.until


def hides(silence: Silence, alert: Alert) -> bool:
    """Whether an alert fits a silence's scope, active or not, and one is enough to decide it."""
    scope = silence.scope
    return (
        silence.site == alert.site
        and scope.alert in (None, alert.id)
        and scope.family in (None, alert.family)
        and (scope.kind is None or set(alert.kinds) == {scope.kind})
        and scope.zone in (None, alert.zone)
        and (scope.source is None or set(alert.sources) == {scope.source})
        and (silence.second is not None or not any(kind_of(k).life_safety for k in alert.kinds))
    )


def hiding(silences: Iterable[Silence], alert: Alert, now: datetime) -> Silence | None:
    """The silence that hides an alert at a time: the one that does so already, else the oldest."""
    found = [s for s in silences if hides(s, alert) and is_active(s, now, _closed_since(s, alert))]
    return min(found, key=lambda s: (s.id != alert.silence, s.at, s.id), default=None)


def _closed_since(silence: Silence, alert: Alert) -> tuple[str, ...]:
    closed = not alert.is_open or any(
        line.did in CLOSES and line.at >= silence.at for line in alert.history
    )
    return (alert.id,) if closed else ()


def _check_scope(scope: Scope, alert: Alert | None) -> None:
    if scope == Scope():
        raise AlertError(
            "silence: its scope is empty, it would hide everything; give one or more of: "
            f"{', '.join(Scope.model_fields)}"
        )
    if scope.kind is not None:
        try:
            kind = kind_of(scope.kind)
        except EventError as error:
            raise AlertError(f"silence: {error}") from None
        if scope.family not in (None, kind.family):
            raise AlertError(
                f"silence: {kind.name} is of the family {kind.family}, not {scope.family}; it "
                "would hide nothing: give one of the two"
            )
    if alert is None or scope.alert is None:
        return
    if alert.id != scope.alert:
        raise AlertError(f"silence: its scope names alert {scope.alert}, not {alert.id}; give that")
    if not alert.is_open:
        raise AlertError(
            f"silence: alert {alert.id} is {alert.state}, there is nothing to silence; reopen it "
            "first if it was closed too early"
        )


def _check_not_over(silence: Silence, at: datetime) -> None:
    _check_aware("at", at)
    if silence.ended_at is not None:
        over = f"was ended by {silence.ended_by} at {silence.ended_at.isoformat()}"
    elif silence.until is not None and silence.until <= at:
        over = f"was over at {silence.until.isoformat()}"
    else:
        return
    raise AlertError(f"silence {silence.id} {over}; add a new one if it is still wanted")


def _check_aware(name: str, moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise AlertError(f"silence: {name}={moment.isoformat()} has no time zone; give it one")


def _check_person(by: str) -> None:
    if not 1 <= len(by.strip()) <= 80 or "\n" in by or "\r" in by:
        raise AlertError(f"silence: by={by!r} is no name; give 1 to 80 letters in one line")
    if _same(by, SYSTEM):
        raise AlertError(f"silence: {SYSTEM!r} is no person; give the name of one")


def _same(one: str, other: str) -> bool:
    """Whether two names are one person's, however they typed it."""

    def plain(name: str) -> str:
        return " ".join(normalize("NFKC", name).casefold().split())

    return plain(one) == plain(other)
