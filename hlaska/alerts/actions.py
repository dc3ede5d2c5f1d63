"""What a dispatcher can do about an alert, and what each does: the life cycle as a state machine.

    new ──► acknowledged ──► assigned
     │           └──────┬───────┘
     │              resolved               resolved or dismissed ──► reopened: acknowledged
     └──────────────► dismissed

A new alert can be assigned at once, an assigned one to somebody else; judging and noting change no
state. `ALLOWED` has all that is possible where.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field

from hlaska.alerts.alert import (
    MOST_CONFIRMED,
    MOST_TEXT,
    OPEN,
    SYSTEM,
    Alert,
    Confirmed,
    Entry,
    Judgement,
    Person,
    State,
    Text,
    Verdict,
    Words,
)
from hlaska.alerts.changes import changed, entry
from hlaska.errors import AlertError
from hlaska.records import Name, Record


class Acknowledge(Record):
    """Somebody has seen it."""

    do: Literal["acknowledge"] = "acknowledge"


class Assign(Record):
    """Somebody is to deal with it."""

    do: Literal["assign"] = "assign"
    to: Person


class Resolve(Record):
    """It is dealt with; a verdict given before stays unless another comes."""

    do: Literal["resolve"] = "resolve"
    verdict: Verdict | None = None
    note: Text = ""


class Dismiss(Record):
    """It needs nobody."""

    do: Literal["dismiss"] = "dismiss"
    reason: Words
    verdict: Verdict | None = None


class Reopen(Record):
    """It was closed too early."""

    do: Literal["reopen"] = "reopen"
    note: Text = ""


class Judge(Record):
    """What it turned out to be; may be said at any time, and again."""

    do: Literal["judge"] = "judge"
    verdict: Verdict
    note: Text = ""


class AddNote(Record):
    """Something worth knowing about it."""

    do: Literal["note"] = "note"
    text: Words


class HandOver(Record):
    """What the next shift should know of it."""

    do: Literal["hand-over"] = "hand-over"
    text: Words


class Confirm(Record):
    """A step of its playbook is done."""

    do: Literal["confirm"] = "confirm"
    step: Name
    note: Text = ""


Action = Annotated[
    Acknowledge | Assign | Resolve | Dismiss | Reopen | Judge | AddNote | HandOver | Confirm,
    Field(discriminator="do"),
]


class Order(Record):
    """An action for one alert, as somebody saw it."""

    alert: Name = Field(description="Its id.")
    version: int = Field(
        ge=1, description="Of the alert that was looked at: nobody orders blindly."
    )
    action: Action


ANY = frozenset(State)
ALLOWED: Mapping[str, frozenset[State]] = MappingProxyType(
    {
        "acknowledge": frozenset({State.NEW}),
        "assign": OPEN,
        # Not from new: somebody must have looked before it counts as dealt with.
        "resolve": frozenset({State.ACKNOWLEDGED, State.ASSIGNED}),
        "dismiss": OPEN,
        "reopen": ANY - OPEN,
        "judge": ANY,
        "note": ANY,
        "hand-over": OPEN,
        "confirm": OPEN,
    }
)
"""In which states each action is possible."""


def possible(state: State) -> list[str]:
    """The names of the actions that are possible in a state."""
    return [name for name, states in ALLOWED.items() if state in states]


def act(
    alert: Alert, action: Action, *, by: str, at: datetime, steps: Collection[str] = ()
) -> Alert:
    """What an alert is after an action: its next version, with a line in its history.

    A time before that of the last line is taken as it is: clocks go backwards, people do not.

    Args:
        alert: The alert; it stays as it is.
        action: What somebody ordered.
        by: Who.
        at: When, aware.
        steps: Ids of the steps of its playbook, for `Confirm`.

    Raises:
        AlertError: it is not possible in that state, or the order itself makes no sense.
    """
    if alert.state not in ALLOWED[action.do]:
        raise AlertError(_refusal(alert, action.do))
    line = entry(at=at, by=by, did=action.do)
    if line.by.casefold() == SYSTEM:
        raise AlertError(
            f"{action.do}: {line.by!r} is who does what nobody ordered; give the name of a person"
        )
    if isinstance(action, Confirm):
        _check_step(alert, action.step, steps)
    values = _DO[action.do](alert, action, line)
    said = line.model_copy(update={"words": values.pop("words")[:MOST_TEXT]})
    return changed(alert, said, **values)


def _refusal(alert: Alert, do: str) -> str:
    last = f" (last: {alert.history[-1].did} by {alert.history[-1].by})" if alert.history else ""
    hint = ""
    if not alert.is_open:
        hint = "; reopen it first" if do != "reopen" else ""
    elif do == "resolve":
        hint = "; acknowledge it first: somebody must have looked"
    return (
        f"alert {alert.id} is {alert.state}{last}: {do} is possible when it is "
        f"{', '.join(sorted(ALLOWED[do]))}{hint}. Possible now: {', '.join(possible(alert.state))}"
    )


def _check_step(alert: Alert, step: str, steps: Collection[str]) -> None:
    done = next((c for c in alert.confirmed if c.step == step), None)
    if step not in steps:
        raise AlertError(
            f"confirm: alert {alert.id} has no step {step!r} in its playbook; choose one of: "
            f"{', '.join(steps) or 'none, it has no playbook (write a note instead)'}"
        )
    if done is not None:
        raise AlertError(
            f"confirm: step {step!r} of alert {alert.id} was confirmed by {done.by} at "
            f"{done.at.isoformat()}; once is enough (write a note for more)"
        )
    if len(alert.confirmed) >= MOST_CONFIRMED:
        raise AlertError(
            f"confirm: alert {alert.id} has {MOST_CONFIRMED} confirmed steps, which is the most; "
            "write a note instead"
        )


_Values = dict[str, Any]


def _acknowledge(alert: Alert, action: Acknowledge, line: Entry) -> _Values:
    # Who has seen it needs not be told what a silence kept back.
    return {"state": State.ACKNOWLEDGED, "untold": "", "words": ""}


def _assign(alert: Alert, action: Assign, line: Entry) -> _Values:
    taken = {"state": State.ASSIGNED, "untold": "", "assignee": action.to}
    return {**taken, "words": action.to}


def _judgement(alert: Alert, verdict: Verdict | None, note: str, line: Entry) -> _Values:
    if verdict is None:
        return {"words": note}
    judgement = Judgement(verdict=verdict, note=note, by=line.by, at=line.at)
    return {"judgement": judgement, "words": f"{verdict}: {note}" if note else str(verdict)}


def _resolve(alert: Alert, action: Resolve, line: Entry) -> _Values:
    judged = _judgement(alert, action.verdict, action.note, line)
    return {"state": State.RESOLVED, "closed_at": line.at, "untold": "", **judged}


def _dismiss(alert: Alert, action: Dismiss, line: Entry) -> _Values:
    judged = _judgement(alert, action.verdict, action.reason, line)
    closed = {"state": State.DISMISSED, "closed_at": line.at, "untold": ""}
    return {**closed, "reason": action.reason, **judged}


def _reopen(alert: Alert, action: Reopen, line: Entry) -> _Values:
    # Nobody deals with it now, whoever did before; what it was judged to be stays.
    again = {"state": State.ACKNOWLEDGED, "closed_at": None, "reason": "", "assignee": None}
    return {**again, "words": action.note}


def _judge(alert: Alert, action: Judge, line: Entry) -> _Values:
    return _judgement(alert, action.verdict, action.note, line)


def _note(alert: Alert, action: AddNote, line: Entry) -> _Values:
    return {"words": action.text}


def _hand_over(alert: Alert, action: HandOver, line: Entry) -> _Values:
    return {"handover": action.text, "words": action.text}


def _confirm(alert: Alert, action: Confirm, line: Entry) -> _Values:
    done = Confirmed(step=action.step, by=line.by, at=line.at, note=action.note)
    words = f"{action.step}: {action.note}" if action.note else action.step
    return {"confirmed": (*alert.confirmed, done), "words": words}


# Each takes the action of its own name only, which the type of a table cannot say.
_DO: Mapping[str, Callable[[Alert, Any, Entry], _Values]] = MappingProxyType(
    {
        "acknowledge": _acknowledge,
        "assign": _assign,
        "resolve": _resolve,
        "dismiss": _dismiss,
        "reopen": _reopen,
        "judge": _judge,
        "note": _note,
        "hand-over": _hand_over,
        "confirm": _confirm,
    }
)
