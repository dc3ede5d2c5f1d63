"""Whether a change of an alert fits what is stored, and what the audit log says about it."""

from datetime import UTC

from catalogs.alert_rows import Kept
from catalogs.audit_log import Act
from hlaska.alerts.actions import Order
from hlaska.alerts.alert import Alert
from hlaska.errors import AlertError, ConflictError


def check_base(alert: Alert, site: str, kept: Kept | None, base: int) -> None:
    """See that a change of an alert was made from what is stored.

    Raises:
        ConflictError: it was made from something else.
        AlertError: it is no change of this site's alert.
    """
    if alert.site != site:
        raise AlertError(f"alert {alert.id} is of {alert.site}, not of {site}; give it there")
    if kept is None and base > 0:
        raise ConflictError(
            f"alert {alert.id} is not stored, version {base} of it was expected; read the alerts "
            "again"
        )
    if kept is None:
        return
    if kept.alert.version != base:
        raise meanwhile(kept.alert, base, kept.change)
    if alert.version <= base and alert != kept.alert:
        raise AlertError(
            f"alert {alert.id} was changed, but its version is {alert.version} and not greater "
            f"than {base}; a change makes the next version"
        )


def meanwhile(alert: Alert, seen: int, change: str) -> ConflictError:
    """What to raise where an alert is not what somebody saw."""
    return ConflictError(
        f"alert {alert.id} was changed meanwhile: it is at version {alert.version}, not {seen}. "
        f"Last change: {change}. Look at it again, then do what is still right"
    )


def done_since(alert: Alert, kept: Kept | None) -> list[Act]:
    """What the alert's history says that the stored one did not. Events that join say nothing."""
    known = set() if kept is None else set(kept.alert.history)
    return [
        Act(
            at=line.at,
            by=line.by,
            site=alert.site,
            did=f"alert.{line.did}",
            about=alert.id,
            body=line.model_dump_json(include={"words"}),
        )
        for line in alert.history
        if line not in known
    ]


def act_of(order: Order, alert: Alert) -> Act:
    """The line of the audit log about an order, from the alert that it made."""
    line = alert.history[-1]
    return Act(
        at=line.at,
        by=line.by,
        site=alert.site,
        did=f"alert.{order.action.do}",
        about=alert.id,
        body=order.model_dump_json(exclude_none=True),
    )


def how(alert: Alert) -> str:
    """The last line of an alert's history, for whoever did not see it."""
    line = alert.history[-1]
    return f"{line.did} ({line.by}, {line.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"
