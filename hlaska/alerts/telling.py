"""When an alert is told: a sound in the room and a line on top, once for each reason to look up.

It is told when it opens, when its severity rises, when another sense notices it too, and when a
silence over it ends; nothing is told while a silence hides it. As long as nobody acknowledges it,
it escalates, and the sound is asked for again. Nothing else asks for one.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from hlaska.alerts.alert import SYSTEM, Alert, State
from hlaska.alerts.changes import changed, entry
from hlaska.alerts.silences import Silence

ESCALATES_AFTER_S: Mapping[int, float] = MappingProxyType({4: 60.0, 3: 180.0, 2: 600.0})
"""Seconds that a new alert of a severity waits before it escalates; an expert prior."""
MOST_ESCALATIONS = 5
"""Then it is known that nobody is there; more sound helps no more."""
MOST_WHY = 200


def tell(alert: Alert, silence: Silence | None, at: datetime, why: str, **values: object) -> Alert:
    """The next version of an open alert: told, if there is a reason and no silence hides it.

    Args:
        alert: The alert.
        silence: What hides it now, if anything.
        at: When.
        why: Why it should be told; empty: there is no new reason.
        values: What else of it changes.
    """
    if silence is not None:
        untold = _and(alert.untold, why)
        values = {**values, "silence": silence.id, "untold": untold}
        if alert.silence == silence.id:
            return changed(alert, None, **values)
        words = f"{silence.by}: {silence.reason}"
        return changed(alert, entry(at=at, by=SYSTEM, did="hide", words=words), **values)
    over = "no longer silent" if alert.silence is not None else ""
    reasons = _and(alert.untold, why)
    values = {**values, "silence": None, "untold": ""}
    if not reasons and not (over and alert.state is State.NEW):
        line = entry(at=at, by=SYSTEM, did="show", words=over) if over else None
        return changed(alert, line, **values)
    reasons = _and(over, reasons)
    told = {"told": alert.told + 1, "told_at": at, "told_why": reasons, "escalated": 0}
    return changed(alert, entry(at=at, by=SYSTEM, did="tell", words=reasons), **values, **told)


def due_s(alert: Alert, now: datetime) -> float | None:
    """Seconds until an alert escalates, negative when it should have; None: it will not."""
    after_s = ESCALATES_AFTER_S.get(alert.severity)
    waits = alert.state is State.NEW and alert.silence is None
    if after_s is None or not waits or alert.escalated >= MOST_ESCALATIONS:
        return None
    return after_s * (alert.escalated + 1) - (now - alert.told_at).total_seconds()


def escalated(alert: Alert, now: datetime) -> Alert | None:
    """The alert after it has waited too long; None when it has not.

    Escalations that were missed, because nothing ran, are made up for in one.
    """
    left_s = due_s(alert, now)
    if left_s is None or left_s > 0:
        return None
    missed = math.floor(-left_s / ESCALATES_AFTER_S[alert.severity])
    times = min(alert.escalated + 1 + missed, MOST_ESCALATIONS)
    waited_s = (now - alert.told_at).total_seconds()
    words = f"not acknowledged for {waited_s:.0f} s"
    return changed(alert, entry(at=now, by=SYSTEM, did="escalate", words=words), escalated=times)


def _and(one: str, other: str) -> str:
    """Both reasons, each once; the newest ones stay when there is no room."""
    parts = dict.fromkeys(part for part in (*one.split(", "), *other.split(", ")) if part)
    text = ", ".join(parts)
    return text if len(text) <= MOST_WHY else text[-MOST_WHY:].partition(", ")[2]
