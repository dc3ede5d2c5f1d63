"""What was known of an alert at some time, from its own history."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from hlaska.alerts.alert import SYSTEM, Alert, Entry, State
from hlaska.alerts.silences import CLOSES

_LEADS_TO: Mapping[str, State] = MappingProxyType(
    {
        "open": State.NEW,
        "acknowledge": State.ACKNOWLEDGED,
        "assign": State.ASSIGNED,
        "resolve": State.RESOLVED,
        "dismiss": State.DISMISSED,
        "reopen": State.ACKNOWLEDGED,
    }
)
_ANSWERS = frozenset({"acknowledge", "assign", "resolve", "dismiss"})


def state_at(alert: Alert, moment: datetime) -> State | None:
    """Where an alert stood at a moment; None: it had not been told yet."""
    if alert.opened_at > moment:
        return None
    state = State.NEW
    for entry in alert.history:
        if entry.at <= moment:
            state = _LEADS_TO.get(entry.did, state)
    return state


def answered(alert: Alert) -> Entry | None:
    """The first that somebody did about it; None when nobody has."""
    return _first(alert, _ANSWERS)


def closed(alert: Alert) -> Entry | None:
    """How somebody first closed it; None when nobody has, or it ended by itself."""
    return _first(alert, CLOSES)


def done_between(alert: Alert, since: datetime, until: datetime) -> tuple[Entry, ...]:
    """What people did about it from `since` to before `until`; and if it ended by itself, that."""
    return tuple(
        entry
        for entry in alert.history
        if (entry.by != SYSTEM or entry.did in CLOSES) and since <= entry.at < until
    )


def _first(alert: Alert, did: Iterable[str]) -> Entry | None:
    return next((e for e in alert.history if e.by != SYSTEM and e.did in did), None)
